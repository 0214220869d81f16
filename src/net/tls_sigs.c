/* SPDX-License-Identifier: MIT */
#include "net/tls_sigs.h"

#include <mbedtls/ssl.h>

/*
 * mbedTLS 3.6 offers RSA-PSS for TLS 1.3, and then refuses it from a server that chooses it in TLS
 * 1.2 (Mbed TLS issue 10668). For servers that follow the client's order, it is enough to offer
 * PKCS #1 first; TLS 1.3 does not allow PKCS #1 in handshakes, and uses PSS. For servers with an
 * order of their own there is a second connection, which offers TLS 1.3 and 1.2 as before, so that
 * a downgrade is detected (RFC 8446 4.1.3), but no PSS.
 */
#define SIG_ALGS_WITHOUT_PSS                                                                       \
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256, MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,          \
        MBEDTLS_TLS1_3_SIG_ECDSA_SECP521R1_SHA512, MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,            \
        MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384, MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512
static const uint16_t sig_algs[] = {
    SIG_ALGS_WITHOUT_PSS,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
    MBEDTLS_TLS1_3_SIG_NONE,
};
static const uint16_t sig_algs_without_pss[] = {SIG_ALGS_WITHOUT_PSS, MBEDTLS_TLS1_3_SIG_NONE};

const uint16_t *fv_tls_sigs(bool pss)
{
    return pss ? sig_algs : sig_algs_without_pss;
}
