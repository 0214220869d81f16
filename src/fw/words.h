/* SPDX-License-Identifier: MIT */
/*
 * What the log calls an error: a sentence (words.c: that of fv_err_text()) or, on boards with
 * little flash, a few words (words_none.c).
 */
#ifndef FV_FW_WORDS_H
#define FV_FW_WORDS_H

#include "base/err.h"

/* Never returns NULL. */
const char *fv_words_of(enum fv_err err);

#endif
