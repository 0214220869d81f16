/*
 * The words of net/tls_reason.h. One of two files is linked: tls_texts.c, or tls_texts_lean.c where flash is short. tls_reason_words.c
 * has no use for either.
 *
 * A text may hold facts. Of a certificate: %s its subject, %i its issuer, %a the end of its validity, %b its beginning, %k its key, %h the
 * hosts that it is for. Of a bundle: %f its name and the line where it begins, %w why it can't be used, up to the end, %z its size and %m what that may be;
 * %r the bits of an RSA key that is used here. %n this clock, %v the versions and %o all that
 * this build offers, %e that there was an alert, %d its number, %c that it is about
 * the server's certificate.
 */
#ifndef FV_NET_TLS_TEXTS_H
#define FV_NET_TLS_TEXTS_H

#include "net/tls_reason.h"

/* What a text's facts are of. */
struct fv_tls_facts {
    const mbedtls_x509_crt *crt; /* NULL: it can't be read */
    uint64_t number;             /* %d, %f */
    struct fv_slice file;        /* %f */
    int code;                    /* %w: of fv_tls_reason_root() */
    uint64_t size;               /* %z */
};

/* Write a text with its facts into r->text. */
void fv_tls_texts_put(struct fv_tls_reason *r, const char *text, const struct fv_tls_facts *facts);

/* The issuer is missing, and is the certificate itself: FV_TLS_ISSUER, in other words. */
#define FV_TLS_TEXTS_SELF (FV_TLS_CLOCK + 1)

/* What is said of a refused certificate: by enum fv_tls_why, or FV_TLS_TEXTS_SELF. */
const char *fv_tls_texts_why(unsigned why);

/* No code of mbedTLS: what answers does not speak TLS. */
#define FV_TLS_TEXTS_PLAIN (-1)

/* No alert: what is said of any of them. */
#define FV_TLS_TEXTS_ANY 256

/* What is said of an alert (positive; certificate_required stands for all that mean it), or of mbedTLS's code (negative); *err is changed
 * where it is another error. */
const char *fv_tls_texts_code(int code, enum fv_err *err);

#endif
