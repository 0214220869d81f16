/*
 * How many requests a server is sent ahead of its answers (RFC 9112 9.3.2).
 *
 * Not every server bears it: some close after an answer, and what they had received by then is lost, at times with the end
 * of the answer (RFC 9112 9.6). So the number starts low, grows with each whole answer, and falls to what a connection
 * answered when one ends with requests unanswered; after FV_PIPELINE_STRIKES such ends in a row the server is asked one
 * thing at a time from then on. One that ends its connections behind a certain number of answers, as most do, loses nothing once two in a
 * row have ended behind as many: no more is sent on one then, until one gives more. What goes beyond the number goes alone. Once the first several have all been answered it is what
 * the user wants, if nothing has ended early and the line is no new one: an answer, as a listing is, came over it before.
 *
 * Some answer the first of several requests and swallow the others. What is sent behind those, later, is answered in their place, and
 * nothing tells. So until several requests that went out in one piece have all been answered, nothing is sent behind such a piece.
 *
 * Nor is it worth much for large answers, and a stall then costs all that is behind: so what is in flight is also bounded
 * by its bytes, about twice what the line holds in a round trip. One request goes ahead in any case.
 */
#ifndef FV_NET_PIPELINE_H
#define FV_NET_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Requests in flight on a new server's first connection. */
#define FV_PIPELINE_START 8
/* Connections in a row that ended early before a server is asked one thing at a time. */
#define FV_PIPELINE_STRIKES 3
/* A connection that gave so many answers did not end early. */
#define FV_PIPELINE_PROVEN 64
/* Bounds of the bytes in flight. */
#define FV_PIPELINE_WINDOW_MIN (256u << 10)
#define FV_PIPELINE_WINDOW_MAX (4u << 20)

struct fv_pipeline {
    size_t depth; /* requests in flight at most: 1 after init, the user may raise it */
    /* Private. */
    size_t limit;   /* the same, as this server has been seen to bear it */
    size_t served;  /* whole answers of this connection */
    size_t strikes; /* of FV_PIPELINE_STRIKES */
    size_t gave;  /* whole answers of the last connection that the server ended; 0: it ended none */
    size_t quota; /* of each connection, as two such have shown; 0: not known */
    bool doubted; /* see fv_pipeline_doubt() */
    bool out;     /* what was gathered has gone out, and is not all answered */
    bool replied; /* some of it is */
    bool proven;  /* all of several once was */
    bool shown;   /* an answer came that was alone */
    bool
        full; /* the limit was reached: let half of it be answered, or nearly, before more is sent */
    uint16_t held; /* the bound of bytes was, with so many in flight: the same; 0: it was not */
    uint64_t
        typical; /* bytes of an answer's content, a moving average of those that were not alone */
    uint32_t round_trip_us; /* the shortest seen; 0: not yet known */
    uint64_t rate;          /* bytes a second, a moving average; 0: not yet known */
    uint64_t gap_us;        /* from the end of one answer to that of the next, a moving average */
};

/* A new server: nothing is known of it. depth stays. */
void fv_pipeline_init(struct fv_pipeline *p);
/* A new connection to the same server. */
void fv_pipeline_connected(struct fv_pipeline *p);

/* Requests in flight at most, as things stand. */
size_t fv_pipeline_most(const struct fv_pipeline *p);
/* Whether several requests that went out in one piece have all been answered. */
static inline bool fv_pipeline_is_proven(const struct fv_pipeline *p)
{
    return p->proven;
}

/* Whether this connection has given a whole answer. */
static inline bool fv_pipeline_has_served(const struct fv_pipeline *p)
{
    return p->served > 0;
}

/* Whether one more request may be sent with pending ones unanswered, of which the first has so many bytes to come. */
bool fv_pipeline_may_send(struct fv_pipeline *p, size_t pending, uint64_t left_bytes);

/* One more was sent: so many are unanswered now. */
void fv_pipeline_sent(struct fv_pipeline *p, size_t pending);

/* What was gathered goes out now. */
void fv_pipeline_out(struct fv_pipeline *p);

/* The first byte of an answer came so long after its request, which had the line to itself. */
void fv_pipeline_first_byte(struct fv_pipeline *p, int64_t took_us);
/* An answer was read to its end, so many are unanswered behind it: its content, and the time since it began to come. */
void fv_pipeline_answered(struct fv_pipeline *p, size_t pending, uint64_t size_bytes,
                          int64_t took_us);
/* The same: it has ended so long after the one before, behind which it was in flight. */
void fv_pipeline_followed(struct fv_pipeline *p, int64_t gap_us);
/* Answers that come in a round trip where as many are in flight: with fewer the line is idle. At least 1; 1 while that is not known. */
size_t fv_pipeline_in_a_trip(const struct fv_pipeline *p);
/* The server has ended the connection behind a whole answer. */
void fv_pipeline_ended(struct fv_pipeline *p);
/* Whether the connection gives no more answers than pending ones, as far as is known. */
static inline bool fv_pipeline_is_spent(const struct fv_pipeline *p, size_t pending)
{
    return p->quota > 0 && p->served + pending >= p->quota;
}
/* The connection has ended with requests unanswered. */
void fv_pipeline_ended_early(struct fv_pipeline *p);
/* The connection was closed over an answer that nobody wanted, with so many requests behind it, which are sent again: half as many go ahead then, FV_PIPELINE_START at most. */
void fv_pipeline_wasted(struct fv_pipeline *p, size_t pending);
/* What came was not what was due, or nothing did behind an answer, or there can be no second connection: from now on one request at a
 * time. */
void fv_pipeline_doubt(struct fv_pipeline *p);

#endif
