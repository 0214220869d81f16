/*
 * GCM for mbedTLS by Debian's libipsec-mb, which works on eight blocks at a time: see gcm_alt.h.
 *
 * Only what TLS does is taken over: a whole message, an IV of 12 bytes, input and output the same or apart. The rest, and
 * processors without the instructions, get mbedTLS's own code.
 */
#include "gcm_stock.h"

#include <intel-ipsec-mb.h>
#include <mbedtls/constant_time.h>
#include <mbedtls/gcm.h>
#include <mbedtls/platform_util.h>
#include <stdlib.h>
#include <string.h>

#define IV_SIZE 12
#define TAG_MIN 4
#define TAG_MAX 16
#define LENGTH_MAX 0xFFFFFFFE0ULL /* SP 800-38D 5.2.1.1, in bytes */

struct fv_gcm_fast {
    struct gcm_key_data key; /* wants 64-byte alignment */
    struct gcm_context_data message;
    aes_gcm_enc_dec_t encrypt, decrypt;
};

/* The library's table of functions for this processor; NULL if it has not the instructions, or no memory. */
static const IMB_MGR *manager(void)
{
    static IMB_MGR *found;
    static int looked;
    const uint64_t need = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ;
    if (!looked) {
        looked = 1;
        IMB_MGR *m = alloc_mb_mgr(0);
        if (m != NULL && (m->features & need) == need) {
            init_mb_mgr_auto(m, NULL);
            found = m;
        } else if (m != NULL) {
            free_mb_mgr(m);
        }
    }
    return found;
}

static struct fv_gcm_stock *stock(mbedtls_gcm_context *ctx)
{
    return (struct fv_gcm_stock *)ctx->stock.bytes;
}

static void forget(mbedtls_gcm_context *ctx)
{
    if (ctx->fast != NULL) {
        mbedtls_platform_zeroize(ctx->fast, sizeof(*ctx->fast));
        free(ctx->fast);
        ctx->fast = NULL;
    }
}

static void expand(struct fv_gcm_fast *f, const IMB_MGR *m, const unsigned char *key, unsigned bits)
{
    switch (bits) {
    case 128:
        m->gcm128_pre(key, &f->key);
        f->encrypt = m->gcm128_enc;
        f->decrypt = m->gcm128_dec;
        break;
    case 192:
        m->gcm192_pre(key, &f->key);
        f->encrypt = m->gcm192_enc;
        f->decrypt = m->gcm192_dec;
        break;
    default:
        m->gcm256_pre(key, &f->key);
        f->encrypt = m->gcm256_enc;
        f->decrypt = m->gcm256_dec;
        break;
    }
}

void mbedtls_gcm_init(mbedtls_gcm_context *ctx)
{
    ctx->fast = NULL;
    fv_gcm_stock_init(stock(ctx));
}

int mbedtls_gcm_setkey(mbedtls_gcm_context *ctx, mbedtls_cipher_id_t cipher,
                       const unsigned char *key, unsigned int keybits)
{
    forget(ctx);
    int ret = fv_gcm_stock_setkey(stock(ctx), cipher, key, keybits);
    const IMB_MGR *m = manager();
    if (ret != 0 || m == NULL || cipher != MBEDTLS_CIPHER_ID_AES) {
        return ret;
    }
    size_t size = (sizeof(*ctx->fast) + 63) / 64 * 64;
    ctx->fast = aligned_alloc(64, size); /* NULL: slower, that is all */
    if (ctx->fast != NULL) {
        memset(ctx->fast, 0, size);
        expand(ctx->fast, m, key, keybits);
    }
    return 0;
}

/* Whether libipsec-mb takes this message. */
static int is_fast(const mbedtls_gcm_context *ctx, size_t length, size_t iv_len, size_t tag_len,
                   const unsigned char *input, const unsigned char *output)
{
    size_t apart = output > input ? (size_t)(output - input) : (size_t)(input - output);
    return ctx->fast != NULL && iv_len == IV_SIZE && tag_len >= TAG_MIN && tag_len <= TAG_MAX &&
           length > 0 && length <= LENGTH_MAX && (apart == 0 || apart >= length);
}

int mbedtls_gcm_crypt_and_tag(mbedtls_gcm_context *ctx, int mode, size_t length,
                              const unsigned char *iv, size_t iv_len, const unsigned char *add,
                              size_t add_len, const unsigned char *input, unsigned char *output,
                              size_t tag_len, unsigned char *tag)
{
    if (!is_fast(ctx, length, iv_len, tag_len, input, output)) {
        return fv_gcm_stock_crypt_and_tag(stock(ctx), mode, length, iv, iv_len, add, add_len, input,
                                          output, tag_len, tag);
    }
    struct fv_gcm_fast *f = ctx->fast;
    aes_gcm_enc_dec_t work = mode == MBEDTLS_GCM_ENCRYPT ? f->encrypt : f->decrypt;
    work(&f->key, &f->message, output, input, length, iv, add, add_len, tag, tag_len);
    return 0;
}

int mbedtls_gcm_auth_decrypt(mbedtls_gcm_context *ctx, size_t length, const unsigned char *iv,
                             size_t iv_len, const unsigned char *add, size_t add_len,
                             const unsigned char *tag, size_t tag_len, const unsigned char *input,
                             unsigned char *output)
{
    unsigned char is[TAG_MAX];
    int ret = mbedtls_gcm_crypt_and_tag(ctx, MBEDTLS_GCM_DECRYPT, length, iv, iv_len, add, add_len,
                                        input, output, tag_len, is);
    if (ret == 0 && mbedtls_ct_memcmp(tag, is, tag_len) != 0) {
        mbedtls_platform_zeroize(output, length);
        ret = MBEDTLS_ERR_GCM_AUTH_FAILED;
    }
    return ret;
}

/* --- A message in pieces --- */

int mbedtls_gcm_starts(mbedtls_gcm_context *ctx, int mode, const unsigned char *iv, size_t iv_len)
{
    return fv_gcm_stock_starts(stock(ctx), mode, iv, iv_len);
}

int mbedtls_gcm_update_ad(mbedtls_gcm_context *ctx, const unsigned char *add, size_t add_len)
{
    return fv_gcm_stock_update_ad(stock(ctx), add, add_len);
}

int mbedtls_gcm_update(mbedtls_gcm_context *ctx, const unsigned char *input, size_t input_length,
                       unsigned char *output, size_t output_size, size_t *output_length)
{
    return fv_gcm_stock_update(stock(ctx), input, input_length, output, output_size, output_length);
}

int mbedtls_gcm_finish(mbedtls_gcm_context *ctx, unsigned char *output, size_t output_size,
                       size_t *output_length, unsigned char *tag, size_t tag_len)
{
    return fv_gcm_stock_finish(stock(ctx), output, output_size, output_length, tag, tag_len);
}

void mbedtls_gcm_free(mbedtls_gcm_context *ctx)
{
    if (ctx == NULL) {
        return;
    }
    forget(ctx);
    fv_gcm_stock_free(stock(ctx));
}
