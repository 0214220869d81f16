/* SPDX-License-Identifier: MIT */
#include "store/ledger_index.h"

#include "store/ledger_mend.h"

/* Tags of the index. TAG_CLOSED is 0 if it was not closed in order, and TAG_SIZE is then the
 * position from which records are in doubt. Otherwise it is CLOSED, or the position of the first
 * record in doubt. */
enum { TAG_GENERATION, TAG_SIZE, TAG_DEAD, TAG_CLOSED };

#define CLOSED 1u                    /* no record has this position, which is in the first line */
#define SUFFIXED (UINT64_C(1) << 63) /* a bit of TAG_DEAD, besides the number of dead bytes */

uint64_t fv_ledger_key(struct fv_slice path)
{
    return fv_sha256_key(path.ptr, path.len);
}

static bool is_wanted(const struct fv_ledger_wanted *w, struct fv_slice path)
{
    return w->path != NULL ? fv_slice_eq(path, *w->path) : fv_ledger_key(path) == w->key;
}

/* Find the last record that is wanted, from position `from` on, without the index. */
static enum fv_err search_log(struct fv_ledger *l, const struct fv_ledger_wanted *w, uint64_t from,
                              struct fv_log_view *v, bool *found)
{
    struct fv_log_scan s = fv_log_scan(from, l->log.size);
    uint64_t position = 0;
    enum fv_err err = fv_log_next(&l->log, &s);
    while (err == FV_OK && s.any) {
        if (is_wanted(w, s.v.record.path)) {
            position = s.v.position;
        }
        err = fv_log_next(&l->log, &s);
    }
    *found = err == FV_OK && position > 0;
    return *found ? fv_log_read(&l->log, position, v) : err;
}

/* Find it with the index. FV_E_CORRUPT: the index, or the record that it leads to, is damaged. */
static enum fv_err search_index(struct fv_ledger *l, const struct fv_ledger_wanted *w,
                                struct fv_table_cursor *c, struct fv_log_view *v, bool *found)
{
    bool damaged = false;
    fv_table_search(&l->index, w->key, c);
    for (;;) {
        uint64_t position = 0;
        enum fv_err err = fv_table_next(&l->index, c, &position, found);
        if (err != FV_OK || !*found) {
            return err == FV_OK && damaged ? FV_E_CORRUPT : err;
        }
        err = fv_log_read(&l->log, position, v);
        if (err == FV_OK && is_wanted(w, v->record.path)) {
            return FV_OK;
        }
        if (err != FV_OK && err != FV_E_CORRUPT) {
            return err;
        }
        damaged = damaged || err == FV_E_CORRUPT;
    }
}

/* Do without an index. */
static void drop_index(struct fv_ledger *l)
{
    fv_table_close(&l->index);
    l->indexed = false;
    l->dead = l->log.size; /* not known */
    l->suffixed = true;
}

static enum fv_err replace_index(struct fv_ledger *l)
{
    if (l->store->reader && l->store->scratch == NULL) {
        drop_index(l);
        return FV_OK;
    }
    return fv_ledger_rebuild(l, true);
}

enum fv_err fv_ledger_locate(struct fv_ledger *l, const struct fv_ledger_wanted *w,
                             struct fv_table_cursor *c, struct fv_log_view *v, bool *found)
{
    enum fv_err err = FV_E_CORRUPT;
    *found = false;
    if (!l->is_open) { /* a reader in a directory without a ledger */
        return FV_OK;
    }
    for (int times = 0; l->indexed && times < 2; times++) {
        err = search_index(l, w, c, v, found);
        if (err != FV_E_CORRUPT || l->building) {
            break;
        }
        err = times == 0 ? replace_index(l) : err;
        if (err < FV_OK && err != FV_E_CORRUPT) {
            return err;
        }
    }
    if (!l->indexed) {
        return search_log(l, w, FV_LOG_HEADER, v, found);
    }
    *found = *found && err == FV_OK;
    return err == FV_E_CORRUPT ? FV_OK : err;
}

