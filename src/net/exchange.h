/* SPDX-License-Identifier: MIT */
/*
 * Requests and their responses on one connection: several requests are in flight, and responses
 * come in the same order (RFC 9112 9.3.2).
 *
 *     fv_exchange_send() ... until FV_AGAIN, or until there is nothing to request
 *     fv_exchange_head(), then fv_exchange_read() until FV_OK, or fv_exchange_skip(); and again
 *     after FV_AGAIN of head or read: wait for fv_exchange_event()
 *
 * Nothing here waits, except fv_exchange_send() for the addresses of a name. The connection is
 * opened when the first request is sent, and kept as long as the server keeps it. If an idle
 * connection turns out to be closed, a new one is opened, which is not an error. Requests are
 * collected and sent together, at the latest before responses are read or waited for. If a request
 * is still being sent while responses arrive, sending goes on between their bytes, so the two sides
 * never wait for each other.
 */
#ifndef FV_NET_EXCHANGE_H
#define FV_NET_EXCHANGE_H

#include "net/conn.h"
#include "net/pipeline.h"
#include "net/seam.h"
#include "parse/body.h"
#include "parse/head.h"
#include "parse/request.h"

/* To keep a connection, at most that many bytes of an unwanted response are read, for at most that
 * time. */
#define FV_EXCHANGE_SKIP 65536
#define FV_EXCHANGE_SKIP_MS 5000
/* A chunk counts as at least that many bytes: its extensions may be kilobytes. */
#define FV_EXCHANGE_CHUNK 64

/* If at most one request is in flight, nothing is received before all of it was sent. The request
 * then uses the memory for received bytes. */
#define FV_EXCHANGE_ONE (FV_CAP_PIPELINE == 1)
#define FV_EXCHANGE_RECV                                                                           \
    (FV_EXCHANGE_ONE && FV_CAP_RECV < FV_CAP_REQUEST ? FV_CAP_REQUEST : FV_CAP_RECV)

struct fv_exchange {
    /* Private, except pipeline and fault. */
    const struct fv_net_config *config;
    size_t first, pending;
    bool in_head;        /* a part of the first response's head was read */
    bool in_body;        /* that head was returned */
    bool complete;       /* and its body was read completely */
    bool waited;         /* and the next response did not begin in time */
    struct fv_seam seam; /* the end of its content, and the start of the next response */
    bool skipping;       /* the rest of the first response is being skipped */
    bool closing;        /* the response that is being read is the last one of this connection */
    bool deaf;           /* it takes no more requests, and may hold responses */
    size_t unsent;       /* of the last requests in flight, those that it did not take */
    bool cut_short;      /* and its last response was read, with requests pending */
    bool any_byte;       /* a byte of the first response has arrived */
    bool alone;          /* no other request was in flight when the first one was sent */
    bool blameless;      /* see fv_exchange_blameless() */
    bool unreached;      /* see fv_exchange_unreached() */
    bool lost;           /* unreached at the last attempt: look up the name again */
    int64_t sent_us;     /* instant: the first request was sent, if it was alone */
    int64_t came_us;     /* instant: the first byte of the first response */
    int64_t done_us;     /* instant: the end of the response before */
    int64_t stall_us;    /* instant at which silence is a stall; 0: there is no silence */
    uint64_t skipped;    /* bytes that were skipped of that response */
    int64_t skip_us;     /* instant at which skipping has taken too long */
    /* Of the requests in buffer: bytes still to send; up to out_try they were passed to the
     * connection. */
    size_t out_at, out_try, out_end;
    size_t in_at, in_end; /* of the received bytes: still to be read */
    struct fv_body body;
    const struct fv_exchange *keepers[2]; /* see fv_exchange_share() */
    struct fv_pipeline pipeline;          /* the caller sets .depth: 1 to FV_CAP_PIPELINE */
    struct fv_net_fault fault;            /* of the last call, if it failed */
    struct fv_url origin; /* the origin that conn is connected to; borrows from host */
    struct fv_conn conn;
    char host[FV_CAP_HOST + 1];
    /* a ring: identities of the requests whose response is not read to its end */
    uint64_t tags[FV_CAP_PIPELINE];
    union {
        union fv_conn_room room; /* until the connection is open */
        struct fv_head head;
    };
    uint8_t buffer[(FV_EXCHANGE_ONE ? 0 : FV_CAP_REQUEST + FV_SEAM_MOST) + FV_EXCHANGE_RECV];
};

