/* SPDX-License-Identifier: MIT */
/*
 * Name constraints (RFC 5280 4.2.1.10): which names the certificates below a CA may have.
 *
 * Supported forms: dNSName, iPAddress, rfc822Name, directoryName. If a constraint is about any
 * other form, and a certificate below has a name of that form, the certificate is refused. Also
 * refused: empty lists, minimum and maximum, networks whose length is not that of an address and a
 * mask, and DNS names with a wildcard or an empty label (a dot before the first label is accepted).
 */
#ifndef FV_NET_TLS_CONSTRAINTS_H
#define FV_NET_TLS_CONSTRAINTS_H

#include "net/tls_reason.h"

#include <mbedtls/x509_crt.h>
#include <stdint.h>

/*
 * Check whether the names of a certificate are within nameConstraints of a CA (the value of the
 * extension). *work is the number of comparisons left, and is counted down. A wildcard name is
 * refused if one of the names that it stands for would be. FV_TLS_FINE; FV_TLS_CONSTRAINT: outside;
 * FV_TLS_FORM: the constraints are malformed; FV_TLS_WORK: *work is used up.
 */
enum fv_tls_why fv_tls_constraints_check(const mbedtls_asn1_buf *constraints,
                                         const mbedtls_x509_crt *crt, uint32_t *work);

#endif
