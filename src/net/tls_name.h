/*
 * Whether a certificate is for a host (RFC 9525): by its subjectAltName alone, the subject's common name is no host name. An asterisk is
 * the whole leftmost label, stands for one label, and has at least two further ones behind it: `*.com` is refused.
 */
#ifndef FV_NET_TLS_NAME_H
#define FV_NET_TLS_NAME_H

#include "base/slice.h"

#include <mbedtls/x509_crt.h>

/* host: a name without the root's dot; or, if address is set, the bytes of an IP address (4 or 16), which must be there as such. */
bool fv_tls_name_matches(const mbedtls_x509_crt *crt, struct fv_slice host, bool address);

#endif
