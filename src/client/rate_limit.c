/* SPDX-License-Identifier: MIT */
#include "client/rate_limit.h"

#include "base/num.h"

/* Bytes may run ahead of the limit by this much, so that a wait is worth a system call. */
#define BURST_US 50000

const bool fv_rate_limit_linked = true;

/* Microseconds that n bytes take at `rate` bytes a second; n is at most a buffer's size. */
static int64_t cost_us(size_t n, uint64_t rate)
{
    uint64_t us = 0;
    if (!fv_num_mul(n, 1000000, &us)) {
        return INT64_MAX / 2;
    }
    return (int64_t)(us / rate);
}

enum fv_err fv_rate_limit_pay(struct fv_rate_limit *l, size_t n, int64_t end_us)
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
