/* SPDX-License-Identifier: MIT */
#include "net/tls_reason.h"

#include "base/writer.h"
#include "net/tls_cert.h"
#include "net/tls_tell.h"
#include "net/tls_texts.h"

#include <mbedtls/ecp.h>
#include <mbedtls/rsa.h>
#include <mbedtls/ssl.h>
#include <string.h>

#define BUILT_US ((int64_t)FV_BUILD_TIME * 1000000)

void fv_tls_reason_begin(struct fv_tls_reason *r, int64_t now_us)
{
    *r = (struct fv_tls_reason){.why = FV_TLS_FINE, .now_us = now_us};
}

static void refuse(struct fv_tls_reason *r, enum fv_tls_why why, const struct fv_tls_facts *facts)
{
    if (r->now_us < BUILT_US) {
        why = FV_TLS_CLOCK; /* no other reason is reliable until the clock is set */
    }
    if (why >= r->why) {
        r->why = why;
        bool self =
            why == FV_TLS_ISSUER && facts->crt != NULL && fv_tls_cert_is_self_issued(facts->crt);
        fv_tls_texts_put(r, fv_tls_texts_why(self ? FV_TLS_TEXTS_SELF : why), facts);
    }
}

void fv_tls_reason_cert(struct fv_tls_reason *r, enum fv_tls_why why, const mbedtls_x509_crt *crt)
{
    const struct fv_tls_facts facts = {.crt = crt};
    refuse(r, why, &facts);
}

/* Return the size that a certificate gives for itself. Only its first bytes are there. The result
 * is greater than FV_CAP_ROOT. */
static uint64_t whole_size(const uint8_t *der)
{
    uint64_t size = 0;
    unsigned bytes = der[1] & 7; /* bytes of the length; a short certificate would be complete */
    for (unsigned i = 0; i < bytes; i++) {
        size = size << 8 | der[2 + i];
    }
    size += 2 + bytes;
    return size > FV_CAP_ROOT ? size : FV_CAP_ROOT + 1;
}

void fv_tls_reason_root(struct fv_tls_reason *r, struct fv_slice bundle, uint64_t line, int code,
                        const uint8_t *der)
{
    struct fv_tls_facts facts = {.number = line, .file = bundle, .code = code};
    facts.size = code == MBEDTLS_ERR_X509_BUFFER_TOO_SMALL ? whole_size(der) : 0;
    refuse(r, FV_TLS_ROOT, &facts);
}

void fv_tls_reason_pin(struct fv_tls_reason *r, struct fv_slice spki)
{
    struct fv_writer w;
    fv_writer_init(&w, r->text, sizeof(r->text));
    fv_writer_text(&w, "it is ");
    fv_tls_tell_pin(&w, spki);
}

enum fv_err fv_tls_reason_err(enum fv_tls_why why)
{
    switch (why) {
    case FV_TLS_EARLY:
    case FV_TLS_EXPIRED:
    case FV_TLS_CLOCK:
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

/* A server that has asked for a certificate and got none reports that in different ways: by any
 * alert in TLS 1.2, or by closing the connection while the client still sends. TLS 1.3 has an alert
 * for it, but not all servers use it. So alerts about certificates count, before any content. */
static bool wants_certificate(enum fv_err err, const struct fv_tls_moment *m)
{
    if (err == FV_E_RESET) {
        return m->declined && !m->established;
    }
    bool about = m->alert >= MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE &&
                 m->alert <= MBEDTLS_SSL_ALERT_MSG_ACCESS_DENIED;
    return err == FV_E_TLS && m->alert > 0 &&
           (m->alert == MBEDTLS_SSL_ALERT_MSG_CERT_REQUIRED ||
            (m->declined && (about || !m->established)));
}

static bool is_record(const uint8_t *head)
{
    return head[0] >= MBEDTLS_SSL_MSG_CHANGE_CIPHER_SPEC &&
           head[0] <= MBEDTLS_SSL_MSG_APPLICATION_DATA && head[1] == 3;
}

/* Replace a code by the one whose text fits at this point of the handshake. */
static int meaning(int code, const struct fv_tls_moment *m)
{
    switch (code) {
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
        return m->type == MBEDTLS_SSL_MSG_ALERT
                   ? code
                   : MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE /* mbedTLS's own alert: an empty list */;
    case MBEDTLS_ERR_SSL_BAD_INPUT_DATA: /* a suite of TLS 1.2 that this build does not have */
        return m->state == MBEDTLS_SSL_SERVER_HELLO && m->message > 0
                   ? MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE
                   : code;
    case MBEDTLS_ERR_ECP_INVALID_KEY:
    case MBEDTLS_ERR_ECP_BAD_INPUT_DATA:
    case MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE:
        return m->state == MBEDTLS_SSL_SERVER_CERTIFICATE ? MBEDTLS_ERR_PK_INVALID_PUBKEY : code;
    case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE: /* any wrong CertificateVerify */
        return m->state == MBEDTLS_SSL_CERTIFICATE_VERIFY ? MBEDTLS_ERR_ECP_VERIFY_FAILED : code;
    case MBEDTLS_ERR_RSA_VERIFY_FAILED:
    case MBEDTLS_ERR_RSA_INVALID_PADDING:
        return MBEDTLS_ERR_ECP_VERIFY_FAILED;
    case MBEDTLS_ERR_SSL_BAD_CERTIFICATE:
        return MBEDTLS_ERR_SSL_DECODE_ERROR;
    default:
        return code;
    }
}

enum fv_err fv_tls_reason_code(struct fv_tls_reason *r, enum fv_err err, int code,
                               const struct fv_tls_moment *m)
{
    /* A server that closes the connection before it receives our alert is still refused. */
    if ((err == FV_OK || err == FV_E_RESET) && r->why != FV_TLS_FINE && !m->established) {
        return fv_tls_reason_err(r->why);
    }
    code = meaning(code, m);
    bool known = err != FV_OK;
    err = known ? err : fv_tls_fault(code, m);
    bool wants = wants_certificate(err, m);
    if (!wants && (known || (err != FV_E_TLS && err != FV_E_TLS_BROKEN))) {
        if (err == FV_E_MEMORY) {
            r->text[0] = '\0'; /* what was refused may be valid */
        }
        return err;
    }
    bool plain = code == MBEDTLS_ERR_SSL_INVALID_RECORD && !m->established && !is_record(m->record);
    int key = wants ? MBEDTLS_SSL_ALERT_MSG_CERT_REQUIRED : code;
    key = code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE && !wants ? m->alert : key;
    enum fv_err found = err;
    const struct fv_tls_facts facts = {.number = m->alert};
    const char *text = fv_tls_texts_code(plain ? FV_TLS_TEXTS_PLAIN : key, &found);
    if (m->established && !wants && found != err) {
        /* The text found is about a handshake. */
        text = key > 0 ? fv_tls_texts_code(FV_TLS_TEXTS_ANY, &found) : "";
        found = err;
    }
    fv_tls_texts_put(r, text, &facts);
    return found;
}