enum fv_err fv_ledger_is_live(struct fv_ledger *l, const struct fv_log_view *v, bool *live)
{
    struct fv_table_cursor c;
    uint64_t position = 0;
    bool found = v->type == FV_LOG_FILE && l->dead > 0;
    *live = v->type == FV_LOG_FILE && l->dead == 0;
    if (found) {
        fv_table_search(&l->index, fv_ledger_key(v->record.path), &c);
    }
    while (found && !*live) {
        enum fv_err err = fv_table_next(&l->index, &c, &position, &found);
        if (err != FV_OK) {
            return err;
        }
        *live = found && position == v->position;
    }
    return FV_OK;
}

static void set_open_tags(struct fv_ledger *l, uint64_t settled)
{
    uint64_t *tag = l->index.tag;
    tag[TAG_GENERATION] = l->generation;
    tag[TAG_SIZE] = settled;
    tag[TAG_CLOSED] = 0;
}

enum fv_err fv_ledger_begin_change(struct fv_ledger *l)
{
    if (l->changing) {
        return FV_OK;
    }
    set_open_tags(l, l->doubt != 0 ? l->doubt : l->log.size);
    enum fv_err err = fv_table_mark(&l->index);
    l->changing = err == FV_OK;
    return err;
}

enum fv_err fv_ledger_point(struct fv_ledger *l, const struct fv_log_view *v, struct fv_slice path)
{
    struct fv_table_cursor c;
    struct fv_log_view old;
    bool found = false;
    const struct fv_ledger_wanted w = {fv_ledger_key(path), &path};
    enum fv_err err = fv_ledger_locate(l, &w, &c, &old, &found);
    l->replaced = err == FV_OK && found && old.type == FV_LOG_FILE;
    if (l->replaced) {
        l->old = old.record;
    }
    if (err == FV_OK && found) {
        /* the record of a removal was counted as dead before */
        l->dead += old.type == FV_LOG_FILE ? old.length : 0;
        err = fv_table_set(&l->index, &c, v->position);
    } else if (err == FV_OK) {
        err = fv_table_put(&l->index, fv_ledger_key(path), v->position);
    }
    l->dead += v->type == FV_LOG_REMOVED ? v->length : 0;
    l->suffixed = l->suffixed || fv_slice_find(path, '~') < path.len;
    return err;
}

/* The last batch is in doubt, and so is the batch before it, whose names may become durable only
 * with the sync of the last one. If no record has the mark of a batch (log of an older version),
 * the last record is in doubt. */
static void note_doubt(struct fv_ledger *l, const struct fv_log_view *v)
{
    bool file = v->type == FV_LOG_FILE;
    if (v->position < l->settled) {
        return;
    }
    if (file && !l->blind && (v->record.marks & FV_LEDGER_BATCH) != 0) {
        l->last = FV_CAP_SYNC_ALL && l->newest != 0 ? l->newest : v->position;
        l->newest = v->position;
    } else if (l->newest == 0) {
        l->last = file && (v->record.marks & FV_LEDGER_SETTLED) == 0 ? v->position : 0;
    }
}

static enum fv_err fill_index(struct fv_ledger *l, struct fv_log_scan *s)
{
    char path[FV_CAP_PATH + 1];
    for (;;) {
        enum fv_err err = fv_log_next(&l->log, s);
        if (err != FV_OK || !s->any) {
            return err;
        }
        const struct fv_ledger_record *r = &s->v.record;
        size_t len = r->path.len;
        note_doubt(l, &s->v);
        err = fv_store_path(r->path, path); /* fv_ledger_point() overwrites the log's buffer */
        if (err == FV_OK) {
            err = fv_ledger_point(l, &s->v, (struct fv_slice){path, len});
        }
        if (err != FV_OK) {
            return err;
        }
    }
}

