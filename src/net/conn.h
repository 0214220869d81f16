/*
 * One connection to an origin: name, TCP, proxy, TLS; then bytes both ways.
 *
 * Nothing here waits, but fv_conn_open() for a name's addresses. Connecting is bounded by connect_timeout_ms and deadline_us.
 */
#ifndef FV_NET_CONN_H
#define FV_NET_CONN_H

#include "net/config.h"
#include "net/dial.h"
#include "net/tls.h"
#include "parse/head.h"

/* What is needed while a connection is opened: one after the other. */
union fv_conn_room {
    struct fv_dial dial;
    struct fv_head head; /* of a proxy's answer */
};

struct fv_conn {
    struct fv_net_fault *fault; /* the caller's: what failed is recorded there */
    /* Private. */
    const struct fv_net_config *config;
    union fv_conn_room *room;
    int sock; /* negative: none */
    enum {
        FV_CONN_CLOSED,
        FV_CONN_NAME, /* within fv_conn_open() alone */
        FV_CONN_DIAL,
        FV_CONN_PROXY,
        FV_CONN_TLS,
        FV_CONN_OPEN
    } stage;
    bool through;                /* a proxy */
    bool secure;                 /* TLS has begun */
    uint16_t told;               /* bytes that the proxy was sent */
    int64_t deadline_us;         /* for opening it */
    struct fv_port_addr peer;    /* whom sock is connected to */
    const struct fv_conn *other; /* see fv_conn_follow() */
    uint8_t want_recv; /* what the last FV_AGAIN of each direction waits for; 0: nothing */
    uint8_t want_send;
    struct fv_tls tls;
};

/* Prepare, open nothing. config and fault are borrowed until fv_conn_end(), room while fv_conn_open() says FV_AGAIN. */
void fv_conn_init(struct fv_conn *c, const struct fv_net_config *config, struct fv_net_fault *fault,
                  union fv_conn_room *room);
/* Close, and free TLS's memory. */
void fv_conn_end(struct fv_conn *c);

/* The next connection goes where other's goes, while that one is open: to the same origin. NULL: wherever its name leads. other is
 * borrowed until the next call of this function. */
void fv_conn_follow(struct fv_conn *c, const struct fv_conn *other);
/* Open a connection to url's origin; host is its host, NUL-terminated. FV_OK; FV_AGAIN: wait for fv_conn_event(), then call again with
 * the same two. The codes of fv_dial_begin(), fv_dial_on(), fv_proxy_connect(), fv_tls_open() and fv_tls_handshake(), and FV_E_TIMEOUT: it is
 * closed. room->head holds a proxy's answer after FV_E_PROXY_BUSY, with its Retry-After. */
enum fv_err fv_conn_open(struct fv_conn *c, const struct fv_url *url, const char *host) FV_MUSTUSE;
/* Whether the time for opening it is over. */
bool fv_conn_is_late(const struct fv_conn *c);
/* Waiting for what opening waits for has ended with err: close it. Returns whose error that is, recorded in fault. */
enum fv_err fv_conn_fail(struct fv_conn *c, enum fv_err err);
/* Close the connection; no harm if none is open. The kept TLS session stays. */
void fv_conn_close(struct fv_conn *c);
/* The next connection goes to another origin: forget the TLS session. */
void fv_conn_forget(struct fv_conn *c);
bool fv_conn_is_open(const struct fv_conn *c);
/* Whether fv_conn_open() has last said FV_AGAIN. */
bool fv_conn_is_opening(const struct fv_conn *c);

/* Send what fits now: FV_OK and *sent, at least 1; FV_AGAIN: wait, then pass the same bytes again. */
enum fv_err fv_conn_send(struct fv_conn *c, struct fv_slice bytes, size_t *sent) FV_MUSTUSE;
/* Receive what is there. FV_OK and *got 0: the end of the stream, authentic (close_notify; FIN over plain TCP).
 * FV_E_CLOSED: an end that is not, unrecorded. FV_AGAIN. */
enum fv_err fv_conn_recv(struct fv_conn *c, uint8_t *p, size_t n, size_t *got) FV_MUSTUSE;
/* Nothing will be received for now, whatever the last fv_conn_recv() said. */
void fv_conn_hold(struct fv_conn *c);
/* Write what has to come about for opening, or a direction that last said FV_AGAIN, to go on: one event, or FV_CAP_ADDRESSES at most
 * while it is opened; and when opening has to go on in any case, if that is before *until_us. Return their number. */
size_t fv_conn_event(const struct fv_conn *c, struct fv_port_event *events, int64_t *until_us);

#endif
