/* SPDX-License-Identifier: MIT */
/*
 * Prompts on the terminal, even if standard input is something else. After a signal, a deadline and
 * job control, the terminal is in the state that it had before.
 */
#ifndef FV_CLI_PROMPT_H
#define FV_CLI_PROMPT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Print question and read one line into out, NUL-terminated. hidden: without echo. FV_OK;
 * FV_E_NOT_FOUND: there is no terminal; FV_E_CAPACITY: the line is longer than size - 1;
 * FV_E_CLOSED: the input has ended; FV_E_CANCELLED; FV_E_TIMEOUT: at the instant until_us. */
enum fv_err fv_prompt(const char *question, bool hidden, char *out, size_t size,
                      int64_t until_us) FV_MUSTUSE;

#endif
