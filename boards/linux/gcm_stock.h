/*
 * mbedTLS's own GCM under other names, beside another implementation. Contracts: mbedtls/gcm.h, without the prefix.
 */
#ifndef FV_GCM_STOCK_H
#define FV_GCM_STOCK_H

#include <mbedtls/cipher.h>
#include <stddef.h>

struct fv_gcm_stock;

void fv_gcm_stock_init(struct fv_gcm_stock *ctx);
int fv_gcm_stock_setkey(struct fv_gcm_stock *ctx, mbedtls_cipher_id_t cipher,
                        const unsigned char *key, unsigned int keybits);
int fv_gcm_stock_crypt_and_tag(struct fv_gcm_stock *ctx, int mode, size_t length,
                               const unsigned char *iv, size_t iv_len, const unsigned char *add,
                               size_t add_len, const unsigned char *input, unsigned char *output,
                               size_t tag_len, unsigned char *tag);
int fv_gcm_stock_starts(struct fv_gcm_stock *ctx, int mode, const unsigned char *iv, size_t iv_len);
int fv_gcm_stock_update_ad(struct fv_gcm_stock *ctx, const unsigned char *add, size_t add_len);
int fv_gcm_stock_update(struct fv_gcm_stock *ctx, const unsigned char *input, size_t input_length,
                        unsigned char *output, size_t output_size, size_t *output_length);
int fv_gcm_stock_finish(struct fv_gcm_stock *ctx, unsigned char *output, size_t output_size,
                        size_t *output_length, unsigned char *tag, size_t tag_len);
void fv_gcm_stock_free(struct fv_gcm_stock *ctx);

#endif
