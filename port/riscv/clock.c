/* SPDX-License-Identifier: MIT */
#include "port/riscv/riscv.h"

#define TIMER_INTERRUPT (1u << 7) /* in mie */

static volatile uint32_t *time_low, *time_high, *compare; /* compare: low, high */
static uint32_t ticks_per_s = 1000000;
static uint64_t start;

/* Read a 64-bit counter in two parts; repeated if the upper half has changed. */
static uint64_t ticks(void)
{
    uint32_t high, low;
    do {
        high = *time_high;
        low = *time_low;
    } while (*time_high != high);
    return (uint64_t)high << 32 | low;
}

void fv_riscv_clock_init(uintptr_t clint, uint32_t hz)
{
    compare = (volatile uint32_t *)(clint + 0x4000); /* of hart 0 */
    time_low = (volatile uint32_t *)(clint + 0xBFF8);
    time_high = time_low + 1;
    ticks_per_s = hz;
    start = ticks();
}

int64_t fv_bare_now(void)
{
    uint64_t t = ticks() - start;
    return (int64_t)(t / ticks_per_s * 1000000 + t % ticks_per_s * 1000000 / ticks_per_s);
}

/* wfi ends when an interrupt is enabled in mie, even if it is not taken. */
void fv_bare_idle(void)
{
    uint64_t until = ticks() + ticks_per_s / 1000 + 1;
    compare[1] = UINT32_MAX; /* the comparison must not be in the past meanwhile */
    compare[0] = (uint32_t)until;
    compare[1] = (uint32_t)(until >> 32);
    __asm volatile("csrs mie, %0\n"
                   "wfi" ::"r"(TIMER_INTERRUPT)
                   : "memory");
}
