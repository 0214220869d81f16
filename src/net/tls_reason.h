/*
 * Why TLS failed, in facts: what the library's codes, the alerts received and our own refusals mean, with the certificate's names and dates,
 * this clock, what was offered and what was found. One table; the text is a fragment that goes behind fv_err_text().
 */
#ifndef FV_NET_TLS_REASON_H
#define FV_NET_TLS_REASON_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"
#include "net/tls_fault.h"

#include <mbedtls/x509_crt.h>

/* Of several refusals of paths the last one in this list is told. */
enum fv_tls_why {
    FV_TLS_FINE,
    FV_TLS_ISSUER,     /* neither trusted nor sent: a certificate of the issuer's name */
    FV_TLS_SIGNATURE,  /* there is one, but its key did not sign this certificate */
    FV_TLS_LONG,       /* the path would have more than FV_CAP_PATH_CERTS certificates */
    FV_TLS_WORK,       /* more signatures or names than are looked at */
    FV_TLS_UNREADABLE, /* a certificate that cannot be parsed */
    FV_TLS_ROOT,       /* a trusted certificate of that name cannot be used */
    FV_TLS_KEY, /* a kind or a size of key that is not accepted, or that this build does not have */
    FV_TLS_HASH, /* signed with an algorithm that is not accepted, or that this build does not have */
    FV_TLS_CRITICAL,   /* a critical extension that is not known */
    FV_TLS_FORM,       /* an extension that RFC 5280 does not allow like this */
    FV_TLS_NOT_CA,     /* basicConstraints: no CA */
    FV_TLS_PATH_LEN,   /* basicConstraints: pathLenConstraint */
    FV_TLS_CA_USAGE,   /* keyUsage of a CA: no keyCertSign */
    FV_TLS_PURPOSE,    /* extendedKeyUsage, of any certificate of the path: not for servers */
    FV_TLS_POLICY,     /* policyConstraints */
    FV_TLS_CONSTRAINT, /* nameConstraints */
    FV_TLS_EARLY,      /* not yet valid */
    FV_TLS_EXPIRED,
    FV_TLS_USAGE, /* keyUsage of the server's: no digitalSignature */
    FV_TLS_NAME,  /* the server's certificate is for other names */
    FV_TLS_CLOCK /* this clock is earlier than the program: set here, in the place of any other; or not known */
};

/* Belongs to a connection; its text is borrowed until the next one is opened. */
struct fv_tls_reason {
    enum fv_tls_why why;
    int64_t now_us; /* the wall clock at the beginning */
    char text[FV_CAP_DETAIL + 1];
};

/* Begin anew. */
void fv_tls_reason_begin(struct fv_tls_reason *r, int64_t now_us);

/* A certificate is refused; kept if nothing that is further down in the list is kept. crt is read until the call returns; NULL: unknown. */
void fv_tls_reason_cert(struct fv_tls_reason *r, enum fv_tls_why why, const mbedtls_x509_crt *crt);
/* The same of a trusted certificate that cannot be used: the bundle's name, the line where it begins (1 is the first; 0: DER), and mbedTLS's code:
 * MBEDTLS_ERR_X509_BUFFER_TOO_SMALL if it is larger than FV_CAP_ROOT; der is as much of it as there was room for then. */
void fv_tls_reason_root(struct fv_tls_reason *r, struct fv_slice bundle, uint64_t line, int code,
                        const uint8_t *der);

/* The key is not pinned: say which pin would be its own. spki is the SubjectPublicKeyInfo in DER. */
void fv_tls_reason_pin(struct fv_tls_reason *r, struct fv_slice spki);

/* The error that why is: FV_E_TLS_TRUST, FV_E_TLS_CHAIN, FV_E_TLS_TIME, FV_E_TLS_NAME. */
enum fv_err fv_tls_reason_err(enum fv_tls_why why);

/* A connection failed at moment m, by mbedTLS's code; err is what is known of it, FV_OK: no more than the code. Write what it means, if no
 * certificate was refused. Returns err, the error of that refusal, or what net/tls_fault.h says; instead FV_E_TLS_LACKS where server and
 * client have nothing in common or it wants a certificate, FV_E_TLS_CHAIN where it sends more than is read. */
enum fv_err fv_tls_reason_code(struct fv_tls_reason *r, enum fv_err err, int code,
                               const struct fv_tls_moment *m);

#endif
