/* SPDX-License-Identifier: MIT */
/*
 * Raw flash: what port/littlefs requires of a NOR or NAND chip. A board fills in this table. No
 * function is called from an interrupt, or while another one is running.
 *
 * A power cut may leave any part of the unit that is being programmed, and any bytes in the block
 * that is being erased. All other bytes stay unchanged, and later operations have not begun.
 */
#ifndef FV_PORT_FLASH_H
#define FV_PORT_FLASH_H

#include "base/err.h"

#include <stdint.h>

struct fv_flash {
    void *ctx;
    uint32_t block_size; /* bytes that one erase erases; at least 128 */
    uint32_t blocks;     /* number of them */
    uint32_t read_size;  /* unit of reads, in offset and length, in bytes; at least 1 */
    uint32_t prog_size;  /* unit of programs, in bytes; a multiple of read_size */

    /* Read or program n bytes at `offset` in a block; erase a block. The n bytes were erased before
     * they are programmed. FV_OK; FV_E_STORAGE; program and erase also FV_E_CORRUPT: the block is
     * bad, and littlefs uses another one. */
    enum fv_err (*read)(void *ctx, uint32_t block, uint32_t offset, void *p, uint32_t n);
    enum fv_err (*program)(void *ctx, uint32_t block, uint32_t offset, const void *p, uint32_t n);
    enum fv_err (*erase)(void *ctx, uint32_t block);
    /* Make durable what was programmed. FV_OK or FV_E_STORAGE. */
    enum fv_err (*sync)(void *ctx);
};

#endif
