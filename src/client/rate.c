#include "client/rate.h"

#include "base/num.h"

/* Bytes may run ahead of the limit by this much, so that a wait is worth a system call. */
#define BURST_US 50000

void fv_rate_init(struct fv_rate *r, const struct fv_port_clock *clock)
{
    *r = (struct fv_rate){.clock = clock};
}

void fv_rate_begin(struct fv_rate *r)
{
    r->window_start = r->clock->now(r->clock->ctx);
    r->window_bytes = 0;
}

/* Microseconds that n bytes take at `rate` bytes a second; n is at most a buffer's size. */
static int64_t cost_us(size_t n, uint64_t rate)
{
    uint64_t us = 0;
    if (!fv_num_mul(n, 1000000, &us)) {
        return INT64_MAX / 2;
    }
    return (int64_t)(us / rate);
}

static enum fv_err pay(struct fv_rate *r, size_t n, int64_t now)
{
    if (r->earned_us < now) {
        r->earned_us = now;
    }
    r->earned_us = fv_num_add_clamped(r->earned_us, cost_us(n, r->limit));
    if (r->earned_us - now > BURST_US) {
        return r->clock->sleep(r->clock->ctx, r->earned_us);
    }
    return FV_OK;
}

enum fv_err fv_rate_count(struct fv_rate *r, size_t n)
{
    if (r->limit == 0 && r->floor == 0) {
        return FV_OK;
    }
    int64_t now = r->clock->now(r->clock->ctx);
    r->window_bytes += n;
    if (r->floor != 0 && now - r->window_start >= (int64_t)r->window_ms * 1000) {
        uint64_t wanted = 0;
        uint64_t ms = (uint64_t)(now - r->window_start) / 1000;
        if (!fv_num_mul(r->floor, ms, &wanted) || r->window_bytes < wanted / 1000) {
            return FV_E_SLOW;
        }
        r->window_start = now;
        r->window_bytes = 0;
    }
    return r->limit != 0 ? pay(r, n, now) : FV_OK;
}
