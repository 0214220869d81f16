/* SPDX-License-Identifier: MIT */
#include "client/rate.h"

#include "base/num.h"

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
