/* SPDX-License-Identifier: MIT */
/*
 * Certificates for the path builder (RFC 5280 4): parsed by mbedTLS, and what mbedTLS does not
 * check: critical extensions that it does not know, and extensions that are there twice. Nothing is
 * copied unless a function says so.
 */
#ifndef FV_NET_TLS_CERT_H
#define FV_NET_TLS_CERT_H

#include "net/tls_reason.h"

#include <mbedtls/x509_crt.h>
#include <stddef.h>
#include <stdint.h>

/* Last byte of the OBJECT IDENTIFIER of an extension. All are under id-ce (2.5.29). */
#define FV_TLS_CERT_NAME_CONSTRAINTS 30
#define FV_TLS_CERT_POLICY_MAPPINGS 33
#define FV_TLS_CERT_POLICY_CONSTRAINTS 36

/*
 * Parse one certificate in DER into crt, which is initialised and empty. der is not copied and is
 * borrowed until mbedtls_x509_crt_free(). An extension that mbedTLS does not know is accepted here
 * even if critical; fv_tls_cert_form() checks that. Return 0, or mbedTLS's code with an empty crt.
 */
int fv_tls_cert_parse(mbedtls_x509_crt *crt, const uint8_t *der, size_t len);

/* The same, but with a copy of der, for certificates that are kept. */
int fv_tls_cert_parse_copy(mbedtls_x509_crt *crt, const uint8_t *der, size_t len);

/* Read the content of a Name, or a subjectAltName. They replace mbedtls_x509_get_name() and
 * mbedtls_x509_get_subject_alt_name() (boards/verify_only.h), which know fewer kinds of strings and
 * names. Return 0 or mbedTLS's code; memory that was allocated is then part of the list. */
int fv_tls_cert_read_name(unsigned char **p, const unsigned char *end, mbedtls_x509_name *name);
int fv_tls_cert_read_alternatives(unsigned char **p, const unsigned char *end,
                                  mbedtls_x509_sequence *list);

/* Called when mbedtls_x509_get_sig_alg() (boards/verify_only.h) has ended with code. A signature
 * algorithm that is unknown, or has unknown parameters, becomes "none". So a certificate signed
 * with it can still be a trusted root. Return 0 or MBEDTLS_ERR_X509_ALLOC_FAILED. */
int fv_tls_cert_signed(int code, mbedtls_md_type_t *hash, mbedtls_pk_type_t *kind);

/* Return what a code of the two parsing functions means: FV_TLS_KEY or FV_TLS_UNREADABLE. */
enum fv_tls_why fv_tls_cert_why(int code);

/* Check the extensions: none twice, and critical only if known. Also check that serial number and
 * dates are DER. FV_TLS_FINE, FV_TLS_CRITICAL, FV_TLS_FORM, FV_TLS_UNREADABLE. */
enum fv_tls_why fv_tls_cert_form(const mbedtls_x509_crt *crt);

/* Check whether key and hash are of a kind and size that is accepted. FV_TLS_FINE, FV_TLS_KEY. */
enum fv_tls_why fv_tls_cert_key(const mbedtls_x509_crt *crt);

/* Return whether subject and issuer are the same name. */
bool fv_tls_cert_is_self_issued(const mbedtls_x509_crt *crt);

/* Return whether basicConstraints say that it is a CA. mbedTLS's own result is not used: mbedTLS
 * also accepts an INTEGER there, and bytes outside the sequence. */
bool fv_tls_cert_is_ca(const mbedtls_x509_crt *crt);

/* Find one of the extensions above and write its value to out. Return false if it is not there. */
bool fv_tls_cert_find(const mbedtls_x509_crt *crt, uint8_t id, mbedtls_asn1_buf *out);

/* Take the next element, of any tag, from rest. out gets its tag and content, and may be rest
 * itself. Return false if there is none, or if it is damaged. */
bool fv_tls_cert_next(mbedtls_asn1_buf *rest, mbedtls_asn1_buf *out);

/* Find the subject (a Name in DER, with tag and length) without parsing the whole certificate,
 * which takes far longer. Return false if der is damaged or ends before the subject ends. */
bool fv_tls_cert_subject(const mbedtls_asn1_buf *der, struct fv_slice *out);

#endif
