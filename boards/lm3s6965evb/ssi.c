/* SPDX-License-Identifier: MIT */
/* SSI0 as an SPI bus, with the SD card on it, selected by PD0. */
#include "boards/bare/storage.h"
#include "lm3s.h"
#include "port/bare/bare.h"
#include "port/sd/sd.h"

#define FIFO 8u

static void ssi_speed(void *ctx, bool fast)
{
    (void)ctx;
    GPIO_DIR(GPIO_D) = 1;
    GPIO_DEN(GPIO_D) = 1;
    SSI_CR1 = 0;
    SSI_CPSR = fast ? 4 : 126; /* 12.5 MHz; 397 kHz */
    SSI_CR0 = 7;               /* 8 bits, SPI mode 0 */
    SSI_CR1 = 2;
}

static void ssi_select(void *ctx, bool on)
{
    (void)ctx;
    GPIO_DATA(GPIO_D, 1) = !on;
}

static uint8_t take(void)
{
    while ((SSI_SR & 4u) == 0) {
    }
    return (uint8_t)SSI_DR;
}

static uint8_t ssi_swap(void *ctx, uint8_t out)
{
    (void)ctx;
    SSI_DR = out;
    return take();
}

/* out NULL: sends 0xFF. in NULL: drops the received bytes. */
static void move(const uint8_t *out, uint8_t *in, size_t n)
{
    while (n > 0) {
        size_t some = n < FIFO ? n : FIFO;
        for (size_t i = 0; i < some; i++) {
            SSI_DR = out != NULL ? *out++ : 0xFF;
        }
        for (size_t i = 0; i < some; i++) {
            uint8_t byte = take();
            if (in != NULL) {
                *in++ = byte;
            }
        }
        n -= some;
    }
}

static void ssi_receive(void *ctx, uint8_t *p, size_t n)
{
    (void)ctx;
    move(NULL, p, n);
}

static void ssi_transmit(void *ctx, const uint8_t *p, size_t n)
{
    (void)ctx;
    move(p, NULL, n);
}

const struct fv_block *fv_board_card(void)
{
    static const struct fv_spi ssi = {.speed = ssi_speed,
                                      .select = ssi_select,
                                      .swap = ssi_swap,
                                      .receive = ssi_receive,
                                      .transmit = ssi_transmit};
    static struct fv_sd sd = {.spi = &ssi, .clock = &fv_bare_clock};
    return fv_sd_start(&sd);
}