enum fv_err fv_ledger_rebuild(struct fv_ledger *l, bool mend)
{
    bool reader = l->store->reader;
    const struct fv_port_storage *io = reader ? l->store->scratch : l->store->io;
    struct fv_log_scan s = fv_ledger_scan(l);
    fv_table_close(&l->index);
    l->dead = l->last = l->newest = 0;
    l->changing = l->indexed = l->suffixed = false;
    set_open_tags(l, l->settled);
    l->index.tag[TAG_DEAD] = 0;
    enum fv_err err =
        fv_table_renew(&l->index, l->page, io, FV_LEDGER_INDEX, fv_store_is_new(l->store));
    if (err != FV_OK) {
        return err;
    }
    fv_table_lend(&l->index, l->room);
    l->changing = l->indexed = l->building = true;
    err = fill_index(l, &s);
    l->building = false;
    if (err == FV_OK && mend) {
        fv_ledger_note_damage(l, &s);
    }
    if (err == FV_OK && s.last < l->log.size && !reader) {
        err = io->truncate(io->ctx, l->file, s.last);
        l->log.size = s.last;
        l->unsynced++; /* after a power cut the bytes may be there again */
    }
    if (err != FV_OK) {
        fv_table_close(&l->index);
        l->changing = l->indexed = false;
    }
    return err;
}

/* Open the existing index. Return whether it was closed in order. */
static bool open_closed(struct fv_ledger *l)
{
    bool reader = l->store->reader;
    enum fv_err err = fv_table_open(&l->index, l->page, l->store->io, FV_LEDGER_INDEX, reader);
    l->unmarked = err != FV_E_NOT_FOUND;
    l->blind = l->unmarked && err != FV_OK && err != FV_E_CORRUPT;
    if (err == FV_OK && !reader) {
        fv_table_lend(&l->index, l->room);
    }
    return err == FV_OK && l->index.tag[TAG_CLOSED] != 0;
}

bool fv_ledger_was_longer(struct fv_ledger *l)
{
    bool longer = open_closed(l) && l->index.tag[TAG_SIZE] > FV_LOG_HEADER;
    fv_table_close(&l->index);
    return longer;
}

enum fv_err fv_ledger_open_index(struct fv_ledger *l)
{
    const uint64_t *tag = l->index.tag;
    bool closed = open_closed(l);
    bool fits = l->index.is_open && (l->headless || tag[TAG_GENERATION] == l->generation);
    if (closed && fits) {
        l->known = tag[TAG_SIZE];
    }
    l->settled = !closed && fits && !l->headless ? tag[TAG_SIZE] : 0;
    if (l->known == l->log.size && !l->headless) {
        l->dead = tag[TAG_DEAD] & ~SUFFIXED;
        l->suffixed = (tag[TAG_DEAD] & SUFFIXED) != 0;
        l->doubt = tag[TAG_CLOSED] != CLOSED ? tag[TAG_CLOSED] : 0;
        l->indexed = true;
        return FV_OK;
    }
    enum fv_err err = FV_CAP_MEASURE && !l->store->reader && !l->made ? fv_ledger_renew(l) : FV_OK;
    if (err == FV_OK) {
        err = replace_index(l);
    }
    /* An index that is not closed in order means that the directory of names was synced before.
     * With sync_all that is not certain: the last run may have ended before its first sync_all. */
    bool told = l->unmarked && !fv_store_syncs_all(l->store);
    if (err == FV_OK && !told && !l->store->reader) {
        err = fv_store_sync_made(l->store);
    }
    l->doubt = err == FV_OK ? l->last : 0;
    return err;
}

enum fv_err fv_ledger_close_index(struct fv_ledger *l)
{
    /* the header is written with the old tags, because the table may grow */
    enum fv_err err = fv_table_drain(&l->index);
    if (err != FV_OK) {
        return err;
    }
    l->index.tag[TAG_GENERATION] = l->generation;
    l->index.tag[TAG_SIZE] = l->log.size;
    l->index.tag[TAG_DEAD] = l->dead | (l->suffixed ? SUFFIXED : 0);
    l->index.tag[TAG_CLOSED] = l->doubt != 0 ? l->doubt : CLOSED;
    return fv_table_mark(&l->index);
}
