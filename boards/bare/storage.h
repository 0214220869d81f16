/* SPDX-License-Identifier: MIT */
/*
 * The device of a board's storage. A board defines the function for its FW_STORAGE: fv_board_card()
 * for fat, fv_board_flash() for littlefs.
 */
#ifndef FV_BOARD_STORAGE_H
#define FV_BOARD_STORAGE_H

#include "port/block.h"
#include "port/flash.h"

/* Start the card that is there now, and return it; blocks is 0 if there is none. Until the next
 * call, it is that card or none. */
const struct fv_block *fv_board_card(void);
/* Return the flash, or the part of it that is the volume; blocks is 0 if there is none. */
const struct fv_flash *fv_board_flash(void);

#endif
