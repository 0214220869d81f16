/*
 * Trusted roots, looked up in a bundle while a chain is checked: those alone are parsed and kept whose subject is the issuer
 * that is looked for, so memory does not grow with the bundle.
 *
 * Reads PEM (RFC 7468, label CERTIFICATE), or one certificate in DER. What cannot be parsed, and certificates over
 * FV_CAP_ROOT bytes, are skipped.
 */
#ifndef FV_NET_TLS_TRUST_H
#define FV_NET_TLS_TRUST_H

#include "net/config.h"

#include <mbedtls/x509_crt.h>

#define FV_TLS_TRUST_MANY 8 /* roots of one name; more are not looked for */

struct fv_tls_trust {
    const struct fv_trust *source;
    enum fv_err
        err; /* why the last search failed as such: FV_E_TLS_CA (no bundle, or nothing in it), FV_E_MEMORY; or FV_OK */
};

/* For mbedtls_ssl_conf_ca_cb(); ctx is a struct fv_tls_trust. The list comes from mbedtls_calloc, as mbedTLS wants it. */
int fv_tls_trust_find(void *ctx, const mbedtls_x509_crt *child, mbedtls_x509_crt **candidates);

#endif
