#include "net/tls_reason.h"

#include <string.h>

void fv_tls_reason_begin(struct fv_tls_reason *r, int64_t now_us)
{
    *r = (struct fv_tls_reason){.why = FV_TLS_FINE, .now_us = now_us};
}

void fv_tls_reason_cert(struct fv_tls_reason *r, enum fv_tls_why why, const mbedtls_x509_crt *crt)
{
    (void)crt;
    if (why >= r->why) {
        r->why = why;
    }
}

void fv_tls_reason_root(struct fv_tls_reason *r, struct fv_slice bundle, uint64_t line, int code)
{
    (void)bundle;
    (void)line;
    (void)code;
    fv_tls_reason_cert(r, FV_TLS_ROOT, NULL);
}

enum fv_err fv_tls_reason_err(enum fv_tls_why why)
{
    switch (why) {
    case FV_TLS_EARLY:
    case FV_TLS_EXPIRED:
        return FV_E_TLS_TIME;
    case FV_TLS_NAME:
        return FV_E_TLS_NAME;
    case FV_TLS_ISSUER:
    case FV_TLS_SIGNATURE:
    case FV_TLS_ROOT:
        return FV_E_TLS_TRUST;
    default:
        return FV_E_TLS_CHAIN;
    }
}
