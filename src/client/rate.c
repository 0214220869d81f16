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

enum fv_err fv_rate_pay(struct fv_rate_limit *l, size_t n, int64_t end_us)
{
    if (l->bytes_per_s == 0) {
        return FV_OK;
    }
    int64_t now = l->clock->now(l->clock->ctx);
    if (l->earned_us < now) {
        l->earned_us = now;
    }
    l->earned_us = fv_num_add_clamped(l->earned_us, cost_us(n, l->bytes_per_s));
    if (l->earned_us - now <= BURST_US) {
        return FV_OK;
    }
    bool late = l->earned_us > end_us;
    enum fv_err err = l->clock->sleep(l->clock->ctx, late ? end_us : l->earned_us);
    l->waited_us += l->clock->now(l->clock->ctx) - now;
    return err == FV_OK && late ? FV_E_TIMEOUT : err;
}

void fv_rate_begin(struct fv_rate_floor *f)
{
    f->running = false;
    f->window_us = 0;
    f->window_bytes = 0;
}

/* Add the time that has passed to the window. */
static void count_time(struct fv_rate_floor *f)
{
    int64_t now = f->clock->now(f->clock->ctx);
    int64_t waited_us = f->limit->waited_us;
    f->window_us += f->running ? now - f->since_us - (waited_us - f->waited_us) : 0;
    f->since_us = now;
    f->waited_us = waited_us;
}

void fv_rate_resume(struct fv_rate_floor *f)
{
    count_time(f);
    f->running = true;
}

void fv_rate_pause(struct fv_rate_floor *f)
{
    count_time(f);
    f->running = false;
}

enum fv_err fv_rate_watch(struct fv_rate_floor *f, size_t n)
{
    if (f->bytes_per_s == 0) {
        return FV_OK;
    }
    count_time(f);
    f->window_bytes += n;
    if (f->window_us >= (int64_t)f->window_ms * 1000) {
        uint64_t wanted = 0;
        uint64_t ms = (uint64_t)f->window_us / 1000;
        bool slow = !fv_num_mul(f->bytes_per_s, ms, &wanted) || f->window_bytes < wanted / 1000;
        f->window_us = 0;
        f->window_bytes = 0;
        return slow ? FV_E_SLOW : FV_OK;
    }
    return FV_OK;
}
