/* SPDX-License-Identifier: MIT */
#include "port/sim/disk.h"

#include <stdlib.h>
#include <string.h>

/* --- Content --- */

static void resize(struct fv_sim_content *c, size_t size)
{
    if (size > c->room) {
        size_t room = size < 4096 ? 4096 : size + size / 2;
        uint8_t *bytes = fv_sim_room(room, 1);

        if (c->size)
            memcpy(bytes, c->bytes, c->size);
        free(c->bytes);
        c->bytes = bytes;
        c->room = room;
    }
    if (size > c->size)
        memset(c->bytes + c->size, 0, size - c->size);
    c->size = size;
}

static void apply(struct fv_sim_content *c, const struct fv_sim_change *change)
{
    size_t offset = (size_t)change->offset;

    if (!change->bytes) {
        resize(c, offset);
        return;
    }
    if (offset + change->n > c->size)
        resize(c, offset + change->n);
    if (change->n)
        memcpy(c->bytes + offset, change->bytes, change->n);
}

static void copy_content(struct fv_sim_content *to, const struct fv_sim_content *from)
{
    resize(to, from->size);
    if (from->size)
        memcpy(to->bytes, from->bytes, from->size);
    to->time = from->time;
}

static void forget_changes(struct fv_sim_node *node)
{
    for (size_t i = 0; i < node->count; i++)
        free(node->changes[i].bytes);
    node->count = 0;
}

/* Make a change and add it to the journal, which owns its bytes from now on. */
static void change(struct fv_sim *s, struct fv_sim_node *node, struct fv_sim_change what)
{
    size_t before = node->now.size;

    if (node->count == node->room) {
        size_t room = node->room ? 2 * node->room : 8;
        struct fv_sim_change *more = fv_sim_room(room, sizeof *more);

        if (node->count)
            memcpy(more, node->changes, node->count * sizeof *more);
        free(node->changes);
        node->changes = more;
        node->room = room;
    }
    apply(&node->now, &what);
    node->changes[node->count++] = what;
    if (node->named)
        s->disk->used = s->disk->used - before + node->now.size;
}

void fv_sim_write_node(struct fv_sim *s, struct fv_sim_node *node, uint64_t offset, const void *p,
                       size_t n)
{
    struct fv_sim_change what = {offset, n, NULL};

    if (n == 0)
        return;
    what.bytes = fv_sim_room(n, 1);
    memcpy(what.bytes, p, n);
    change(s, node, what);
}

void fv_sim_truncate_node(struct fv_sim *s, struct fv_sim_node *node, uint64_t size)
{
    node->reserved = 0;
    change(s, node, (struct fv_sim_change){size, 0, NULL});
}

/* --- Names --- */

