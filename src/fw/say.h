/* SPDX-License-Identifier: MIT */
/*
 * The log: lines through fv_board_write(). In text from the network or the card, a control byte is
 * shown as "?".
 */
#ifndef FV_FW_SAY_H
#define FV_FW_SAY_H

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

/* Begin a line with the seconds since the start; then add text, and end the line. */
void fv_say_begin(void);
void fv_say_text(const char *text);
void fv_say_slice(struct fv_slice text);
void fv_say_u64(uint64_t v);
void fv_say_end(void);

/* Write a whole line. */
void fv_say(const char *text);
/* Write "error: SUBJECT: what failed: details [code -9984]". */
void fv_say_fault(const struct fv_fault *fault);

#endif
