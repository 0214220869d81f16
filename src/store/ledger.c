/* SPDX-License-Identifier: MIT */
#include "store/ledger_each.h"
#include "store/ledger_index.h"
#include "store/ledger_mend.h"

static enum fv_err fail(struct fv_ledger *l, enum fv_err err)
{
    return fv_store_fail(l->store, err, FV_LEDGER_LOG);
}

/* --- Opening --- */

static enum fv_err create_log(struct fv_ledger *l)
{
    const struct fv_port_storage *io = l->store->io;
    const struct fv_port_clock *clock = l->store->clock;
    int64_t wall = clock->wall(clock->ctx);
    l->generation = wall > 0 ? (uint64_t)wall : 1;
    (void)io->remove(io->ctx, FV_LEDGER_INDEX); /* an older ledger's might fit by chance */
    enum fv_err err = io->truncate(io->ctx, l->file, 0);
    if (err == FV_OK) {
        err = fv_log_write_line(io, l->file, l->generation);
    }
    if (err == FV_OK && !fv_store_is_new(l->store)) {
        err = io->sync(io->ctx, l->file);
        err = err == FV_OK ? io->sync_dir(io->ctx, FV_STORE_DIR) : err;
    }
    fv_log_init(&l->log, io, l->file, FV_LOG_HEADER);
    return err;
}

static void close_files(struct fv_ledger *l)
{
    fv_table_close(&l->index);
    if (l->is_open) {
        (void)l->store->io->close(l->store->io->ctx, l->file);
        l->is_open = false;
    }
}

static enum fv_err open_for_writing(struct fv_ledger *l)
{
    const struct fv_port_storage *io = l->store->io;
    enum fv_err err = io->open(io->ctx, FV_LEDGER_LOG, FV_PORT_OPEN_WRITE, &l->file);
    bool ours = !FV_CAP_COMPARE || (err != FV_E_EXISTS && err != FV_E_DENIED);
    if (ours || fv_ledger_take_over(l->store) != FV_OK) {
        return err;
    }
    return io->open(io->ctx, FV_LEDGER_LOG, FV_PORT_OPEN_WRITE, &l->file);
}

/* Open the log's file and read its first line; *size is the size of the file. */
static enum fv_err open_file(struct fv_ledger *l, uint64_t *size)
{
    const struct fv_port_storage *io = l->store->io;
    bool intact = false;
    enum fv_err err = l->store->reader
                          ? io->open(io->ctx, FV_LEDGER_LOG, FV_PORT_OPEN_READ, &l->file)
                          : open_for_writing(l);
    if (err != FV_OK) {
        return err;
    }
    l->is_open = true;
    err = io->size(io->ctx, l->file, size);
    if (err != FV_OK || *size < FV_LOG_HEADER) {
        return err;
    }
    fv_log_init(&l->log, io, l->file, *size);
    l->opened = *size;
    err = fv_log_read_line(&l->log, &l->generation, &intact);
    l->headless = !intact;
    return FV_CAP_DETAIL >= 128 && err == FV_E_CORRUPT ? fv_ledger_refuse_version(l) : err;
}

static enum fv_err open_reader(struct fv_ledger *l)
{
    const struct fv_port_storage *io = l->store->io;
    struct fv_port_stat st;
    uint64_t size = 0;
    enum fv_err err = io->stat(io->ctx, FV_LEDGER_LOG, &st);
    if (err == FV_E_NOT_FOUND ||
        (err == FV_OK && (st.kind == FV_PORT_NONE || st.size < FV_LOG_HEADER))) {
        l->corrupt += fv_ledger_was_longer(l) ? 1 : 0;
        return FV_OK; /* there are no records, and a reader creates no file */
    }
    if (err == FV_OK) {
        err = open_file(l, &size);
    }
    return err == FV_OK ? fv_ledger_open_index(l) : err;
}

