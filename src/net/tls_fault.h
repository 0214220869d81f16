/* SPDX-License-Identifier: MIT */
/*
 * What a failure of mbedTLS means, from its code and the state of the connection at that moment.
 * Nothing else is read or changed.
 *
 * Before the handshake is complete, a failure is caused by the server or the configuration, and is
 * final. After the handshake, both sides have agreed. An alert, a record that does not verify, or a
 * message that mbedTLS does not know (KeyUpdate) is then an accident of this connection, and a new
 * one may succeed. One exception: a TLS 1.3 server checks the client's certificate, which does not
 * exist here, after the client's handshake is complete (RFC 8446 4.4.2.4, Appendix A.2). Its
 * refusal arrives as an alert before any content.
 */
#ifndef FV_NET_TLS_FAULT_H
#define FV_NET_TLS_FAULT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fv_tls_moment {
    const uint8_t *record; /* header of the last record, 5 bytes (RFC 8446 5.1); NULL: none yet */
    uint8_t alert;         /* its description, if the code is MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE */
    bool established;      /* the handshake is complete */
    bool content;          /* application data has arrived */
    bool declined;         /* The server asked for a certificate, and the client has sent none. */
    int state;             /* state of the handshake: enum mbedtls_ssl_states */
    int type;              /* content type of the last record, decrypted (RFC 8446 5.1) */
    size_t message;        /* bytes of the last handshake message; 0: there was none */
};

/* Return the error that mbedTLS's code means: FV_E_MEMORY, FV_E_RESET, FV_E_TLS_RECORD, FV_E_TLS,
 * FV_E_TLS_BROKEN. */
enum fv_err fv_tls_fault(int code, const struct fv_tls_moment *m) FV_MUSTUSE;

#endif
