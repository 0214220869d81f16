/* SPDX-License-Identifier: MIT */
/*
 * Integers from text, and checked arithmetic. Text holds digits only: no sign, space, prefix or
 * locale.
 */
#ifndef FV_BASE_NUM_H
#define FV_BASE_NUM_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* Read all of text as a decimal number (1*DIGIT of RFC 5234). Return false, and leave *out
 * unchanged, if text is empty, holds any other character, or exceeds max. */
bool fv_num_decimal(struct fv_slice text, uint64_t max, uint64_t *out);
/* The same for hexadecimal digits of either case (1*HEXDIG). */
bool fv_num_hex(struct fv_slice text, uint64_t max, uint64_t *out);

/* Return 0 to 15 for a hexadecimal digit, -1 for any other character. */
int fv_num_hexdigit(char c);

/* Add or multiply. Return false, and leave *out unchanged, if the result does not fit in 64
 * bits. */
bool fv_num_add(uint64_t a, uint64_t b, uint64_t *out);
bool fv_num_mul(uint64_t a, uint64_t b, uint64_t *out);
/* The same for signed 64-bit values, which are instants. */
bool fv_num_add_i64(int64_t a, int64_t b, int64_t *out);
/* Add, and return the largest value if the result does not fit. Used for deadlines. */
int64_t fv_num_add_clamped(int64_t a, int64_t b);

/* Write and read little-endian integers; p holds 4 (put32, get32) or 8 (put64, get64) bytes. */
void fv_num_put32(uint8_t *p, uint32_t v);
void fv_num_put64(uint8_t *p, uint64_t v);
uint32_t fv_num_get32(const uint8_t *p);
uint64_t fv_num_get64(const uint8_t *p);

#endif
