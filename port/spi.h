/*
 * An SPI bus with one device on it: what port/sd, and the driver of a flash, ask of a board. 8 bits, the highest first, mode 0. Nothing of it is
 * called from an interrupt. Each call returns when its bytes are over the wire; the bus has its clock from the board, so none of them waits for the
 * device.
 */
#ifndef FV_PORT_SPI_H
#define FV_PORT_SPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fv_spi {
    void *ctx;
    /* false: at most 400 kHz, until a card is identified. true: as fast as device and board can. */
    void (*speed)(void *ctx, bool fast);
    /* The device's select line; on pulls it low. */
    void (*select)(void *ctx, bool on);
    /* Send one byte, return the one that came meanwhile. */
    uint8_t (*swap)(void *ctx, uint8_t out);
    /* Send 0xFF n times and keep what came; send n bytes and drop what came. n may be 0. */
    void (*receive)(void *ctx, uint8_t *p, size_t n);
    void (*transmit)(void *ctx, const uint8_t *p, size_t n);
};

#endif
