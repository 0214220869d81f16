/*
 * Speed of a transfer: --speed-limit and --speed-time find out that it crawls, whatever --limit-rate (client/rate_limit.h) lets through.
 */
#ifndef FV_CLIENT_RATE_H
#define FV_CLIENT_RATE_H

#include "base/err.h"
#include "port/port.h"

#include <stdbool.h>

struct fv_rate_limit {
    const struct fv_port_clock *clock;
    uint64_t bytes_per_s; /* at most; 0: no limit */
    int64_t earned_us; /* instant up to which the bytes received so far are paid for; 0 at first */
    int64_t waited_us; /* in all, for the limit or for a name's addresses */
};

/* The window spans attempts: it counts the time in which content was expected, not the pauses between, nor those that the
 * limit asks for, nor those in which a connection is made. */
struct fv_rate_floor {
    const struct fv_port_clock *clock;
    uint64_t bytes_per_s; /* at least; 0: no floor */
    uint32_t window_ms;   /* over which that is an average */
    const struct fv_rate_limit *limit;
    bool running;      /* content is expected */
    int64_t since_us;  /* instant from which time has not been added yet */
    int64_t waited_us; /* limit's, then */
    int64_t window_us; /* time in the window, without what has passed since since_us */
    uint64_t window_bytes;
};

/* A transfer begins, and its first window. */
void fv_rate_begin(struct fv_rate_floor *f);
/* Content is expected from now on; or no longer, until an attempt has a response again. */
void fv_rate_resume(struct fv_rate_floor *f);
void fv_rate_pause(struct fv_rate_floor *f);
/* n bytes of it arrived. FV_OK, FV_E_SLOW. */
enum fv_err fv_rate_watch(struct fv_rate_floor *f, size_t n) FV_MUSTUSE;

#endif
