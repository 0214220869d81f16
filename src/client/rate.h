/*
 * Speed of a transfer: --limit-rate slows it down, --speed-limit and --speed-time find out that it crawls.
 */
#ifndef FV_CLIENT_RATE_H
#define FV_CLIENT_RATE_H

#include "base/err.h"
#include "port/port.h"

struct fv_rate {
    const struct fv_port_clock *clock;
    uint64_t limit;       /* bytes a second at most; 0: none */
    uint64_t floor;       /* bytes a second at least; 0: none */
    uint32_t window_ms;   /* over which floor is an average */
    int64_t earned_us;    /* instant up to which the bytes received so far are paid for */
    int64_t window_start; /* instant */
    uint64_t window_bytes;
};

void fv_rate_init(struct fv_rate *r, const struct fv_port_clock *clock);
/* A transfer begins: the window of the floor starts anew. */
void fv_rate_begin(struct fv_rate *r);
/* n bytes arrived: waits as long as the limit asks. FV_OK, FV_E_SLOW, FV_E_CANCELLED. */
enum fv_err fv_rate_count(struct fv_rate *r, size_t n) FV_MUSTUSE;

#endif
