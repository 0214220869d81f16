/* SPDX-License-Identifier: MIT */
#include "store/claims.h"

#include "store/store.h"

#include <string.h>

#define NAMES FV_STORE_DIR "/names"
#define LOG FV_STORE_DIR "/names.log"
#define FIRST_CAPACITY 256u /* a short listing uses no more pages of memory */
#define LEAST 8u

static_assert(FV_CAP_NAMES <= 1 << 15 && (FV_CAP_NAMES & (FV_CAP_NAMES - 1)) == 0,
              "places are 16 bits, one set aside");

void fv_claims_room(struct fv_claims *c, void *memory, size_t size)
{
    const size_t each = sizeof(struct fv_claim) + 2 * sizeof(uint16_t);
    c->most = FV_CAP_NAMES;
    while (FV_CAP_NAMES > 0 && c->most > size / each) {
        c->most /= 2;
    }
    c->room = FV_CAP_NAMES > 0 && c->most >= LEAST ? memory : NULL;
}

void *fv_claims_spare(const struct fv_claims *c, size_t *size)
{
    uint32_t used = c->in_table ? 0 : c->capacity;
    *size = c->room != NULL ? (c->most - used) * sizeof *c->room : 0;
    return c->room != NULL ? c->room + used : NULL;
}

/* Boards without memory for names leave all of this out. */
static bool in_memory(const struct fv_claims *c)
{
    return FV_CAP_NAMES > 0 && !c->in_table;
}

/* --- The index of the claims in memory. A slot holds the number of a claim, from 1; its
 * position is given by the upper bits of the key. There are twice as many slots as claims. --- */

static uint16_t *index_of(const struct fv_claims *c)
{
    return (uint16_t *)(void *)(c->room + c->most);
}

/* Return the slot of key, or the empty slot for it. */
static uint16_t *slot_of(const struct fv_claims *c, uint64_t key)
{
    uint16_t *slots = index_of(c);
    uint32_t at = (uint32_t)((key >> 32) * (2 * c->capacity) >> 32);
    while (slots[at] != 0 && c->room[slots[at] - 1].key != key) {
        at = (at + 1) & (2 * c->capacity - 1);
    }
    return &slots[at];
}

static void make_index(struct fv_claims *c)
{
    memset(index_of(c), 0, 2 * c->capacity * sizeof(uint16_t));
    for (uint32_t i = 0; i < c->count; i++) {
        *slot_of(c, c->room[i].key) = (uint16_t)(i + 1);
    }
}

/* --- The log --- */

/* Make room: append the claims of all folders but the current one to the log. Nothing is synced,
 * because only this run reads the file. */
static enum fv_err make_room(struct fv_claims *c)
{
    const struct fv_port_storage *io = c->io;
    uint32_t gone = c->current - c->folders;
    int file = -1;
    enum fv_err err =
        io->open(io->ctx, LOG, c->logged > 0 ? FV_PORT_OPEN_WRITE : FV_PORT_OPEN_CREATE, &file);
    if (err != FV_OK) {
        return err;
    }
    err = io->write(io->ctx, file, c->logged * sizeof *c->room, c->room + c->folders,
                    gone * sizeof *c->room);
    enum fv_err closed = io->close(io->ctx, file);
    if (err != FV_OK || closed != FV_OK) {
        return err != FV_OK ? err : closed;
    }
    c->logged += gone;
    for (uint32_t i = c->folders; i < c->current; i++) {
        if (c->room[i].value == 0) {
            c->room[c->folders++] = c->room[i];
        }
    }
    c->count -= c->current;
    memmove(c->room + c->folders, c->room + c->current, c->count * sizeof *c->room);
    c->count += c->folders;
    c->current = c->folders;
    make_index(c);
    return FV_OK;
}

static enum fv_err put_all(struct fv_claims *c, const struct fv_claim *claims, size_t n)
{
    enum fv_err err = FV_OK;
    for (size_t i = 0; err == FV_OK && i < n; i++) {
        err =
            claims[i].value != 0 ? fv_table_put(&c->table, claims[i].key, claims[i].value) : FV_OK;
    }
    return err;
}

static enum fv_err put_logged(struct fv_claims *c, int file)
{
    struct fv_claim chunk[FV_CAP_BLOCK / sizeof(struct fv_claim)];
    uint64_t left = c->logged * sizeof *chunk;
    uint64_t at = 0;
    while (left > 0) {
        size_t want = left < sizeof chunk ? (size_t)left : sizeof chunk;
        size_t got = 0;
        enum fv_err err = c->io->read(c->io->ctx, file, at, chunk, want, &got);
        if (err == FV_OK) {
            err = got == want ? put_all(c, chunk, got / sizeof *chunk) : FV_E_CORRUPT;
        }
        if (err != FV_OK) {
            return err;
        }
        at += got;
        left -= got;
    }
    return FV_OK;
}

