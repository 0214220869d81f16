/* SPDX-License-Identifier: MIT */
/*
 * What the firmware requires of a board, in addition to port/bare/bare.h: a network interface and
 * storage.
 */
#ifndef FV_FW_BOARD_H
#define FV_FW_BOARD_H

#include "port/bare/bare.h"
#include "port/lwip/lwip.h"
#include "port/port.h"

extern const struct fv_lwip_link fv_board_link;

/* Mount the medium that is in the board now. Nothing that was known of it, or of another medium, is
 * kept. FV_OK: *storage, which is valid until the next call or until fv_board_storage_end().
 * Otherwise FV_E_STORAGE or the error of the device, and *why says in a few words what is wrong;
 * that text is static. boards/bare has this function for FAT on blocks and for littlefs on flash
 * (FW_STORAGE). A board may have its own. */
enum fv_err fv_board_storage(const struct fv_port_storage **storage, const char **why) FV_MUSTUSE;
/* Make durable what was written, and unmount the medium. */
void fv_board_storage_end(void);

#endif
