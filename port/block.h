/* SPDX-License-Identifier: MIT */
/*
 * A block device: what port/fat requires of an SD card, an eMMC or a disk. A board fills in this
 * table. No function is called from an interrupt, or while another one is running.
 *
 * Requirements, on which safety at a power cut depends:
 * - A block is written completely or not at all. Its old content stays until the new content is
 *   there.
 * - A block that was written since the last sync may have arrived or not, independently of all
 *   others and in any order.
 * - What was written before a sync is durable after it.
 * - Once a removable medium was taken out, every call fails with FV_E_MEDIUM, even if it is put
 *   back. An SD card in SPI mode has written a block when it is no longer busy: sync waits for that
 *   and has nothing else to do.
 */
#ifndef FV_PORT_BLOCK_H
#define FV_PORT_BLOCK_H

#include "base/err.h"

#include <stdint.h>

#define FV_BLOCK_SIZE 512 /* bytes */

struct fv_block {
    void *ctx;
    uint32_t blocks; /* size of the device in blocks; UINT32_MAX if it is larger or not known */

    /* Read or write count blocks (at least 1), beginning at block `first`; first + count is at most
     * `blocks`. p is borrowed during the call and may be unaligned. FV_OK, FV_E_STORAGE,
     * FV_E_MEDIUM; write also FV_E_READONLY. */
    enum fv_err (*read)(void *ctx, uint32_t first, void *p, uint32_t count);
    enum fv_err (*write)(void *ctx, uint32_t first, const void *p, uint32_t count);
    /* Make durable what was written. FV_OK, FV_E_STORAGE, FV_E_MEDIUM. */
    enum fv_err (*sync)(void *ctx);
};

#endif
