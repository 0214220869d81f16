/* SPDX-License-Identifier: MIT */
/*
 * The client side of TLS 1.3 and 1.2, by mbedTLS, over a stream of the port. Nothing here waits.
 *
 * These checks cannot be turned off: the certification path must end at a trusted root, the
 * certificate must be valid for the host and at this time, and with pins the server's key must be a
 * pinned one. ALPN, if the build has it (net/tls_version.h), offers http/1.1 only; a server without
 * ALPN is accepted. The last session is kept and offered again to the same host; a resumed
 * handshake has no certificates.
 *
 * The memory of mbedTLS, and struct fv_tls_state, come from mbedtls_calloc (libc, or a board's
 * pool).
 */
#ifndef FV_NET_TLS_H
#define FV_NET_TLS_H

#include "net/config.h"

struct fv_tls_state; /* structures of mbedTLS; only tls.c sees them */

struct fv_tls {
    const struct fv_net_config *config;
    struct fv_tls_state *state;  /* NULL until the first fv_tls_open() */
    const struct fv_tls *keeper; /* see fv_tls_share(); may be NULL */
    /* When the certificate of the last accepted server ends, in microseconds since 1970; 0: no
     * certificate was seen, or there is no log. */
    int64_t certificate_end_us;
};

/* Prepare; allocate nothing. config is borrowed until fv_tls_close(). */
void fv_tls_init(struct fv_tls *t, const struct fv_net_config *config);
/* Free all memory, the kept session included. Call fv_tls_init() before further use. */
void fv_tls_close(struct fv_tls *t);
/* The next host is another one: forget all that is known of this host, the kept session
 * included. */
void fv_tls_forget(struct fv_tls *t);

/* If t has no session of its own, offer the session that keeper has for the same host. NULL: none.
 * keeper is borrowed until the next call of this function or fv_tls_close(); meanwhile it may be
 * closed, forget its session, or be opened. A session that the server refuses is forgotten in
 * keeper too. Any number of connections may share one keeper, and each connection may name another
 * one. */
void fv_tls_share(struct fv_tls *t, const struct fv_tls *keeper);

/* Begin a connection to host over sock, which is borrowed until fv_tls_end(). FV_OK; recorded in
 * fault: FV_E_TLS_TIME (the wall time is not known), FV_E_MEMORY, FV_E_TLS (also for a host longer
 * than FV_CAP_HOST, or without random numbers); FV_E_TIMEOUT or FV_E_CANCELLED of the port's
 * entropy. */
enum fv_err fv_tls_open(struct fv_tls *t, const char *host, int sock,
                        struct fv_net_fault *fault) FV_MUSTUSE;

/* For the functions below: FV_AGAIN means to wait for *want (FV_PORT_READ or FV_PORT_WRITE; written
 * only then), and to call again. */

/* Go on with the handshake. FV_OK: complete and verified. Recorded in fault with mbedTLS's code:
 * FV_E_TLS, FV_E_TLS_LACKS, FV_E_TLS_RECORD, FV_E_TLS_TRUST, FV_E_TLS_NAME, FV_E_TLS_TIME,
 * FV_E_TLS_PIN, FV_E_TLS_CHAIN, FV_E_TLS_CA, FV_E_MEMORY, FV_E_RESET (also if the stream has
 * ended), or an error of the port. */
enum fv_err fv_tls_handshake(struct fv_tls *t, uint8_t *want,
                             struct fv_net_fault *fault) FV_MUSTUSE;
/* The handshake did not end in time: do not offer again what it offered. */
void fv_tls_late(struct fv_tls *t);
/* After an error of the handshake, return whether a new connection should be made at once, because
 * it would offer something that this server may accept: no session, or other signature algorithms.
 * Returns true only once. */
bool fv_tls_again(struct fv_tls *t);
/* fv_tls_send() and fv_tls_recv() record their error in fault: FV_E_TLS_BROKEN (a new connection
 * may succeed), FV_E_TLS, FV_E_TLS_LACKS (the server requires a client certificate),
 * FV_E_TLS_RECORD, FV_E_MEMORY (net/tls_fault.h), or an error of the port. */

/* Send. FV_OK: *sent bytes, at least one, were accepted. After FV_AGAIN the next call must pass the
 * same bytes. */
enum fv_err fv_tls_send(struct fv_tls *t, struct fv_slice bytes, size_t *sent, uint8_t *want,
                        struct fv_net_fault *fault) FV_MUSTUSE;
/* Receive at most n bytes. FV_OK with *got 0: the peer sent close_notify. FV_E_CLOSED: the stream
 * ended without it; this is not recorded in fault. */
enum fv_err fv_tls_recv(struct fv_tls *t, uint8_t *p, size_t n, size_t *got, uint8_t *want,
                        struct fv_net_fault *fault) FV_MUSTUSE;

/* Send close_notify if that is possible without waiting. The stream may be closed afterwards. */
void fv_tls_end(struct fv_tls *t);

#endif
