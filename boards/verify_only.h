/*
 * Included before some files of mbedTLS (VERIFY_ONLY in boards/linux/mbedtls.mk).
 *
 * A client that has no certificate of its own verifies with public keys: it signs nothing, decrypts nothing, and has no private
 * key but what ECDH makes for a handshake. mbedTLS can't know that, and its tables name all of it. Here those calls become
 * errors; they are never made, and the linker leaves out what they would need.
 *
 * And certificates are judged by src/net/tls_chain.h: what mbedTLS asks of its own verifier goes there, which leaves that one out too.
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

#if defined(FV_BEFORE_psa_crypto) && defined(MBEDTLS_PSA_CRYPTO_C)
/* Of its list of sixty errors TLS tells a few apart: src/net/tls_v13.c has them. */
psa_status_t mbedtls_to_psa_error(int ret) __attribute__((weak));
#endif

#if defined(FV_BEFORE_x509_crt)
#include "x509_internal.h"

/* Names of kinds that nobody asks for are no reason to refuse a certificate, and not read. */
int fv_tls_cert_read_name(unsigned char **p, const unsigned char *end, mbedtls_x509_name *name);
int fv_tls_cert_read_alternatives(unsigned char **p, const unsigned char *end,
                                  mbedtls_x509_sequence *list);
#define mbedtls_x509_get_name fv_tls_cert_read_name
#define mbedtls_x509_get_subject_alt_name fv_tls_cert_read_alternatives
#define mbedtls_x509_get_subject_alt_name_ext(p, end, list)                                        \
    (*(p) = (end), 0) /* of authorityKeyIdentifier */

/* Nor is a signature that is not to be checked, as a trusted root's own: whether it can be is asked when it is. */
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
/* What both may be used for is checked there, too. */
#define mbedtls_x509_crt_check_key_usage(...) 0
#define mbedtls_x509_crt_check_extended_key_usage(...) 0
/* The default, which net/tls.c replaces at once: 180 of them. */
#define mbedtls_ssl_list_ciphersuites() NULL
/* Where there is no callback; there always is. */
#define mbedtls_x509_crt_verify_restartable(chain, ca, crl, profile, host, flags, check,           \
                                            check_ctx, rs_ctx)                                     \
    ((void)(ca), (void)(crl), MBEDTLS_ERR_X509_FATAL_ERROR)
#endif

#endif
