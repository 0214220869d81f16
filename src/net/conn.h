/* SPDX-License-Identifier: MIT */
/*
 * One connection to an origin: name, TCP, proxy, TLS; then bytes in both directions.
 *
 * Nothing here waits, except fv_conn_open() for the addresses of a name. connect_timeout_ms and
 * deadline_us limit the time for opening a connection.
 */
#ifndef FV_NET_CONN_H
#define FV_NET_CONN_H

#include "net/config.h"
#include "net/dial.h"
#include "net/tls.h"
#include "parse/head.h"

/* Memory that is needed only while a connection is opened; its members are used one after the
 * other. */
union fv_conn_room {
    struct fv_dial dial;
    struct fv_head head; /* of the proxy's response */
};

struct fv_conn {
    struct fv_net_fault *fault; /* The caller's. The first error is recorded there. */
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
    bool through;                /* the connection goes through a proxy */
    bool secure;                 /* TLS has begun */
    uint16_t told;               /* bytes of the request that were sent to the proxy */
    int64_t deadline_us;         /* end of the time for opening the connection */
    struct fv_port_addr peer;    /* the address that sock is connected to */
    const struct fv_conn *other; /* see fv_conn_follow() */
    uint8_t want_recv; /* what the last FV_AGAIN waits for in this direction; 0: nothing */
    uint8_t want_send;
    struct fv_tls tls;
};

/* Prepare; open nothing. config and fault are borrowed until fv_conn_end(), room as long as
 * fv_conn_open() returns FV_AGAIN. */
void fv_conn_init(struct fv_conn *c, const struct fv_net_config *config, struct fv_net_fault *fault,
                  union fv_conn_room *room);
/* Close the connection and free the memory of TLS. */
void fv_conn_end(struct fv_conn *c);

/* Return whether connections to the origin of url go through the proxy. */
bool fv_conn_needs_proxy(const struct fv_net_config *config, const struct fv_url *url);
/* Let the next connection use the address of other, if other is open and has the same origin. other
 * is borrowed until the next call of this function. NULL: look up the name. */
void fv_conn_follow(struct fv_conn *c, const struct fv_conn *other);
/* Open a connection to the origin of url; host is its host, NUL-terminated. FV_OK: open. FV_AGAIN:
 * wait for fv_conn_event(), then call again with the same url and host. After any other code the
 * connection is closed: the codes of fv_dial_begin(), fv_dial_on(), fv_proxy_connect(),
 * fv_tls_open() and fv_tls_handshake(); FV_E_TIMEOUT; FV_E_PROXY_DOWN: no connection to the proxy;
 * FV_E_CAPACITY: the proxy's host is too long. After FV_E_PROXY_BUSY, room->head holds the proxy's
 * response with its Retry-After. */
enum fv_err fv_conn_open(struct fv_conn *c, const struct fv_url *url, const char *host) FV_MUSTUSE;
/* Return whether the time for opening the connection is over. */
bool fv_conn_is_late(const struct fv_conn *c);
/* Waiting while the connection was being opened has ended with err: close it. Return the error that
 * err means here, which is recorded in fault. */
enum fv_err fv_conn_fail(struct fv_conn *c, enum fv_err err);
/* Close the connection. Does nothing if none is open. The TLS session is kept. */
void fv_conn_close(struct fv_conn *c);
/* The next connection goes to another origin: forget the TLS session. */
void fv_conn_forget(struct fv_conn *c);
bool fv_conn_is_open(const struct fv_conn *c);
/* Return whether the last fv_conn_open() returned FV_AGAIN. */
bool fv_conn_is_opening(const struct fv_conn *c);

/* Send what fits now. FV_OK: *sent bytes, at least 1. FV_AGAIN: wait, then pass the same bytes
 * again. Other codes as fv_tls_send(), recorded in fault. */
enum fv_err fv_conn_send(struct fv_conn *c, struct fv_slice bytes, size_t *sent) FV_MUSTUSE;
/* Receive what is there, at most n bytes. FV_OK with *got 0: the authentic end of the stream
 * (close_notify; FIN on plain TCP). FV_E_CLOSED: an end that is not authentic; it is not recorded
 * in fault. FV_AGAIN: nothing is there. Other codes as fv_tls_recv(), recorded in fault. */
enum fv_err fv_conn_recv(struct fv_conn *c, uint8_t *p, size_t n, size_t *got) FV_MUSTUSE;
/* Do not wait for received bytes for now, even if the last fv_conn_recv() returned FV_AGAIN. */
void fv_conn_hold(struct fv_conn *c);
/* Write the events to wait for after FV_AGAIN: one event, or at most FV_CAP_ADDRESSES while the
 * connection is being opened. If opening must go on at an earlier instant, lower *until_us to it.
 * Return the number of events. */
size_t fv_conn_event(const struct fv_conn *c, struct fv_port_event *events, int64_t *until_us);

#endif
