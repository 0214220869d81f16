/*
 * Certificate policies (RFC 5280 4.2.1.4, 4.2.1.11), at their plainest: no policy is asked for by us. Where a CA requires an explicit one,
 * all certificates below the trusted one must have one in common, or anyPolicy; where a CA maps policies, any will do.
 */
#ifndef FV_NET_TLS_POLICY_H
#define FV_NET_TLS_POLICY_H

#include "net/tls_reason.h"

#include <mbedtls/x509_crt.h>

/* path[0] is the server's certificate, path[count - 1] the trusted one, which is not looked at. FV_TLS_FINE, FV_TLS_POLICY, FV_TLS_FORM. */
enum fv_tls_why fv_tls_policy_check(const mbedtls_x509_crt *const *path, size_t count);

#endif
