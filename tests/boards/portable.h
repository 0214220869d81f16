/* SPDX-License-Identifier: MIT */
/*
 * mbedTLS's arithmetic in plain C, against which the boards' faster code is tested
 * (test_kernels.c): other files and another configuration than the program's, all under other
 * names.
 */
#ifndef FV_TESTS_PORTABLE_H
#define FV_TESTS_PORTABLE_H

#include <stddef.h>
#include <stdint.h>

struct portable_aead {
    const uint8_t *key, *iv, *add;
    size_t key_size, iv_size, add_size; /* bytes */
};

/* Encrypt n bytes; the tag has 16. */
void portable_gcm(const struct portable_aead *a, const uint8_t *in, size_t n, uint8_t *out,
                  uint8_t *tag);
/* The same; the key has 32 bytes, the IV 12. */
void portable_chachapoly(const struct portable_aead *a, const uint8_t *in, size_t n, uint8_t *out,
                         uint8_t *tag);
/* The key has 32 bytes, the nonce 12. */
void portable_chacha20(const uint8_t *key, const uint8_t *nonce, uint32_t counter,
                       const uint8_t *in, size_t n, uint8_t *out);
void portable_poly1305(const uint8_t *key, const uint8_t *in, size_t n, uint8_t *mac);
void portable_sha256(const uint8_t *in, size_t n, uint8_t *out);

#endif
