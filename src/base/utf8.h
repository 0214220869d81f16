/*
 * UTF-8 (RFC 3629): decoding and encoding one character.
 *
 * Lone surrogates, which JSON can carry in \u escapes, are kept inside the program as their three-byte form (U+D800 to
 * U+DFFF encoded as if they were characters: "generalized UTF-8"), so that nothing is lost and no two names become one.
 * That form is not UTF-8: fv_utf8_next() refuses it, so it never reaches a screen or a file name.
 */
#ifndef FV_BASE_UTF8_H
#define FV_BASE_UTF8_H

#include "base/slice.h"

#include <stdint.h>

/* Decode the character at the start of s, which is not empty: *out is its scalar value, the return value its length in
 * bytes (1 to 4); 0 if the bytes are not UTF-8 (overlong, surrogate, above U+10FFFF, cut short). */
size_t fv_utf8_next(struct fv_slice s, uint32_t *out);

/* Decode a surrogate in its three-byte form at the start of s: 3, and *out 0xD800 to 0xDFFF; otherwise 0. */
size_t fv_utf8_surrogate(struct fv_slice s, uint32_t *out);

/* Encode code (at most 0x10FFFF, surrogates included) into out; returns the number of bytes, 1 to 4. */
size_t fv_utf8_encode(uint32_t code, char out[4]);

#endif
