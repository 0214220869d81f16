/*
 * Requests and their answers on one connection: several requests in flight, answers in order (RFC 9112 9.3.2).
 *
 *     fv_exchange_send() ... until FV_AGAIN or nothing is left to ask
 *     fv_exchange_head(), then fv_exchange_read() until FV_OK, or fv_exchange_skip(); and again
 *     after FV_AGAIN of head or read: wait for fv_exchange_event()
 *
 * Nothing here waits, but fv_exchange_send() for the addresses of a name. The connection is opened when the first
 * request is to be sent, kept for as long as the server keeps it, and opened again, without a word, where an idle one was found
 * closed. Requests are gathered and go out together, at the latest before answers are read or waited for; one that is
 * still being sent while the server sends answers is sent on between their bytes, so the two sides never wait for each
 * other.
 */
#ifndef FV_NET_EXCHANGE_H
#define FV_NET_EXCHANGE_H

#include "net/conn.h"
#include "net/pipeline.h"
#include "net/seam.h"
#include "parse/body.h"
#include "parse/head.h"
#include "parse/request.h"

/* What is read of a response that is given up, to keep its connection: bytes at most, and time at most. */
#define FV_EXCHANGE_SKIP 65536
#define FV_EXCHANGE_SKIP_MS 5000
/* What a chunk counts for at least: its extensions may be kilobytes. */
#define FV_EXCHANGE_CHUNK 64

/* Where one request at most is in flight nothing is received before it has all been sent: what is received has its place. */
#define FV_EXCHANGE_ONE (FV_CAP_PIPELINE == 1)
#define FV_EXCHANGE_RECV                                                                           \
    (FV_EXCHANGE_ONE && FV_CAP_RECV < FV_CAP_REQUEST ? FV_CAP_REQUEST : FV_CAP_RECV)

struct fv_exchange {
    /* Private, but for pipeline and fault. */
    const struct fv_net_config *config;
    size_t first, pending;
    bool in_head;        /* some of the first one's head was read */
    bool in_body;        /* its head was given out */
    bool complete;       /* and all of its body was */
    bool waited;         /* and the next one did not begin in time */
    struct fv_seam seam; /* its content's end, and the next one's beginning */
    bool skipping;       /* it was given up */
    bool closing;        /* the answer that is read is this connection's last one */
    bool deaf;           /* it takes no more requests, and may hold answers */
    bool cut_short;      /* and its last answer has been read, with requests pending */
    bool any_byte;       /* something of the answer that is expected has come */
    bool alone;          /* the first request had the line to itself */
    bool blameless;      /* see fv_exchange_blameless() */
    bool unreached;      /* see fv_exchange_unreached() */
    bool lost;           /* and so it was when it was last tried: the name is looked up then */
    int64_t sent_us;     /* instant: the first request, if it was alone */
    int64_t came_us;     /* instant: the first answer's first byte */
    int64_t done_us;     /* instant: the end of the answer before */
    int64_t stall_us;    /* instant at which silence has lasted too long; 0: not silent */
    uint64_t skipped;    /* bytes of the answer that was given up */
    int64_t skip_us;     /* instant at which reading on in it has taken too long */
    size_t out_at, out_try,
        out_end; /* of request: still to be sent; up to out_try the connection has been asked */
    size_t in_at, in_end; /* of what was received: still to be read */
    struct fv_body body;
    const struct fv_exchange *keepers[2]; /* see fv_exchange_share() */
    struct fv_pipeline pipeline;          /* .depth is the caller's to set: 1 to FV_CAP_PIPELINE */
    struct fv_net_fault fault;            /* of the last call, if it failed */
    struct fv_url origin;                 /* what conn is connected to; borrows from host */
    struct fv_conn conn;
    char host[FV_CAP_HOST + 1];
    uint64_t tags[FV_CAP_PIPELINE]; /* a ring: requests whose answers are not read to their end */
    union {
        union fv_conn_room room; /* until the connection is open */
        struct fv_head head;
    };
    uint8_t buffer[(FV_EXCHANGE_ONE ? 0 : FV_CAP_REQUEST + FV_SEAM_MOST) + FV_EXCHANGE_RECV];
};

