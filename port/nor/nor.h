/* SPDX-License-Identifier: MIT */
/*
 * NOR flash on SPI, for port/littlefs: JEDEC id, reads, pages of 256 bytes, blocks of 4 KiB. One
 * chip, one data line in each direction. It uses the commands that ISSI, Winbond, Macronix, Micron,
 * GigaDevice and others share. A chip of more than 16 MiB gets addresses of four bytes, through the
 * commands that always take these: 13h, 12h and 21h. The chip must have all three. (W25Q256FV, for
 * example, has no 12h and 21h; each of its blocks would be reported as bad.)
 *
 * The size is 2^n bytes, and the third byte of the id is n. If that byte has another meaning (SST,
 * Adesto), the board sets the size.
 *
 * The driver does not read back what it has programmed: littlefs compares all that it writes, and
 * takes another block if needed. Each wait for the chip ends, after at least twice the time in the
 * data sheets.
 */
#ifndef FV_PORT_NOR_NOR_H
#define FV_PORT_NOR_NOR_H

#include "port/flash.h"
#include "port/port.h"
#include "port/spi.h"

#include <stdbool.h>

struct fv_nor {
    const struct fv_spi *spi;          /* both are the caller's and borrowed for ever */
    const struct fv_port_clock *clock; /* now() is used */
    uint32_t size;                     /* bytes; 0: as the id of the chip says */
    /* blocks at the start of the chip that are not part of the volume (a boot loader, for
     * instance) */
    uint32_t skip;

    /* Private. */
    struct fv_flash flash;
    bool wide; /* addresses of four bytes */
};

/* Look for the chip. The table that is returned is valid as long as nor. Its `blocks` is 0 if there
 * is no chip, or one of unknown size. Its functions return FV_OK or FV_E_STORAGE. */
const struct fv_flash *fv_nor_start(struct fv_nor *nor);

#endif
