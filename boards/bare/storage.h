/*
 * The device below a board's storage. A board defines the one that its FW_STORAGE wants: fv_board_card() for fat, fv_board_flash() for littlefs.
 */
#ifndef FV_BOARD_STORAGE_H
#define FV_BOARD_STORAGE_H

#include "port/block.h"
#include "port/flash.h"

/* The card that is there now, started anew; blocks is 0 if there is none. From then on, until the next call, it is that card or none. */
const struct fv_block *fv_board_card(void);
/* The flash, or the part of it that is the volume's; blocks is 0 if there is none. */
const struct fv_flash *fv_board_flash(void);

#endif
