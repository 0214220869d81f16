/* SPDX-License-Identifier: MIT */
/*
 * How many requests are sent ahead of their responses (RFC 9112 9.3.2).
 *
 * Not every server can handle pipelining. Some close the connection after a response; the requests
 * that they had received are then lost, sometimes with the end of that response (RFC 9112 9.6). So
 * the number of requests in flight starts at FV_PIPELINE_START and grows with each complete
 * response. If a connection ends with requests pending, the number falls to the responses that it
 * had given. After FV_PIPELINE_STRIKES such connections in a row, the server gets one request at a
 * time from then on.
 *
 * Many servers end each connection after a fixed number of responses. When two connections in a row
 * have ended after the same number, no connection gets more requests in flight than are left of
 * that number, until one gives more. Requests after that are sent one at a time.
 *
 * When several requests were sent in one piece and all have been answered, the number rises to what
 * the user wants, provided that no connection has ended early, and that a response has come before
 * whose request was sent alone (a listing, for example).
 *
 * Some servers respond to the first of several requests and drop the others. The response to a
 * request sent later would be taken for that to a dropped one, and nothing would show it. So
 * nothing is sent after several requests in one piece, until such a piece has been answered
 * completely once.
 *
 * Pipelining gains little for large responses, and a stall delays all requests in flight. So the
 * bytes in flight are limited too, to about twice what the connection carries in a round trip. One
 * request may always be sent ahead.
 */
#ifndef FV_NET_PIPELINE_H
#define FV_NET_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Requests in flight on the first connection to a new server. */
#define FV_PIPELINE_START 8
/* Connections in a row that ended early, after which a server gets one request at a time. */
#define FV_PIPELINE_STRIKES 3
/* A connection that has given that many responses did not end early. */
#define FV_PIPELINE_PROVEN 64
/* Limits of the bytes in flight. */
#define FV_PIPELINE_WINDOW_MIN (256u << 10)
#define FV_PIPELINE_WINDOW_MAX (4u << 20)

struct fv_pipeline {
    size_t depth; /* most requests in flight; 1 after init, the user may raise it */
    /* Private. */
    size_t limit;   /* the same, as this server has been able to handle it */
    size_t served;  /* complete responses of this connection */
    size_t strikes; /* up to FV_PIPELINE_STRIKES */
    /* complete responses of the last connection that the server ended; 0: it ended none */
    size_t gave;
    size_t quota; /* responses of each connection, if two have ended after as many; 0: not known */
    bool doubted; /* see fv_pipeline_doubt() */
    bool out;     /* requests were sent in one piece, and not all were answered */
    bool replied; /* some of them were */
    bool proven;  /* all requests of a piece of several were answered, once */
    bool shown;   /* a response came whose request was alone */
    /* The limit was reached: about half of the requests must be answered before more are sent. */
    bool full;
    uint16_t held; /* the number in flight at which the limit of bytes was reached; 0: it was not */
    /* Bytes of a response's content, as a moving average of those that were not alone. */
    uint64_t typical;
    uint32_t round_trip_us; /* the shortest seen; 0: not yet known */
    uint64_t rate;          /* bytes a second, a moving average; 0: not yet known */
    uint64_t gap_us; /* from the end of one response to the end of the next, a moving average */
};

/* A new server, of which nothing is known. depth is unchanged. */
void fv_pipeline_init(struct fv_pipeline *p);
/* A new connection to the same server. */
void fv_pipeline_connected(struct fv_pipeline *p);

/* Return the most requests in flight at the moment. */
size_t fv_pipeline_most(const struct fv_pipeline *p);
/* Return whether several requests that were sent in one piece have all been answered. */
static inline bool fv_pipeline_is_proven(const struct fv_pipeline *p)
{
    return p->proven;
}

/* Return whether this connection has given a complete response. */
static inline bool fv_pipeline_has_served(const struct fv_pipeline *p)
{
    return p->served > 0;
}

/* Return whether one more request may be sent. pending: requests in flight; left_bytes: bytes still
 * to come of the first response. */
bool fv_pipeline_may_send(struct fv_pipeline *p, size_t pending, uint64_t left_bytes);

/* A request was sent. pending: requests in flight now. */
void fv_pipeline_sent(struct fv_pipeline *p, size_t pending);

/* The requests collected so far are sent now. */
void fv_pipeline_out(struct fv_pipeline *p);

/* The first byte of a response came took_us after its request, which was alone. */
void fv_pipeline_first_byte(struct fv_pipeline *p, int64_t took_us);
/* A response was read to its end. pending: requests still in flight; size_bytes: its content;
 * took_us: since its first byte. */
void fv_pipeline_response(struct fv_pipeline *p, size_t pending, uint64_t size_bytes,
                          int64_t took_us);
/* The same; it ended gap_us after the response before, and its request was in flight at that
 * time. */
void fv_pipeline_followed(struct fv_pipeline *p, int64_t gap_us);
/* Return how many responses arrive in one round trip while that many requests are in flight. With
 * fewer requests the connection is idle at times. At least 1; 1 if it is not known. */
size_t fv_pipeline_in_a_trip(const struct fv_pipeline *p);
/* The server has ended the connection after a complete response. */
void fv_pipeline_ended(struct fv_pipeline *p);
/* Return whether the connection will give no more responses than those pending, as far as is
 * known. */
static inline bool fv_pipeline_is_spent(const struct fv_pipeline *p, size_t pending)
{
    return p->quota > 0 && p->served + pending >= p->quota;
}
/* The connection has ended with requests pending. */
void fv_pipeline_ended_early(struct fv_pipeline *p);
/* The connection was closed because of an unwanted response, with pending requests behind it, which
 * must be sent again. The number in flight is then halved, and is at most FV_PIPELINE_START. */
void fv_pipeline_wasted(struct fv_pipeline *p, size_t pending);
/* What arrived was not the expected response; or nothing came after a response; or a second
 * connection is refused. From now on the server gets one request at a time. */
void fv_pipeline_doubt(struct fv_pipeline *p);

#endif
