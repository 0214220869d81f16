/* SPDX-License-Identifier: MIT */
/*
 * An SPI bus with one device on it: what port/sd, and a flash driver, require of a board. 8 bits,
 * most significant bit first, mode 0. No function is called from an interrupt. Each call returns
 * when its bytes were sent. The board makes the clock of the bus, so no call waits for the device.
 */
#ifndef FV_PORT_SPI_H
#define FV_PORT_SPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fv_spi {
    void *ctx;
    /* Set the speed. false: at most 400 kHz, until a card is identified. true: as fast as device
     * and board allow. */
    void (*speed)(void *ctx, bool fast);
    /* Select the device; on pulls the line low. */
    void (*select)(void *ctx, bool on);
    /* Send one byte, and return the byte received at the same time. */
    uint8_t (*swap)(void *ctx, uint8_t out);
    /* Receive n bytes while sending 0xFF; send n bytes and drop those received. n may be 0. */
    void (*receive)(void *ctx, uint8_t *p, size_t n);
    void (*transmit)(void *ctx, const uint8_t *p, size_t n);
};

#endif
