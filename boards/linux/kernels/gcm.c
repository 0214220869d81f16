/* SPDX-License-Identifier: MIT */
/*
 * mbedTLS's GCM on x86-64, with BearSSL's AES-CTR and GHASH, which process four blocks at a time.
 *
 * This file includes mbedTLS's own source and renames its functions that process whole messages.
 * mbedTLS does the keys, the IV, the additional data, the last bytes and the tag, and everything on
 * processors that lack an instruction. The context is mbedTLS's own, so one message may go through
 * both implementations, in pieces of any size.
 */
#define mbedtls_gcm_update fv_plain_gcm_update
#define mbedtls_gcm_crypt_and_tag fv_plain_gcm_crypt_and_tag
#define mbedtls_gcm_auth_decrypt fv_plain_gcm_auth_decrypt
/* mbedTLS's internal header, before the public ones: makes the members of structures accessible */
#include "common.h"

#include "aesni.h"

#include <bearssl_block.h>
#include <bearssl_hash.h>
#include <string.h>

#define SSSE3 (1u << 9) /* CPUID bit, like MBEDTLS_AESNI_AES */
#define SSE4_1 (1u << 19)

static int has_all(void)
{
    return mbedtls_aesni_has_support(MBEDTLS_AESNI_AES) &&
           mbedtls_aesni_has_support(MBEDTLS_AESNI_CLMUL) && mbedtls_aesni_has_support(SSSE3) &&
           mbedtls_aesni_has_support(SSE4_1);
}

static void multiply(unsigned char out[16], const unsigned char x[16], const unsigned char h[16])
{
    static const unsigned char zero[16];
    memmove(out, x, 16);
    br_ghash_pclmul(out, h, zero, sizeof(zero));
}

#define mbedtls_aesni_has_support(what) has_all()
#define mbedtls_aesni_gcm_mult multiply
#include <gcm.c>
#undef mbedtls_gcm_update
#undef mbedtls_gcm_crypt_and_tag
#undef mbedtls_gcm_auth_decrypt

#include "cpu.h"

#define BLOCK 16
#define STEP (4 * BLOCK)
#define LENGTH_MAX 0xFFFFFFFE0ULL /* SP 800-38D 5.2.1.1, in bytes */

/* Process whole blocks; all bytes before were whole blocks too. */
static void crypt_blocks(mbedtls_gcm_context *ctx, const unsigned char *in, unsigned char *out,
                         size_t n)
{
    const mbedtls_aes_context *aes = ctx->cipher_ctx.cipher_ctx;
    const void *h = ctx->H[MBEDTLS_GCM_HTABLE_SIZE / 2];
    br_aes_x86ni_ctr_keys keys;
    keys.num_rounds = (unsigned)aes->nr;
    memcpy(keys.skey.skni, aes->buf + aes->rk_offset, (keys.num_rounds + 1) * BLOCK);
    if (ctx->mode == MBEDTLS_GCM_DECRYPT) {
        br_ghash_pclmul(ctx->buf, h, in, n);
    }
    if (out != in) { /* musl's memmove() copies byte by byte, backwards, if both are the same */
        memmove(out, in, n);
    }
    uint32_t next = MBEDTLS_GET_UINT32_BE(ctx->y, 12) + 1;
    next = br_aes_x86ni_ctr_run(&keys, ctx->y, next, out, n);
    MBEDTLS_PUT_UINT32_BE(next - 1, ctx->y, 12);
    if (ctx->mode == MBEDTLS_GCM_ENCRYPT) {
        br_ghash_pclmul(ctx->buf, h, out, n);
    }
    ctx->len += n;
    fv_kernel_wipe_below();
    mbedtls_platform_zeroize(&keys, sizeof(keys));
}

int mbedtls_gcm_update(mbedtls_gcm_context *ctx, const unsigned char *input, size_t input_length,
                       unsigned char *output, size_t output_size, size_t *output_length)
{
    size_t done = 0;
    /* mbedTLS refuses the other keys. */
    int is_right = output_size >= input_length &&
                   (output <= input || output >= input + input_length) &&
                   input_length <= LENGTH_MAX - ctx->len;
    if (ctx->acceleration == MBEDTLS_GCM_ACC_AESNI && ctx->len % BLOCK == 0 && is_right) {
        done = input_length / STEP * STEP;
    }
    if (done > 0) {
        if (ctx->len == 0 && ctx->add_len % BLOCK != 0) {
            gcm_mult(ctx, ctx->buf, ctx->buf);
        }
        crypt_blocks(ctx, input, output, done);
    }
    int ret = fv_plain_gcm_update(ctx, input + done, input_length - done, output + done,
                                  output_size - done, output_length);
    *output_length += ret == 0 ? done : 0;
    return ret;
}

int mbedtls_gcm_crypt_and_tag(mbedtls_gcm_context *ctx, int mode, size_t length,
                              const unsigned char *iv, size_t iv_len, const unsigned char *add,
                              size_t add_len, const unsigned char *input, unsigned char *output,
                              size_t tag_len, unsigned char *tag)
{
    size_t n = 0;
    int ret = mbedtls_gcm_starts(ctx, mode, iv, iv_len);
    if (ret == 0) {
        ret = mbedtls_gcm_update_ad(ctx, add, add_len);
    }
    if (ret == 0) {
        ret = mbedtls_gcm_update(ctx, input, length, output, length, &n);
    }
    return ret == 0 ? mbedtls_gcm_finish(ctx, NULL, 0, &n, tag, tag_len) : ret;
}

int mbedtls_gcm_auth_decrypt(mbedtls_gcm_context *ctx, size_t length, const unsigned char *iv,
                             size_t iv_len, const unsigned char *add, size_t add_len,
                             const unsigned char *tag, size_t tag_len, const unsigned char *input,
                             unsigned char *output)
{
    unsigned char is[BLOCK];
    int ret = mbedtls_gcm_crypt_and_tag(ctx, MBEDTLS_GCM_DECRYPT, length, iv, iv_len, add, add_len,
                                        input, output, tag_len, is);
    if (ret == 0 && mbedtls_ct_memcmp(tag, is, tag_len) != 0) {
        mbedtls_platform_zeroize(output, length);
        ret = MBEDTLS_ERR_GCM_AUTH_FAILED;
    }
    return ret;
}
