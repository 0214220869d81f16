/*
 * mbedTLS's SHA-256, with whole blocks through OpenSSL's code where the processor has the instructions for it.
 *
 * mbedTLS's own file is compiled here, its function that takes bytes under another name: it does the parts of a block, and everything
 * on other processors. The state between two calls is its own.
 */
#define mbedtls_sha256_update fv_plain_sha256_update
#include "common.h" /* of mbedTLS's library, and before its public headers: their structures are open then */

#define MBEDTLS_SHA256_SMALLER /* the code is a quarter */
#include <sha256.c>
#undef mbedtls_sha256_update

#include "cpu.h"

#define BLOCK 64

int mbedtls_sha256_update(mbedtls_sha256_context *ctx, const unsigned char *input, size_t ilen)
{
    size_t head = (BLOCK - ctx->total[0] % BLOCK) % BLOCK;
    if (ilen < head + BLOCK || !fv_cpu_has_sha256()) {
        return fv_plain_sha256_update(ctx, input, ilen);
    }
    int ret = fv_plain_sha256_update(ctx, input, head);
    size_t n = (ilen - head) / BLOCK * BLOCK;
    fv_sha256_blocks(ctx->state, input + head, n / BLOCK);
    if (FV_SHA256_LEAVES) {
        fv_wipe_below();
    }
    uint64_t total = ((uint64_t)ctx->total[1] << 32 | ctx->total[0]) + n;
    ctx->total[0] = (uint32_t)total;
    ctx->total[1] = (uint32_t)(total >> 32);
    return ret != 0 ? ret : fv_plain_sha256_update(ctx, input + head + n, ilen - head - n);
}
