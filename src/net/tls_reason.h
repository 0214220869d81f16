/* SPDX-License-Identifier: MIT */
/*
 * Why TLS failed, with facts: what a code of mbedTLS, a received alert or our own refusal means,
 * with the names and dates of the certificate, this clock, and what was offered and found. All are
 * in one table. The text follows fv_err_text() in a message.
 */
#ifndef FV_NET_TLS_REASON_H
#define FV_NET_TLS_REASON_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"
#include "net/tls_fault.h"

#include <mbedtls/x509_crt.h>

/* If several paths are refused, the reason that is last in this list is reported. */
enum fv_tls_why {
    FV_TLS_FINE,
    FV_TLS_ISSUER,     /* no certificate with the issuer's name is trusted or was sent */
    FV_TLS_SIGNATURE,  /* there is one, but its key did not sign this certificate */
    FV_TLS_LONG,       /* the path would have more than FV_CAP_PATH_CERTS certificates */
    FV_TLS_WORK,       /* too many signatures or names to check */
    FV_TLS_UNREADABLE, /* a certificate that cannot be parsed */
    FV_TLS_ROOT,       /* a trusted certificate of that name cannot be used */
    /* A kind or size of key that is not accepted, or that this build does not support. */
    FV_TLS_KEY,
    /* Signed with an algorithm that is not accepted, or that this build does not support. */
    FV_TLS_HASH,
    FV_TLS_CRITICAL,   /* an unknown critical extension */
    FV_TLS_FORM,       /* an extension in a form that RFC 5280 does not allow */
    FV_TLS_NOT_CA,     /* basicConstraints: no CA */
    FV_TLS_PATH_LEN,   /* basicConstraints: pathLenConstraint */
    FV_TLS_CA_USAGE,   /* keyUsage of a CA: no keyCertSign */
    FV_TLS_PURPOSE,    /* extendedKeyUsage of any certificate of the path: not for servers */
    FV_TLS_POLICY,     /* policyConstraints */
    FV_TLS_CONSTRAINT, /* nameConstraints */
    FV_TLS_EARLY,      /* not yet valid */
    FV_TLS_EXPIRED,
    FV_TLS_USAGE, /* keyUsage of the server's certificate: no digitalSignature */
    FV_TLS_NAME,  /* the server's certificate is for other names */
    /* This clock is not set, or shows a time before the program was built. Replaces any other
     * reason. */
    FV_TLS_CLOCK
};

/* Belongs to a connection. Its text is borrowed until the next connection is opened. */
struct fv_tls_reason {
    enum fv_tls_why why;
    int64_t now_us; /* wall time when the connection was begun */
    char text[FV_CAP_DETAIL + 1];
};

/* Begin a new connection. */
void fv_tls_reason_begin(struct fv_tls_reason *r, int64_t now_us);

/* Record that a certificate is refused, unless a reason that is further down in the list is there.
 * crt is only read during the call; NULL: unknown. */
void fv_tls_reason_cert(struct fv_tls_reason *r, enum fv_tls_why why, const mbedtls_x509_crt *crt);
/* The same for a trusted certificate that cannot be used. bundle is the name of the bundle, line
 * where the certificate begins (the first is 1; 0: DER), code mbedTLS's. If the certificate is
 * larger than FV_CAP_ROOT, code is MBEDTLS_ERR_X509_BUFFER_TOO_SMALL, and der holds the first
 * FV_CAP_ROOT bytes. */
void fv_tls_reason_root(struct fv_tls_reason *r, struct fv_slice bundle, uint64_t line, int code,
                        const uint8_t *der);

/* The key is not a pinned one: record the pin that it would have. spki is its SubjectPublicKeyInfo
 * in DER. */
void fv_tls_reason_pin(struct fv_tls_reason *r, struct fv_slice spki);

/* Return the error for why: FV_E_TLS_TRUST, FV_E_TLS_CHAIN, FV_E_TLS_TIME or FV_E_TLS_NAME. */
enum fv_err fv_tls_reason_err(enum fv_tls_why why);

/* A connection failed at moment m with mbedTLS's code. err is what is known so far; FV_OK: only the
 * code. Write what the code means, unless a certificate was refused. Return err, the error of that
 * refusal, or the one that net/tls_fault.h returns; but FV_E_TLS_LACKS if server and client have
 * nothing in common or if the server requires a certificate, and FV_E_TLS_CHAIN if the server sends
 * more than can be read. */
enum fv_err fv_tls_reason_code(struct fv_tls_reason *r, enum fv_err err, int code,
                               const struct fv_tls_moment *m);

#endif
