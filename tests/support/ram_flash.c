/* SPDX-License-Identifier: MIT */
#include "support/ram_flash.h"

#include <stdlib.h>
#include <string.h>

static enum fv_err fails(const struct ram_flash *r)
{
    return r->cut_at != 0 && r->writes >= r->cut_at ? FV_E_STORAGE : FV_OK;
}

static uint8_t *place(struct ram_flash *r, uint32_t block, uint32_t offset, uint32_t n,
                      uint32_t unit)
{
    if (block >= r->port.blocks || n == 0 || n > r->port.block_size ||
        offset > r->port.block_size - n || offset % unit != 0 || n % unit != 0) {
        abort();
    }
    return r->bytes + (size_t)block * r->port.block_size + offset;
}

static enum fv_err flash_read(void *ctx, uint32_t block, uint32_t offset, void *p, uint32_t n)
{
    struct ram_flash *r = ctx;
    memcpy(p, place(r, block, offset, n, r->port.read_size), n);
    return fails(r);
}

static enum fv_err flash_program(void *ctx, uint32_t block, uint32_t offset, const void *p,
                                 uint32_t n)
{
    struct ram_flash *r = ctx;
    uint8_t *to = place(r, block, offset, n, r->port.prog_size);
    const uint8_t *from = p;
    if ((int64_t)block == r->bad) {
        return FV_E_CORRUPT;
    }
    for (uint32_t i = 0; i < n && fails(r) == FV_OK; i++) {
        if (i % r->port.prog_size == 0) {
            r->writes++;
        }
        if (fails(r) != FV_OK && i % r->port.prog_size >= r->port.prog_size / 2) {
            break;
        }
        if (to[i] != 0xFF) {
            abort();
        }
        to[i] = from[i];
    }
    return fails(r);
}

static enum fv_err flash_erase(void *ctx, uint32_t block)
{
    struct ram_flash *r = ctx;
    uint8_t *to = place(r, block, 0, r->port.block_size, r->port.prog_size);
    if (fails(r) == FV_OK) {
        r->writes++;
        r->erased[block % 256]++;
        if (fails(r) != FV_OK) {
            memset(to, 0xA5, r->port.block_size / 2);
        } else {
            memset(to, 0xFF, r->port.block_size);
        }
    }
    return fails(r);
}

static enum fv_err flash_sync(void *ctx)
{
    return fails(ctx);
}

void ram_flash_init(struct ram_flash *r, uint32_t block_size, uint32_t blocks, uint32_t prog_size)
{
    *r = (struct ram_flash){.port = {r, block_size, blocks, prog_size, prog_size, flash_read,
                                     flash_program, flash_erase, flash_sync},
                            .bad = -1};
    r->bytes = malloc((size_t)block_size * blocks);
    memset(r->bytes, 0xFF, (size_t)block_size * blocks);
}

void ram_flash_free(struct ram_flash *r)
{
    free(r->bytes);
}

void ram_flash_copy(struct ram_flash *r, const struct ram_flash *from)
{
    if (r->port.block_size != from->port.block_size || r->port.blocks != from->port.blocks) {
        abort();
    }
    memcpy(r->bytes, from->bytes, (size_t)r->port.block_size * r->port.blocks);
}

void ram_flash_cut(struct ram_flash *r)
{
    r->cut_at = 0;
}
