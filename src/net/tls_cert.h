/*
 * A certificate as the path builder wants it: parsed by mbedTLS, with what mbedTLS passes over looked at too.
 */
#ifndef FV_NET_TLS_CERT_H
#define FV_NET_TLS_CERT_H

#include <mbedtls/x509_crt.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Parse one certificate in DER into crt, which is initialised and empty; der is borrowed until mbedtls_x509_crt_free(), no copy is made.
 * Extensions that mbedTLS does not know and the path builder does (nameConstraints, policyConstraints, ...) may be critical. 0, or mbedTLS's
 * code; crt is empty then.
 */
int fv_tls_cert_parse(mbedtls_x509_crt *crt, const uint8_t *der, size_t len);

#endif
