/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 (FIPS 180-4), computed by mbedTLS. This header does not expose mbedTLS's types.
 */
#ifndef FV_BASE_SHA256_H
#define FV_BASE_SHA256_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define FV_SHA256_SIZE 32

struct fv_sha256 {
    union {
        uint64_t align;
        uint8_t bytes[112]; /* room for mbedtls_sha256_context; sha256.c checks the size */
    } state;
};

/* Start a digest. It needs no close; init may be called on it again at any time. */
void fv_sha256_init(struct fv_sha256 *h);
void fv_sha256_push(struct fv_sha256 *h, const void *p, size_t n);
/* Write the digest. Call init before further use. */
void fv_sha256_finish(struct fv_sha256 *h, uint8_t out[FV_SHA256_SIZE]);
/* Write the digest of n bytes. */
void fv_sha256_of(const void *p, size_t n, uint8_t out[FV_SHA256_SIZE]);
/* Return the first eight bytes of the digest of n bytes as a little-endian number. Hash tables on
 * storage use it as their key. */
uint64_t fv_sha256_key(const void *p, size_t n);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
