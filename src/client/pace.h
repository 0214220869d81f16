/*
 * How fast a portal may be asked, over all connections, after it said "too many" (429) or "not now" (503): one request at a time on
 * each, a gap apart.
 *
 * The gap is what Retry-After asked for, at most FV_PACE_GAP_MS, and is halved after every FV_PACE_GOOD responses that were no
 * such refusal, until it is nothing.
 */
#ifndef FV_CLIENT_PACE_H
#define FV_CLIENT_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define FV_PACE_GAP_MS 2000
#define FV_PACE_GOOD 8

/* Zero: no limit. */
struct fv_pace {
    int64_t gap_us;  /* between two requests; 0: several may be in flight */
    int64_t next_us; /* instant before which none may be sent */
    unsigned good;   /* of FV_PACE_GOOD */
};

/* Whether one request at a time may be sent. */
bool fv_pace_is_narrow(const struct fv_pace *p);
/* A request is sent. */
void fv_pace_sent(struct fv_pace *p, int64_t now_us);
/* The response to a request was a refusal that asks for so many seconds; -1: it does not say. The gap begins now. */
void fv_pace_refused(struct fv_pace *p, uint16_t status, int64_t retry_after_s, int64_t now_us);
/* It was none. */
void fv_pace_answered(struct fv_pace *p);

#endif
