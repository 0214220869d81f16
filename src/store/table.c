/* SPDX-License-Identifier: MIT */
#include "store/table.h"

#include "base/num.h"
#include "store/table_file.h"

#include <string.h>

#define PAGE_SLOTS (FV_CAP_BLOCK / FV_TABLE_SLOT)
#define CHUNK_SLOTS 16u /* read at once while a table is copied */

static_assert((FV_CAP_BLOCK & (FV_CAP_BLOCK - 1)) == 0, "a table is one page or whole pages");

static uint64_t page_offset(uint32_t page)
{
    return FV_TABLE_HEADER + (uint64_t)page * FV_CAP_BLOCK;
}

/* Bytes of a page. The only page of a small table is smaller than other pages. */
static size_t page_size(const struct fv_table *t)
{
    return t->capacity < PAGE_SLOTS ? t->capacity * FV_TABLE_SLOT : FV_CAP_BLOCK;
}

/* Write the page to its owner's file, if it has changed. */
static enum fv_err flush(struct fv_table_page *page)
{
    struct fv_table *t = page->owner;
    if (t == NULL || !page->dirty) {
        return FV_OK;
    }
    enum fv_err err =
        t->io->write(t->io->ctx, t->file, page_offset(page->number), page->block, page_size(t));
    page->dirty = err != FV_OK;
    t->unsynced = true;
    return err;
}

enum fv_err fv_table_release(struct fv_table_page *page)
{
    enum fv_err err = flush(page);
    if (err == FV_OK) {
        page->owner = NULL;
    }
    return err;
}

/* Write the page before t is used. FV_E_STORAGE: t has no file, because its file could not be
 * opened again after it grew. */
static enum fv_err settle(struct fv_table *t)
{
    return t->is_open ? flush(t->page) : FV_E_STORAGE;
}

/* The slots of t in the page are no longer valid. */
static void forget(struct fv_table *t)
{
    if (t->page->owner == t) {
        t->page->owner = NULL;
        t->page->dirty = false;
    }
}

static void shut(struct fv_table *t)
{
    (void)t->io->close(t->io->ctx, t->file);
    t->is_open = false;
    forget(t);
}

/* Read the page of slot into memory; *p is the slot. */
static enum fv_err load(struct fv_table *t, uint32_t slot, uint8_t **p)
{
    uint32_t number = slot / PAGE_SLOTS;
    struct fv_table_page *page = t->page;
    if (page->owner != t || page->number != number) {
        size_t got = 0;
        enum fv_err err = settle(t);
        if (err == FV_OK) {
            page->owner = NULL;
            err = t->io->read(t->io->ctx, t->file, page_offset(number), page->block, page_size(t),
                              &got);
        }
        if (err != FV_OK) {
            return err;
        }
        if (got < page_size(t)) {
            return FV_E_CORRUPT;
        }
        page->owner = t;
        page->number = number;
    }
    *p = page->block + slot % PAGE_SLOTS * FV_TABLE_SLOT;
    return FV_OK;
}

/* The upper bits of the key: log2(capacity) of them. */
static uint32_t home(const struct fv_table *t, uint64_t key)
{
    return (uint32_t)((key >> 32) * t->capacity >> 32);
}

static bool has_room(const struct fv_table *t)
{
    return FV_CAP_INDEX > 0 && t->room != NULL;
}

void fv_table_lend(struct fv_table *t, struct fv_room *room)
{
    if (FV_CAP_INDEX > 0) {
        t->room = room;
        fv_room_reset(room, t->used == 0);
    }
}

/* Fill a new file with empty slots. */
static enum fv_err make(struct fv_table *t, const char *path, uint32_t capacity)
{
    uint8_t *block = t->page->block;
    enum fv_err err = flush(t->page);
    if (err == FV_OK) {
        t->page->owner = NULL;
        err = t->io->open(t->io->ctx, path, FV_PORT_OPEN_CREATE, &t->file);
    }
    if (err != FV_OK) {
        return err;
    }
    t->is_open = true;
    t->capacity = capacity;
    t->used = 0;
    t->unsynced = true;
    memset(block, 0, FV_CAP_BLOCK);
    const uint64_t size = FV_TABLE_HEADER + (uint64_t)capacity * FV_TABLE_SLOT;
    for (uint64_t at = 0; err == FV_OK && at < size; at += FV_CAP_BLOCK) {
        size_t n = size - at < FV_CAP_BLOCK ? (size_t)(size - at) : FV_CAP_BLOCK;
        err = t->io->write(t->io->ctx, t->file, at, block, n);
    }
    if (err == FV_OK) {
        err = fv_table_write_header(t);
    }
    if (err != FV_OK) {
        shut(t);
    }
    return err;
}

static void init(struct fv_table *t, struct fv_table_page *page, const struct fv_port_storage *io,
                 const char *path)
{
    t->page = page;
    t->io = io;
    t->path = path;
    t->room = NULL;
    t->unsynced = false;
    t->is_open = false;
    t->beside = 0;
}

