/* SPDX-License-Identifier: MIT */
/*
 * The texts of net/tls_reason.h. One of two files is linked: tls_texts.c, or tls_texts_lean.c on
 * boards with little flash. tls_reason_words.c uses neither.
 *
 * A text may hold facts:
 *   of a certificate   %s subject, %i issuer, %a end and %b beginning of its validity, %k key,
 *                      %h the hosts that it is for
 *   of a bundle        %f its name and the line where the certificate begins, %w why that cannot be
 *                      used (ends the text), %z its size, %m the largest size allowed
 *   of this build      %r largest RSA key in bits, %v TLS versions, %o all that it offers
 *   of this machine    %n the clock
 *   of an alert        %e there was one, %d its number, %c it is about the server's certificate
 */
#ifndef FV_NET_TLS_TEXTS_H
#define FV_NET_TLS_TEXTS_H

#include "net/tls_reason.h"

/* What the facts of a text are about. */
struct fv_tls_facts {
    const mbedtls_x509_crt *crt; /* NULL: it cannot be read */
    uint64_t number;             /* %d, %f */
    struct fv_slice file;        /* %f */
    int code;                    /* %w: code of fv_tls_reason_root() */
    uint64_t size;               /* %z */
};

/* Write text with its facts into r->text. */
void fv_tls_texts_put(struct fv_tls_reason *r, const char *text, const struct fv_tls_facts *facts);

/* The case of FV_TLS_ISSUER in which the certificate is its own issuer. It has a text of its
 * own. */
#define FV_TLS_TEXTS_SELF (FV_TLS_CLOCK + 1)

/* Return the text for a refused certificate: why is an enum fv_tls_why or FV_TLS_TEXTS_SELF. */
const char *fv_tls_texts_why(unsigned why);

/* Not a code of mbedTLS: the peer does not speak TLS. */
#define FV_TLS_TEXTS_PLAIN (-1)

/* Not an alert: the text that holds for any alert. */
#define FV_TLS_TEXTS_ANY 256

/* Return the text for an alert (positive; certificate_required stands for all alerts with that
 * meaning) or for mbedTLS's code (negative). If the text is about another error, *err is changed to
 * it. */
const char *fv_tls_texts_code(int code, enum fv_err *err);

#endif
