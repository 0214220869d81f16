/* SPDX-License-Identifier: MIT */
/*
 * What people are told to do, in one file: the way out of an error, the accepted forms of each option's value, and what was
 * meant by the words that other programs have.
 */
#ifndef FV_CLI_ADVICE_H
#define FV_CLI_ADVICE_H

#include "base/err.h"
#include "cli/options.h"

/* Constant texts, without a full stop. */
struct fv_advice {
    const char *what; /* what is wrong; NULL: fv_err_text() says it */
    const char *todo; /* NULL: there is nothing to advise */
};

/* What is known of an error and its native code: the sentence in place of fv_err_text(), and the way out. */
struct fv_advice fv_advice_fault(const struct fv_fault *fault);

/* What is wrong with a value that the option refuses, and the forms that it takes. */
struct fv_advice fv_advice_form(enum fv_option option);

/* What was meant by a command or an option ("ls", "-k", "--insecure") of other programs; NULL: not known. */
const char *fv_advice_alias(struct fv_slice word);

#endif
