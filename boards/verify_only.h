/*
 * Included before some files of mbedTLS (VERIFY_ONLY in boards/linux/mbedtls.mk).
 *
 * A client that has no certificate of its own verifies with public keys: it signs nothing, decrypts nothing, and has no private
 * key but what ECDH makes for a handshake. mbedTLS can't know that, and its tables name all of it. Here those calls become
 * errors; they are never made, and the linker leaves out what they would need.
 */
#ifndef FV_VERIFY_ONLY_H
#define FV_VERIFY_ONLY_H

#include "common.h"
#include "mbedtls/ecdsa.h"
#include "mbedtls/pk.h"
#include "pk_internal.h"
#include "psa_util_internal.h"
#include "rsa_alt_helpers.h"

#if defined(FV_BEFORE_pk_wrap)
#define mbedtls_rsa_pkcs1_sign(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#define mbedtls_rsa_pkcs1_encrypt(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#define mbedtls_rsa_pkcs1_decrypt(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#define mbedtls_rsa_check_pub_priv(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#define mbedtls_ecdsa_write_signature(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#define mbedtls_ecp_check_pub_priv(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#elif defined(FV_BEFORE_rsa)
#define mbedtls_rsa_deduce_primes(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#define mbedtls_rsa_deduce_private_exponent(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#define mbedtls_rsa_deduce_crt(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#else /* ssl_tls12_client, ssl_tls13_generic */
#define mbedtls_pk_sign_restartable(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#define mbedtls_pk_sign_ext(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#endif

#endif
