/* SPDX-License-Identifier: MIT */
/*
 * The speed of a transfer. --speed-limit and --speed-time detect a transfer that is too slow,
 * without counting the time that --limit-rate (client/rate_limit.h) takes.
 */
#ifndef FV_CLIENT_RATE_H
#define FV_CLIENT_RATE_H

#include "base/err.h"
#include "port/port.h"

#include <stdbool.h>

struct fv_rate_limit {
    const struct fv_port_clock *clock;
    uint64_t bytes_per_s; /* at most; 0: no limit */
    /* instant at which the bytes so far would have arrived at that rate; 0 at first */
    int64_t earned_us;
    int64_t waited_us; /* sum of the pauses for the limit and of lookups of names */
};

/* The window goes on over attempts. It counts the time in which content was expected, and not the
 * pauses between attempts, the pauses for the limit, or the time for opening a connection. */
struct fv_rate_floor {
    const struct fv_port_clock *clock;
    uint64_t bytes_per_s; /* at least; 0: no lower limit */
    uint32_t window_ms;   /* length of the window, for the average */
    const struct fv_rate_limit *limit;
    bool running;      /* content is expected */
    int64_t since_us;  /* instant up to which time was added to the window */
    int64_t waited_us; /* limit->waited_us at that instant */
    int64_t window_us; /* time in the window, up to since_us */
    uint64_t window_bytes;
};

/* Begin the first window of a transfer. */
void fv_rate_begin(struct fv_rate_floor *f);
/* From now on content is expected; or is not, until the next attempt has a response. */
void fv_rate_resume(struct fv_rate_floor *f);
void fv_rate_pause(struct fv_rate_floor *f);
/* n bytes of content arrived. FV_OK; FV_E_SLOW: too slow. */
enum fv_err fv_rate_watch(struct fv_rate_floor *f, size_t n) FV_MUSTUSE;

#endif
