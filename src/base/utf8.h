/* SPDX-License-Identifier: MIT */
/*
 * UTF-8 (RFC 3629): decode and encode one character.
 *
 * JSON can carry lone surrogates in \u escapes. The program keeps a lone surrogate as three bytes,
 * encoded as if U+D800 to U+DFFF were characters ("generalized UTF-8"). So nothing is lost, and two
 * different names stay different. This form is not UTF-8: fv_utf8_next() refuses it, so it never
 * reaches a terminal or a file name.
 */
#ifndef FV_BASE_UTF8_H
#define FV_BASE_UTF8_H

#include "base/slice.h"

#include <stdint.h>

/* Decode the character at the start of s, which must not be empty. Write its scalar value to *out
 * and return its length in bytes (1 to 4). Return 0 if the bytes are not UTF-8 (overlong, a
 * surrogate, above U+10FFFF, or cut short). */
size_t fv_utf8_next(struct fv_slice s, uint32_t *out);

/* Decode a surrogate in its three-byte form at the start of s. Return 3, with *out from 0xD800 to
 * 0xDFFF; otherwise return 0. */
size_t fv_utf8_surrogate(struct fv_slice s, uint32_t *out);

/* Encode code (at most 0x10FFFF, surrogates included) into out. Return the number of bytes, 1 to
 * 4. */
size_t fv_utf8_encode(uint32_t code, char out[4]);

#endif
