/* As tls_texts.c, where flash is short: the words that RFC 5280 and 8446 are searched for, and the facts. */
#include "net/tls_texts.h"

#include <mbedtls/ssl.h>
#include <string.h>

const char fv_tls_texts_offer[] = "";

/* In the order of enum fv_tls_why, each ended by NUL. */
static const char why_texts[] = "\0"
                                "%s: no issuer %i\0"
                                "%s: not signed by %i\0"
                                "%s: path too long\0"
                                "too much work\0"
                                "not readable\0"
                                "%f, line %d\0"
                                "%s: key\0"
                                "%s: signature algorithm\0"
                                "%s: critical extension\0"
                                "%s: extension\0"
                                "%s: no CA\0"
                                "%s: pathLenConstraint\0"
                                "%s: keyCertSign\0"
                                "%s: extendedKeyUsage\0"
                                "%s: policyConstraints\0"
                                "%s: nameConstraints\0"
                                "from %b, now %n\0"
                                "until %a, now %n\0"
                                "%s: digitalSignature\0"
                                "%h\0"
                                "set the clock: %n\0"
                                "%s: no issuer";

const char *fv_tls_texts_why(unsigned why)
{
    const char *text = why_texts;
    for (unsigned n = why; n > 0; n--) {
        text += strlen(text) + 1;
    }
    return text;
}

const char *fv_tls_texts_root(int code)
{
    (void)code;
    return "";
}

const char *fv_tls_texts_code(int code, enum fv_err *err)
{
    switch (code) {
    case MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE:
    case MBEDTLS_SSL_ALERT_MSG_INSUFFICIENT_SECURITY:
    case MBEDTLS_SSL_ALERT_MSG_NO_APPLICATION_PROTOCOL:
    case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE:
        *err = FV_E_TLS_LACKS;
        break;
    case MBEDTLS_SSL_ALERT_MSG_CERT_REQUIRED:
        *err = FV_E_TLS_LACKS;
        return "a client certificate";
    case FV_TLS_TEXTS_PLAIN:
        return "no TLS there";
    case MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION:
    case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
        *err = FV_E_TLS_LACKS;
        return "no %v";
    case MBEDTLS_ERR_SSL_BAD_INPUT_DATA:
        *err = FV_E_TLS_CHAIN;
        return "too long";
    default:
        break;
    }
    return code > 0 ? "alert %d" : "";
}
