/*
 * TLS 1.3 and 1.2, the client's side, by mbedTLS, over a stream of the port. Nothing here waits.
 *
 * The chain must end at a trusted root, the certificate must be for the host and in force, and the key must be a pinned
 * one if there are pins: always, there is no switch. ALPN, where the build has it (net/tls_version.h), offers http/1.1 alone; a server that does not answer it is
 * accepted. The last session is kept and offered again to the same host, which spares the next handshake the chain.
 *
 * mbedTLS's memory, and the state behind the pointer below, come from mbedtls_calloc (libc, or a board's pool).
 */
#ifndef FV_NET_TLS_H
#define FV_NET_TLS_H

#include "net/config.h"

struct fv_tls_state; /* mbedTLS's structures: seen by tls.c alone */

struct fv_tls {
    const struct fv_net_config *config;
    struct fv_tls_state *state;  /* NULL until the first fv_tls_open() */
    const struct fv_tls *keeper; /* see fv_tls_share(); may be NULL */
    /* When the certificate of the last server that was accepted ends, microseconds since 1970; 0: none was seen, or there is no log. */
    int64_t certificate_end_us;
};

/* Prepare, allocate nothing. config is borrowed until fv_tls_close(). */
void fv_tls_init(struct fv_tls *t, const struct fv_net_config *config);
/* Free all that was allocated, the kept session included. fv_tls_init() before further use. */
void fv_tls_close(struct fv_tls *t);
/* The next host is another one: forget what is known of this one, the kept session too. */
void fv_tls_forget(struct fv_tls *t);

/* Where t has no session of its own, offer the one that keeper kept for the same host; NULL: none. keeper is borrowed until the
 * next call of this function or fv_tls_close(), and may be closed, forget, and be opened meanwhile. A session that a server does not take
 * is forgotten there too. Any number of connections may share one keeper, which may be another one at each connect. */
void fv_tls_share(struct fv_tls *t, const struct fv_tls *keeper);

/* Begin a connection to host over sock, which is borrowed until fv_tls_end(). FV_E_TLS_TIME where the wall clock is not
 * known, FV_E_MEMORY, FV_E_CAPACITY (host), FV_E_TLS: recorded in fault. */
enum fv_err fv_tls_open(struct fv_tls *t, const char *host, int sock,
                        struct fv_net_fault *fault) FV_MUSTUSE;

/* All three: FV_AGAIN, wait for *want (FV_PORT_READ or FV_PORT_WRITE; written then only), and call again. */

/* Continue the handshake; FV_OK: done and verified. FV_E_TLS, FV_E_TLS_TRUST, FV_E_TLS_NAME, FV_E_TLS_TIME, FV_E_TLS_PIN,
 * FV_E_TLS_CHAIN, FV_E_TLS_CA, FV_E_MEMORY, or the port's error: recorded in fault with mbedTLS's code. */
enum fv_err fv_tls_handshake(struct fv_tls *t, uint8_t *want,
                             struct fv_net_fault *fault) FV_MUSTUSE;
/* The handshake has come to nothing in time: what was offered in it is not offered again. */
void fv_tls_late(struct fv_tls *t);
/* After an error of the handshake: whether a new connection, made at once, is worth it, since it would offer something that this server
 * does not stumble over: no session, or other signatures. Says so once. */
bool fv_tls_again(struct fv_tls *t);
/* Both record in fault what went wrong: FV_E_TLS_BROKEN, where a new connection may do better, FV_E_TLS, FV_E_TLS_RECORD, FV_E_MEMORY
 * (net/tls_fault.h), or the port's error. */

/* Send; after FV_AGAIN the next call must pass the same bytes. FV_OK: *sent of them, at least one, are on their way. */
enum fv_err fv_tls_send(struct fv_tls *t, struct fv_slice bytes, size_t *sent, uint8_t *want,
                        struct fv_net_fault *fault) FV_MUSTUSE;
/* Receive at most n bytes. FV_OK and *got 0: the peer said close_notify. FV_E_CLOSED: the stream ended without it (not
 * recorded in fault). */
enum fv_err fv_tls_recv(struct fv_tls *t, uint8_t *p, size_t n, size_t *got, uint8_t *want,
                        struct fv_net_fault *fault) FV_MUSTUSE;

/* Say close_notify if that needs no waiting. The stream may be closed then. */
void fv_tls_end(struct fv_tls *t);

#endif
