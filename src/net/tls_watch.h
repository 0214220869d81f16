/*
 * A handshake, step by step: keeps what mbedTLS knows during it and forgets at its end, or never tells.
 */
#ifndef FV_NET_TLS_WATCH_H
#define FV_NET_TLS_WATCH_H

#include "port/port.h"

#include <mbedtls/ssl.h>
#include <stdbool.h>
#include <stdint.h>

/* Reset it by assigning zero. */
struct fv_tls_watch {
    bool asked; /* the server has asked for a certificate of the client's */
    bool full;  /* it has shown its own: no session was resumed */
    uint16_t
        group; /* of the key exchange (RFC 8446 4.2.7); 0: not known yet, or not looked at (net/tls_show.h) */
};

/* mbedtls_ssl_handshake(), with fv_port_idle() behind each message. */
int fv_tls_watch_handshake(mbedtls_ssl_context *ssl, struct fv_tls_watch *w,
                           const struct fv_port_clock *clock);

/* Whether the client has told a server that asked for its certificate that it has none; of a handshake that is not complete. */
bool fv_tls_watch_declined(const mbedtls_ssl_context *ssl, const struct fv_tls_watch *w);

#endif
