/* SPDX-License-Identifier: MIT */
#include "client/backoff.h"

void fv_backoff_init(struct fv_backoff *b, uint32_t budget, uint64_t step)
{
    *b = (struct fv_backoff){.budget = budget, .step = step, .retry_after_s = -1};
}

void fv_backoff_progress(struct fv_backoff *b, uint64_t offset, bool resumed)
{
    if (offset > b->reached && offset - b->reached >= b->step) {
        b->reached = offset;
        b->spent = resumed ? 0 : b->spent;
    }
}

/* A random number of 0 to limit. The bias of a remainder does not matter for jitter. */
static uint32_t jitter(const struct fv_port_entropy *entropy, uint32_t limit)
{
    uint8_t bytes[4];
    if (entropy->fill(entropy->ctx, bytes, sizeof bytes) != FV_OK) {
        return limit;
    }
    uint32_t v = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                 (uint32_t)bytes[3] << 24;
    return v % (limit + 1);
}

bool fv_backoff_next(struct fv_backoff *b, const struct fv_port_entropy *entropy,
                     uint32_t *delay_ms)
{
    if (b->spent >= b->budget) {
        return false;
    }
    uint32_t limit = FV_BACKOFF_CAP_MS;
    if (b->spent < 6) { /* 0.5 s * 2^6 is above the upper limit */
        limit = FV_BACKOFF_FIRST_MS << b->spent;
    }
    if (b->retry_after_s >= 0) {
        int64_t asked =
            b->retry_after_s < FV_RETRY_AFTER_CAP_S ? b->retry_after_s : FV_RETRY_AFTER_CAP_S;
        *delay_ms = (uint32_t)asked * 1000u;
    }
    /* Retry-After: 0 may be a part of a second, rounded down. So it is used only for the first
     * retry. */
    if (b->retry_after_s < 0 || (b->retry_after_s == 0 && b->spent > 0)) {
        *delay_ms = jitter(entropy, limit);
    }
    b->retry_after_s = -1;
    b->spent++;
    return true;
}
