/*
 * SHA-256 (FIPS 180-4), computed by mbedTLS; this is the only header that has it, and it does not show mbedTLS's types.
 */
#ifndef FV_BASE_SHA256_H
#define FV_BASE_SHA256_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define FV_SHA256_SIZE 32

struct fv_sha256 {
    union {
        uint64_t align;
        uint8_t bytes[112]; /* holds mbedtls_sha256_context, checked where it is compiled */
    } state;
};

/* Start a digest. A context needs no close; init may be called on it again at any time. */
void fv_sha256_init(struct fv_sha256 *h);
void fv_sha256_push(struct fv_sha256 *h, const void *p, size_t n);
/* Write the digest; the context must be initialised again before further use. */
void fv_sha256_finish(struct fv_sha256 *h, uint8_t out[FV_SHA256_SIZE]);
/* The digest of one piece. */
void fv_sha256_of(const void *p, size_t n, uint8_t out[FV_SHA256_SIZE]);
/* First eight bytes of the digest as a little-endian number: the key of hash tables on storage. */
uint64_t fv_sha256_key(const void *p, size_t n);

#endif