static bool has_tags(const struct fv_table *t)
{
    uint64_t all = 0;
    for (size_t i = 0; i < FV_TABLE_TAGS; i++) {
        all |= t->tag[i];
    }
    return all != 0;
}

/* Make the tags durable in the new file, before it replaces the old one. */
static enum fv_err sync_tags(struct fv_table *t)
{
    if (!has_tags(t)) {
        return FV_OK;
    }
    t->unsynced = false;
    return t->io->sync(t->io->ctx, t->file);
}

enum fv_err fv_table_create(struct fv_table *t, struct fv_table_page *page,
                            const struct fv_port_storage *io, const char *path)
{
    memset(t->tag, 0, sizeof t->tag);
    init(t, page, io, path);
    return make(t, path, FV_TABLE_LEAST);
}

enum fv_err fv_table_renew(struct fv_table *t, struct fv_table_page *page,
                           const struct fv_port_storage *io, const char *path, bool anew)
{
    char beside[FV_TABLE_PATH];
    init(t, page, io, path);
    if (FV_CAP_SYNC_ALL && anew) {
        return make(t, path, FV_TABLE_LEAST);
    }
    enum fv_err err = fv_table_name_beside(t, 1, beside);
    if (err == FV_OK) {
        err = make(t, beside, FV_TABLE_LEAST);
    }
    if (err == FV_OK) {
        err = sync_tags(t);
        shut(t);
        err = err == FV_OK ? fv_table_take_place(t, 1) : err;
    }
    if (err != FV_OK) {
        fv_table_remove_beside(t, 1);
    }
    if (err == FV_E_FULL) { /* without the old file there may be space */
        err = make(t, path, FV_TABLE_LEAST);
        err = err == FV_OK ? sync_tags(t) : err;
    }
    return err;
}

enum fv_err fv_table_open(struct fv_table *t, struct fv_table_page *page,
                          const struct fv_port_storage *io, const char *path, bool reader)
{
    struct fv_port_stat st;
    init(t, page, io, path);
    enum fv_err err = io->stat(io->ctx, path, &st);
    if (err == FV_OK && st.kind == FV_PORT_NONE) {
        err = FV_E_NOT_FOUND;
    }
    if (err == FV_OK) {
        err = io->open(io->ctx, path, reader ? FV_PORT_OPEN_READ : FV_PORT_OPEN_WRITE, &t->file);
    }
    if (err != FV_OK) {
        return err;
    }
    t->is_open = true;
    err = fv_table_read_header(t);
    if (err != FV_OK) {
        fv_table_close(t);
    }
    return err;
}

void fv_table_search(const struct fv_table *t, uint64_t key, struct fv_table_cursor *c)
{
    *c = (struct fv_table_cursor){.key = key, .slot = home(t, key), .left = t->capacity};
    if (has_room(t)) {
        c->waiting = fv_room_search(key);
        c->left = fv_room_may_be_written(t->room, key) ? c->left : 0;
    }
}

enum fv_err fv_table_next(struct fv_table *t, struct fv_table_cursor *c, uint64_t *value,
                          bool *found)
{
    c->in_room = has_room(t) && fv_room_next(t->room, c->key, &c->waiting, value);
    if (c->in_room) {
        *found = true;
        return FV_OK;
    }
    for (; c->left > 0; c->left--) {
        uint8_t *p = NULL;
        enum fv_err err = load(t, c->slot, &p);
        if (err != FV_OK) {
            return err;
        }
        uint64_t v = fv_num_get64(p + 8);
        if (v == 0) {
            break;
        }
        c->slot = (c->slot + 1) & (t->capacity - 1);
        if (fv_num_get64(p) == c->key) {
            c->left--;
            *value = v;
            *found = true;
            return FV_OK;
        }
    }
    *found = false;
    return FV_OK;
}

enum fv_err fv_table_set(struct fv_table *t, const struct fv_table_cursor *c, uint64_t value)
{
    uint8_t *p = NULL;
    if (has_room(t) && c->in_room) {
        fv_room_set(t->room, &c->waiting, value);
        return FV_OK;
    }
    enum fv_err err = load(t, (c->slot - 1) & (t->capacity - 1), &p);
    if (err == FV_OK) {
        fv_num_put64(p + 8, value);
        t->page->dirty = true;
    }
    return err;
}

/* Write to the first empty slot from the home of key on. */
static enum fv_err insert(struct fv_table *t, uint64_t key, uint64_t value)
{
    uint32_t slot = home(t, key);
    for (uint32_t left = t->capacity; left > 0; left--) {
        uint8_t *p = NULL;
        enum fv_err err = load(t, slot, &p);
        if (err != FV_OK) {
            return err;
        }
        if (fv_num_get64(p + 8) == 0) {
            fv_num_put64(p, key);
            fv_num_put64(p + 8, value);
            t->page->dirty = true;
            t->used++;
            return FV_OK;
        }
        slot = (slot + 1) & (t->capacity - 1);
    }
    return FV_E_CORRUPT;
}

