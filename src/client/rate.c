#include "client/rate.h"

#include "base/num.h"

/* Bytes may run ahead of the limit by this much, so that a wait is worth a system call. */
#define BURST_US 50000

/* Microseconds that n bytes take at `rate` bytes a second; n is at most a buffer's size. */
static int64_t cost_us(size_t n, uint64_t rate)
{
    uint64_t us = 0;
    if (!fv_num_mul(n, 1000000, &us)) {
        return INT64_MAX / 2;
    }
    return (int64_t)(us / rate);
}

enum fv_err fv_rate_pay(struct fv_rate_limit *l, size_t n)
{
    if (l->bytes_per_s == 0) {
        return FV_OK;
    }
    int64_t now = l->clock->now(l->clock->ctx);
    if (l->earned_us < now) {
        l->earned_us = now;
    }
    l->earned_us = fv_num_add_clamped(l->earned_us, cost_us(n, l->bytes_per_s));
    return l->earned_us - now > BURST_US ? l->clock->sleep(l->clock->ctx, l->earned_us) : FV_OK;
}

void fv_rate_begin(struct fv_rate_floor *f)
{
    f->window_start = f->clock->now(f->clock->ctx);
    f->window_bytes = 0;
}

enum fv_err fv_rate_watch(struct fv_rate_floor *f, size_t n)
{
    if (f->bytes_per_s == 0) {
        return FV_OK;
    }
    int64_t now = f->clock->now(f->clock->ctx);
    f->window_bytes += n;
    if (now - f->window_start >= (int64_t)f->window_ms * 1000) {
        uint64_t wanted = 0;
        uint64_t ms = (uint64_t)(now - f->window_start) / 1000;
        if (!fv_num_mul(f->bytes_per_s, ms, &wanted) || f->window_bytes < wanted / 1000) {
            return FV_E_SLOW;
        }
        f->window_start = now;
        f->window_bytes = 0;
    }
    return FV_OK;
}
