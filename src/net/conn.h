/*
 * One connection to an origin: name, TCP, proxy, TLS; then bytes both ways.
 *
 * fv_conn_open() waits, the others do not. Connecting is bounded by connect_timeout_ms and deadline_us.
 */
#ifndef FV_NET_CONN_H
#define FV_NET_CONN_H

#include "net/config.h"
#include "net/tls.h"
#include "parse/head.h"

struct fv_conn {
    struct fv_net_fault *fault; /* the caller's: what failed is recorded there */
    /* Private. */
    const struct fv_net_config *config;
    int sock; /* negative: not open */
    bool secure;
    uint8_t want_recv; /* what the last FV_AGAIN of each direction waits for; 0: nothing */
    uint8_t want_send;
    struct fv_tls tls;
};

/* Prepare, open nothing. config and fault are borrowed until fv_conn_end(). */
void fv_conn_init(struct fv_conn *c, const struct fv_net_config *config,
                  struct fv_net_fault *fault);
/* Close, and free TLS's memory. */
void fv_conn_end(struct fv_conn *c);

/* Open a connection to url's origin; host is its host, NUL-terminated. head is room for a proxy's answer, and holds it after
 * FV_E_PROXY_BUSY, with its Retry-After. The codes of fv_dial(), fv_proxy_connect(), fv_tls_open() and fv_tls_handshake(). */
enum fv_err fv_conn_open(struct fv_conn *c, const struct fv_url *url, const char *host,
                         struct fv_head *head) FV_MUSTUSE;
/* Close the connection; no harm if none is open. The kept TLS session stays. */
void fv_conn_close(struct fv_conn *c);
/* The next connection goes to another origin: forget the TLS session. */
void fv_conn_forget(struct fv_conn *c);
bool fv_conn_is_open(const struct fv_conn *c);

/* Send what fits now: FV_OK and *sent, at least 1; FV_AGAIN: wait, then pass the same bytes again. */
enum fv_err fv_conn_send(struct fv_conn *c, struct fv_slice bytes, size_t *sent) FV_MUSTUSE;
/* Receive what is there. FV_OK and *got 0: the end of the stream, authentic (close_notify; FIN over plain TCP).
 * FV_E_CLOSED: an end that is not, unrecorded. FV_AGAIN. */
enum fv_err fv_conn_recv(struct fv_conn *c, uint8_t *p, size_t n, size_t *got) FV_MUSTUSE;
/* Nothing will be received for now, whatever the last fv_conn_recv() said. */
void fv_conn_hold(struct fv_conn *c);
/* What has to come about for a direction that last said FV_AGAIN to go on. */
struct fv_port_event fv_conn_event(const struct fv_conn *c);

#endif
