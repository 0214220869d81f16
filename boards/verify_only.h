/* SPDX-License-Identifier: MIT */
/*
 * Included before some files of mbedTLS (VERIFY_ONLY in boards/linux/mbedtls.mk).
 *
 * A client without a certificate of its own only verifies with public keys. It signs and decrypts
 * nothing, and has no private key except that of ECDH during a handshake. mbedTLS cannot know that,
 * and its tables refer to all these functions. Here their calls become errors. They are never
 * called, and the linker leaves out what they would need.
 *
 * Certificates are checked by src/net/tls_chain.h. mbedTLS's calls of its own verifier go there, so
 * the linker leaves that verifier out too.
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
#elif defined(FV_BEFORE_ssl_tls12_client) || defined(FV_BEFORE_ssl_tls13_generic)
#define mbedtls_pk_sign_restartable(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#define mbedtls_pk_sign_ext(...) MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE
#endif

#if defined(FV_BEFORE_ssl_tls12_client)
#include "ssl_misc.h"

/* The ServerHello of TLS 1.2 has the version of TLS 1.2. mbedTLS 3.6.6 takes that of TLS 1.3 too,
 * and goes on with a handshake that has no keys (CVE-2026-115490). Each other version is read as
 * TLS 1.1, which is refused. */
#define mbedtls_ssl_read_version(version, transport)                                               \
    (MBEDTLS_GET_UINT16_BE(version, 0) == MBEDTLS_SSL_VERSION_TLS1_2 ? 0x0303 : 0x0302)
#endif

#if defined(FV_BEFORE_psa_crypto) && defined(MBEDTLS_PSA_CRYPTO_C)
/* mbedTLS's own has a list of sixty errors. TLS distinguishes only a few of them: see
 * src/net/tls_v13.c. */
psa_status_t mbedtls_to_psa_error(int ret) __attribute__((weak));
#endif

#if defined(FV_BEFORE_x509_crt)
#include "x509_internal.h"

/* A name of a kind that is not used is no reason to refuse a certificate. It is not read. */
int fv_tls_cert_read_name(unsigned char **p, const unsigned char *end, mbedtls_x509_name *name);
int fv_tls_cert_read_alternatives(unsigned char **p, const unsigned char *end,
                                  mbedtls_x509_sequence *list);
#define mbedtls_x509_get_name fv_tls_cert_read_name
#define mbedtls_x509_get_subject_alt_name fv_tls_cert_read_alternatives
/* of authorityKeyIdentifier */
#define mbedtls_x509_get_subject_alt_name_ext(p, end, list) (*(p) = (end), 0)

/* A signature that is not checked, such as that of a trusted root, is no reason either. Whether a
 * signature can be checked is decided when it is. */
int fv_tls_cert_signed(int code, mbedtls_md_type_t *hash, mbedtls_pk_type_t *kind);
#define mbedtls_x509_get_sig_alg(oid, params, hash, kind, options)                                 \
    fv_tls_cert_signed((mbedtls_x509_get_sig_alg)(oid, params, hash, kind, options), hash, kind)
#endif

#if defined(FV_BEFORE_ssl_tls) || defined(FV_BEFORE_ssl_tls13_generic)
#include "mbedtls/ssl.h"

int fv_tls_chain_parse(mbedtls_x509_crt *chain, const unsigned char *der, size_t len);
int fv_tls_chain_verify(const mbedtls_ssl_context *ssl, mbedtls_x509_crt *crt, void *ctx,
                        uint32_t *flags);

#define mbedtls_x509_crt_parse_der fv_tls_chain_parse
#define mbedtls_x509_crt_verify_with_ca_cb(chain, find, ctx, profile, host, flags, check,          \
                                           check_ctx)                                              \
    ((void)(host), (void)(check), (void)(check_ctx), fv_tls_chain_verify(ssl, chain, ctx, flags))
/* The purposes of both are checked in src/net/tls_chain.c too. */
#define mbedtls_x509_crt_check_key_usage(...) 0
#define mbedtls_x509_crt_check_extended_key_usage(...) 0
/* The default, a list of 180, which net/tls.c replaces at once. */
#define mbedtls_ssl_list_ciphersuites() NULL
/* For callers without a callback; there always is one. */
#define mbedtls_x509_crt_verify_restartable(chain, ca, crl, profile, host, flags, check,           \
                                            check_ctx, rs_ctx)                                     \
    ((void)(ca), (void)(crl), MBEDTLS_ERR_X509_FATAL_ERROR)
#endif

#endif
