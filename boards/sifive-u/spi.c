/* SPDX-License-Identifier: MIT */
/*
 * The SPI controllers: QSPI0 has the flash, QSPI2 the card. One byte at a time over one data line;
 * FIFOs of eight bytes.
 */
#include "boards/bare/storage.h"
#include "fu540.h"
#include "port/bare/bare.h"
#include "port/nor/nor.h"
#include "port/sd/sd.h"

#define FIFO 8u
#define EMPTY 0x80000000u /* of RXDATA: empty; of TXDATA: full */
/* SPI_FMT: 8 bits, most significant first, one data line in each direction */
#define BYTES (8u << 16)
#define HOLD 2u /* SPI_CSMODE: the chip stays selected from the next byte on */
#define AUTO 0u
#define DIV_SLOW 20u /* 397 kHz */
#define DIV_FAST 0u  /* 8.3 MHz */

static uint8_t take(uintptr_t base)
{
    uint32_t word;
    do {
        word = SPI_RXDATA(base);
    } while ((word & EMPTY) != 0);
    return (uint8_t)word;
}

static uint8_t spi_swap(void *ctx, uint8_t out)
{
    uintptr_t base = (uintptr_t)ctx;
    SPI_TXDATA(base) = out;
    return take(base);
}

/* Either pointer may be NULL. */
static void pass(uintptr_t base, const uint8_t *out, uint8_t *in, size_t n)
{
    for (size_t done = 0; done < n;) {
        size_t end = n - done < FIFO ? n : done + FIFO;
        for (size_t i = done; i < end; i++) {
            SPI_TXDATA(base) = out != NULL ? out[i] : 0xFF;
        }
        for (; done < end; done++) {
            uint8_t byte = take(base);
            if (in != NULL) {
                in[done] = byte;
            }
        }
    }
}

static void spi_receive(void *ctx, uint8_t *p, size_t n)
{
    pass((uintptr_t)ctx, NULL, p, n);
}

static void spi_transmit(void *ctx, const uint8_t *p, size_t n)
{
    pass((uintptr_t)ctx, p, NULL, n);
}

static void spi_select(void *ctx, bool on)
{
    SPI_CSMODE((uintptr_t)ctx) = on ? HOLD : AUTO;
}

/* Called before everything else: sets up the controller too. */
static void spi_speed(void *ctx, bool fast)
{
    uintptr_t base = (uintptr_t)ctx;
    SPI_FCTRL(base) = 0; /* the flash is not mapped into memory */
    SPI_CSMODE(base) = AUTO;
    SPI_CSID(base) = 0;
    SPI_FMT(base) = BYTES;
    SPI_SCKDIV(base) = fast ? DIV_FAST : DIV_SLOW;
}

#define BUS(base)                                                                                  \
    {                                                                                              \
        .ctx = (void *)(base), .speed = spi_speed, .select = spi_select, .swap = spi_swap,         \
        .receive = spi_receive, .transmit = spi_transmit                                           \
    }

const struct fv_flash *fv_board_flash(void)
{
    static const struct fv_spi bus = BUS(QSPI0);
    static struct fv_nor nor = {.spi = &bus, .clock = &fv_bare_clock};
    return fv_nor_start(&nor);
}

const struct fv_block *fv_board_card(void)
{
    static const struct fv_spi bus = BUS(QSPI2);
    static struct fv_sd sd = {.spi = &bus, .clock = &fv_bare_clock};
    return fv_sd_start(&sd);
}
