/* SPDX-License-Identifier: MIT */
#include "port/cortexm/cortexm.h"

/* ARMv7-M Architecture Reference Manual B3.3. */
static volatile uint32_t *const systick_control = (volatile uint32_t *)0xE000E010;
static volatile uint32_t *const systick_reload = (volatile uint32_t *)0xE000E014;
static volatile uint32_t *const systick_value = (volatile uint32_t *)0xE000E018;

static volatile uint32_t ticks, epoch; /* milliseconds; number of overflows of ticks */
static uint32_t cycles_per_us = 1;

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

/* A read that a tick has interrupted is repeated. Between the overflow of the counter and its
 * interrupt, the result would be too small, so no result is less than an earlier one. */
int64_t fv_bare_now(void)
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

void fv_bare_idle(void)
{
    __asm volatile("wfi");
}
