/* The SD card as a block device for port/fat. */
#include "sd.h"

#include "boards/bare/storage.h"

static enum fv_err block_read(void *ctx, uint32_t first, void *p, uint32_t count)
{
    (void)ctx;
    return sd_read(first, p, count) ? FV_OK : FV_E_STORAGE;
}

static enum fv_err block_write(void *ctx, uint32_t first, const void *p, uint32_t count)
{
    (void)ctx;
    return sd_write(first, p, count) ? FV_OK : FV_E_STORAGE;
}

/* A write has ended when the card is no longer busy. */
static enum fv_err block_sync(void *ctx)
{
    (void)ctx;
    return FV_OK;
}

const struct fv_block *fv_board_card(void)
{
    static struct fv_block block = {.read = block_read, .write = block_write, .sync = block_sync};
    block.blocks = sd_blocks();
    return &block;
}
