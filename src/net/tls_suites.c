/* SPDX-License-Identifier: MIT */
#include "net/tls_suites.h"

#include <mbedtls/ssl_ciphersuites.h>

/* AES-128 has ten rounds, AES-256 fourteen. RFC 8446 9.1 requires every server to have the
 * former. */
#define TLS13_GCM MBEDTLS_TLS1_3_AES_128_GCM_SHA256, MBEDTLS_TLS1_3_AES_256_GCM_SHA384
#define TLS13_CHACHA MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256
#define TLS12_GCM                                                                                  \
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,                                               \
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,                                             \
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,                                           \
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
#define TLS12_CHACHA                                                                               \
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,                                         \
        MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256

static const int gcm_first[] = {TLS13_GCM, TLS13_CHACHA, TLS12_GCM, TLS12_CHACHA, 0};
static const int chacha_first[] = {TLS13_CHACHA, TLS13_GCM, TLS12_CHACHA, TLS12_GCM, 0};

const int *fv_tls_suites(bool aes)
{
    return aes ? gcm_first : chacha_first;
}
