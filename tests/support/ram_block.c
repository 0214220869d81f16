/* SPDX-License-Identifier: MIT */
#include "support/ram_block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum fv_err fails(const struct ram_block *b)
{
    return b->cut_at != 0 && b->writes >= b->cut_at ? FV_E_STORAGE : FV_OK;
}

static enum fv_err block_read(void *ctx, uint32_t first, void *p, uint32_t count)
{
    struct ram_block *b = ctx;
    if (first >= b->port.blocks || count == 0 || count > b->port.blocks - first) {
        abort();
    }
    memcpy(p, b->bytes + (size_t)first * FV_BLOCK_SIZE, (size_t)count * FV_BLOCK_SIZE);
    return fails(b);
}

static enum fv_err block_write(void *ctx, uint32_t first, const void *p, uint32_t count)
{
    struct ram_block *b = ctx;
    const uint8_t *from = p;
    if (first >= b->port.blocks || count == 0 || count > b->port.blocks - first) {
        abort();
    }
    if (b->readonly) {
        return FV_E_READONLY;
    }
    for (uint32_t i = 0; i < count && fails(b) == FV_OK; i++, from += FV_BLOCK_SIZE) {
        b->writes++;
        if (fails(b) != FV_OK) {
            break;
        }
        if (b->count == b->room) {
            b->room = b->room == 0 ? 64 : 2 * b->room;
            b->pending = realloc(b->pending, b->room * sizeof *b->pending);
        }
        b->pending[b->count].block = first + i;
        memcpy(b->pending[b->count++].bytes, from, FV_BLOCK_SIZE);
        memcpy(b->bytes + (size_t)(first + i) * FV_BLOCK_SIZE, from, FV_BLOCK_SIZE);
    }
    return fails(b);
}

static void settle(struct ram_block *b, size_t i)
{
    memcpy(b->kept + (size_t)b->pending[i].block * FV_BLOCK_SIZE, b->pending[i].bytes,
           FV_BLOCK_SIZE);
}

static enum fv_err block_sync(void *ctx)
{
    struct ram_block *b = ctx;
    if (fails(b) == FV_OK) {
        for (size_t i = 0; i < b->count; i++) {
            settle(b, i);
        }
        b->count = 0;
        b->syncs++;
    }
    return fails(b);
}

void ram_block_init(struct ram_block *b, uint32_t blocks)
{
    *b = (struct ram_block){.port = {b, blocks, block_read, block_write, block_sync}};
    b->bytes = calloc(blocks, FV_BLOCK_SIZE);
    b->kept = calloc(blocks, FV_BLOCK_SIZE);
}

void ram_block_free(struct ram_block *b)
{
    free(b->bytes);
    free(b->kept);
    free(b->pending);
}

static size_t size_of(const struct ram_block *b)
{
    return (size_t)b->port.blocks * FV_BLOCK_SIZE;
}

void ram_block_load(struct ram_block *b, const char *file)
{
    FILE *f = fopen(file, "rb");
    if (f == NULL || fread(b->bytes, 1, size_of(b), f) != size_of(b)) {
        abort();
    }
    fclose(f);
    memcpy(b->kept, b->bytes, size_of(b));
    b->count = 0;
}

void ram_block_copy(struct ram_block *b, const struct ram_block *from)
{
    if (b->port.blocks != from->port.blocks) {
        abort();
    }
    memcpy(b->bytes, from->bytes, size_of(b));
    memcpy(b->kept, from->bytes, size_of(b));
    b->count = 0;
}

void ram_block_save(const struct ram_block *b, const char *file)
{
    FILE *f = fopen(file, "wb");
    if (f == NULL || fwrite(b->bytes, 1, size_of(b), f) != size_of(b) || fclose(f) != 0) {
        abort();
    }
}

static bool arrives(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*seed >> 40 & 1) == 1;
}

void ram_block_cut(struct ram_block *b, uint64_t seed)
{
    uint64_t random = seed;
    for (size_t i = 0; i < b->count; i++) {
        if (seed == 1 || (seed > 1 && arrives(&random))) {
            settle(b, i);
        }
    }
    b->count = 0;
    b->cut_at = 0;
    memcpy(b->bytes, b->kept, size_of(b));
}