/* Prepare; open nothing. config is borrowed until fv_exchange_close(). */
void fv_exchange_init(struct fv_exchange *x, const struct fv_net_config *config);
/* Share what first and second know about the same host. Their TLS session is resumed, which saves
 * the certificate chain. If one of them is connected to the same origin, its address is used, which
 * saves the lookup, unless that address did not work. Both are borrowed until fv_exchange_close();
 * NULL: none. */
void fv_exchange_share(struct fv_exchange *x, const struct fv_exchange *first,
                       const struct fv_exchange *second);
/* Close the connection, free the memory of TLS, and wipe the request. Call fv_exchange_init()
 * before further use. */
void fv_exchange_close(struct fv_exchange *x);

/* Return whether it has a connection. */
static inline bool fv_exchange_is_open(const struct fv_exchange *x)
{
    return fv_conn_is_open(&x->conn);
}

/* Return whether its connection is being opened. */
static inline bool fv_exchange_opening(const struct fv_exchange *x)
{
    return fv_conn_is_opening(&x->conn);
}

/* Return whether x and other have, or had, a connection to the same origin. */
bool fv_exchange_beside(const struct fv_exchange *x, const struct fv_exchange *other);

/* Close the connection and forget the requests in flight. The TLS session, and what is known of the
 * server, are kept. */
void fv_exchange_drop(struct fv_exchange *x);

/* Return whether fv_exchange_send() would accept another request to the same origin now, instead of
 * returning FV_AGAIN. Nothing is sent behind a response that is being skipped. */
bool fv_exchange_has_room(struct fv_exchange *x);

/* Send r, a GET. Nothing of r is borrowed after the call. tag is the identity of the request: it
 * comes back with the head of the response. Only the exchange knows what is in flight. If there is
 * no connection to the origin of r, one is opened; an idle one to another origin is closed.
 * FV_AGAIN: the connection is being opened; or enough requests are in flight (net/pipeline.h); or
 * the responses in flight must be read first, because the connection ends after them, serves
 * another origin, or has not taken what was sent before, or because a response is being skipped.
 * Read responses, or wait for fv_exchange_event(), and try again.
 * FV_E_CAPACITY, FV_E_URL: an error of the request itself; those in flight go on. Otherwise the
 * errors of fv_conn_open() and fv_conn_send(). */
enum fv_err fv_exchange_send(struct fv_exchange *x, const struct fv_request *r,
                             uint64_t tag) FV_MUSTUSE;

/* Go on opening the connection that fv_exchange_send() has begun, without a request. If that fails,
 * the next request opens another one. */
void fv_exchange_open_on(struct fv_exchange *x);

/* Read the head of the next response. A request must be pending, and the response before must have
 * been read to FV_OK or skipped. From its first byte on, a head must be complete within the time of
 * a stall. *head is valid until the next call of this function or of fv_exchange_send(); *tag is
 * the identity of its request. Until its content is read, the same head is returned again.
 * FV_OK. FV_AGAIN: it is not complete. FV_E_CLOSED, FV_E_RESET, FV_E_TRUNCATED: the connection has
 * ended; see fv_exchange_blameless(). FV_E_HTTP_MIXED: the end of the connection ends the content,
 * but other requests are in flight; or the request was never sent, and the response is not an
 * error; see fv_exchange_blameless() too. FV_E_TIMEOUT: a stall. Otherwise the errors of
 * fv_head_push(), fv_conn_send() and fv_conn_recv(). */
enum fv_err fv_exchange_head(struct fv_exchange *x, const struct fv_head **head,
                             uint64_t *tag) FV_MUSTUSE;

