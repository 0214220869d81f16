/*
 * Trusted certificates, looked up in a bundle (net/tls_bundle.h) while a path is built. Only those that are wanted are parsed, one at a
 * time, so memory does not grow with the bundle, nor with the roots of one name.
 *
 * One that is wanted and can't be used is told to `reason`, with its line: damaged, cut, over FV_CAP_ROOT bytes, not parsed by mbedTLS, or a
 * TRUSTED CERTIFICATE whose settings don't let it be a root of servers.
 */
#ifndef FV_NET_TLS_TRUST_H
#define FV_NET_TLS_TRUST_H

#include "net/config.h"
#include "net/tls_reason.h"
#include "net/tls_show.h"

#include <mbedtls/x509_crt.h>

struct fv_tls_trust {
    const struct fv_trust *source;
    enum fv_err
        err; /* why the last search failed as such: FV_E_TLS_CA (no bundle, or nothing in it), FV_E_MEMORY; or FV_OK */
    struct fv_tls_reason *reason; /* where trusted certificates that can't be used are told */
    struct fv_tls_found
        found;    /* of the last one that was given; at the end: of the first one that is damaged */
    bool damaged; /* none was found, but there is one of which not even the name can be read */
    struct fv_tls_scan *scan; /* of a search under way, from mbedtls_calloc; NULL: none */
};

/*
 * Begin a search for those certificates of the bundle whose subject is `subject` (DER, a Name; compared by net/tls_dn.h), or that are `self`
 * bit by bit (DER, a certificate; empty: none). Both are borrowed until fv_tls_trust_end(). FV_OK; FV_E_MEMORY. t->reason may be NULL.
 */
enum fv_err fv_tls_trust_begin(struct fv_tls_trust *t, struct fv_slice subject,
                               struct fv_slice self) FV_MUSTUSE;
/* FV_OK: *crt, initialised and empty before, is the next one, as t->found says; the caller frees it before the next call. FV_E_NOT_FOUND:
 * there is no further one. FV_E_TLS_CA: no bundle, or nothing in it, with t->reason->text saying what is there; FV_E_MEMORY, FV_E_CANCELLED,
 * FV_E_TIMEOUT. *crt is empty then. */
enum fv_err fv_tls_trust_next(struct fv_tls_trust *t, mbedtls_x509_crt *crt) FV_MUSTUSE;
/* May be called without a search, too. */
void fv_tls_trust_end(struct fv_tls_trust *t);

/* Append to t->reason->text where the one that was given last stands, or the damaged one. */
void fv_tls_trust_place(const struct fv_tls_trust *t);

#endif
