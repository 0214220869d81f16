/* SPDX-License-Identifier: MIT */
/*
 * Distinguished names (RFC 5280 4.1.2.4), compared as RFC 5280 7.1 says, as far as that is possible
 * without Unicode tables. In ASCII, these make no difference: case, the kind of string, spaces at
 * the ends, repeated spaces. Other bytes must be equal. If one part has several attributes, their
 * order matters too.
 */
#ifndef FV_NET_TLS_DN_H
#define FV_NET_TLS_DN_H

#include "base/slice.h"

#include <stdbool.h>

/* Compare two Names in DER, with tag and length. Return false if they differ or if one is
 * damaged. */
bool fv_tls_dn_same(struct fv_slice a, struct fv_slice b);

/* Return whether name begins with the parts of base. doubt is the result if that is not certain:
 * a part is damaged or has several attributes. If doubt is true, letters outside ASCII are
 * ignored. */
bool fv_tls_dn_begins(struct fv_slice name, struct fv_slice base, bool doubt);

#endif
