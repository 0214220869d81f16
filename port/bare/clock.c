/* SPDX-License-Identifier: MIT */
#include "port/bare/bare.h"

static volatile int cancelled;
static struct fv_port_idle_call idle;
static int64_t wall_offset = INT64_MIN; /* wall time at now = 0 */

void fv_bare_set_wall(int64_t wall_us)
{
    wall_offset = wall_us == INT64_MIN ? INT64_MIN : wall_us - fv_bare_now();
}

void fv_bare_cancel(int on)
{
    cancelled = on;
}

static int64_t clock_now(void *ctx)
{
    (void)ctx;
    return fv_bare_now();
}

static int64_t clock_wall(void *ctx)
{
    (void)ctx;
    return wall_offset == INT64_MIN ? INT64_MIN : wall_offset + fv_bare_now();
}

static enum fv_err clock_sleep(void *ctx, int64_t deadline_us)
{
    (void)ctx;
    while (fv_bare_now() < deadline_us) {
        if (fv_port_cancelled(&fv_bare_clock)) {
            return FV_E_CANCELLED;
        }
        fv_bare_idle();
    }
    return cancelled ? FV_E_CANCELLED : FV_OK;
}

static int clock_cancelled(void *ctx)
{
    (void)ctx;
    return cancelled;
}

const struct fv_port_clock fv_bare_clock = {
    .now = clock_now,
    .wall = clock_wall,
    .sleep = clock_sleep,
    .cancelled = clock_cancelled,
    .idle = &idle,
};
