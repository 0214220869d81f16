/*
 * Questions on the terminal, whatever standard input is. A signal, a deadline and job control find the terminal as it was.
 */
#ifndef FV_CLI_PROMPT_H
#define FV_CLI_PROMPT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ask question and read one line into out, with a NUL; hidden: without echo. FV_OK; FV_E_NOT_FOUND: there is no terminal;
 * FV_E_CAPACITY: the line is longer than size - 1; FV_E_CLOSED: the input has ended; FV_E_CANCELLED; FV_E_TIMEOUT. */
enum fv_err fv_prompt(const char *question, bool hidden, char *out, size_t size,
                      int64_t until_us) FV_MUSTUSE;

#endif
