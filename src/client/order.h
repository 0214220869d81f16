/*
 * Whether a response may be the one that is due, where several requests are in flight: it may refuse one, never assign one.
 *
 * HTTP/1.1 gives requests no number: the n-th response belongs to the n-th request (RFC 9112 9.3.2), and a server or proxy that
 * answers in another order, leaves one out or gives one too many puts a file's content under another's name (or, by a
 * Location, leads to it), each of them
 * whole and well-formed. What tells is Last-Modified where the portal's is the date of its listing, to the second: the
 * first responses show whether it is. From then on a response with another date is refused, the connection given up, and the
 * file asked for alone, as everything is from then on. If the response is the same then, the listing is what was wrong, and
 * requests are sent ahead again; after FV_ORDER_MISTAKES of these dates count for nothing.
 *
 * Where the portal redirects to has an order of its own, and a response is alone only if what led to it was.
 *
 * What cannot be known: two files of the same second; and any connection where Last-Modified is missing or is not the date of
 * the listing. --pipeline 1 is for servers of which that is to be feared. Resumed files are safe in any case: validator
 * and Content-Range are checked, and their requests are not sent ahead.
 */
#ifndef FV_CLIENT_ORDER_H
#define FV_CLIENT_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#define FV_ORDER_MISTAKES 3

/* What a client knows of its portal, or of where that redirects to. Zero: nothing. */
struct fv_order {
    enum { FV_ORDER_UNKNOWN, FV_ORDER_AGREES, FV_ORDER_DIFFERS } dates;
    unsigned mistakes; /* of FV_ORDER_MISTAKES */
    bool doubted;      /* ask for one thing at a time */
};

/* A successful response, as far as its date goes. */
struct fv_order_response {
    int64_t listed_us;  /* date that the listing has for the file */
    int64_t date_us;    /* Last-Modified; INT64_MIN: none */
    bool alone;         /* nothing else was in flight, from the request on */
    bool of_another;    /* the date is that of another file in flight; not asked unless UNKNOWN */
    bool refused;       /* this file's response was refused before, */
    int64_t refused_us; /* with that date */
};

/* Return whether it fits. false: give up the connection and ask again, alone. */
bool fv_order_fits(struct fv_order *o, const struct fv_order_response *r);

/* Whether two instants are of the same second. */
bool fv_order_same_second(int64_t a_us, int64_t b_us);

#endif
