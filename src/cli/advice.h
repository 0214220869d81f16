/* SPDX-License-Identifier: MIT */
/*
 * All advice for users in one file: what to do about an error, the accepted forms of each option's
 * value, and what to use instead of the words of other programs.
 */
#ifndef FV_CLI_ADVICE_H
#define FV_CLI_ADVICE_H

#include "base/err.h"
#include "cli/options.h"

/* Constant texts without a full stop. */
struct fv_advice {
    const char *what; /* what is wrong; NULL: fv_err_text() says it */
    const char *todo; /* NULL: there is nothing to advise */
};

/* Return what is known about an error and its native code: a sentence in place of fv_err_text(),
 * and what to do. */
struct fv_advice fv_advice_fault(const struct fv_fault *fault);

/* Return what is wrong with a value that the option refuses, and the forms that it accepts. */
struct fv_advice fv_advice_form(enum fv_option option);

/* Return what to use instead of a command or option of other programs ("ls", "-k",
 * "--insecure"); NULL: not known. */
const char *fv_advice_alias(struct fv_slice word);

/* --- Tables of texts by error, here and in cli/doctor_advice.c --- */

/* The key of a row. */
struct fv_advice_key {
    int8_t code;    /* an error or another code; 0: the row matches everything */
    int16_t native; /* native code of the error; 0: any */
};

/* Return the index of the first of `count` keys that matches; count if none does. */
size_t fv_advice_find(const struct fv_advice_key *keys, size_t count, int code, int32_t native);

/* Return the n-th of texts that are one string, each ended by NUL; the first one is 0. */
const char *fv_advice_text(const char *texts, size_t n);

#endif
