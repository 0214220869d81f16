/* SPDX-License-Identifier: MIT */
#include "base/sha256.h"

#include "base/num.h"

#include <assert.h>
#include <mbedtls/sha256.h>
#include <string.h>

static_assert(sizeof(mbedtls_sha256_context) <= sizeof(((struct fv_sha256 *)0)->state),
              "mbedTLS's context must fit");

/*
 * mbedTLS's context is copied in and out. A cast to it would break the aliasing rules. mbedTLS's
 * functions fail only for a wrong "is224", so their results are ignored.
 */

void fv_sha256_init(struct fv_sha256 *h)
{
    mbedtls_sha256_context ctx;
    mbedtls_sha256_init(&ctx);
    (void)mbedtls_sha256_starts(&ctx, 0);
    memcpy(h->state.bytes, &ctx, sizeof(ctx));
}

void fv_sha256_push(struct fv_sha256 *h, const void *p, size_t n)
{
    mbedtls_sha256_context ctx;
    memcpy(&ctx, h->state.bytes, sizeof(ctx));
    (void)mbedtls_sha256_update(&ctx, p, n);
    memcpy(h->state.bytes, &ctx, sizeof(ctx));
}

void fv_sha256_finish(struct fv_sha256 *h, uint8_t out[FV_SHA256_SIZE])
{
    mbedtls_sha256_context ctx;
    memcpy(&ctx, h->state.bytes, sizeof(ctx));
    (void)mbedtls_sha256_finish(&ctx, out);
}

void fv_sha256_of(const void *p, size_t n, uint8_t out[FV_SHA256_SIZE])
{
    mbedtls_sha256_context ctx; /* mbedtls_sha256() does not use the faster kernels */
    mbedtls_sha256_init(&ctx);
    (void)mbedtls_sha256_starts(&ctx, 0);
    (void)mbedtls_sha256_update(&ctx, p, n);
    (void)mbedtls_sha256_finish(&ctx, out);
}

uint64_t fv_sha256_key(const void *p, size_t n)
{
    uint8_t digest[FV_SHA256_SIZE];
    fv_sha256_of(p, n, digest);
    return fv_num_get64(digest);
}
