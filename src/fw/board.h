/*
 * What the firmware asks of a board, besides port/bare/bare.h: a network interface and storage.
 */
#ifndef FV_FW_BOARD_H
#define FV_FW_BOARD_H

#include "port/bare/bare.h"
#include "port/lwip/lwip.h"
#include "port/port.h"

extern const struct fv_lwip_link fv_board_link;

/* Mount the board's medium anew; nothing is kept of what was known of it, or of another one, before. FV_OK: *storage, which is valid until
 * the next call, or until fv_board_storage_end(). Otherwise FV_E_STORAGE or what the device said, and *why says what is wrong in a few
 * words, a text that stays.
 * boards/bare has it for FAT on blocks and for littlefs on flash (FW_STORAGE); a board may bring its own. */
enum fv_err fv_board_storage(const struct fv_port_storage **storage, const char **why) FV_MUSTUSE;
/* Make durable what was written, and let go of the medium. */
void fv_board_storage_end(void);

#endif