/* Prepare, open nothing. config is borrowed until fv_exchange_close(). */
void fv_exchange_init(struct fv_exchange *x, const struct fv_net_config *config);
/* Resume the TLS session that first or second kept where it was for the same host, which spares a handshake the chain; and connect to
 * the address that it is connected to, if it is and the origin is the same, which spares looking the name up, unless that
 * has come to nothing. Both are borrowed until fv_exchange_close(); NULL: none. */
void fv_exchange_share(struct fv_exchange *x, const struct fv_exchange *first,
                       const struct fv_exchange *second);
/* Close the connection, free TLS's memory, wipe the request. fv_exchange_init() before further use. */
void fv_exchange_close(struct fv_exchange *x);

/* Whether it has a connection. */
static inline bool fv_exchange_is_open(const struct fv_exchange *x)
{
    return fv_conn_is_open(&x->conn);
}

/* Whether its connection is being opened. */
static inline bool fv_exchange_opening(const struct fv_exchange *x)
{
    return fv_conn_is_opening(&x->conn);
}

/* Close the connection and forget the requests in flight; TLS's session and what is known of the server stay. */
void fv_exchange_drop(struct fv_exchange *x);

/* Whether another request to the same origin would be taken now: fv_exchange_send() does not say FV_AGAIN to it. Nothing is sent
 * behind a response that is being skipped. */
bool fv_exchange_has_room(struct fv_exchange *x);

/* Send r, a GET; nothing of it is borrowed afterwards. tag is the request's identity: it comes back with the response's head, and
 * what is in flight is known here and nowhere else. Opens a connection if none to r's origin is open (an idle one to another
 * origin is closed).
 * FV_AGAIN: the connection is being opened; as many requests are in flight as is wise (net/pipeline.h), or it must first be emptied of answers
 * (it is the server's last one, serves another origin, has not taken what was sent before, or a response is being skipped): read
 * answers, or wait for fv_exchange_event(), then try again. Errors: FV_E_CAPACITY, FV_E_URL of the request itself, those in flight go on; any of fv_conn_open(),
 * fv_conn_send(). */
enum fv_err fv_exchange_send(struct fv_exchange *x, const struct fv_request *r,
                             uint64_t tag) FV_MUSTUSE;

/* Go on with the connection that fv_exchange_send() has begun to open, without a request. If that fails the next one opens another. */
void fv_exchange_open_on(struct fv_exchange *x);

/* Begin to open a connection to where from has one, for the requests behind those that from will be sent; x has none in flight. Go on
 * with it by fv_exchange_open_on(). If it comes to nothing x has no connection then: fv_exchange_unreached(). */
void fv_exchange_prepare(struct fv_exchange *x, const struct fv_exchange *from);
/* Whether x may serve in from's place: from has no connection any more and nothing in flight, and x has one to the same origin, with nothing
 * in flight either. */
bool fv_exchange_can_succeed(const struct fv_exchange *x, const struct fv_exchange *from);
/* It does from now on: what is known of the server is x's, and from may lead elsewhere. */
void fv_exchange_succeed(struct fv_exchange *x, struct fv_exchange *from);

/* Read the head of the next answer; the one before must have been read to FV_OK, or skipped, and a request must be
 * pending. From its first byte on a head has as long as a stall may last. *head is valid until the next call of this
 * function or of fv_exchange_send(), *tag is its request's. Until its content is read the same head is given again.
 * FV_OK; FV_AGAIN: it has not all come; FV_E_CLOSED, FV_E_RESET, FV_E_TRUNCATED: see fv_exchange_blameless(), as for
 * FV_E_HTTP_MIXED: its content would end with the connection, and other requests are in flight;
 * FV_E_NETWORK, FV_E_TLS, those of fv_head_push(). */
