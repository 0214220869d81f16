/* SPDX-License-Identifier: MIT */
/* Compiled with a header of new names, which the Makefile makes, in front of it. */
#include "common.h"

#include <aes.c>
#include <block_cipher.c>
#include <chacha20.c>
#include <chachapoly.c>
#include <gcm.c>
#include <poly1305.c>
#include <sha256.c>

#include "boards/portable.h"

#include <assert.h>

void portable_gcm(const struct portable_aead *a, const uint8_t *in, size_t n, uint8_t *out,
                  uint8_t *tag)
{
    mbedtls_gcm_context ctx;
    mbedtls_gcm_init(&ctx);
    int ret = mbedtls_gcm_setkey(&ctx, MBEDTLS_CIPHER_ID_AES, a->key, (unsigned)a->key_size * 8);
    assert(ret == 0);
    ret = mbedtls_gcm_crypt_and_tag(&ctx, MBEDTLS_GCM_ENCRYPT, n, a->iv, a->iv_size, a->add,
                                    a->add_size, in, out, 16, tag);
    assert(ret == 0);
    (void)ret;
    mbedtls_gcm_free(&ctx);
}

void portable_chachapoly(const struct portable_aead *a, const uint8_t *in, size_t n, uint8_t *out,
                         uint8_t *tag)
{
    mbedtls_chachapoly_context ctx;
    mbedtls_chachapoly_init(&ctx);
    (void)mbedtls_chachapoly_setkey(&ctx, a->key);
    (void)mbedtls_chachapoly_encrypt_and_tag(&ctx, n, a->iv, a->add, a->add_size, in, out, tag);
    mbedtls_chachapoly_free(&ctx);
}

void portable_chacha20(const uint8_t *key, const uint8_t *nonce, uint32_t counter,
                       const uint8_t *in, size_t n, uint8_t *out)
{
    (void)mbedtls_chacha20_crypt(key, nonce, counter, n, in, out);
}

void portable_poly1305(const uint8_t *key, const uint8_t *in, size_t n, uint8_t *mac)
{
    (void)mbedtls_poly1305_mac(key, in, n, mac);
}

void portable_sha256(const uint8_t *in, size_t n, uint8_t *out)
{
    (void)mbedtls_sha256(in, n, out, 0);
}