static enum fv_err open_writer(struct fv_ledger *l)
{
    const struct fv_port_storage *io = l->store->io;
    uint64_t size = 0;
    enum fv_err err = io->remove(io->ctx, FV_LEDGER_NEW);
    if (err == FV_OK || err == FV_E_NOT_FOUND) {
        err = open_file(l, &size);
    }
    if (err == FV_OK && size < FV_LOG_HEADER + (l->headless ? 1 : 0)) {
        l->corrupt += fv_ledger_was_longer(l) ? 1 : 0;
        l->headless = false;
        l->made = true;
        err = create_log(l);
    }
    return err == FV_OK ? fv_ledger_open_index(l) : err;
}

enum fv_err fv_ledger_open(struct fv_ledger *l, struct fv_table_page *page, struct fv_store *store)
{
    l->store = store;
    l->page = page;
    l->corrupt = 0;
    l->generation = 0;
    l->dead = 0;
    l->last = l->newest = l->doubt = l->settled = 0;
    l->next = FV_LOG_HEADER;
    l->known = l->met = 0;
    l->is_open = l->indexed = l->changing = l->spoiled = l->suffixed = false;
    l->headless = l->rewrite = l->kept = l->building = false;
    l->replaced = l->replaced_same = false;
    l->unsynced = 0;
    l->unmarked = l->made = l->blind = l->pending = false;
    l->lost = FV_OK;
    l->index.is_open = false;
    enum fv_err err = store->reader ? open_reader(l) : open_writer(l);
    l->had_dead = l->dead > 0;
    if (err != FV_OK) {
        close_files(l);
    }
    return fail(l, err);
}

/* --- Looking up and changing --- */

static enum fv_err find_path(struct fv_ledger *l, struct fv_slice path, struct fv_table_cursor *c,
                             struct fv_log_view *v, bool *found)
{
    const struct fv_ledger_wanted w = {fv_ledger_key(path), &path};
    return fv_ledger_locate(l, &w, c, v, found);
}

enum fv_err fv_ledger_find(struct fv_ledger *l, struct fv_slice path,
                           struct fv_ledger_record *record, bool *found)
{
    struct fv_table_cursor c;
    struct fv_log_view v;
    bool hit = false;
    enum fv_err err = FV_OK;
    *found = false;
    bool counts = l->dead == 0 && !l->pending;
    if (l->is_open && counts && l->next != 0) { /* use the next record if it is about path */
        err = fv_log_read(&l->log, l->next, &v);
        hit = err == FV_OK && fv_slice_eq(v.record.path, path);
        err = err == FV_E_CORRUPT ? FV_OK : err;
    }
    if (err == FV_OK && !hit) {
        err = find_path(l, path, &c, &v, &hit);
    }
    l->next = 0; /* after a new path, the index is used */
    if (err == FV_OK && hit) {
        l->next = v.position + v.length;
        *found = v.type == FV_LOG_FILE;
        *record = v.record;
    }
    return fail(l, err);
}

enum fv_err fv_ledger_find_key(struct fv_ledger *l, uint64_t key, struct fv_ledger_record *record,
                               bool *found)
{
    const struct fv_ledger_wanted w = {key, NULL};
    struct fv_table_cursor c;
    struct fv_log_view v;
    bool hit = false;
    enum fv_err err = fv_ledger_locate(l, &w, &c, &v, &hit);
    *found = err == FV_OK && hit && v.type == FV_LOG_FILE;
    if (*found) {
        *record = v.record;
    }
    return fail(l, err);
}

enum fv_err fv_ledger_doubt(struct fv_ledger *l, struct fv_ledger_record *record, bool *found)
{
    struct fv_log_scan s = fv_log_scan(l->doubt, l->log.size);
    *found = false;
    while (l->is_open && l->doubt != 0) {
        enum fv_err err = fv_log_next(&l->log, &s);
        l->doubt = err != FV_OK ? l->doubt : s.any ? s.v.position : 0;
        if (err == FV_OK && s.any && (s.v.record.marks & FV_LEDGER_SETTLED) == 0) {
            err = fv_ledger_is_live(l, &s.v, found);
        }
        if (err != FV_OK || *found) {
            *record = s.v.record;
            return fail(l, err);
        }
    }
    return FV_OK;
}

