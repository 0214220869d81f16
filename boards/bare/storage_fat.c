/* SPDX-License-Identifier: MIT */
/* FW_STORAGE := fat. The first FAT volume on the board's card. */
#include "boards/bare/storage.h"
#include "port/fat/fat.h"
#include "src/fw/board.h"

static struct fv_fat volume;
static bool mounted;

enum fv_err fv_board_storage(const struct fv_port_storage **storage, const char **why)
{
    const struct fv_block *card = fv_board_card();
    *why = "no card";
    mounted = false;
    if (card->blocks == 0) {
        return FV_E_STORAGE;
    }
    enum fv_err err = fv_fat_open(&volume, card, &fv_bare_clock);
    *why = volume.why;
    mounted = err == FV_OK;
    *storage = &volume.port;
    return err;
}

void fv_board_storage_end(void)
{
    if (mounted) {
        fv_fat_close(&volume);
    }
    mounted = false;
}
