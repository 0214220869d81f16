/* SPDX-License-Identifier: MIT */
#include "client/pace.h"

/* added to the gap: timers and network delays vary */
#define MARGIN_US 20000
#define LEAST_US 50000

bool fv_pace_is_narrow(const struct fv_pace *p)
{
    return p->gap_us > 0;
}

void fv_pace_sent(struct fv_pace *p, int64_t now_us)
{
    p->next_us = p->gap_us > 0 ? now_us + p->gap_us + MARGIN_US : 0;
}

void fv_pace_refused(struct fv_pace *p, uint16_t status, int64_t retry_after_s, int64_t now_us)
{
    if (retry_after_s < 0 && status == 429) {
        retry_after_s = 1; /* the limit is not known: begin with one request a second */
    }
    if (retry_after_s <= 0 || (status != 429 && status != 503)) {
        return;
    }
    p->gap_us = retry_after_s * 1000 < FV_PACE_GAP_MS ? retry_after_s * 1000000
                                                      : FV_PACE_GAP_MS * INT64_C(1000);
    p->good = 0;
    fv_pace_sent(p, now_us); /* for the next request, whether a retry or another one */
}

void fv_pace_accepted(struct fv_pace *p)
{
    if (p->gap_us == 0 || ++p->good < FV_PACE_GOOD) {
        return;
    }
    p->good = 0;
    p->gap_us /= 2;
    if (p->gap_us < LEAST_US) {
        p->gap_us = p->next_us = 0;
    }
}
