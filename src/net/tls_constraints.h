/*
 * Name constraints (RFC 5280 4.2.1.10): which names the certificates below a CA may have. Read: dNSName, iPAddress, rfc822Name, directoryName; any other
 * form that a constraint speaks of, and a certificate below has, is refused. So are lists without content, minimum and maximum, networks
 * whose length is not that of an address and a mask, and DNS names with a wildcard or an empty label (a dot before the first is borne).
 */
#ifndef FV_NET_TLS_CONSTRAINTS_H
#define FV_NET_TLS_CONSTRAINTS_H

#include "net/tls_reason.h"

#include <mbedtls/x509_crt.h>
#include <stdint.h>

/*
 * Say whether a certificate's names are within a CA's nameConstraints (the extension's value). *work is how many comparisons are left, and
 * is counted down. A wildcard is refused if one of the names that it stands for would be. FV_TLS_FINE; FV_TLS_CONSTRAINT; FV_TLS_FORM, the constraints
 * are malformed; FV_TLS_WORK.
 */
enum fv_tls_why fv_tls_constraints_check(const mbedtls_asn1_buf *constraints,
                                         const mbedtls_x509_crt *crt, uint32_t *work);

#endif
