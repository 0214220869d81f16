/*
 * The log: lines over the board's wire. What comes from network or card is shown with "?" for each control byte.
 */
#ifndef FV_FW_SAY_H
#define FV_FW_SAY_H

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

/* Begin a line with the seconds since the start. */
void fv_say_begin(void);
void fv_say_text(const char *text);
void fv_say_slice(struct fv_slice text);
void fv_say_u64(uint64_t v);
void fv_say_end(void);

/* A whole line. */
void fv_say(const char *text);
/* "error: SUBJECT: what failed: what is known of it [code -9984]". */
void fv_say_fault(const struct fv_fault *fault);

#endif
