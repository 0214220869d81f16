/*
 * An SD card in SPI mode (SD Physical Layer Simplified Specification 6.00, chapter 7) as a block device. SDSC, SDHC and SDXC; no MMC.
 *
 * - A card is identified once in a session, from fv_sd_start() to the next. It is never started again in between: one that has lost its state
 *   was without power, and may be another one, or the same with other content. From then on each call fails with FV_E_MEDIUM.
 * - What fails otherwise is tried again, three times in all. The card checks commands and data (CMD59) where it can, and so does the driver; after
 *   a write the card is asked for its status (CMD13): a block that it could not program is an error.
 * - A card that refuses CMD59 goes unchecked. One that refuses its size (CMD9) has 2^32 - 1 blocks, or 2^23 where it is addressed in bytes; what
 *   lies behind its end can't be read or written.
 * - Each wait ends: after a second for a card that starts or writes, 0.2 s for one that reads. fv_port_idle() is called at least that often.
 */
#ifndef FV_PORT_SD_SD_H
#define FV_PORT_SD_SD_H

#include "port/block.h"
#include "port/port.h"
#include "port/spi.h"

#include <stdbool.h>

struct fv_sd {
    const struct fv_spi *spi;          /* both the caller's, for good */
    const struct fv_port_clock *clock; /* now() and idle are used */

    /* Private. */
    struct fv_block block;
    bool ready;      /* the card is there and was never without power since it was identified */
    bool wide;       /* it is addressed in blocks */
    bool checked;    /* it takes and gives check sequences */
    bool told;       /* it tells its status */
    uint8_t more[4]; /* of the last reply */
};

/* Begin a session with the card that is there now. The table returned is valid as long as sd is; its `blocks` is 0 if there is no card, or
 * if it does not start, and UINT32_MAX for 2 TiB. Its calls return FV_E_STORAGE, FV_E_MEDIUM, and write FV_E_READONLY. */
const struct fv_block *fv_sd_start(struct fv_sd *sd);

#endif
