/* SPDX-License-Identifier: MIT */
/*
 * The chip: clock, pins, UART0 for the log, the vector table.
 */
#include "lm3s.h"
#include "port/cortexm/cortexm.h"

#define PLL_LOCKED (1u << 6)
#define FIFO_FULL (1u << 5)

/* 50 MHz from the 8 MHz crystal through the PLL (data sheet 5.3, "Initialization and
 * configuration"). */
static void clock_up(void)
{
    uint32_t rcc = SYSCTL_RCC;
    rcc = (rcc | 1u << 11) & ~(1u << 22); /* bypass the PLL, no divider */
    SYSCTL_RCC = rcc;
    rcc &= ~(0x3C0u | 0x30u | 1u << 13 | 1u); /* crystal, source, PLL power, main oscillator */
    rcc |= 0xEu << 6;                         /* 8 MHz */
    SYSCTL_RCC = rcc;
    rcc = (rcc & ~(0xFu << 23)) | 3u << 23 | 1u << 22; /* 200 MHz / 4 */
    SYSCTL_RCC = rcc;
    for (unsigned i = 0; i < 100000 && (SYSCTL_RIS & PLL_LOCKED) == 0; i++) {
    }
    SYSCTL_RCC = rcc & ~(1u << 11);
}

void fv_board_init(void)
{
    clock_up();
    SYSCTL_RCGC1 |= 1u << 0 | 1u << 4;                                 /* UART0, SSI0 */
    SYSCTL_RCGC2 |= 1u << 30 | 1u << 28 | 1u << 5 | 1u << 3 | 1u << 0; /* PHY, MAC, ports F, D, A */
    GPIO_AFSEL(GPIO_A) |= 0x37; /* UART0 on PA0, PA1; SSI0 on PA2, PA4, PA5 */
    GPIO_DEN(GPIO_A) |= 0x37;
    GPIO_AFSEL(GPIO_F) |= 0x0C; /* the lamps of the Ethernet jack */
    GPIO_DEN(GPIO_F) |= 0x0C;
    UART_IBRD = 27; /* 115,200 baud: 50 MHz / 16 / 27.127 */
    UART_FBRD = 8;
    UART_LCRH = 0x70; /* 8 bits, FIFOs */
    UART_CTL = 0x301; /* enable transmitter and receiver */
    fv_cortexm_clock_init(CPU_HZ);
}

void fv_board_write(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        while ((UART_FR & FIFO_FULL) != 0) {
        }
        UART_DR = (uint8_t)text[i];
    }
}

/* The driver polls the controller; its interrupt only has to end the core's sleep, once. */
static void on_ethernet(void)
{
    MAC_IM = 0;
}

extern uint32_t fv_stack_top[];
typedef void handler(void);

struct vectors {
    uint32_t *stack;
    handler *system[15];
    handler *interrupt[IRQ_ETHERNET + 1];
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
    .interrupt = {[IRQ_ETHERNET] = on_ethernet},
};
