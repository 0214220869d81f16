/* SPDX-License-Identifier: MIT */
#include "port/sim/disk.h"

#include <stdlib.h>
#include <string.h>

void fv_sim_put(struct fv_sim *s, const char *path, const void *p, size_t n, int64_t modified_us)
{
    struct fv_sim_node *node = fv_sim_node_new(s, FV_SIM_FILE);
    struct fv_sim_slot *slot;

    if (fv_sim_walk(s, path, true, &slot) != FV_OK)
        abort();
    fv_sim_name(s, slot, node, true);
    fv_sim_write_node(s, node, 0, p, n);
    node->now.time = fv_sim_rounded(s, modified_us);
    fv_sim_sync_node(s, node);
}

void fv_sim_put_link(struct fv_sim *s, const char *path)
{
    struct fv_sim_slot *slot;

    if (fv_sim_walk(s, path, true, &slot) != FV_OK)
        abort();
    fv_sim_name(s, slot, fv_sim_node_new(s, FV_SIM_LINK), true);
}

const uint8_t *fv_sim_get(struct fv_sim *s, const char *path, size_t *n)
{
    struct fv_sim_slot *slot;

    if (fv_sim_walk(s, path, false, &slot) != FV_OK || !slot->now || slot->now->kind != FV_SIM_FILE)
        return NULL;
    *n = slot->now->now.size;
    return slot->now->now.bytes ? slot->now->now.bytes : (const uint8_t *)"";
}

void fv_sim_spoil(struct fv_sim *s, const char *path, size_t offset, uint8_t byte)
{
    struct fv_sim_slot *slot;

    if (fv_sim_walk(s, path, false, &slot) != FV_OK || !slot->now || offset >= slot->now->now.size)
        abort();
    fv_sim_write_node(s, slot->now, offset, &byte, 1);
    fv_sim_sync_node(s, slot->now);
}

void fv_sim_drop(struct fv_sim *s, const char *path)
{
    struct fv_sim_slot *slot;

    if (fv_sim_walk(s, path, false, &slot) == FV_OK && slot->now)
        fv_sim_name(s, slot, NULL, true);
}

/* Return the slot of a directory; NULL for the root. */
static const struct fv_sim_slot *slot_of(const struct fv_sim *s, const struct fv_sim_node *node)
{
    const struct fv_sim_slot *slot = s->disk->slots;

    while (slot && slot->now != node)
        slot = slot->next;
    return slot;
}

static void path_of(const struct fv_sim *s, const struct fv_sim_slot *slot,
                    char path[FV_CAP_PATH + 1])
{
    size_t at = FV_CAP_PATH;

    path[at] = '\0';
    for (; slot; slot = slot_of(s, slot->dir)) {
        size_t n = strlen(slot->name);
        bool last = path[at] == '\0';

        if (at < n + (last ? 0 : 1))
            abort();
        if (!last)
            path[--at] = '/';
        at -= n;
        memcpy(path + at, slot->name, n);
        if (slot->dir == s->disk->root)
            break;
    }
    memmove(path, path + at, FV_CAP_PATH + 1 - at);
}

void fv_sim_each(struct fv_sim *s, void (*visit)(void *arg, const char *path), void *arg)
{
    char path[FV_CAP_PATH + 1];

    for (const struct fv_sim_slot *slot = s->disk->slots; slot; slot = slot->next) {
        if (slot->now && slot->now->kind == FV_SIM_FILE) {
            path_of(s, slot, path);
            visit(arg, path);
        }
    }
}

void fv_sim_copy(struct fv_sim *to, struct fv_sim *from)
{
    char path[FV_CAP_PATH + 1];

    for (const struct fv_sim_slot *slot = from->disk->slots; slot; slot = slot->next) {
        const struct fv_sim_node *node = slot->now;
        struct fv_sim_slot *made;

        if (!node)
            continue;
        path_of(from, slot, path);
        if (node->kind == FV_SIM_FILE) {
            fv_sim_put(to, path, node->now.bytes, node->now.size, node->now.time);
        } else if (fv_sim_walk(to, path, true, &made) == FV_OK && !made->now) {
            fv_sim_name(to, made, fv_sim_node_new(to, node->kind), true);
        }
    }
}
