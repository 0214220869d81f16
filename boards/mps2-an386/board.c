/* SPDX-License-Identifier: MIT */
/*
 * The FPGA image AN386: UART0 for the log, the vector table. Clocks need no set-up.
 */
#include "port/cortexm/cortexm.h"

#define REG(address) (*(volatile uint32_t *)(address))

/* CMSDK APB UART. */
#define UART_DATA REG(0x40004000)
#define UART_STATE REG(0x40004004)
#define UART_CTRL REG(0x40004008)
#define UART_BAUDDIV REG(0x40004010)
#define CPU_HZ 25000000u

void fv_board_init(void)
{
    UART_BAUDDIV = CPU_HZ / 115200;
    UART_CTRL = 1; /* transmit */
    fv_cortexm_clock_init(CPU_HZ);
}

void fv_board_write(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        while ((UART_STATE & 1u) != 0) {
        }
        UART_DATA = (uint8_t)text[i];
    }
}

extern uint32_t fv_stack_top[];
typedef void handler(void);

struct vectors {
    uint32_t *stack;
    handler *system[15];
};

__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    .stack = fv_stack_top,
    .system = {[0] = fv_bare_start,
               [1] = fv_cortexm_fault,
               [2] = fv_cortexm_fault,
               [3] = fv_cortexm_fault,
               [4] = fv_cortexm_fault,
               [5] = fv_cortexm_fault,
               [10] = fv_cortexm_fault,
               [11] = fv_cortexm_fault,
               [13] = fv_cortexm_fault,
               [14] = fv_cortexm_tick},
};
