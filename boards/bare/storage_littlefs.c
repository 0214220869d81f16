/* SPDX-License-Identifier: MIT */
/* FW_STORAGE := littlefs. The volume on the board's flash, which boards/bare/flash_image.c
 * makes. A flash without a volume is never formatted here. */
#include "boards/bare/storage.h"
#include "port/littlefs/littlefs.h"
#include "src/fw/board.h"

static struct fv_littlefs volume;
static _Alignas(8) uint8_t room[FV_LITTLEFS_ROOM(FV_LITTLEFS_CACHE, FV_LITTLEFS_LOOKAHEAD)];
static bool mounted;

enum fv_err fv_board_storage(const struct fv_port_storage **storage, const char **why)
{
    static const struct fv_littlefs_room rooms = {room, FV_LITTLEFS_CACHE, FV_LITTLEFS_LOOKAHEAD};
    const struct fv_flash *flash = fv_board_flash();
    *why = "no flash";
    mounted = false;
    if (flash->blocks == 0) {
        return FV_E_STORAGE;
    }
    enum fv_err err = fv_littlefs_open(&volume, flash, &rooms, &fv_bare_clock);
    *why = "no littlefs volume on the flash";
    mounted = err == FV_OK;
    *storage = &volume.port;
    return err;
}

void fv_board_storage_end(void)
{
    if (mounted) {
        fv_littlefs_close(&volume);
    }
    mounted = false;
}
