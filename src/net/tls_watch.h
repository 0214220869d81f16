/* SPDX-License-Identifier: MIT */
/*
 * Runs a handshake step by step, and keeps what mbedTLS knows during the handshake and does not
 * keep or report afterwards.
 */
#ifndef FV_NET_TLS_WATCH_H
#define FV_NET_TLS_WATCH_H

#include "port/port.h"

#include <mbedtls/ssl.h>
#include <stdbool.h>
#include <stdint.h>

/* Reset it by assigning zero. */
struct fv_tls_watch {
    bool asked; /* the server has asked for a certificate of the client */
    bool full;  /* the server has sent its certificate: no session was resumed */
    /* Group of the key exchange (RFC 8446 4.2.7); 0: not known yet, or not recorded
     * (net/tls_show.h). */
    uint16_t group;
};

/* The same as mbedtls_ssl_handshake(), with a call of fv_port_idle() after each message. */
int fv_tls_watch_handshake(mbedtls_ssl_context *ssl, struct fv_tls_watch *w,
                           const struct fv_port_clock *clock);

/* Return whether the client has told a server that asked for a certificate that it has none. Only
 * for a handshake that is not complete. */
bool fv_tls_watch_declined(const mbedtls_ssl_context *ssl, const struct fv_tls_watch *w);

#endif
