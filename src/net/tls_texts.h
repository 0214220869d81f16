/*
 * The words of net/tls_reason.h. One of two files is linked: tls_texts.c, or tls_texts_lean.c where flash is short.
 *
 * A text may hold facts: %s the certificate's subject, %i its issuer, %a the end of its validity, %b its beginning, %n this clock, %k its key,
 * %h the hosts that it is for, %v the versions and %o all that this build offers, %d a number.
 */
#ifndef FV_NET_TLS_TEXTS_H
#define FV_NET_TLS_TEXTS_H

#include "net/tls_reason.h"

/* What is said of a refused certificate. */
const char *fv_tls_texts_why(enum fv_tls_why why);

/* What is said of an alert that was received (positive), or of mbedTLS's code (negative); *err is changed where it is another error. */
const char *fv_tls_texts_code(int code, enum fv_err *err);

/* What %o stands for. */
extern const char fv_tls_texts_offer[];
/* What is said where the server wants a certificate of the client's. */
extern const char fv_tls_texts_client[];
/* What is said of a peer that does not speak TLS. */
extern const char fv_tls_texts_plain[];

#endif
