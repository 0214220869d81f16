/* SPDX-License-Identifier: MIT */
/*
 * An SD card in SPI mode in software, byte by byte as on the wire, to test port/sd. Time advances
 * by 10 microseconds a byte. Until it is started the card accepts CMD0 only; while it sends a
 * block, CMD12 and CMD0 only.
 */
#ifndef FV_TESTS_SUPPORT_SD_CARD_H
#define FV_TESTS_SUPPORT_SD_CARD_H

#include "port/block.h"
#include "port/port.h"
#include "port/spi.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SD_CARD_BLOCKS 64

struct sd_card {
    struct fv_spi spi;
    struct fv_port_clock clock;
    int64_t now_us;

    /* What it is. */
    bool first;       /* version 1: no CMD8 */
    bool wide;        /* addressed in blocks */
    uint64_t refuses; /* bit n: CMDn is illegal */
    uint8_t csd[16];  /* its last byte is its check sequence, which sd_card_csd() sets */
    uint32_t polls;   /* ACMD41 until it is ready */
    uint8_t bytes[SD_CARD_BLOCKS * FV_BLOCK_SIZE];

    /* What goes wrong. */
    bool out;             /* it is not there */
    bool busy_for_good;   /* after a write */
    uint32_t drops;       /* so many blocks are taken and not programmed; the status says so */
    uint32_t read_errors; /* so many blocks come with an error in place of their content */
    bool protected;       /* writes are refused */
    uint64_t flip_from,
        /* number of the bit on the wire that is inverted, from or to the card; counted from 1 */
        flip_to;

    uint64_t cut_at; /* it loses its power with this bit; 0: it does not */

    /* What it saw. */
    uint64_t bits;   /* on the wire, each way */
    uint64_t writes; /* blocks programmed */

    /* Private. */
    bool selected, spi_mode, idle, checks, app, sending, reading, writing, many, refused, inside;
    uint32_t polled, at, busy;
    uint8_t status, frame[6], block[FV_BLOCK_SIZE + 2], queue[FV_BLOCK_SIZE + 16];
    size_t framed, filled, queued, sent;
};

/* An SDHC card of SD_CARD_BLOCKS blocks. */
void sd_card_init(struct sd_card *c);
/* Take its power: all that it was told is lost. */
void sd_card_power_cycle(struct sd_card *c);
/* Give the CSD its check sequence. */
void sd_card_csd(struct sd_card *c);

#endif
