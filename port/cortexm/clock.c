#include "port/cortexm/cortexm.h"

/* ARMv7-M Architecture Reference Manual B3.3. */
static volatile uint32_t *const systick_control = (volatile uint32_t *)0xE000E010;
static volatile uint32_t *const systick_reload = (volatile uint32_t *)0xE000E014;
static volatile uint32_t *const systick_value = (volatile uint32_t *)0xE000E018;

static volatile uint32_t ticks, epoch; /* milliseconds; how often ticks began anew */
static volatile int cancelled;
static struct fv_port_idle idle;
static uint32_t cycles_per_us = 1;
static int64_t wall_offset = INT64_MIN; /* wall time at now = 0 */

void fv_cortexm_tick(void)
{
    ticks++;
    if (ticks == 0) {
        epoch++;
    }
}

void fv_cortexm_clock_init(uint32_t cpu_hz)
{
    cycles_per_us = cpu_hz / 1000000;
    *systick_reload = cycles_per_us * 1000 - 1;
    *systick_value = 0;
    *systick_control = 7; /* core clock, interrupt, on */
}

/* A read that a tick came into is made again. In the moments between the wrap of the counter and its interrupt the result would run
 * backwards, so what has been given out once is the least that is given out later. */
int64_t fv_cortexm_now(void)
{
    static int64_t last;
    uint32_t high, low, left;
    int64_t us;

    do {
        high = epoch;
        low = ticks;
        left = *systick_value;
    } while (low != ticks || high != epoch);
    us = (int64_t)(((uint64_t)high << 32 | low) * 1000) + (*systick_reload - left) / cycles_per_us;
    if (us > last) {
        last = us;
    }
    return last;
}

void fv_cortexm_set_wall(int64_t wall_us)
{
    wall_offset = wall_us == INT64_MIN ? INT64_MIN : wall_us - fv_cortexm_now();
}

void fv_cortexm_cancel(int on)
{
    cancelled = on;
}

static int64_t clock_now(void *ctx)
{
    (void)ctx;
    return fv_cortexm_now();
}

static int64_t clock_wall(void *ctx)
{
    (void)ctx;
    return wall_offset == INT64_MIN ? INT64_MIN : wall_offset + fv_cortexm_now();
}

static enum fv_err clock_sleep(void *ctx, int64_t deadline_us)
{
    (void)ctx;
    while (fv_cortexm_now() < deadline_us) {
        if (fv_port_cancelled(&fv_cortexm_clock)) {
            return FV_E_CANCELLED;
        }
        __asm volatile("wfi");
    }
    return cancelled ? FV_E_CANCELLED : FV_OK;
}

static int clock_cancelled(void *ctx)
{
    (void)ctx;
    return cancelled;
}

const struct fv_port_clock fv_cortexm_clock = {
    .now = clock_now,
    .wall = clock_wall,
    .sleep = clock_sleep,
    .cancelled = clock_cancelled,
    .idle = &idle,
};
