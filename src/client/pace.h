/* SPDX-License-Identifier: MIT */
/*
 * How fast requests may be sent to a portal, over all connections, after a 429 (Too Many Requests)
 * or 503 (Service Unavailable): one request at a time on each connection, with a gap between two
 * requests.
 *
 * The gap is the time of Retry-After, at most FV_PACE_GAP_MS. It is halved after every FV_PACE_GOOD
 * responses with another status, until it is zero.
 */
#ifndef FV_CLIENT_PACE_H
#define FV_CLIENT_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define FV_PACE_GAP_MS 2000
#define FV_PACE_GOOD 8

/* Zero: no limit. */
struct fv_pace {
    int64_t gap_us;  /* between two requests; 0: no limit */
    int64_t next_us; /* no request may be sent before this instant */
    unsigned good;   /* responses in a row with another status, up to FV_PACE_GOOD */
};

/* Return whether only one request at a time may be in flight on a connection. */
bool fv_pace_is_narrow(const struct fv_pace *p);
/* A request was sent. */
void fv_pace_sent(struct fv_pace *p, int64_t now_us);
/* A request failed with status. retry_after_s: its Retry-After; -1: none. If the status is 429 or
 * 503, the gap is set and begins now. */
void fv_pace_refused(struct fv_pace *p, uint16_t status, int64_t retry_after_s, int64_t now_us);
/* A response had another status than 429 and 503. */
void fv_pace_accepted(struct fv_pace *p);

#endif
