/* SPDX-License-Identifier: MIT */
/*
 * mbedTLS's ChaCha20 on ARM, with whole steps of blocks through OpenSSL's code where the processor has NEON.
 *
 * mbedTLS's own file is compiled here, its function that takes bytes under another name: it does the rest, and everything on other
 * processors. The state between two calls is its own.
 */
#define mbedtls_chacha20_update fv_plain_chacha20_update
#include "common.h" /* of mbedTLS's library, and before its public headers: their structures are open then */

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
