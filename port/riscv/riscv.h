/*
 * A RISC-V core in machine mode: the first instruction, the timer of its CLINT, traps. Nothing runs in interrupts: the timer's ends the
 * core's sleep without being taken. Code and data of 32 bits.
 */
#ifndef FV_PORT_RISCV_H
#define FV_PORT_RISCV_H

#include "port/bare/bare.h"

/* Where the core begins, first in the section .vectors: parks all harts but number 0, sets stack, global pointer and trap vector, goes on with
 * fv_bare_start(). The board's link.ld names it: ENTRY(fv_riscv_start). */
void fv_riscv_start(void);

/* Start the clock: where the CLINT (or ACLINT) is, and how fast its mtime counts. To be called by fv_board_init(). */
void fv_riscv_clock_init(uintptr_t clint, uint32_t hz);

#endif
