/* SPDX-License-Identifier: MIT */
/*
 * The suites of a board without AES instructions and with little memory. Compared with
 * tls_suites.c, the TLS 1.3 suite with SHA-384 is left out: at the deepest point of a handshake, it
 * takes 500 bytes more of stack and of TLS's pool. RFC 8446 9.1 requires every server to have
 * AES-128.
 */
#include "net/tls_suites.h"

#include <mbedtls/ssl_ciphersuites.h>

const int *fv_tls_suites(bool aes)
{
    static const int suites[] = {
        MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
        MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        0,
    };
    (void)aes;
    return suites;
}