enum fv_err fv_exchange_head(struct fv_exchange *x, const struct fv_head **head,
                             uint64_t *tag) FV_MUSTUSE;

/* Read content. FV_MORE: *content is some of it, at least one byte, in x's own buffer or static text, valid until the next call of any of
 * these functions; FV_OK: the answer was whole, *content is empty; FV_AGAIN: nothing is there now, *content is empty.
 * Where other requests are in flight it is whole only when the next response has begun. FV_E_HTTP_MIXED: what follows is none, or
 * one begins in the content, so some of it is the next one's: forget what was given, and ask again; the server is then asked one thing
 * at a time. FV_E_TRUNCATED, also where the connection has ended and the content's last bytes, which were held back, may be the next one's;
 * and as above; those of fv_body_push(). */
enum fv_err fv_exchange_read(struct fv_exchange *x, struct fv_slice *content) FV_MUSTUSE;

/* Give up the rest of a response's content, whose head was given: it is read and thrown away if it is at most FV_EXCHANGE_SKIP bytes
 * and comes in time, else the connection is closed, and the requests behind it are no longer in flight. If the server ends the
 * connection, fv_exchange_head() reports that. */
void fv_exchange_skip(struct fv_exchange *x);

/* Whether a request is in flight whose response fv_exchange_head() will give next, one that is being skipped left out: *tag is its
 * identity then. */
bool fv_exchange_next(const struct fv_exchange *x, uint64_t *tag);
/* Whether any request is in flight: *tag is the identity of the one that was sent last. */
bool fv_exchange_last(const struct fv_exchange *x, uint64_t *tag);
/* Whether the first request in flight had the line to itself when it was sent, and has still. */
bool fv_exchange_alone(const struct fv_exchange *x);

/* Reading begins, perhaps after the connection was left to itself: silence counts from here. */
void fv_exchange_watch(struct fv_exchange *x);

/* After FV_AGAIN of send, head or read: write what to wait for, one event or, while a connection is opened, FV_CAP_ADDRESSES at most, and
 * until when (stall, or the end of the command or of the time for connecting). Return their number. */
size_t fv_exchange_event(const struct fv_exchange *x, struct fv_port_event *events,
                         int64_t *deadline_us);
/* Waiting has ended with err, FV_E_TIMEOUT for instance: as with the errors of those functions. Returns err, or what it means for a way
 * through a proxy; or FV_OK if only a response that is being skipped was waited for: its connection is closed then, and its request
 * forgotten; or one that is whole, see fv_exchange_read(); or a connection that there is time left for. */
enum fv_err fv_exchange_fail(struct fv_exchange *x, enum fv_err err);

/* Requests whose answers have not been read to their end. After any error but those of the request itself: 0, they are
 * forgotten and the connection is closed. */
static inline size_t fv_exchange_pending(const struct fv_exchange *x)
{
    return x->pending;
}

/* After an error of send, or of waiting for it: whether it came before a connection was there. */
static inline bool fv_exchange_unreached(const struct fv_exchange *x)
{
    return x->unreached;
}

/* Whether its server has answered anything yet, on this or an earlier connection. */
static inline bool fv_exchange_answered(const struct fv_exchange *x)
{
    return x->pipeline.round_trip_us > 0;
}

/* After an error of head or read: the connection ended in a way that says nothing against the request, so send it again at
 * once. Either it had given a whole response before and not one byte of the next, as when a server closes a kept connection; or
 * more requests were in flight behind it, which the next connection will have fewer of; or the bytes after a complete response are
 * not a valid head: they may be surplus body. The server is then asked one thing at a time. */
static inline bool fv_exchange_blameless(const struct fv_exchange *x)
{
    return x->blameless;
}

#endif
