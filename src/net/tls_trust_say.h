/* SPDX-License-Identifier: MIT */
/*
 * The text for a bundle that cannot be read or holds no certificate. One of two files is linked:
 * tls_trust_say.c, or tls_trust_say_none.c on boards with little flash.
 */
#ifndef FV_NET_TLS_TRUST_SAY_H
#define FV_NET_TLS_TRUST_SAY_H

#include "net/tls_bundle.h"
#include "net/tls_reason.h"

#define FV_TLS_TRUST_DAMAGED ": a damaged certificate"

/* At the end of the bundle, write into r->text what the bundle holds. bad is the line of the first
 * damaged certificate; 0: there is none. */
void fv_tls_trust_say(const struct fv_tls_bundle *b, uint64_t bad, struct fv_tls_reason *r);

#endif