static char folded(const struct fv_sim *s, char c)
{
    return (s->model->fat_names || s->folds) && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool same_name(const struct fv_sim *s, const char *a, const char *b)
{
    while (*a && folded(s, *a) == folded(s, *b)) {
        a++;
        b++;
    }
    return *a == *b;
}

struct fv_sim_slot *fv_sim_slot_at(struct fv_sim *s, struct fv_sim_node *dir, const char *name)
{
    struct fv_sim_disk *d = s->disk;
    uint32_t hash = 2166136261u;
    struct fv_sim_slot *slot;

    for (const char *p = name; *p; p++)
        hash = (hash ^ (uint8_t)folded(s, *p)) * 16777619u;
    hash %= FV_SIM_BUCKETS;
    for (slot = d->buckets[hash]; slot; slot = slot->bucket) {
        if (slot->dir == dir && same_name(s, slot->name, name))
            return slot;
    }
    slot = fv_sim_room(1, sizeof *slot);
    slot->dir = dir;
    memcpy(slot->name, name, strlen(name) + 1);
    slot->bucket = d->buckets[hash];
    d->buckets[hash] = slot;
    *d->last_slot = slot;
    d->last_slot = &slot->next;
    return slot;
}

struct fv_sim_node *fv_sim_node_new(struct fv_sim *s, enum fv_sim_kind kind)
{
    struct fv_sim_node *node = fv_sim_room(1, sizeof *node);

    node->kind = kind;
    node->number = ++s->disk->numbered;
    node->now.time = node->kept.time = fv_sim_wall(s);
    node->next = s->disk->nodes;
    s->disk->nodes = node;
    return node;
}

static void push_naming(struct fv_sim *s, struct fv_sim_slot *slot, struct fv_sim_node *node)
{
    struct fv_sim_disk *d = s->disk;

    if (d->count == d->room) {
        size_t room = d->room ? 2 * d->room : 64;
        struct fv_sim_naming *more = fv_sim_room(room, sizeof *more);

        if (d->count)
            memcpy(more, d->namings, d->count * sizeof *more);
        free(d->namings);
        d->namings = more;
        d->room = room;
    }
    slot->now = node;
    d->namings[d->count++] = (struct fv_sim_naming){slot, node, d->op};
}

/* Make durable, in their order, the changes that wanted() selects. */
static void settle(struct fv_sim *s,
                   bool (*wanted)(const struct fv_sim *, const struct fv_sim_naming *,
                                  const void *),
                   const void *arg)
{
    struct fv_sim_disk *d = s->disk;
    size_t left = 0;

    for (size_t i = 0; i < d->count; i++) {
        struct fv_sim_naming naming = d->namings[i];

        if (wanted(s, &naming, arg))
            naming.slot->kept = naming.node;
        else
            d->namings[left++] = naming;
    }
    d->count = left;
}

static bool of_slot(const struct fv_sim *s, const struct fv_sim_naming *naming, const void *arg)
{
    (void)s;
    return naming->slot == arg;
}

static bool of_node(const struct fv_sim *s, const struct fv_sim_naming *naming, const void *arg)
{
    (void)s;
    return naming->node == arg;
}

static bool of_dir(const struct fv_sim *s, const struct fv_sim_naming *naming, const void *arg)
{
    (void)s;
    return naming->slot->dir == arg;
}

/* The space of a file without a name counts as free, although the file may still be open. */
static void unname(struct fv_sim *s, struct fv_sim_node *node)
{
    if (!node || !node->named)
        return;
    node->named = false;
    node->reserved = 0;
    s->disk->used -= node->now.size;
}

void fv_sim_name(struct fv_sim *s, struct fv_sim_slot *slot, struct fv_sim_node *node, bool durable)
{
    bool created = node && node->kind == FV_SIM_FILE;

    unname(s, slot->now);
    s->disk->op++;
    push_naming(s, slot, node);
    if (created) {
        node->named = true;
        s->disk->used += node->now.size;
    }
    if (durable || (s->model->names_at_once && !(created && s->model->new_with_sync)))
        settle(s, of_slot, slot);
}

void fv_sim_move(struct fv_sim *s, struct fv_sim_slot *from, struct fv_sim_slot *to)
{
    struct fv_sim_node *node = from->now;

    if (from == to)
        return;
    unname(s, to->now);
    if (s->model->late_entry) {
        node->place = to;
        node->replaced = to->now;
    }
    s->disk->op++;
    push_naming(s, from, NULL);
    push_naming(s, to, node);
    if (s->model->names_at_once) {
        settle(s, of_slot, from);
        settle(s, of_slot, to);
    }
}

void fv_sim_sync_names(struct fv_sim *s, const struct fv_sim_node *dir)
{
    struct fv_sim_disk *d = s->disk;

    /* A file never has two names: its old slot becomes empty. */
    for (size_t i = 1; i < d->count; i++) {
        if (d->namings[i].slot->dir == dir && d->namings[i - 1].op == d->namings[i].op) {
            settle(s, of_slot, d->namings[i - 1].slot);
            i = 0;
        }
    }
    settle(s, of_dir, dir);
}

void fv_sim_sync_node(struct fv_sim *s, struct fv_sim_node *node)
{
    for (size_t i = 0; i < node->count; i++)
        apply(&node->kept, &node->changes[i]);
    node->kept.time = node->now.time;
    node->place = NULL;
    forget_changes(node);
    if (s->model->new_with_sync)
        settle(s, of_node, node);
}

void fv_sim_lose_node(struct fv_sim *s, struct fv_sim_node *node)
{
    for (size_t i = 0; s->harsh && s->model->grows && i < node->count; i++) {
        if (fv_sim_pick(s, 2) == 0)
            apply(&node->kept, &node->changes[i]);
    }
    forget_changes(node);
}

/* --- The power cut --- */

/* How many unsynced changes reached the medium; with `harsh`, names and content differ. */
enum arrival { ARRIVED_NONE, ARRIVED_ALL, ARRIVED_SOME, ARRIVED_FIRST, ARRIVALS };

/* Return how many of `count` changes, from the first on, reached the medium. */
static size_t arrived(struct fv_sim *s, enum arrival how, size_t count)
{
    if (how == ARRIVED_NONE)
        return 0;
    return how == ARRIVED_ALL ? count : (size_t)fv_sim_pick(s, count + 1);
}

/* Compute the sector at offset after the first k changes; sector has FV_SIM_SECTOR bytes. */
static void sector_after(const struct fv_sim_node *node, size_t offset, size_t k, uint8_t *sector)
{
    size_t end = offset + FV_SIM_SECTOR;
    size_t old = node->kept.size > end ? end : node->kept.size;

    memset(sector, 0, FV_SIM_SECTOR);
    if (old > offset)
        memcpy(sector, node->kept.bytes + offset, old - offset);
    for (size_t i = 0; i < k; i++) {
        const struct fv_sim_change *c = &node->changes[i];
        size_t from = (size_t)c->offset > offset ? (size_t)c->offset : offset;
        size_t to = (size_t)c->offset + c->n < end ? (size_t)c->offset + c->n : end;

        if (!c->bytes && from < end)
            memset(sector + (from - offset), 0, end - from);
        else if (c->bytes && from < to)
            memcpy(sector + (from - offset), c->bytes + (from - (size_t)c->offset), to - from);
    }
}

/* Mark the bytes of the sector at offset that changes write. false: there are none. */
static bool touched(const struct fv_sim_node *node, size_t offset, bool mark[FV_SIM_SECTOR])
{
    bool any = false;

    memset(mark, 0, FV_SIM_SECTOR);
    for (size_t i = 0; i < node->count; i++) {
        const struct fv_sim_change *c = &node->changes[i];
        size_t from = (size_t)c->offset > offset ? (size_t)c->offset - offset : 0;
        size_t end = (size_t)c->offset + c->n > offset ? (size_t)c->offset + c->n - offset : 0;

        for (size_t at = from; c->bytes && at < end && at < FV_SIM_SECTOR; at++)
            any = mark[at] = true;
    }
    return any;
}

/* Sometimes tear the sector: the bytes that changes write become random, or partly old. */
static void tear(struct fv_sim *s, const struct fv_sim_node *node, size_t offset, uint8_t *sector)
{
    uint64_t how = fv_sim_pick(s, 12);
    size_t border = (size_t)fv_sim_pick(s, FV_SIM_SECTOR);
    uint8_t old[FV_SIM_SECTOR];
    bool mark[FV_SIM_SECTOR];

    if (how > 2 || !touched(node, offset, mark))
        return;
    sector_after(node, offset, 0, old);
    for (size_t at = 0; at < FV_SIM_SECTOR; at++) {
        if (mark[at] && how == 0)
            sector[at] = (uint8_t)fv_sim_pick(s, 256);
        else if (mark[at] && (at < border) == (how == 1))
            sector[at] = old[at];
    }
}

static size_t size_after(const struct fv_sim_node *node, size_t k)
{
    size_t size = node->kept.size;

    for (size_t i = 0; i < k; i++) {
        const struct fv_sim_change *c = &node->changes[i];

        if (!c->bytes || (size_t)c->offset + c->n > size)
            size = (size_t)c->offset + c->n;
    }
    return size;
}

static void cut_content(struct fv_sim *s, struct fv_sim_node *node, enum arrival how)
{
    struct fv_sim_content left = {0};
    uint8_t sector[FV_SIM_SECTOR];
    size_t size = size_after(node, arrived(s, how, node->count));
    bool new_time = arrived(s, how, 1) == 1;
    size_t before = arrived(s, how, node->count);

    if (!s->model->grows && size > node->kept.size)
        size = node->kept.size;
    resize(&left, size);
    for (size_t at = 0; at < size; at += FV_SIM_SECTOR) {
        size_t n = size - at < FV_SIM_SECTOR ? size - at : FV_SIM_SECTOR;

        sector_after(node, at, how == ARRIVED_FIRST ? before : arrived(s, how, node->count),
                     sector);
        if (s->harsh)
            tear(s, node, at, sector);
        memcpy(left.bytes + at, sector, n);
    }
    left.time = new_time ? node->now.time : node->kept.time;
    free(node->kept.bytes);
    node->kept = left;
}

static void cut_node(struct fv_sim *s, struct fv_sim_node *node, enum arrival how)
{
    if (s->model->by_sector && (node->count || node->now.time != node->kept.time))
        cut_content(s, node, how);
    copy_content(&node->now, &node->kept);
    forget_changes(node);
    node->reserved = 0;
    node->locked = node->named = false;
    node->place = NULL;
}

static void cut_names(struct fv_sim *s, enum arrival how)
{
    struct fv_sim_disk *d = s->disk;
    size_t first = arrived(s, how, d->count);
    size_t i = 0;

    while (i < d->count) {
        bool pair = i + 1 < d->count && d->namings[i + 1].op == d->namings[i].op;
        bool across = pair && d->namings[i].slot->dir != d->namings[i + 1].slot->dir;
        bool here = how == ARRIVED_FIRST ? i < first : arrived(s, how, 1) == 1;
        bool there = here && !(across && how == ARRIVED_SOME && fv_sim_pick(s, 4) == 0);

        if (here)
            d->namings[i].slot->kept = d->namings[i].node;
        if (pair && there) {
            d->namings[i + 1].slot->kept = d->namings[i + 1].node;
            if (s->harsh && across && s->medium == FV_SIM_VFAT && fv_sim_pick(s, 4) == 0)
                d->namings[i].slot->kept = fv_sim_node_new(s, FV_SIM_FILE);
        } else if (pair && here) {
            s->vanished++;
        }
        i += pair ? 2 : 1;
    }
    d->count = 0;
}

static bool has_name(const struct fv_sim_disk *d, const struct fv_sim_node *dir)
{
    const struct fv_sim_slot *slot = d->slots;

    while (slot && slot->kept != dir)
        slot = slot->next;
    return slot || dir == d->root;
}

/* The entry of a renamed, unsynced file may still describe the replaced file, or an empty one. */
static void cut_entries(struct fv_sim *s)
{
    for (struct fv_sim_slot *slot = s->disk->slots; slot; slot = slot->next) {
        struct fv_sim_node *node = slot->kept;

        if (node && node->place == slot && fv_sim_pick(s, 2) == 0) {
            slot->kept = node->replaced ? node->replaced : fv_sim_node_new(s, FV_SIM_FILE);
            s->vanished += !has_name(s->disk, node);
        }
    }
}

/* Remove files whose directory lost its name. A directory's slot comes before those in it. */
static void lose_orphans(struct fv_sim_disk *d)
{
    for (struct fv_sim_slot *slot = d->slots; slot; slot = slot->next) {
        if (slot->kept && !has_name(d, slot->dir))
            slot->kept = NULL;
    }
}

void fv_sim_disk_cut(struct fv_sim *s)
{
    struct fv_sim_disk *d = s->disk;
    enum arrival how = (enum arrival)fv_sim_pick(s, ARRIVALS);

    cut_names(s, s->harsh ? (enum arrival)fv_sim_pick(s, ARRIVALS) : how);
    cut_entries(s);
    for (struct fv_sim_node *node = d->nodes; node; node = node->next)
        cut_node(s, node, how);
    lose_orphans(d);
    d->used = 0;
    for (struct fv_sim_slot *slot = d->slots; slot; slot = slot->next) {
        slot->now = slot->kept;
        if (slot->now && slot->now->kind == FV_SIM_FILE) {
            slot->now->named = true;
            d->used += slot->now->now.size;
        }
    }
    memset(d->handles, 0, sizeof d->handles);
}

/* --- The whole --- */

void fv_sim_disk_free(struct fv_sim *s)
{
    while (s->disk->nodes) {
        struct fv_sim_node *node = s->disk->nodes;

        s->disk->nodes = node->next;
        forget_changes(node);
        free(node->changes);
        free(node->now.bytes);
        free(node->kept.bytes);
        free(node);
    }
    while (s->disk->slots) {
        struct fv_sim_slot *slot = s->disk->slots;

        s->disk->slots = slot->next;
        free(slot);
    }
    free(s->disk->namings);
    free(s->disk);
    s->disk = NULL;
}
