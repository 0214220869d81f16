/* SPDX-License-Identifier: MIT */
#include "store/room.h"

#include <string.h>

#define MOST (FV_ROOM_SLOTS - FV_ROOM_SLOTS / 4)
#define MASK (FV_ROOM_SLOTS - 1u)
/* the value of a slot that is no longer in use; slots after it are still found */
#define WRITTEN UINT64_MAX

static_assert((FV_ROOM_SLOTS & MASK) == 0 && FV_ROOM_SLOTS <= 1 << 15,
              "a room's size is a power of two, and of 16 bits");

/* The home of key among so many slots: its upper bits. */
static uint32_t home(uint64_t key, uint32_t numbers)
{
    return (uint32_t)((key >> 32) * numbers >> 32);
}

void fv_room_reset(struct fv_room *r, bool filters)
{
    memset(r, 0, sizeof *r);
    r->filters = filters;
}

struct fv_room_cursor fv_room_search(uint64_t key)
{
    return (struct fv_room_cursor){home(key, FV_ROOM_SLOTS), FV_ROOM_SLOTS};
}

bool fv_room_next(const struct fv_room *r, uint64_t key, struct fv_room_cursor *c, uint64_t *value)
{
    while (c->left > 0) {
        const struct fv_room_value *v = &r->slot[c->slot];
        if (v->value == 0) {
            c->left = 0;
            break;
        }
        c->slot = (c->slot + 1) & MASK;
        c->left--;
        if (v->key == key && v->value != WRITTEN) {
            *value = v->value;
            return true;
        }
    }
    return false;
}

void fv_room_set(struct fv_room *r, const struct fv_room_cursor *c, uint64_t value)
{
    r->slot[(c->slot - 1) & MASK].value = value;
}

bool fv_room_may_be_written(const struct fv_room *r, uint64_t key)
{
    uint32_t bit = home(key, 8 * sizeof r->seen);
    return !r->filters || (r->seen[bit / 8] >> bit % 8 & 1) != 0;
}

bool fv_room_is_full(const struct fv_room *r)
{
    return r->count >= MOST;
}

void fv_room_put(struct fv_room *r, uint64_t key, uint64_t value)
{
    uint32_t at = home(key, FV_ROOM_SLOTS);
    while (r->slot[at].value != 0) {
        at = (at + 1) & MASK;
    }
    r->slot[at] = (struct fv_room_value){key, value};
    r->count++;
    r->written = 0;
}

const struct fv_room_value *fv_room_first(struct fv_room *r)
{
    while (r->count > 0 && r->written < FV_ROOM_SLOTS) {
        const struct fv_room_value *v = &r->slot[r->written];
        if (v->value != 0 && v->value != WRITTEN) {
            return v;
        }
        r->written++;
    }
    memset(r->slot, 0, sizeof r->slot);
    r->count = r->written = 0;
    return NULL;
}

void fv_room_written(struct fv_room *r)
{
    struct fv_room_value *v = &r->slot[r->written];
    uint32_t bit = home(v->key, 8 * sizeof r->seen);
    r->seen[bit / 8] |= (uint8_t)(1u << bit % 8);
    v->value = WRITTEN;
}
