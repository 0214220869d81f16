/* SPDX-License-Identifier: MIT */
/*
 * mbedTLS's Poly1305 on ARM. Where the processor has NEON, whole steps of blocks go through
 * OpenSSL's code.
 *
 * This file includes mbedTLS's own source and renames its function that processes bytes. That
 * function processes the remainder, and everything on processors without NEON. The context is
 * mbedTLS's own.
 */
#define mbedtls_poly1305_update fv_plain_poly1305_update
/* mbedTLS's internal header, before the public ones: makes the members of structures accessible */
#include "common.h"

#include <poly1305.c>
#undef mbedtls_poly1305_update

#include "cpu.h"

#define STEP 64          /* bytes per step of OpenSSL's code */
#define LEAST (2 * STEP) /* the least that it processes */

/* OpenSSL's state: the accumulator (in and out), the key, powers of the key. */
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
    /* The accumulator comes back in limbs of 26 bits, some with a carry. */
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
