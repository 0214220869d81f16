/* SPDX-License-Identifier: MIT */
/*
 * A block device in memory that keeps no more than port/block.h requires: after a power cut each
 * block written since the last sync is as after some of its writes, maybe none, independently of
 * other blocks.
 */
#ifndef FV_TESTS_SUPPORT_RAM_BLOCK_H
#define FV_TESTS_SUPPORT_RAM_BLOCK_H

#include "port/block.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ram_block_write {
    uint32_t block;
    uint8_t bytes[FV_BLOCK_SIZE];
};

struct ram_block {
    struct fv_block port;
    uint8_t *bytes;  /* as it is read */
    uint64_t writes; /* blocks written so far */
    uint64_t syncs;
    /* the power fails at this write, counted from 1, and all operations fail until
     * ram_block_cut(); 0: never */
    uint64_t cut_at;
    bool readonly;

    /* Private. */
    uint8_t *kept; /* as of the last sync */
    struct ram_block_write *pending;
    size_t count, room;
};

/* Make a device of zeros. */
void ram_block_init(struct ram_block *b, uint32_t blocks);
void ram_block_free(struct ram_block *b);
/* Take over the content of a file, or of another device; durable. The sizes are the same. */
void ram_block_load(struct ram_block *b, const char *file);
void ram_block_copy(struct ram_block *b, const struct ram_block *from);
void ram_block_save(const struct ram_block *b, const char *file);
/* Restore power after a cut; seed decides which of the pending writes arrived: 0 none, 1 all, 2
 * and more some. */
void ram_block_cut(struct ram_block *b, uint64_t seed);

#endif
