#include "store/ledger_index.h"

#define INDEX FV_STORE_DIR "/ledger.index"

/* Tags of the index. The last one: 0 while it is not closed, CLOSED, or the place of a record in doubt. */
enum { TAG_GENERATION, TAG_SIZE, TAG_DEAD, TAG_CLOSED };

#define CLOSED 1u                    /* no record's place: the first line is there */
#define SUFFIXED (UINT64_C(1) << 63) /* beside the bytes in TAG_DEAD */

uint64_t fv_ledger_key(struct fv_slice path)
{
    return fv_sha256_key(path.ptr, path.len);
}

static bool is_wanted(const struct fv_ledger_wanted *w, struct fv_slice path)
{
    return w->path != NULL ? fv_slice_eq(path, *w->path) : fv_ledger_key(path) == w->key;
}

/* Without an index: the last record that is wanted, from position on. */
enum fv_err fv_ledger_search_log(struct fv_ledger *l, const struct fv_ledger_wanted *w,
                                 uint64_t from, struct fv_log_view *v, bool *found)
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

/* Find the last record that is wanted, a tombstone too. With an index the cursor can be used to set its value. */
enum fv_err fv_ledger_locate(struct fv_ledger *l, const struct fv_ledger_wanted *w,
                             struct fv_table_cursor *c, struct fv_log_view *v, bool *found)
{
    if (!l->is_open) { /* a reader where nothing was ever fetched */
        *found = false;
        return FV_OK;
    }
    if (!l->indexed) {
        return fv_ledger_search_log(l, w, FV_LOG_HEADER, v, found);
    }
    fv_table_search(&l->index, w->key, c);
    for (;;) {
        uint64_t position = 0;
        enum fv_err err = fv_table_next(&l->index, c, &position, found);
        if (err != FV_OK || !*found) {
            return err;
        }
        err = fv_log_read(&l->log, position, v);
        if (err == FV_OK && is_wanted(w, v->record.path)) {
            return FV_OK;
        }
        if (err != FV_OK && err != FV_E_CORRUPT) {
            return err;
        }
    }
}

/* Let the index tell from now on, durably, that it is not closed in order. */
enum fv_err fv_ledger_begin_change(struct fv_ledger *l)
{
    if (l->changing) {
        return FV_OK;
    }
    l->index.tag[TAG_CLOSED] = 0;
    enum fv_err err = fv_table_mark(&l->index);
    l->changing = err == FV_OK;
    return err;
}

/* Point the index at a record about path that has just been read or written. */
enum fv_err fv_ledger_point(struct fv_ledger *l, const struct fv_log_view *v, struct fv_slice path)
{
    struct fv_table_cursor c;
    struct fv_log_view old;
    bool found = false;
    const struct fv_ledger_wanted w = {fv_ledger_key(path), &path};
    enum fv_err err = fv_ledger_locate(l, &w, &c, &old, &found);
    if (err == FV_OK && found) {
        l->dead += old.type == FV_LOG_FILE ? old.length : 0; /* a tombstone was dead before */
        err = fv_table_set(&l->index, &c, v->position);
    } else if (err == FV_OK) {
        err = fv_table_put(&l->index, fv_ledger_key(path), v->position);
    }
    l->dead += v->type == FV_LOG_REMOVED ? v->length : 0;
    l->suffixed = l->suffixed || fv_slice_find(path, '~') < path.len;
    return err;
}

static enum fv_err fill_index(struct fv_ledger *l, struct fv_log_scan *s, uint64_t *end)
{
    char path[FV_CAP_PATH + 1];
    for (;;) {
        enum fv_err err = fv_log_next(&l->log, s);
        if (err != FV_OK || !s->any) {
            return err;
        }
        size_t len = s->v.record.path.len;
        err = fv_store_path(s->v.record.path, path); /* pointing reads elsewhere in the log */
        if (err == FV_OK) {
            err = fv_ledger_point(l, &s->v, (struct fv_slice){path, len});
        }
        if (err != FV_OK) {
            return err;
        }
        *end = s->position;
        l->last = s->v.type == FV_LOG_FILE ? s->v.position : 0;
    }
}

/* Build the index from the log, and cut off what is behind the log's last record. */
enum fv_err fv_ledger_rebuild(struct fv_ledger *l)
{
    const struct fv_port_storage *io = l->store->io;
    struct fv_log_scan s = fv_log_scan(FV_LOG_HEADER, l->log.size);
    uint64_t end = FV_LOG_HEADER;
    fv_table_close(&l->index);
    l->dead = l->last = 0;
    l->changing = l->indexed = l->suffixed = false;
    enum fv_err err = fv_table_create(&l->index, l->page, io, INDEX);
    if (err != FV_OK) {
        return err;
    }
    l->indexed = true;
    err = fv_ledger_begin_change(l);
    if (err == FV_OK) {
        err = fill_index(l, &s, &end);
    }
    if (err == FV_OK && end < l->log.size && !l->store->reader) {
        err = io->truncate(io->ctx, l->file, end);
    }
    if (err != FV_OK) {
        fv_table_close(&l->index);
        l->changing = l->indexed = false;
        return err;
    }
    l->log.size = end;
    l->corrupt = s.gaps;
    return FV_OK;
}

enum fv_err fv_ledger_open_index(struct fv_ledger *l)
{
    bool reader = l->store->reader;
    enum fv_err err = fv_table_open(&l->index, l->page, l->store->io, INDEX, reader);
    const uint64_t *tag = l->index.tag;
    if (err == FV_OK && tag[TAG_GENERATION] == l->generation && tag[TAG_SIZE] == l->log.size &&
        tag[TAG_CLOSED] != 0 && !l->rewrite) {
        l->dead = tag[TAG_DEAD] & ~SUFFIXED;
        l->suffixed = (tag[TAG_DEAD] & SUFFIXED) != 0;
        l->doubt = tag[TAG_CLOSED] != CLOSED ? tag[TAG_CLOSED] : 0;
        l->indexed = true;
        return FV_OK;
    }
    err = fv_ledger_rebuild(l);
    l->doubt = err == FV_OK ? l->last : 0;
    if (err != FV_OK && reader) {
        l->dead = l->log.size; /* not known; the look-ups do without the index */
        l->suffixed = true;
        return FV_OK;
    }
    return err;
}

enum fv_err fv_ledger_close_index(struct fv_ledger *l)
{
    l->index.tag[TAG_GENERATION] = l->generation;
    l->index.tag[TAG_SIZE] = l->log.size;
    l->index.tag[TAG_DEAD] = l->dead | (l->suffixed ? SUFFIXED : 0);
    l->index.tag[TAG_CLOSED] = l->doubt != 0 ? l->doubt : CLOSED;
    return fv_table_mark(&l->index);
}
