/*
 * Integers from text, and arithmetic that says when it does not fit. No sign, no space, no prefix, no locale.
 */
#ifndef FV_BASE_NUM_H
#define FV_BASE_NUM_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* Read all of text as decimal (1*DIGIT of RFC 5234). Returns false, and leaves *out, if text is empty, holds anything
 * else, or exceeds max. */
bool fv_num_decimal(struct fv_slice text, uint64_t max, uint64_t *out);
/* The same for hexadecimal digits of either case (1*HEXDIG). */
bool fv_num_hex(struct fv_slice text, uint64_t max, uint64_t *out);

/* Return 0 to 15 for a hexadecimal digit, -1 for any other character. */
int fv_num_hexdigit(char c);

/* Add, multiply: false, *out untouched, if the result does not fit in 64 bits. */
bool fv_num_add(uint64_t a, uint64_t b, uint64_t *out);
bool fv_num_mul(uint64_t a, uint64_t b, uint64_t *out);
/* The same for signed instants. */
bool fv_num_add_i64(int64_t a, int64_t b, int64_t *out);
/* Add, and stop at the greatest value instead of overflowing (deadlines). */
int64_t fv_num_add_clamped(int64_t a, int64_t b);

/* Little-endian integers in byte records; p holds 4 (8) bytes. */
void fv_num_put32(uint8_t *p, uint32_t v);
void fv_num_put64(uint8_t *p, uint64_t v);
uint32_t fv_num_get32(const uint8_t *p);
uint64_t fv_num_get64(const uint8_t *p);

#endif
