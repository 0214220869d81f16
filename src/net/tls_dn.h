/*
 * Names of certificates (RFC 5280 4.1.2.4), compared as RFC 5280 7.1 wants it, as far as that goes without Unicode: case, the kind of string, spaces
 * around and doubled ones make no difference in ASCII. Other bytes are compared as they are; of several attributes in one part, their order too.
 */
#ifndef FV_NET_TLS_DN_H
#define FV_NET_TLS_DN_H

#include "base/slice.h"

#include <stdbool.h>

/* Both are a Name in DER, tag and length included. False if the two differ, or if one is damaged. */
bool fv_tls_dn_same(struct fv_slice a, struct fv_slice b);

/* Say whether the parts of base are the first ones of name. doubt is what to say where that is not certain: a part that is damaged or has several
 * attributes; and if it is true, letters outside of ASCII are passed over. */
bool fv_tls_dn_begins(struct fv_slice name, struct fv_slice base, bool doubt);

#endif