enum fv_err fv_ledger_settle(struct fv_ledger *l)
{
    struct fv_log_view v;
    enum fv_err err = fv_ledger_begin_change(l);
    if (err == FV_OK && l->doubt != 0) {
        err = fv_log_read(&l->log, l->doubt, &v);
        l->doubt = err == FV_OK ? v.position + v.length : l->doubt;
    }
    return fail(l, err);
}

/* Append a record, whose slices may borrow from l. */
static enum fv_err append(struct fv_ledger *l, uint8_t type, const struct fv_ledger_record *r,
                          struct fv_log_view *v)
{
    enum fv_err err = fv_ledger_begin_change(l);
    size_t length = FV_LOG_FIXED + r->path.len + r->url.len;
    bool full = l->unsynced > 0 && l->unsynced + length > FV_LEDGER_UNSYNCED;
    if (err == FV_OK && full && l->lost == FV_OK) { /* after a failed sync, syncs do not help */
        err = fv_ledger_sync(l);
    }
    if (err == FV_OK) {
        err = fv_log_append(&l->log, type, r, v);
        l->unsynced += length;
    }
    return fail(l, err);
}

/* Let an appended record count from now on. path must not borrow from l. */
static enum fv_err count(struct fv_ledger *l, const struct fv_log_view *v,
                         const struct fv_ledger_record *r, struct fv_slice path)
{
    enum fv_err err = fv_ledger_point(l, v, path);
    if (err == FV_OK) {
        size_t old = l->replaced ? FV_LOG_FIXED + l->old.path.len + l->old.url.len : 0;
        l->met += v->length - (l->met > old ? old : 0);
        l->replaced_same =
            l->replaced && fv_slice_eq(l->old.url, r->url) && l->old.modified_us == r->modified_us;
    }
    l->spoiled = l->spoiled || err != FV_OK;
    return fail(l, err);
}

/* Append a record about path, which must not borrow from l; the record's slices may. */
static enum fv_err put(struct fv_ledger *l, uint8_t type, const struct fv_ledger_record *r,
                       struct fv_slice path)
{
    struct fv_log_view v;
    enum fv_err err = append(l, type, r, &v);
    if (err != FV_OK) {
        return err;
    }
    err = count(l, &v, r, path);
    if (err != FV_OK) { /* a record that this run cannot find must not be found by the next one */
        fv_log_take_back(&l->log, &v);
    }
    return err;
}

enum fv_err fv_ledger_announce(struct fv_ledger *l, const struct fv_ledger_record *record,
                               uint64_t *at)
{
    struct fv_log_view v;
    enum fv_err err = append(l, FV_LOG_FILE, record, &v);
    if (err == FV_OK) {
        *at = v.position;
        l->pending = true;
    }
    return err;
}

enum fv_err fv_ledger_announced(struct fv_ledger *l, uint64_t at, struct fv_ledger_record *record)
{
    struct fv_log_view v;
    enum fv_err err = fv_log_read(&l->log, at, &v);
    *record = v.record;
    return fail(l, err == FV_E_CORRUPT ? FV_E_STORAGE : err);
}

enum fv_err fv_ledger_accept(struct fv_ledger *l, uint64_t at,
                             const struct fv_ledger_record *record)
{
    const struct fv_log_view v = {.position = at,
                                  .length = fv_log_length(record),
                                  .type = FV_LOG_FILE};
    return count(l, &v, record, record->path);
}

