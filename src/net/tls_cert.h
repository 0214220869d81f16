/*
 * Certificates as the path builder wants them (RFC 5280 4): parsed by mbedTLS, and what mbedTLS passes over: extensions that it does not know,
 * which are critical and which are there twice. Nothing is copied but where it is said.
 */
#ifndef FV_NET_TLS_CERT_H
#define FV_NET_TLS_CERT_H

#include "net/tls_reason.h"

#include <mbedtls/x509_crt.h>
#include <stddef.h>
#include <stdint.h>

/* Last byte of the OBJECT IDENTIFIER of an extension, all under id-ce (2.5.29). */
#define FV_TLS_CERT_NAME_CONSTRAINTS 30
#define FV_TLS_CERT_POLICY_MAPPINGS 33
#define FV_TLS_CERT_POLICY_CONSTRAINTS 36

/*
 * Parse one certificate in DER into crt, which is initialised and empty; der is borrowed until mbedtls_x509_crt_free(), no copy is made.
 * Any extension that mbedTLS does not know may be critical: fv_tls_cert_form() judges that. 0, or mbedTLS's code; crt is empty then.
 */
int fv_tls_cert_parse(mbedtls_x509_crt *crt, const uint8_t *der, size_t len);

/* The same with a copy of der, for certificates that are kept. */
int fv_tls_cert_parse_copy(mbedtls_x509_crt *crt, const uint8_t *der, size_t len);

/* For mbedtls_x509_get_name() and mbedtls_x509_get_subject_alt_name() (boards/verify_only.h), which know fewer kinds of strings and of names: read a
 * Name's content, a subjectAltName. 0, or mbedTLS's code; what was allocated is part of the list then. */
int fv_tls_cert_read_name(unsigned char **p, const unsigned char *end, mbedtls_x509_name *name);
int fv_tls_cert_read_alternatives(unsigned char **p, const unsigned char *end,
                                  mbedtls_x509_sequence *list);

/* For mbedtls_x509_get_sig_alg() (boards/verify_only.h), which ended with code: an algorithm that is unknown here, or has parameters that are,
 * is none, and a certificate that is signed with it can be a trusted root. 0, or MBEDTLS_ERR_X509_ALLOC_FAILED. */
int fv_tls_cert_signed(int code, mbedtls_md_type_t *hash, mbedtls_pk_type_t *kind);

/* What a code of the two that parse means: FV_TLS_KEY, FV_TLS_UNREADABLE. */
enum fv_tls_why fv_tls_cert_why(int code);

/* Say whether the extensions are as they may be: none twice, critical only those that are known; and whether serial number and dates are DER.
 * FV_TLS_FINE, FV_TLS_CRITICAL, FV_TLS_FORM, FV_TLS_UNREADABLE. */
enum fv_tls_why fv_tls_cert_form(const mbedtls_x509_crt *crt);

/* Say whether key and hash are of a kind and size that are accepted. FV_TLS_FINE, FV_TLS_KEY. */
enum fv_tls_why fv_tls_cert_key(const mbedtls_x509_crt *crt);

/* Say whether subject and issuer are one name. */
bool fv_tls_cert_is_self_issued(const mbedtls_x509_crt *crt);

/* Say whether basicConstraints make it a CA. mbedTLS's word is not taken: it reads an INTEGER there, too, and what is outside of the sequence. */
bool fv_tls_cert_is_ca(const mbedtls_x509_crt *crt);

/* Find one of the extensions above; its value goes into out. False: it is not there. */
bool fv_tls_cert_find(const mbedtls_x509_crt *crt, uint8_t id, mbedtls_asn1_buf *out);

/* Take the next element, of any tag, from rest; out is its tag and content, and may be rest itself. False: there is none, or it is
 * damaged. */
bool fv_tls_cert_next(mbedtls_asn1_buf *rest, mbedtls_asn1_buf *out);

/* Find the subject (a Name in DER, tag and length included) without parsing the whole, which costs far more. False: der is damaged before its end,
 * or ends there. */
bool fv_tls_cert_subject(const mbedtls_asn1_buf *der, struct fv_slice *out);

#endif
