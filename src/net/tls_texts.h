/*
 * The words of net/tls_reason.h. One of two files is linked: tls_texts.c, or tls_texts_lean.c where flash is short.
 *
 * A text may hold facts. Of a certificate: %s its subject, %i its issuer, %a the end of its validity, %b its beginning, %k its key, %h the
 * hosts that it is for. Of a bundle: %f its name, %d a line, %w what fv_tls_texts_root() says. %n this clock, %v the versions and %o all that
 * this build offers, %d an alert's number.
 */
#ifndef FV_NET_TLS_TEXTS_H
#define FV_NET_TLS_TEXTS_H

#include "net/tls_reason.h"

/* The issuer is missing, and is the certificate itself: FV_TLS_ISSUER, in other words. */
#define FV_TLS_TEXTS_SELF (FV_TLS_CLOCK + 1)

/* What is said of a refused certificate: by enum fv_tls_why, or FV_TLS_TEXTS_SELF. */
const char *fv_tls_texts_why(unsigned why);

/* What is said of a trusted certificate that can't be used, by the code of fv_tls_reason_root(). */
const char *fv_tls_texts_root(int code);

/* No code of mbedTLS: what answers does not speak TLS. */
#define FV_TLS_TEXTS_PLAIN (-1)

/* What is said of an alert (positive; certificate_required stands for all that mean it), or of mbedTLS's code (negative); *err is changed
 * where it is another error. */
const char *fv_tls_texts_code(int code, enum fv_err *err);

/* What %o stands for. */
extern const char fv_tls_texts_offer[];

#endif
