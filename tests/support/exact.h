/* SPDX-License-Identifier: MIT */
/*
 * Copies of exactly the size of their text, without a NUL: AddressSanitizer stops a parser that
 * reads one byte too far.
 */
#ifndef FV_TESTS_SUPPORT_EXACT_H
#define FV_TESTS_SUPPORT_EXACT_H

#include "base/slice.h"

/* Copy len bytes of text (the string up to its NUL) into memory of that size, or end the test. */
struct fv_slice exact_bytes(const void *text, size_t len);
struct fv_slice exact(const char *text);
/* Release such a copy. */
void exact_free(struct fv_slice copy);

#endif
