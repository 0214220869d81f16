/* SPDX-License-Identifier: MIT */
/*
 * Certificate policies (RFC 5280 4.2.1.4, 4.2.1.11), in the simplest form: the client requires no
 * policy. If a CA requires an explicit policy, all certificates below the trusted one must share a
 * policy or have anyPolicy. If a CA maps policies, any policy is accepted.
 */
#ifndef FV_NET_TLS_POLICY_H
#define FV_NET_TLS_POLICY_H

#include "net/tls_reason.h"

#include <mbedtls/x509_crt.h>

/* Check a path. path[0] is the server's certificate; path[count - 1] is the trusted one, which is
 * not checked. FV_TLS_FINE, FV_TLS_POLICY, FV_TLS_FORM. */
enum fv_tls_why fv_tls_policy_check(const mbedtls_x509_crt *const *path, size_t count);

#endif
