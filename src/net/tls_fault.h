/*
 * What a failure of mbedTLS means. Pure: the code, and where the connection stood when it came.
 *
 * Before the handshake is complete a failure is the server's or the configuration's, and final. Behind it the two sides have agreed, so an
 * alert, a record that does not verify, or a message that mbedTLS does not know (KeyUpdate) is an accident of this connection. The
 * exception: a TLS 1.3 server judges the client's certificate, which is missing here, when the client's handshake is over (RFC 8446 4.4.2.4,
 * Appendix A.2), so its verdict comes as an alert before any content.
 */
#ifndef FV_NET_TLS_FAULT_H
#define FV_NET_TLS_FAULT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fv_tls_moment {
    const uint8_t *record; /* head of the last record, 5 bytes (RFC 8446 5.1); NULL: none yet */
    uint8_t alert;         /* description, where the code is MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE */
    bool established;      /* the handshake is complete */
    bool content;          /* and application data has come */
    bool
        declined; /* a certificate of the client's: it was asked for, and it said that it has none */
    int state;    /* of the handshake: enum mbedtls_ssl_states */
    int type;     /* of the last record, decrypted (RFC 8446 5.1) */
    size_t message; /* bytes of the last message of the handshake; 0: there was none */
};

/* Say what mbedTLS's code is: FV_E_MEMORY, FV_E_RESET, FV_E_TLS_RECORD, FV_E_TLS, FV_E_TLS_BROKEN. */
enum fv_err fv_tls_fault(int code, const struct fv_tls_moment *m) FV_MUSTUSE;

#endif
