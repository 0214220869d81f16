/*
 * Raw flash: what port/littlefs asks of a NOR or NAND chip. A board fills in this table; nothing of it is called from an interrupt,
 * and no call while another one is running.
 *
 * A power cut may leave the unit being programmed with any part of its bytes, and the block being erased with any bytes at all.
 * Everything else stays, and what comes later has not begun.
 */
#ifndef FV_PORT_FLASH_H
#define FV_PORT_FLASH_H

#include "base/err.h"

#include <stdint.h>

struct fv_flash {
    void *ctx;
    uint32_t block_size; /* bytes that are erased together; at least 128 */
    uint32_t blocks;     /* number of them */
    uint32_t read_size;  /* reads begin at and are of multiples of that; at least 1 */
    uint32_t prog_size;  /* the same of programming; a multiple of read_size */

    /* Read, program n bytes at `offset` in a block, whose n bytes have been erased before they are programmed.
     * FV_OK; FV_E_STORAGE; program and erase FV_E_CORRUPT: the block is bad, another one is taken. */
    enum fv_err (*read)(void *ctx, uint32_t block, uint32_t offset, void *p, uint32_t n);
    enum fv_err (*program)(void *ctx, uint32_t block, uint32_t offset, const void *p, uint32_t n);
    enum fv_err (*erase)(void *ctx, uint32_t block);
    /* Make durable what was programmed. FV_OK or FV_E_STORAGE. */
    enum fv_err (*sync)(void *ctx);
};

#endif
