/* SPDX-License-Identifier: MIT */
/*
 * A RISC-V core in machine mode, 32 bits: the first instruction, the timer of its CLINT, traps.
 * Nothing runs in interrupts: the timer interrupt ends the core's sleep without being taken.
 */
#ifndef FV_PORT_RISCV_H
#define FV_PORT_RISCV_H

#include "port/bare/bare.h"

/* The first instruction, at the start of section .vectors: it parks all harts except number 0, sets
 * stack, global pointer and trap vector, and goes on with fv_bare_start(). The board's link.ld
 * names it: ENTRY(fv_riscv_start). */
void fv_riscv_start(void);

/* Start the clock. clint: address of the CLINT (or ACLINT); hz: frequency of its mtime.
 * fv_board_init() must call this. */
void fv_riscv_clock_init(uintptr_t clint, uint32_t hz);

#endif
