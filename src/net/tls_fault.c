/* SPDX-License-Identifier: MIT */
#include "net/tls_fault.h"

#include <mbedtls/ssl.h>

/* Largest payload of a record, with what a cipher may add, in bytes: of a legal record (RFC 8446
 * 5.2), and of one that this build can hold. */
#define RECORD_LEGAL (16384 + 256)
#define RECORD_HELD (MBEDTLS_SSL_IN_CONTENT_LEN + 256)

static bool record_is_too_long(const uint8_t *head)
{
    bool record = head != NULL && head[0] >= 20 && head[0] <= 23 && head[1] == 3;
    unsigned length = record ? (unsigned)head[3] << 8 | head[4] : 0;
    return length > RECORD_HELD && length <= RECORD_LEGAL;
}

/* Return whether an alert would come again on the next connection (RFC 8446 6.2). 40 to 49 are
 * about certificates and about what the client has offered or may do; from 109 on, about
 * extensions, names, protocols, and the certificate that the client did not send. */
static bool is_verdict(uint8_t alert)
{
    return (alert >= MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE &&
            alert <= MBEDTLS_SSL_ALERT_MSG_ACCESS_DENIED) ||
           alert == MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION ||
           alert == MBEDTLS_SSL_ALERT_MSG_INSUFFICIENT_SECURITY || alert >= 109;
}

enum fv_err fv_tls_fault(int code, const struct fv_tls_moment *m)
{
    switch (code) {
    case MBEDTLS_ERR_SSL_ALLOC_FAILED:
    case MBEDTLS_ERR_X509_ALLOC_FAILED:
    case MBEDTLS_ERR_PK_ALLOC_FAILED:
    case MBEDTLS_ERR_MD_ALLOC_FAILED:
    case MBEDTLS_ERR_MPI_ALLOC_FAILED:
    case MBEDTLS_ERR_ECP_ALLOC_FAILED:
        return FV_E_MEMORY;
    /* in the handshake: an overloaded server, or a middlebox, has closed the connection */
    case MBEDTLS_ERR_SSL_CONN_EOF:
        return FV_E_RESET;
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
        return m->established && (m->content || !is_verdict(m->alert)) ? FV_E_TLS_BROKEN : FV_E_TLS;
    default:
        break;
    }
    if (record_is_too_long(m->record)) {
        return FV_E_TLS_RECORD;
    }
    return m->established ? FV_E_TLS_BROKEN : FV_E_TLS;
}
