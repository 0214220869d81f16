/* SPDX-License-Identifier: MIT */
/*
 * mbedTLS's ChaCha20 on ARM. Where the processor has NEON, whole steps of blocks go through
 * OpenSSL's code.
 *
 * This file includes mbedTLS's own source and renames its function that processes bytes. That
 * function processes the remainder, and everything on processors without NEON. The context is
 * mbedTLS's own.
 */
#define mbedtls_chacha20_update fv_plain_chacha20_update
/* mbedTLS's internal header, before the public ones: makes the members of structures accessible */
#include "common.h"

#include <chacha20.c>
#undef mbedtls_chacha20_update

#include "cpu.h"

int mbedtls_chacha20_update(mbedtls_chacha20_context *ctx, size_t size, const unsigned char *input,
                            unsigned char *output)
{
    size_t n = 0;
    if (ctx->keystream_bytes_used == CHACHA20_BLOCK_SIZE_BYTES && fv_kernel_has_neon()) {
        for (; size - n >= FV_CHACHA20_STEP; n += FV_CHACHA20_STEP) {
            fv_kernel_chacha20_blocks(output + n, input + n, FV_CHACHA20_STEP, ctx->state + 4,
                                      ctx->state + CHACHA20_CTR_INDEX);
            ctx->state[CHACHA20_CTR_INDEX] += FV_CHACHA20_STEP / CHACHA20_BLOCK_SIZE_BYTES;
        }
    }
    if (n > 0) {
        fv_kernel_wipe_below();
    }
    return fv_plain_chacha20_update(ctx, size - n, input + n, output + n);
}
