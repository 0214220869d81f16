/* SPDX-License-Identifier: MIT */
/*
 * mbedTLS's Poly1305 on ARM, with whole steps of blocks through OpenSSL's code where the processor has NEON.
 *
 * mbedTLS's own file is compiled here, its function that takes bytes under another name: it does the rest, and everything on other
 * processors. The state between two calls is its own.
 */
#define mbedtls_poly1305_update fv_plain_poly1305_update
#include "common.h" /* of mbedTLS's library, and before its public headers: their structures are open then */

#include <poly1305.c>
#undef mbedtls_poly1305_update

#include "cpu.h"

#define STEP 64          /* what OpenSSL's code does at once */
#define LEAST (2 * STEP) /* and from where on it does */

/* OpenSSL's state: the accumulator, in and out; the key; its powers. */
struct state {
    uint32_t h[5];
#if defined(__aarch64__)
    uint32_t none, is_base_26[2];
    uint32_t r[4];
#else
    uint32_t r[4];
    uint32_t is_base_26, none[2];
#endif
    uint32_t powers[36];
};

static void take_blocks(mbedtls_poly1305_context *ctx, const unsigned char *p, size_t n)
{
    struct state s = {0};
    memcpy(s.h, ctx->acc, sizeof(s.h));
    memcpy(s.r, ctx->r, sizeof(s.r));
    fv_kernel_poly1305_blocks(&s, p, n, 1);
    /* It comes back in digits of 26 bits, some with a carry. */
    uint64_t sum = s.h[0] + ((uint64_t)s.h[1] << 26);
    ctx->acc[0] = (uint32_t)sum;
    sum = (sum >> 32) + ((uint64_t)s.h[2] << 20);
    ctx->acc[1] = (uint32_t)sum;
    sum = (sum >> 32) + ((uint64_t)s.h[3] << 14);
    ctx->acc[2] = (uint32_t)sum;
    sum = (sum >> 32) + ((uint64_t)s.h[4] << 8);
    ctx->acc[3] = (uint32_t)sum;
    ctx->acc[4] = (uint32_t)(sum >> 32);
    mbedtls_platform_zeroize(&s, sizeof(s));
}

int mbedtls_poly1305_update(mbedtls_poly1305_context *ctx, const unsigned char *input, size_t ilen)
{
    size_t head = (POLY1305_BLOCK_SIZE_BYTES - ctx->queue_len) % POLY1305_BLOCK_SIZE_BYTES;
    if (ilen < head + LEAST || !fv_kernel_has_neon()) {
        return fv_plain_poly1305_update(ctx, input, ilen);
    }
    int ret = fv_plain_poly1305_update(ctx, input, head);
    size_t n = (ilen - head) / STEP * STEP;
    take_blocks(ctx, input + head, n);
    return ret != 0 ? ret : fv_plain_poly1305_update(ctx, input + head + n, ilen - head - n);
}