enum fv_err fv_ledger_refuse(struct fv_ledger *l, const struct fv_ledger_record *record)
{
    struct fv_table_cursor c;
    struct fv_log_view v = {.type = 0};
    bool found = false;
    enum fv_err err = find_path(l, record->path, &c, &v, &found);
    const struct fv_ledger_record gone = {.path = record->path};
    bool older = found && v.type == FV_LOG_FILE;
    if (err == FV_OK) { /* append the older record again: it counts for every reader */
        v.record.marks &= (uint8_t)~FV_LEDGER_BATCH;
        err = put(l, older ? FV_LOG_FILE : FV_LOG_REMOVED, older ? &v.record : &gone, record->path);
    }
    l->dead += fv_log_length(record);
    l->spoiled = l->spoiled || err != FV_OK;
    return fail(l, err);
}

void fv_ledger_ended(struct fv_ledger *l)
{
    l->pending = false;
}

enum fv_err fv_ledger_put(struct fv_ledger *l, const struct fv_ledger_record *record)
{
    if (record->path.len > FV_CAP_PATH || record->path.len == 0 || record->url.len > FV_CAP_URL) {
        return FV_E_CAPACITY;
    }
    return put(l, FV_LOG_FILE, record, record->path);
}

enum fv_err fv_ledger_mark(struct fv_ledger *l, struct fv_slice path, unsigned clear, unsigned set)
{
    struct fv_table_cursor c;
    struct fv_log_view v = {.type = 0};
    bool found = false;
    enum fv_err err = find_path(l, path, &c, &v, &found);
    uint8_t marks = (uint8_t)((v.record.marks & ~clear) | set);
    if (err != FV_OK || !found || v.type != FV_LOG_FILE || v.record.marks == marks) {
        return fail(l, err);
    }
    v.record.marks = marks & (uint8_t)~FV_LEDGER_BATCH;
    return put(l, FV_LOG_FILE, &v.record, path);
}

void fv_ledger_meet(struct fv_ledger *l, const struct fv_ledger_record *record)
{
    l->met += FV_LOG_FIXED + record->path.len + record->url.len;
}

bool fv_ledger_has_others(const struct fv_ledger *l)
{
    return l->is_open && (l->had_dead || l->met != l->log.size - FV_LOG_HEADER - l->dead);
}

enum fv_err fv_ledger_remove(struct fv_ledger *l, struct fv_slice path)
{
    struct fv_table_cursor c;
    struct fv_log_view v;
    bool found = false;
    enum fv_err err = find_path(l, path, &c, &v, &found);
    if (err != FV_OK || !found || v.type != FV_LOG_FILE) {
        return fail(l, err);
    }
    const struct fv_ledger_record gone = {.path = path};
    return put(l, FV_LOG_REMOVED, &gone, path);
}

static enum fv_err each_indexed(struct fv_ledger *l, const struct fv_ledger_visitor *visitor,
                                struct fv_log_scan *s)
{
    for (;;) {
        bool live = false;
        enum fv_err err = fv_log_next(&l->log, s);
        if (err == FV_OK && s->any) {
            err = fv_ledger_is_live(l, &s->v, &live);
        }
        if (err != FV_OK || !s->any) {
            return fail(l, err);
        }
        if (live) {
            err = visitor->visit(visitor->arg, &s->v.record);
            if (err != FV_OK) {
                return err;
            }
        }
    }
}

enum fv_err fv_ledger_each(struct fv_ledger *l,
                           enum fv_err (*visit)(void *arg, const struct fv_ledger_record *record),
                           void *arg)
{
    if (!l->is_open) {
        return FV_OK;
    }
    const struct fv_ledger_visitor visitor = {visit, arg};
    struct fv_log_scan s = fv_ledger_scan(l);
    /* A reader checks the log itself, and does not rely on the index. */
    bool all = (l->indexed && !l->store->reader) || l->dead == 0;
    enum fv_err err =
        all ? each_indexed(l, &visitor, &s) : fv_ledger_each_unindexed(l, &visitor, &s);
    if (err != FV_OK || s.position < s.end) {
        return err;
    }
    return fail(l, fv_ledger_found_damage(l, &s));
}

/* --- Closing --- */