/* Read content. FV_PART: *content is a part of it, at least one byte, in x's own buffer or static
 * text, valid until the next call of a function of x. FV_OK: the response is complete; *content is
 * empty. FV_AGAIN: nothing is there now; *content is empty. If other requests are in flight, a
 * response is complete only when the next one has begun.
 * FV_E_HTTP_MIXED: no response begins after the content, or one begins inside it, so that a part of
 * it belongs to the next response. Drop the content that was returned, and request it again; the
 * server then gets one request at a time. FV_E_TRUNCATED: the connection has ended too early; or it
 * has ended, and the last bytes of the content, which were held back, may belong to the next
 * response. FV_E_TIMEOUT: a stall. Otherwise the errors of fv_body_push(), fv_conn_send() and
 * fv_conn_recv(). */
enum fv_err fv_exchange_read(struct fv_exchange *x, struct fv_slice *content) FV_MUSTUSE;

/* Skip the rest of a response whose head was returned. If it is at most FV_EXCHANGE_SKIP bytes and
 * arrives in time, it is read and dropped. Otherwise the connection is closed, and the requests
 * behind it are no longer in flight. If the server ends the connection, fv_exchange_head() reports
 * that. */
void fv_exchange_skip(struct fv_exchange *x);

/* Return whether a request is in flight whose response fv_exchange_head() will return next. A
 * response that is being skipped does not count. *tag is its identity. */
bool fv_exchange_next(const struct fv_exchange *x, uint64_t *tag);
/* Return whether any request is in flight. *tag is the identity of the one that was sent last. */
bool fv_exchange_last(const struct fv_exchange *x, uint64_t *tag);
/* Return whether no other request was in flight when the first one was sent, and none is now. */
bool fv_exchange_alone(const struct fv_exchange *x);

/* Reading begins, perhaps after a pause in which nobody read. From now on silence counts as a
 * stall. */
void fv_exchange_watch(struct fv_exchange *x);

/* After FV_AGAIN of send, head or read: write the events to wait for (one, or at most
 * FV_CAP_ADDRESSES while a connection is opened) and the instant at which waiting ends (stall, end
 * of the command, or end of the time for connecting). Return the number of events. */
size_t fv_exchange_event(const struct fv_exchange *x, struct fv_port_event *events,
                         int64_t *deadline_us);
/* Waiting has ended with err, for instance FV_E_TIMEOUT; the effect is as for an error of these
 * functions. Return the error that it means here (through a proxy it may differ). Return FV_OK if
 * it concerned only a response that is being skipped (its connection is closed and its request
 * forgotten), a response that is complete (see fv_exchange_read()), or a connection that still has
 * time to open. */
enum fv_err fv_exchange_fail(struct fv_exchange *x, enum fv_err err);

/* Return the number of requests whose response is not read to its end. After any error except one
 * of the request itself: 0; they are forgotten, and the connection is closed. */
static inline size_t fv_exchange_pending(const struct fv_exchange *x)
{
    return x->pending;
}

/* Return whether its connection takes no more requests, and may hold responses. */
static inline bool fv_exchange_is_deaf(const struct fv_exchange *x)
{
    return !FV_EXCHANGE_ONE && x->deaf;
}

/* After an error of send, or of waiting for it: return whether it happened before the connection
 * was open. */
static inline bool fv_exchange_unreached(const struct fv_exchange *x)
{
    return x->unreached;
}

/* Return whether the server has ever sent a response, on this or an earlier connection. */
static inline bool fv_exchange_responded(const struct fv_exchange *x)
{
    return x->pipeline.round_trip_us > 0;
}

/* After an error of head or read: return whether the end of the connection was not caused by the
 * request, so that it should be sent again at once. This is so if a complete response came before
 * and no byte of the next one, as when a server closes a persistent connection; if more requests
 * were in flight behind it, of which the next connection will have fewer; or if the bytes after a
 * complete response are not a valid head. Those may be surplus body, and from now on this server
 * gets one request at a time. */
static inline bool fv_exchange_blameless(const struct fv_exchange *x)
{
    return x->blameless;
}

#endif