static enum fv_err copy_log(struct fv_claims *c)
{
    int file = -1;
    if (FV_CAP_NAMES == 0 || c->logged == 0) {
        return FV_OK;
    }
    enum fv_err err = c->io->open(c->io->ctx, LOG, FV_PORT_OPEN_READ, &file);
    if (err == FV_OK) {
        err = put_logged(c, file);
        enum fv_err closed = c->io->close(c->io->ctx, file);
        err = err == FV_OK ? closed : err;
    }
    return err;
}

enum fv_err fv_claims_settle(struct fv_claims *c)
{
    if (c->in_table) {
        return FV_OK;
    }
    enum fv_err err = fv_table_create(&c->table, c->page, c->io, NAMES);
    if (err == FV_OK) {
        err = copy_log(c);
    }
    if (FV_CAP_NAMES > 0 && err == FV_OK) {
        err = put_all(c, c->room, c->count);
    }
    c->in_table = err == FV_OK;
    if (err != FV_OK) {
        fv_table_close(&c->table);
    } else if (FV_CAP_NAMES > 0 && c->logged > 0) {
        (void)c->io->remove(c->io->ctx, LOG);
    }
    return err;
}

/* --- Claims --- */

enum fv_err fv_claims_begin(struct fv_claims *c, struct fv_table_page *page,
                            const struct fv_port_storage *io)
{
    fv_table_close(&c->table);
    c->io = io;
    c->page = page;
    c->count = c->folders = c->current = 0;
    c->logged = 0;
    c->in_table = false;
    if (FV_CAP_NAMES == 0 || c->room == NULL) {
        return fv_claims_settle(c);
    }
    c->capacity = c->most < FIRST_CAPACITY ? c->most : FIRST_CAPACITY;
    make_index(c);
    return FV_OK;
}

static enum fv_err grow(struct fv_claims *c)
{
    if (c->capacity < c->most) {
        c->capacity *= 2;
        make_index(c);
        return FV_OK;
    }
    uint32_t closed = 0;
    for (uint32_t i = c->folders; i < c->current; i++) {
        closed += c->room[i].value != 0 ? 1 : 0;
    }
    /* If that would release little, it would be needed again soon. */
    return closed >= c->most / 4 ? make_room(c) : fv_claims_settle(c);
}

static enum fv_err add(struct fv_claims *c, uint64_t key, uint64_t value)
{
    enum fv_err err = in_memory(c) && c->count == c->capacity ? grow(c) : FV_OK;
    if (err != FV_OK || !in_memory(c)) {
        return err != FV_OK || value == 0 ? err : fv_table_put(&c->table, key, value);
    }
    c->room[c->count++] = (struct fv_claim){key, value};
    *slot_of(c, key) = (uint16_t)c->count;
    return FV_OK;
}

enum fv_err fv_claims_enter(struct fv_claims *c, uint64_t folder)
{
    folder = ~folder; /* the key of a folder must not be equal to the key of a path */
    if (!in_memory(c) || (c->count > 0 && c->room[c->current].key == folder)) {
        return FV_OK;
    }
    uint32_t place = *slot_of(c, folder);
    if (place > 0 && place <= c->folders) {
        return fv_claims_settle(c);
    }
    c->current = place > 0 ? place - 1 : c->count;
    return place > 0 ? FV_OK : add(c, folder, 0);
}

enum fv_err fv_claims_find(struct fv_claims *c, uint64_t key, struct fv_claims_place *p)
{
    bool found = false;
    p->key = key;
    p->value = 0;
    if (!in_memory(c)) {
        fv_table_search(&c->table, key, &p->cursor);
        return fv_table_next(&c->table, &p->cursor, &p->value, &found);
    }
    uint16_t place = *slot_of(c, key);
    if (place > 0) {
        p->claim = &c->room[place - 1];
        p->value = p->claim->value;
    }
    return FV_OK;
}

enum fv_err fv_claims_set(struct fv_claims *c, const struct fv_claims_place *p, uint64_t value)
{
    if (p->value == 0) {
        return add(c, p->key, value);
    }
    if (!in_memory(c)) {
        return fv_table_set(&c->table, &p->cursor, value);
    }
    p->claim->value = value;
    return FV_OK;
}

void fv_claims_close(struct fv_claims *c)
{
    const struct fv_port_storage *io = c->io;
    if (io != NULL) {
        fv_table_close(&c->table);
        (void)io->remove(io->ctx, NAMES);
        if (FV_CAP_NAMES > 0) {
            (void)io->remove(io->ctx, LOG);
        }
        c->io = NULL;
    }
}
