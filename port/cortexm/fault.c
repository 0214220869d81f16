/* SPDX-License-Identifier: MIT */
#include "port/cortexm/cortexm.h"

__attribute__((naked)) void fv_cortexm_fault(void)
{
    __asm volatile("mov r0, sp\n"
                   "movw r1, #:lower16:fv_stack_top\n"
                   "movt r1, #:upper16:fv_stack_top\n"
                   "mov sp, r1\n"
                   "bl fv_bare_trapped\n");
}
