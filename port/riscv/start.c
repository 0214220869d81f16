/* SPDX-License-Identifier: MIT */
#include "port/riscv/riscv.h"

void fv_riscv_trap(void);
void fv_riscv_park(void);

/* The RISC-V Instruction Set Manual, volume II, chapter 3. No C code can run yet. */
__attribute__((naked, used, section(".vectors"))) void fv_riscv_start(void)
{
    __asm volatile("csrci mstatus, 8\n" /* a boot program may have left interrupts on */
                   "csrw mie, zero\n"
                   "csrr t0, mhartid\n"
                   "bnez t0, 1f\n"
                   ".option push\n"
                   ".option norelax\n"
                   "la gp, __global_pointer$\n"
                   ".option pop\n"
                   "la sp, fv_stack_top\n"
                   "la t0, fv_riscv_trap\n"
                   "csrw mtvec, t0\n"
                   "tail fv_bare_start\n"
                   "1:\n"
                   "j fv_riscv_park\n");
}

/* Stop for ever: harts that are not used, and a panic that traps. */
__attribute__((naked, used, aligned(4))) void fv_riscv_park(void)
{
    __asm volatile("wfi\n"
                   "j fv_riscv_park\n");
}

/* The trap vector, only for exceptions. The stack is set up again first, because most exceptions
 * come from its overflow. If the board's functions that end the program trap too, they must not
 * come here again. */
__attribute__((naked, used, aligned(4))) void fv_riscv_trap(void)
{
    __asm volatile("la t0, fv_riscv_park\n"
                   "csrw mtvec, t0\n"
                   "mv a0, sp\n"
                   "la sp, fv_stack_top\n"
                   "tail fv_bare_trapped\n");
}
