/* SPDX-License-Identifier: MIT */
/*
 * Registers of the FU540-C000 that this board uses (SiFive FU540-C000 Manual v1p4).
 */
#ifndef FV_FU540_H
#define FV_FU540_H

#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))

#define CLINT 0x02000000u
#define CLINT_HZ 1000000u /* mtime's, from the RTC's crystal */

/* UART0. */
#define UART_TX REG(0x10010000)
#define UART_TXCTRL REG(0x10010008)
#define UART_IP REG(0x10010014)
#define UART_DIV REG(0x10010018)

/* The controllers for SPI: QSPI0 has the flash, QSPI2 the card. */
#define QSPI0 0x10040000u
#define QSPI2 0x10050000u
#define SPI_SCKDIV(base) REG((base) + 0x00)
#define SPI_CSID(base) REG((base) + 0x10)
#define SPI_CSMODE(base) REG((base) + 0x18)
#define SPI_FMT(base) REG((base) + 0x40)
#define SPI_TXDATA(base) REG((base) + 0x48)
#define SPI_RXDATA(base) REG((base) + 0x4C)
#define SPI_FCTRL(base) REG((base) + 0x60)

/* Ethernet: Cadence GEM. */
#define GEM_CTRL REG(0x10090000)
#define GEM_CFG REG(0x10090004)
#define GEM_DMA REG(0x10090010)
#define GEM_TX_STATUS REG(0x10090014)
#define GEM_RX_QUEUE REG(0x10090018)
#define GEM_TX_QUEUE REG(0x1009001C)
#define GEM_RX_STATUS REG(0x10090020)
#define GEM_IRQ_OFF REG(0x1009002C)
#define GEM_MAC_LOW REG(0x10090088)
#define GEM_MAC_HIGH REG(0x1009008C)

#endif
