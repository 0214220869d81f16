/*
 * A Cortex-M (ARMv7-M): what the vector table points to, and SysTick, which interrupts once a millisecond and does nothing but count. All
 * else runs outside of interrupts. The reset vector is fv_bare_start() (port/bare/bare.h).
 */
#ifndef FV_PORT_CORTEXM_H
#define FV_PORT_CORTEXM_H

#include "port/bare/bare.h"

/* For the vectors of faults: says which one, and ends through fv_board_end(). Sets the stack up anew first, since an overflow
 * of it is what brings most faults. */
void fv_cortexm_fault(void);

/* For the vector of SysTick. */
void fv_cortexm_tick(void);

/* Start SysTick on a core of that speed. To be called by fv_board_init(). */
void fv_cortexm_clock_init(uint32_t cpu_hz);

#endif
