/* SPDX-License-Identifier: MIT */
/*
 * Trusted certificates, looked up in a bundle (net/tls_bundle.h) while a path is built. Only those
 * that are looked for are parsed, one at a time. So memory does not grow with the bundle, or with
 * the number of roots of the same name.
 *
 * A certificate that is looked for and cannot be used is recorded in `reason`, with its line:
 * damaged, cut off, larger than FV_CAP_ROOT bytes, not accepted by mbedTLS's parser, or a TRUSTED
 * CERTIFICATE whose settings do not allow it as a root for servers.
 */
#ifndef FV_NET_TLS_TRUST_H
#define FV_NET_TLS_TRUST_H

#include "net/config.h"
#include "net/tls_reason.h"
#include "net/tls_show.h"

#include <mbedtls/x509_crt.h>

struct fv_tls_trust {
    const struct fv_trust *source;
    /* Why the last search could not be done: FV_E_TLS_CA (no bundle, or nothing in it),
     * FV_E_MEMORY, FV_E_CANCELLED, FV_E_TIMEOUT or FV_E_MEDIUM. Otherwise FV_OK. */
    enum fv_err err;
    struct fv_tls_reason *reason; /* where trusted certificates that cannot be used are recorded */
    /* Of the last certificate that was returned; at the end, of the first damaged one. */
    struct fv_tls_found found;
    bool damaged;             /* none was found, but there is one whose name cannot be read */
    struct fv_tls_scan *scan; /* of a search under way, from mbedtls_calloc; NULL: none */
};

/*
 * Begin a search for the certificates of the bundle whose subject is `subject` (a Name in DER,
 * compared by net/tls_dn.h), or which are equal to `self` byte by byte (a certificate in DER;
 * empty: none). Both are borrowed until fv_tls_trust_end(). t->reason may be NULL. FV_OK;
 * FV_E_MEMORY.
 */
enum fv_err fv_tls_trust_begin(struct fv_tls_trust *t, struct fv_slice subject,
                               struct fv_slice self) FV_MUSTUSE;
/* Get the next certificate. FV_OK: it is in *crt, which must be initialised and empty; t->found
 * says where it was found. The caller frees it before the next call. FV_E_NOT_FOUND: there are no
 * more. FV_E_TLS_CA: no bundle, or nothing in it; t->reason->text says what is there. FV_E_MEMORY,
 * FV_E_CANCELLED, FV_E_TIMEOUT, FV_E_MEDIUM. After an error *crt is empty. */
enum fv_err fv_tls_trust_next(struct fv_tls_trust *t, mbedtls_x509_crt *crt) FV_MUSTUSE;
/* End a search. May also be called without one. */
void fv_tls_trust_end(struct fv_tls_trust *t);

/* Append to t->reason->text where the last certificate that was returned, or the damaged one, is in
 * the bundle. */
void fv_tls_trust_place(const struct fv_tls_trust *t);

#endif
