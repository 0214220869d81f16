/* SPDX-License-Identifier: MIT */
/*
 * Flash in memory, as port/flash.h describes it. Programming without an erase before ends the test;
 * a power cut leaves half of what was being programmed or erased.
 */
#ifndef FV_TESTS_SUPPORT_RAM_FLASH_H
#define FV_TESTS_SUPPORT_RAM_FLASH_H

#include "port/flash.h"

#include <stddef.h>

struct ram_flash {
    struct fv_flash port;
    uint8_t *bytes;
    uint32_t erased[256]; /* how often each of the first blocks was */
    uint64_t writes;      /* programmed units and erased blocks so far */
    /* the power fails in this operation, counted from 1, and all operations fail until
     * ram_flash_cut(); 0: never */
    uint64_t cut_at;
    int64_t bad; /* block that can't be programmed; -1: none */
};

/* Make an erased chip. */
void ram_flash_init(struct ram_flash *r, uint32_t block_size, uint32_t blocks, uint32_t prog_size);
void ram_flash_free(struct ram_flash *r);
/* Take over the content of another one of the same size. */
void ram_flash_copy(struct ram_flash *r, const struct ram_flash *from);
/* Come back after a power cut. */
void ram_flash_cut(struct ram_flash *r);

#endif
