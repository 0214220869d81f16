/* SPDX-License-Identifier: MIT */
/*
 * Registers of the LM3S6965 that this board uses (data sheet "Stellaris LM3S6965 Microcontroller").
 */
#ifndef FV_LM3S_H
#define FV_LM3S_H

#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))

/* System control. */
#define SYSCTL_RIS REG(0x400FE050)
#define SYSCTL_RCC REG(0x400FE060)
#define SYSCTL_RCGC1 REG(0x400FE104)
#define SYSCTL_RCGC2 REG(0x400FE108)

/* GPIO: the address of the data selects the pins. */
#define GPIO_A 0x40004000u
#define GPIO_D 0x40007000u
#define GPIO_F 0x40025000u
#define GPIO_DATA(port, pins) REG((port) + ((pins) << 2))
#define GPIO_DIR(port) REG((port) + 0x400)
#define GPIO_AFSEL(port) REG((port) + 0x420)
#define GPIO_DEN(port) REG((port) + 0x51C)

/* UART0 and SSI0, both from ARM (PL011, PL022). */
#define UART_DR REG(0x4000C000)
#define UART_FR REG(0x4000C018)
#define UART_IBRD REG(0x4000C024)
#define UART_FBRD REG(0x4000C028)
#define UART_LCRH REG(0x4000C02C)
#define UART_CTL REG(0x4000C030)
#define SSI_CR0 REG(0x40008000)
#define SSI_CR1 REG(0x40008004)
#define SSI_DR REG(0x40008008)
#define SSI_SR REG(0x4000800C)
#define SSI_CPSR REG(0x40008010)

/* Ethernet controller. */
#define MAC_RIS REG(0x40048000) /* written: acknowledge */
#define MAC_IM REG(0x40048004)
#define MAC_RCTL REG(0x40048008)
#define MAC_TCTL REG(0x4004800C)
#define MAC_DATA REG(0x40048010)
#define MAC_IA0 REG(0x40048014)
#define MAC_IA1 REG(0x40048018)
#define MAC_NP REG(0x40048034) /* frames waiting */
#define MAC_TR REG(0x40048038) /* 1: transmit; reads 1 while it does */

/* Interrupts (ARMv7-M B3.4). */
#define NVIC_ENABLE(n) REG(0xE000E100 + 4 * ((n) / 32))
#define IRQ_ETHERNET 42

#define CPU_HZ 50000000u

#endif
