/* SPDX-License-Identifier: MIT */
/*
 * First fit over blocks that store their own size and that of the block before, eight bytes a
 * block. mbedTLS's own pool allocator uses 32 bytes a block, and has some hundred small blocks at a
 * time, which would be 2 KiB of 64.
 */
#include "port/bare/bare.h"

#include <stdalign.h>
#include <stdbool.h>
#include <string.h>

#define UNIT 8u /* sizes and positions are multiples of it */

struct block {
    uint32_t size;   /* bytes, this header included; the lowest bit: in use */
    uint32_t before; /* bytes of the block before; 0: this is the first */
};

static_assert(sizeof(struct block) == UNIT && FV_HEAP_BYTES % UNIT == 0, "blocks are aligned");

static alignas(UNIT) uint8_t pool[FV_HEAP_BYTES];
static struct fv_bare_heap counters;

static struct block *at(size_t place)
{
    return (struct block *)(void *)(pool + place);
}

static size_t place_of(const struct block *b)
{
    return (size_t)((const uint8_t *)b - pool);
}

static size_t size_of(const struct block *b)
{
    return b->size & ~1u;
}

/* Return the block after b; NULL: none. */
static struct block *behind(const struct block *b)
{
    size_t place = place_of(b) + size_of(b);
    return place < sizeof pool ? at(place) : NULL;
}

/* Set the size of b, also in the block after it. */
static void resize(struct block *b, size_t size, bool used)
{
    b->size = (uint32_t)size | used;
    struct block *next = behind(b);
    if (next != NULL) {
        next->before = (uint32_t)size;
    }
}

static void *take(struct block *b, size_t size)
{
    size_t whole = size_of(b);
    if (whole - size >= 2 * UNIT) {
        resize(b, size, true);
        resize(behind(b), whole - size, false);
    } else {
        size = whole;
        resize(b, size, true);
    }
    counters.used += size;
    if (counters.used > counters.most) {
        counters.most = counters.used;
    }
    if (place_of(b) + size > counters.reach) {
        counters.reach = place_of(b) + size;
    }
    return b + 1;
}

void *fv_bare_calloc(size_t count, size_t size)
{
    size_t bytes = 0;
    if (counters.size == 0) {
        resize(at(0), sizeof pool, false);
        counters.size = sizeof pool;
    }
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > sizeof pool) {
        counters.failures++;
        return NULL;
    }
    size_t need = (bytes + UNIT - 1) / UNIT * UNIT + sizeof(struct block);
    for (struct block *b = at(0); b != NULL; b = behind(b)) {
        if ((b->size & 1u) == 0 && b->size >= need) {
            return memset(take(b, need), 0, bytes);
        }
    }
    counters.failures++;
    return NULL;
}

void fv_bare_free(void *p)
{
    if (p == NULL) {
        return;
    }
    struct block *b = (struct block *)p - 1;
    size_t size = size_of(b);
    struct block *next = behind(b);
    counters.used -= size;
    if (next != NULL && (next->size & 1u) == 0) {
        size += next->size;
    }
    if (b->before != 0) {
        struct block *before = at(place_of(b) - b->before);
        if ((before->size & 1u) == 0) {
            size += before->size;
            b = before;
        }
    }
    resize(b, size, false);
}

const struct fv_bare_heap *fv_bare_heap(void)
{
    return &counters;
}

void fv_bare_heap_forget(void)
{
    counters.most = counters.reach = counters.used;
    counters.failures = 0;
}

static uint32_t failures(void *ctx)
{
    (void)ctx;
    return counters.failures;
}

const struct fv_port_memory fv_bare_memory = {.failures = failures};
