/* As tls_texts_lean.c, without facts: of certificates the word that one looks for in RFC 5280. */
#include "net/tls_texts.h"

#include <mbedtls/ssl.h>
#include <string.h>

/* In the order of enum fv_tls_why, each ended by NUL. */
/* clang-format off */
static const char why_texts[] =
    "\0"
    "issuer\0"
    "signature\0"
    "path length\0"
    "path\0"
    "not readable\0"
    "root\0"
    "key\0"
    "signature algorithm\0"
    "critical extension\0"
    "extension\0"
    "no CA\0"
    "pathLenConstraint\0"
    "keyCertSign\0"
    "extendedKeyUsage\0"
    "policy\0"
    "nameConstraints\0"
    "too early\0"
    "expired\0"
    "digitalSignature\0"
    "\0"
    "set the clock\0"
    "issuer";
/* clang-format on */

const char *fv_tls_texts_why(unsigned why)
{
    const char *text = why_texts;
    for (; why > 0; why--) {
        text += strlen(text) + 1;
    }
    return text;
}

void fv_tls_texts_put(struct fv_tls_reason *r, const char *text, const struct fv_tls_facts *facts)
{
    (void)facts;
    memcpy(r->text, text, strlen(text) + 1); /* the longest is shorter than any capacity */
}

const char *fv_tls_texts_code(int code, enum fv_err *err)
{
    switch (code) {
    case MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE:
    case MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION:
    case MBEDTLS_SSL_ALERT_MSG_INSUFFICIENT_SECURITY:
    case MBEDTLS_SSL_ALERT_MSG_CERT_REQUIRED:
    case MBEDTLS_SSL_ALERT_MSG_NO_APPLICATION_PROTOCOL:
    case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
        *err = FV_E_TLS_LACKS;
        break;
    default:
        break;
    }
    return code == MBEDTLS_SSL_ALERT_MSG_CERT_REQUIRED ? "client certificate" : "";
}
