/* SPDX-License-Identifier: MIT */
/*
 * A Cortex-M core (ARMv7-M): the functions for the vector table, and SysTick, whose interrupt comes
 * once a millisecond and only counts. All other code runs outside interrupts. The reset vector is
 * fv_bare_start() (port/bare/bare.h).
 */
#ifndef FV_PORT_CORTEXM_H
#define FV_PORT_CORTEXM_H

#include "port/bare/bare.h"

/* For the vectors of faults: writes which fault it is, and ends through fv_board_end(). It sets up
 * the stack anew first, because most faults come from a stack overflow. */
void fv_cortexm_fault(void);

/* For the vector of SysTick. */
void fv_cortexm_tick(void);

/* Start SysTick; cpu_hz is the speed of the core. fv_board_init() must call this. */
void fv_cortexm_clock_init(uint32_t cpu_hz);

#endif
