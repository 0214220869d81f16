/* SPDX-License-Identifier: MIT */
/* In place of tls_reason.c and tls_texts.c, for boards with very little flash: one word of RFC 5280
 * for a refused certificate, without names and dates. */
#include "net/tls_reason.h"

#include <mbedtls/ssl.h>
#include <string.h>

/* In the order of enum fv_tls_why, from FV_TLS_LONG on, each ended by NUL. The reasons before it,
 * and the dates, have errors of their own. */
/* clang-format off */
static const char words[] =
    "path length\0"
    "path\0"
    "parse\0"
    "root\0"
    "key\0"
    "signature\0"
    "critical\0"
    "extension\0"
    "no CA\0"
    "pathlen\0"
    "keyUsage\0"
    "EKU\0"
    "policy\0"
    "names\0"
    "early\0"
    "expired\0"
    "keyUsage\0"
    "\0"
    "set the clock";
/* clang-format on */

void fv_tls_reason_begin(struct fv_tls_reason *r, int64_t now_us)
{
    *r = (struct fv_tls_reason){.why = FV_TLS_FINE, .now_us = now_us};
}

void fv_tls_reason_cert(struct fv_tls_reason *r, enum fv_tls_why why, const mbedtls_x509_crt *crt)
{
    (void)crt;
    if (r->now_us < (int64_t)FV_BUILD_TIME * 1000000) {
        why = FV_TLS_CLOCK;
    }
    if (why < r->why) {
        return;
    }
    const char *text = words;
    for (unsigned n = FV_TLS_LONG; n < why; n++) {
        text += strlen(text) + 1;
    }
    r->why = why;
    text = why < FV_TLS_LONG ? "" : text;
    memcpy(r->text, text, strlen(text) + 1); /* the longest one is shorter than any FV_CAP_DETAIL */
}

void fv_tls_reason_root(struct fv_tls_reason *r, struct fv_slice bundle, uint64_t line, int code,
                        const uint8_t *der)
{
    (void)bundle;
    (void)line;
    (void)der;
    (void)code;
    fv_tls_reason_cert(r, FV_TLS_ROOT, NULL);
}

void fv_tls_reason_pin(struct fv_tls_reason *r, struct fv_slice spki)
{
    (void)r;
    (void)spki;
}

enum fv_err fv_tls_reason_err(enum fv_tls_why why)
{
    if (why >= FV_TLS_EARLY) {
        return why == FV_TLS_NAME    ? FV_E_TLS_NAME
               : why == FV_TLS_USAGE ? FV_E_TLS_CHAIN
                                     : FV_E_TLS_TIME;
    }
    return why < FV_TLS_LONG || why == FV_TLS_ROOT ? FV_E_TLS_TRUST : FV_E_TLS_CHAIN;
}

/* Return whether the server requires a client certificate or has nothing in common with the client.
 * Any alert, or the end of the connection, after the client's empty Certificate message is about
 * that message. */
static bool is_lack(enum fv_err err, int code, const struct fv_tls_moment *m)
{
    if (m->declined && !m->established && (err == FV_E_RESET || m->alert > 0)) {
        return true;
    }
    return err == FV_E_TLS && (m->alert == MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE ||
                               m->alert == MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION ||
                               m->alert == MBEDTLS_SSL_ALERT_MSG_NO_APPLICATION_PROTOCOL ||
                               code == MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION);
}

enum fv_err fv_tls_reason_code(struct fv_tls_reason *r, enum fv_err err, int code,
                               const struct fv_tls_moment *m)
{
    if ((err == FV_OK || err == FV_E_RESET) && r->why != FV_TLS_FINE && !m->established) {
        return fv_tls_reason_err(r->why);
    }
    err = err != FV_OK ? err : fv_tls_fault(code, m);
    if (err == FV_E_MEMORY) {
        r->text[0] = '\0'; /* what was refused may be valid */
    }
    if (!is_lack(err, code, m)) {
        return err;
    }
    if (m->declined) {
        memcpy(r->text, "client certificate", sizeof("client certificate"));
    }
    return FV_E_TLS_LACKS;
}
