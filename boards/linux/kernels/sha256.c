/* SPDX-License-Identifier: MIT */
/*
 * mbedTLS's SHA-256. Where the processor has SHA-256 instructions, the blocks go through OpenSSL's
 * code.
 *
 * This file includes mbedTLS's own source and renames its functions that process bytes and that
 * finish; they serve other processors. The context is mbedTLS's own.
 */
#define mbedtls_sha256_update fv_plain_sha256_update
#define mbedtls_sha256_finish fv_plain_sha256_finish
/* mbedTLS's internal header, before the public ones: makes the members of structures accessible */
#include "common.h"

#define MBEDTLS_SHA256_SMALLER /* a quarter of the code size */
#include <sha256.c>
#undef mbedtls_sha256_update
#undef mbedtls_sha256_finish

#include "cpu.h"

#define BLOCK 64

static void push_blocks(mbedtls_sha256_context *ctx, const unsigned char *p, size_t n)
{
    fv_kernel_sha256_blocks(ctx->state, p, n);
    if (FV_SHA256_LEAVES) {
        fv_kernel_wipe_below();
    }
}

int mbedtls_sha256_update(mbedtls_sha256_context *ctx, const unsigned char *input, size_t ilen)
{
    size_t have = ctx->total[0] % BLOCK;
    size_t head = ilen < BLOCK - have ? ilen : BLOCK - have;
    if (!fv_kernel_has_sha256()) {
        return fv_plain_sha256_update(ctx, input, ilen);
    }
    if (ilen == 0) {
        return 0;
    }
    uint64_t total = ((uint64_t)ctx->total[1] << 32 | ctx->total[0]) + ilen;
    ctx->total[0] = (uint32_t)total;
    ctx->total[1] = (uint32_t)(total >> 32);
    if (have > 0 || head < BLOCK) {
        memcpy(ctx->buffer + have, input, head);
        if (have + head < BLOCK) {
            return 0;
        }
        push_blocks(ctx, ctx->buffer, 1);
        input += head;
        ilen -= head;
    }
    if (ilen >= BLOCK) {
        push_blocks(ctx, input, ilen / BLOCK);
    }
    memcpy(ctx->buffer, input + ilen / BLOCK * BLOCK, ilen % BLOCK);
    return 0;
}

/* FIPS 180-4 5.1.1: a one bit, zeros, the length in bits. */
int mbedtls_sha256_finish(mbedtls_sha256_context *ctx, unsigned char *output)
{
    static const unsigned char pad[BLOCK] = {0x80};
    unsigned char bits[8];
    if (!fv_kernel_has_sha256()) {
        return fv_plain_sha256_finish(ctx, output);
    }
    MBEDTLS_PUT_UINT64_BE(((uint64_t)ctx->total[1] << 32 | ctx->total[0]) << 3, bits, 0);
    size_t n = (2 * BLOCK - sizeof(bits) - 1 - ctx->total[0] % BLOCK) % BLOCK + 1;
    (void)mbedtls_sha256_update(ctx, pad, n);
    (void)mbedtls_sha256_update(ctx, bits, sizeof(bits));
    for (size_t i = 0; i < 8; i++) {
        MBEDTLS_PUT_UINT32_BE(ctx->state[i], output, 4 * i);
    }
    mbedtls_sha256_free(ctx);
    return 0;
}
