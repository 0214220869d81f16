/*
 * NOR flash behind SPI, for port/littlefs: JEDEC id, reads, pages of 256 bytes, blocks of 4 KiB. One chip, one data line each way: the commands that
 * ISSI, Winbond, Macronix, Micron, GigaDevice and others share. Chips of more than 16 MiB get addresses of four bytes, by the commands that always
 * take these: 13h, 12h and 21h, all three of them (W25Q256FV, for one, has no 12h and 21h; each of its blocks would be called bad).
 *
 * The size is 2^n bytes, which the third byte of the id tells; where it does not (SST, Adesto), the board says it.
 *
 * What was programmed is not read again: littlefs compares all that it writes, and takes another block. Each wait for the chip ends, by twice what
 * data sheets allow at least.
 */
#ifndef FV_PORT_NOR_NOR_H
#define FV_PORT_NOR_NOR_H

#include "port/flash.h"
#include "port/port.h"
#include "port/spi.h"

#include <stdbool.h>

struct fv_nor {
    const struct fv_spi *spi;          /* both the caller's, for good */
    const struct fv_port_clock *clock; /* now() is used */
    uint32_t size;                     /* bytes; 0: what the chip's id says */
    uint32_t skip; /* blocks at its start that are not the volume's (a boot program, say) */

    /* Private. */
    struct fv_flash flash;
    bool wide; /* addresses of four bytes */
};

/* Look for the chip. The table returned is valid as long as nor is; its `blocks` is 0 if there is no chip, or one of unknown size. Its calls
 * return FV_OK or FV_E_STORAGE. */
const struct fv_flash *fv_nor_start(struct fv_nor *nor);

#endif
