/* SPDX-License-Identifier: MIT */
/*
 * Detects a response that is not the one that is due, while several requests are in flight. It may
 * refuse a response, but never assigns one to a file.
 *
 * HTTP/1.1 does not number requests: the n-th response belongs to the n-th request (RFC 9112
 * 9.3.2). If a server or proxy sends responses in another order, leaves one out or sends one too
 * many, the content of one file would be stored under the name of another (or a Location would lead
 * to it), and each response would be complete and valid.
 *
 * Last-Modified can show this, if the portal sends the date of its listing, to the second. The
 * first responses show whether it does. From then on, a response with another date is refused, the
 * connection is given up, and that file, like everything after it, is requested alone. If the
 * response is then the same, the listing was wrong, and several requests may be in flight again.
 * After FV_ORDER_MISTAKES such cases the dates are ignored.
 *
 * The target of redirects has an order of its own. A response of it counts as alone only if the
 * request that led to it was alone.
 *
 * Not detectable: two files with the same second; a connection on which Last-Modified is missing or
 * is not the date of the listing. Use --pipeline 1 for servers that may do this. Resumed files are
 * always safe: their validator and Content-Range are checked, and their requests are sent alone.
 */
#ifndef FV_CLIENT_ORDER_H
#define FV_CLIENT_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#define FV_ORDER_MISTAKES 3

/* What a client knows about the dates of its portal, or of the targets of redirects. Zero:
 * nothing. */
struct fv_order {
    enum { FV_ORDER_UNKNOWN, FV_ORDER_AGREES, FV_ORDER_DIFFERS } dates;
    unsigned mistakes; /* responses refused that were right; up to FV_ORDER_MISTAKES */
    bool doubted;      /* only one request at a time may be in flight */
};

/* What is known about the date of a successful response. */
struct fv_order_response {
    int64_t listed_us;  /* date of the file in the listing */
    int64_t date_us;    /* Last-Modified; INT64_MIN: none */
    bool alone;         /* no other request was in flight since this one was sent */
    bool of_another;    /* the date is that of another file in flight; only used while UNKNOWN */
    bool refused;       /* a response for this file was refused before */
    int64_t refused_us; /* and this was the date of that response */
};

/* Return whether the response fits. false: give up the connection, and request the file again,
 * alone. */
bool fv_order_fits(struct fv_order *o, const struct fv_order_response *r);

/* Return whether two instants are in the same second. */
bool fv_order_same_second(int64_t a_us, int64_t b_us);

#endif
