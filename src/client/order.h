/*
 * Whether an answer is the one that is due, where several requests are in flight.
 *
 * HTTP/1.1 gives requests no number: the n-th answer belongs to the n-th request (RFC 9112 9.3.2), and a server or proxy that
 * answers in another order, leaves one out or gives one too many puts a file's content under another's name, each of
 * them whole and well-formed. What tells is Last-Modified where the portal's is the date of its listing, to the second: the
 * first answers show whether it is. From then on an answer with another date is refused, the connection given up, and the
 * file asked for alone, as everything is from then on. If the answer is the same then, the listing is what was wrong, and
 * requests are sent ahead again; after FV_ORDER_MISTAKES of these dates count for nothing.
 *
 * What cannot be known: two files of the same second; and any exchange where Last-Modified is missing or is not the date of
 * the listing. --pipeline 1 is for servers of which that is to be feared. Resumed files are safe in any case: validator
 * and Content-Range are checked, and their requests are not sent ahead.
 */
#ifndef FV_CLIENT_ORDER_H
#define FV_CLIENT_ORDER_H

#include "parse/head.h"

#include <stdbool.h>
#include <stdint.h>

#define FV_ORDER_MISTAKES 3

struct fv_lane;
struct fv_transfer;

/* What a client knows of its portal. Zero: nothing. */
struct fv_order {
    enum { FV_ORDER_UNKNOWN, FV_ORDER_AGREES, FV_ORDER_DIFFERS } dates;
    unsigned mistakes; /* of FV_ORDER_MISTAKES */
};

/* Whether head, of a successful answer, may be that of t, which is due on l. false: close the connection and ask again, alone. */
bool fv_order_fits(struct fv_lane *l, struct fv_transfer *t, const struct fv_head *head);

#endif
