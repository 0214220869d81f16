/*
 * Names of certificates (RFC 5280 4.1.2.4) compared as mbedTLS compares them: PrintableString and UTF8String are one kind of string and
 * equal in either case of ASCII letters; everything else is equal byte by byte. Neither spaces nor Unicode are folded, so some names are told
 * apart that RFC 5280 7.1 calls equal, never the other way.
 */
#ifndef FV_NET_TLS_DN_H
#define FV_NET_TLS_DN_H

#include "base/slice.h"

#include <stdbool.h>

/* Both are a Name in DER, tag and length included. False if the two differ, or if one is cut inside. */
bool fv_tls_dn_same(struct fv_slice a, struct fv_slice b);

#endif