static enum fv_err synced(struct fv_ledger *l, enum fv_err err)
{
    l->unsynced = err == FV_OK ? 0 : l->unsynced;
    l->lost = err == FV_E_CANCELLED ? FV_OK : err;
    return fail(l, err);
}

enum fv_err fv_ledger_sync(struct fv_ledger *l)
{
    if (!l->is_open) {
        return FV_OK;
    }
    if (l->lost != FV_OK) { /* a later sync would succeed, although data was lost */
        return fv_fault_set(&l->store->fault, l->lost, 0, FV_LEDGER_LOG);
    }
    return l->unsynced > 0 ? synced(l, l->store->io->sync(l->store->io->ctx, l->file)) : FV_OK;
}

enum fv_err fv_ledger_sync_all(struct fv_ledger *l)
{
    if (!fv_store_syncs_all(l->store) || l->lost != FV_OK) {
        return fv_ledger_sync(l);
    }
    return synced(l, fv_store_sync_all(l->store));
}

static enum fv_err copy_live(struct fv_ledger *l, int to)
{
    struct fv_log_scan s = fv_log_scan(FV_LOG_HEADER, l->log.size);
    uint64_t offset = FV_LOG_HEADER;
    enum fv_err err = fv_log_write_line(l->store->io, to, l->generation + 1);
    while (err == FV_OK) {
        bool live = false;
        err = fv_log_next(&l->log, &s);
        if (err != FV_OK || !s.any) {
            break;
        }
        err = fv_ledger_is_live(l, &s.v, &live);
        if (err == FV_OK && live) {
            err = fv_log_copy(&l->log, &s.v, to, offset);
            offset += s.v.length;
        }
    }
    return err == FV_OK ? l->store->io->sync(l->store->io->ctx, to) : err;
}

/* Rebuild the index, since records that it lacks would be lost, and replace the log by a new one
 * of the records that count. After an error the log is unchanged, but may be closed. */
static enum fv_err compact(struct fv_ledger *l)
{
    const struct fv_port_storage *io = l->store->io;
    uint64_t size = 0;
    int to = -1;
    l->doubt = 0; /* records get other positions */
    l->settled = l->log.size;
    enum fv_err err = fv_ledger_rebuild(l, false);
    if (err == FV_OK) {
        err = io->open(io->ctx, FV_LEDGER_NEW, FV_PORT_OPEN_CREATE, &to);
    }
    if (err != FV_OK) {
        return err;
    }
    err = copy_live(l, to);
    enum fv_err closed = io->close(io->ctx, to);
    err = err == FV_OK ? closed : err;
    if (err != FV_OK) {
        (void)io->remove(io->ctx, FV_LEDGER_NEW);
        return err;
    }
    (void)io->close(io->ctx, l->file); /* some media cannot rename over an open file */
    l->is_open = false;
    err = io->rename(io->ctx, FV_LEDGER_NEW, FV_LEDGER_LOG);
    if (err == FV_OK) {
        err = io->sync_dir(io->ctx, FV_STORE_DIR);
    }
    if (err == FV_OK) {
        err = open_file(l, &size);
        l->settled = size;
    }
    return err == FV_OK ? fv_ledger_rebuild(l, false) : err;
}

enum fv_err fv_ledger_close(struct fv_ledger *l)
{
    enum fv_err err = FV_OK;
    if (!l->is_open) {
        return FV_OK;
    }
    if (!l->store->reader) {
        bool due = l->unsynced > 0 && l->lost == FV_OK; /* the failed sync was reported already */
        err = due ? fv_ledger_sync_all(l) : l->lost;
        if (err == FV_OK && (l->rewrite || l->dead > l->log.size / 2)) {
            l->spoiled = compact(l) != FV_OK;
        }
    }
    if (err == FV_OK && l->changing && !l->spoiled) {
        enum fv_err marked = fv_ledger_close_index(l);
        (void)marked; /* if it failed, the next run rebuilds the index */
    }
    close_files(l);
    return err;
}
