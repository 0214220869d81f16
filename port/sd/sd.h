/* SPDX-License-Identifier: MIT */
/*
 * An SD card in SPI mode as a block device (SD Physical Layer Simplified Specification 6.00,
 * chapter 7). SDSC, SDHC and SDXC; no MMC.
 *
 * - A card is identified once in a session, which lasts from one fv_sd_start() to the next. It is
 *   never started again in between. A card that lost its state was without power; it may be another
 *   card, or have other content. From then on every call fails with FV_E_MEDIUM.
 * - Any other failure is retried; three attempts in all. Card and driver check commands and data
 *   with CRCs (CMD59) if the card supports that. After a write the driver asks for the status of
 *   the card (CMD13): a block that could not be programmed is an error.
 * - A card that refuses CMD59 is used without CRCs. A card that refuses to tell its size (CMD9) has
 *   2^32 - 1 blocks, or 2^23 if it is addressed in bytes. Blocks after its real end cannot be read
 *   or written.
 * - Each wait ends: after 1 s for a card that starts or writes, after 0.2 s for one that reads.
 *   fv_port_idle() is called at least that often.
 */
#ifndef FV_PORT_SD_SD_H
#define FV_PORT_SD_SD_H

#include "port/block.h"
#include "port/port.h"
#include "port/spi.h"

#include <stdbool.h>

struct fv_sd {
    const struct fv_spi *spi;          /* both are the caller's and borrowed for ever */
    const struct fv_port_clock *clock; /* now() and idle are used */

    /* Private. */
    struct fv_block block;
    bool ready;      /* the card is there, and had power all the time since it was identified */
    bool wide;       /* the card is addressed in blocks */
    bool checked;    /* the card checks and sends CRCs */
    bool told;       /* the card tells its status */
    uint8_t more[4]; /* of the last reply */
};

/* Begin a session with the card that is there now. The table that is returned is valid as long as
 * sd. Its `blocks` is 0 if there is no card, or if the card does not start, and UINT32_MAX for 2
 * TiB. Its functions return FV_OK, FV_E_STORAGE, FV_E_MEDIUM; write also FV_E_READONLY. */
const struct fv_block *fv_sd_start(struct fv_sd *sd);

#endif
