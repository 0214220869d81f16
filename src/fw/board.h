/*
 * What the firmware asks of a board, besides port/cortexm/cortexm.h: a network interface and a card.
 */
#ifndef FV_FW_BOARD_H
#define FV_FW_BOARD_H

#include "port/block.h"
#include "port/cortexm/cortexm.h"
#include "port/lwip/lwip.h"

extern const struct fv_lwip_link fv_board_link;

/* The card, started if it was not; blocks is 0 if there is none. */
const struct fv_block *fv_board_card(void);

#endif
