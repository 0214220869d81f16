#include "common.h" /* of mbedTLS's library, and before its public headers: their structures are open then */

#include "gcm_alt.h" /* for its size: before the names change */
#include "gcm_stock.h"

#undef MBEDTLS_GCM_ALT
#undef MBEDTLS_SELF_TEST
#define mbedtls_gcm_context fv_gcm_stock
#define mbedtls_gcm_init fv_gcm_stock_init
#define mbedtls_gcm_setkey fv_gcm_stock_setkey
#define mbedtls_gcm_crypt_and_tag fv_gcm_stock_crypt_and_tag
#define mbedtls_gcm_auth_decrypt fv_gcm_stock_auth_decrypt
#define mbedtls_gcm_starts fv_gcm_stock_starts
#define mbedtls_gcm_update_ad fv_gcm_stock_update_ad
#define mbedtls_gcm_update fv_gcm_stock_update
#define mbedtls_gcm_finish fv_gcm_stock_finish
#define mbedtls_gcm_free fv_gcm_stock_free

#include "gcm.c" /* of mbedTLS's library */

_Static_assert(sizeof(struct fv_gcm_stock) <= FV_GCM_STOCK_SIZE, "the context must fit");
