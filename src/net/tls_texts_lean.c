/* SPDX-License-Identifier: MIT */
/* In place of tls_texts.c, for boards with little flash: terms of RFC 5280 and 8446, names and
 * dates. */
#include "net/tls_texts.h"

#include "net/tls_tell.h"
#include "net/tls_version.h"

#include <mbedtls/ssl.h>
#include <string.h>

/* In the order of enum fv_tls_why, each ended by NUL. */
/* clang-format off */
static const char why_texts[] =
    "\0"
    "%s: issuer\0"
    "%s: signature\0"
    "%s: path too long\0"
    "path\0"
    "not readable\0"
    "%f: root %w\0"
    "%s: key\0"
    "%s: signature algorithm\0"
    "%s: critical extension\0"
    "%s: extension\0"
    "%s: no CA\0"
    "%s: pathLenConstraint\0"
    "%s: keyCertSign\0"
    "%s: extendedKeyUsage\0"
    "%s: policy\0"
    "%s: nameConstraints\0"
    "from %b, now %n\0"
    "until %a, now %n\0"
    "%s: digitalSignature\0"
    "%s\0"
    "set the clock: %n\0"
    "%s: issuer";
/* clang-format on */

const char *fv_tls_texts_why(unsigned why)
{
    const char *text = why_texts;
    for (; why > 0; why--) {
        text += strlen(text) + 1;
    }
    return text;
}

/* Write why a trusted certificate cannot be used. */
static void put_root(struct fv_writer *w, const struct fv_tls_facts *facts)
{
    if (facts->code == MBEDTLS_ERR_X509_BUFFER_TOO_SMALL) {
        fv_writer_u64(w, facts->size);
        fv_writer_text(w, " bytes, at most ");
        fv_writer_u64(w, FV_CAP_ROOT);
    } else if (facts->code == MBEDTLS_ERR_PK_INVALID_PUBKEY) {
        fv_writer_text(w, "key, at most RSA-");
        fv_writer_u64(w, MBEDTLS_MPI_MAX_BITS);
    } else {
        fv_writer_text(w, "unusable");
    }
}

static void put_fact(struct fv_writer *w, char fact, int64_t now_us,
                     const struct fv_tls_facts *facts)
{
    const mbedtls_x509_crt *crt = facts->crt;
    if (fact == 'd') {
        fv_writer_u64(w, facts->number);
    } else if (fact == 'f') {
        fv_tls_tell_place(w, facts->file, facts->number);
    } else if (fact == 'w') {
        put_root(w, facts);
    } else if (fact == 'n') {
        fv_tls_tell_instant(w, now_us);
    } else if (fact == 'v') {
        fv_writer_text(w, fv_tls_version_names);
    } else if (crt != NULL && fact == 's') {
        fv_tls_tell_name(w, &crt->subject);
    } else if (crt != NULL) {
        fv_tls_tell_time(w, fact == 'a' ? &crt->valid_to : &crt->valid_from);
    }
}

void fv_tls_texts_put(struct fv_tls_reason *r, const char *text, const struct fv_tls_facts *facts)
{
    struct fv_writer w;
    fv_writer_init(&w, r->text, sizeof(r->text));
    for (; *text != '\0'; text++) {
        if (*text == '%') {
            put_fact(&w, *++text, r->now_us, facts);
        } else {
            fv_tls_tell_text(&w, (struct fv_slice){text, 1});
        }
    }
}

const char *fv_tls_texts_code(int code, enum fv_err *err)
{
    const char *text = "alert %d";
    switch (code) {
    case MBEDTLS_SSL_ALERT_MSG_CERT_REQUIRED:
        text = "client certificate";
        break;
    case MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION:
    case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
        text = "no %v";
        break;
    case MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE:
    case MBEDTLS_SSL_ALERT_MSG_INSUFFICIENT_SECURITY:
    case MBEDTLS_SSL_ALERT_MSG_NO_APPLICATION_PROTOCOL:
        break;
    default:
        return code > 0 ? text : code == FV_TLS_TEXTS_PLAIN ? "no TLS" : "";
    }
    *err = FV_E_TLS_LACKS;
    return text;
}
