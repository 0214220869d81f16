/* SPDX-License-Identifier: MIT */
/*
 * The chip: UART0 for the log, the clock. Core and buses run from the crystal of 33.3 MHz, as after
 * a reset.
 */
#include "fu540.h"
#include "port/riscv/riscv.h"

#define FULL 0x80000000u
#define TX_BELOW_WATERMARK 1u
#define BUS_HZ 16666667u

void fv_board_init(void)
{
    UART_DIV = BUS_HZ / 115200 - 1;
    UART_TXCTRL = 1u << 16 | 1; /* on; its watermark is an empty queue */
    fv_riscv_clock_init(CLINT, CLINT_HZ);
}

void fv_board_write(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        while ((UART_TX & FULL) != 0) {
        }
        UART_TX = (uint8_t)text[i];
    }
    while ((UART_IP & TX_BELOW_WATERMARK) == 0) {
    }
}
