/* SPDX-License-Identifier: MIT */
/*
 * Whether a certificate is for a host (RFC 9525). Only subjectAltName counts; the common name of
 * the subject does not. A wildcard must be the whole leftmost label, stands for exactly one label,
 * and needs at least two labels after it: `*.com` is refused.
 */
#ifndef FV_NET_TLS_NAME_H
#define FV_NET_TLS_NAME_H

#include "base/slice.h"

#include <mbedtls/x509_crt.h>

/* Return whether crt is for host: a name without a trailing dot or, if address is set, the bytes of
 * an IP address (4 or 16), which the certificate must hold as an iPAddress. */
bool fv_tls_name_matches(const mbedtls_x509_crt *crt, struct fv_slice host, bool address);

#endif
