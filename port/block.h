/*
 * A block device: what port/fat asks of an SD card, an eMMC or a disk. A board fills in this table; nothing of it is called
 * from an interrupt, and no call while another one is running.
 *
 * What is asked for, and what safety at a power cut rests on:
 * - A block is written whole or not at all. What it held is there until the new content is.
 * - Blocks written since the last sync may or may not have arrived, each on its own, in any order.
 * - What was written before a sync is there after it.
 * - A medium that can be taken out and put in again is not written behind that: FV_E_MEDIUM, for ever.
 * An SD card in SPI mode has written a block when it is no longer busy: sync waits for that and has nothing else to do.
 */
#ifndef FV_PORT_BLOCK_H
#define FV_PORT_BLOCK_H

#include "base/err.h"

#include <stdint.h>

#define FV_BLOCK_SIZE 512 /* bytes */

struct fv_block {
    void *ctx;
    uint32_t blocks; /* that the device has; UINT32_MAX where it has more, or does not say */

    /* Read, write count blocks, at least 1, from block `first` on; first + count is at most `blocks`. p is borrowed for the
     * call and may be unaligned. FV_OK, FV_E_STORAGE, FV_E_MEDIUM, and write FV_E_READONLY. */
    enum fv_err (*read)(void *ctx, uint32_t first, void *p, uint32_t count);
    enum fv_err (*write)(void *ctx, uint32_t first, const void *p, uint32_t count);
    /* Make durable what was written. FV_OK, FV_E_STORAGE, FV_E_MEDIUM. */
    enum fv_err (*sync)(void *ctx);
};

#endif