/* Copy count slots of the file `from` into t, chunk by chunk. */
static enum fv_err copy_slots(struct fv_table *t, int from, uint32_t count)
{
    uint8_t chunk[CHUNK_SLOTS * FV_TABLE_SLOT];
    for (uint32_t done = 0; done < count; done += CHUNK_SLOTS) {
        size_t got = 0;
        enum fv_err err =
            t->io->read(t->io->ctx, from, FV_TABLE_HEADER + (uint64_t)done * FV_TABLE_SLOT, chunk,
                        sizeof chunk, &got);
        if (err == FV_OK && got < sizeof chunk) {
            err = FV_E_CORRUPT;
        }
        for (size_t i = 0; err == FV_OK && i < sizeof chunk; i += FV_TABLE_SLOT) {
            if (fv_num_get64(chunk + i + 8) != 0) {
                err = insert(t, fv_num_get64(chunk + i), fv_num_get64(chunk + i + 8));
            }
        }
        if (err != FV_OK) {
            return err;
        }
    }
    return flush(t->page);
}

/* The description of a table's file, without the page in memory. */
struct shape {
    int file;
    uint32_t capacity, used;
};

/* Build a table of twice the size in another file. FV_OK: t is the new table; otherwise t is the
 * old one. */
static enum fv_err build(struct fv_table *t, uint8_t which, const struct shape *old)
{
    char path[FV_TABLE_PATH];
    enum fv_err err = fv_table_name_beside(t, which, path);
    if (err == FV_OK) {
        err = make(t, path, old->capacity * 2);
    }
    if (err == FV_OK) {
        err = copy_slots(t, old->file, old->capacity);
        if (err != FV_OK) {
            shut(t);
        }
    }
    if (err != FV_OK) {
        t->is_open = true;
        t->file = old->file;
        t->capacity = old->capacity;
        t->used = old->used;
        fv_table_remove_beside(t, which);
    }
    return err;
}

/* If t has tags, the file under its name stays unchanged until mark, so the tags stay durable. */
static enum fv_err grow(struct fv_table *t)
{
    enum fv_err err = t->capacity < FV_TABLE_MOST ? settle(t) : FV_E_CAPACITY;
    if (err != FV_OK) {
        return err;
    }
    const struct shape old = {t->file, t->capacity, t->used};
    const uint8_t which = t->beside == 1 ? 2 : 1;
    err = build(t, which, &old);
    if (err == FV_OK) {
        (void)t->io->close(t->io->ctx, old.file); /* its values were copied */
        fv_table_remove_beside(t, t->beside);
        t->beside = which;
    }
    if (err == FV_OK && !has_tags(t)) { /* the table is not used after a power cut */
        shut(t);
        t->beside = 0;
        err = fv_table_take_place(t, which);
    }
    return err;
}

static enum fv_err put_in_file(struct fv_table *t, uint64_t key, uint64_t value)
{
    if (t->used >= t->capacity / 2) {
        enum fv_err err = grow(t);
        if (err != FV_OK) {
            return err;
        }
    }
    return insert(t, key, value);
}

enum fv_err fv_table_drain(struct fv_table *t)
{
    const struct fv_room_value *v = has_room(t) ? fv_room_first(t->room) : NULL;
    for (; v != NULL; v = fv_room_first(t->room)) {
        enum fv_err err = put_in_file(t, v->key, v->value);
        if (err != FV_OK) {
            return err;
        }
        fv_room_written(t->room);
    }
    return FV_OK;
}

enum fv_err fv_table_put(struct fv_table *t, uint64_t key, uint64_t value)
{
    if (!has_room(t)) {
        return put_in_file(t, key, value);
    }
    enum fv_err err = fv_room_is_full(t->room) ? fv_table_drain(t) : FV_OK;
    if (err == FV_OK) {
        fv_room_put(t->room, key, value);
    }
    return err;
}

/* After a failed sync, later syncs do not report what was lost: the table is closed. */
static enum fv_err sync_slots(struct fv_table *t)
{
    enum fv_err err = t->io->sync(t->io->ctx, t->file);
    t->unsynced = false;
    if (err != FV_OK) {
        fv_table_close(t);
    }
    return err;
}

enum fv_err fv_table_mark(struct fv_table *t)
{
    uint8_t beside = t->beside;
    enum fv_err err = settle(t);
    /* the header is never written before the slots it describes */
    if (err == FV_OK && t->unsynced && beside == 0) {
        err = sync_slots(t);
    }
    if (err == FV_OK) {
        err = fv_table_write_header(t);
    }
    if (err == FV_OK && beside == 0) {
        return t->io->sync(t->io->ctx, t->file);
    }
    if (err == FV_OK) { /* the file has no name yet that is looked for */
        err = sync_slots(t);
    }
    if (err == FV_OK) {
        shut(t); /* some media cannot rename an open file */
        t->beside = 0;
        err = fv_table_take_place(t, beside);
    }
    return err;
}

void fv_table_close(struct fv_table *t)
{
    if (t->is_open) {
        shut(t);
        fv_table_remove_beside(t, t->beside);
        t->beside = 0;
    }
}
