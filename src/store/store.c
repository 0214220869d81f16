/* SPDX-License-Identifier: MIT */
#include "store/store.h"

#include "base/writer.h"
#include "store/ledger.h"

#include <string.h>

#define BLOCK (FV_CAP_READ < 1024 ? 512 : 1024) /* bytes, on the stack */

enum fv_err fv_store_fail(struct fv_store *s, enum fv_err err, const char *subject)
{
    if (err >= FV_OK) {
        return err;
    }
    return fv_fault_set(&s->fault, err, s->io->last_error(s->io->ctx), subject);
}

enum fv_err fv_store_full(struct fv_store *s, struct fv_slice name, uint64_t need, uint64_t left)
{
    bool first = s->fault.err == FV_OK;
    enum fv_err err = fv_fault_slice(&s->fault, FV_E_FULL, 0, name);
    if (FV_CAP_DETAIL >= 128 && first) {
        struct fv_writer w;
        fv_writer_init(&w, s->fault.detail, sizeof s->fault.detail);
        fv_writer_text(&w, "it needs ");
        fv_writer_size(&w, need);
        fv_writer_text(&w, ", and ");
        fv_writer_size(&w, left);
        fv_writer_text(&w, " are free");
        if (s->min_free > 0) {
            fv_writer_text(&w, ", of which --min-free keeps ");
            fv_writer_size(&w, s->min_free);
        }
    }
    return err;
}

bool fv_store_fault_is_own(const struct fv_store *s)
{
    struct fv_slice subject = fv_slice_of(s->fault.subject);
    return s->fault.err != FV_OK && fv_slice_starts(subject, FV_SLICE(FV_STORE_DIR "/"));
}

static void init(struct fv_store *s, const struct fv_port_storage *io,
                 const struct fv_port_clock *clock, bool reader)
{
    *s = (struct fv_store){.io = io, .clock = clock, .deadline_us = INT64_MAX, .reader = reader};
}

FV_ONE_COPY enum fv_err fv_store_path(struct fv_slice path, char buf[FV_CAP_PATH + 1])
{
    if (path.len > FV_CAP_PATH) {
        return FV_E_CAPACITY;
    }
    if (path.len > 0) {
        memcpy(buf, path.ptr, path.len);
    }
    buf[path.len] = '\0';
    return FV_OK;
}

size_t fv_store_parent_length(const char *path)
{
    struct fv_slice text = fv_slice_of(path);
    size_t slash = fv_slice_find_last(text, '/');
    return slash < text.len ? slash : 0;
}

enum fv_err fv_store_sync_parent(struct fv_store *s, const char *path)
{
    char dir[FV_CAP_PATH + 1];
    struct fv_slice parent = {path, fv_store_parent_length(path)};
    enum fv_err err = fv_store_path(parent, dir);
    return err == FV_OK ? fv_store_fail(s, s->io->sync_dir(s->io->ctx, dir), path) : err;
}

enum fv_err fv_store_sync_all(struct fv_store *s)
{
    if (s->lost != FV_OK) {
        return fv_fault_set(&s->fault, s->lost, 0, FV_STORE_DIR "/");
    }
    enum fv_err err = s->io->sync_all(s->io->ctx);
    s->lost = err == FV_E_CANCELLED ? FV_OK : err;
    return fv_store_fail(s, err, FV_STORE_DIR "/");
}

enum fv_err fv_store_sync_made(struct fv_store *s)
{
    const struct fv_port_storage *io = s->io;
    if (!fv_store_syncs_all(s)) {
        return fv_store_fail(s, io->sync_dir(io->ctx, FV_STORE_DIR), FV_STORE_DIR);
    }
    enum fv_err err = fv_store_sync_all(s);
    if (err == FV_OK && s->is_new && s->medium.fresh && !s->medium.folds) {
        err = fv_store_fail(s, fv_medium_keep(&s->medium, io), FV_STORE_LOCK);
    }
    s->is_new = false;
    return err;
}

enum fv_err fv_store_sync_names(struct fv_store *s, const char *from, const char *to)
{
    if (fv_store_syncs_all(s)) {
        return fv_store_sync_all(s);
    }
    enum fv_err err = fv_store_sync_parent(s, to);
    return err == FV_OK ? fv_store_sync_parent(s, from) : err;
}

enum fv_err fv_store_open(struct fv_store *s, const struct fv_port_storage *io,
                          const struct fv_port_clock *clock)
{
    struct fv_port_stat st;
    init(s, io, clock, false);
    enum fv_err err = io->stat(io->ctx, FV_STORE_DIR, &st);
    if (err == FV_OK && st.kind != FV_PORT_DIR) {
        err = io->make_dir(io->ctx, FV_STORE_DIR);
        if (err == FV_OK && !fv_store_syncs_all(s)) {
            err = fv_store_sync_parent(s, FV_STORE_DIR);
        }
    }
    if (err != FV_OK) {
        return fv_store_fail(s, err, FV_STORE_DIR);
    }
    err = io->lock(io->ctx, FV_STORE_LOCK, &s->lock);
    s->locked = err == FV_OK;
    if (err != FV_OK) {
        return fv_store_fail(s, err, FV_STORE_LOCK);
    }
    /* after locking, because another run may have created the ledger before */
    if (fv_store_syncs_all(s)) {
        err = io->stat(io->ctx, FV_LEDGER_LOG, &st);
        s->is_new = err == FV_OK && st.kind == FV_PORT_NONE;
    }
    if (err == FV_OK) {
        err = fv_medium_open(&s->medium, io, false, s->is_new);
    }
    if (err != FV_OK) {
        err = fv_store_fail(s, err, FV_STORE_DIR);
        fv_store_close(s);
    }
    return err;
}

enum fv_err fv_store_open_reader(struct fv_store *s, const struct fv_port_storage *io,
                                 const struct fv_port_clock *clock)
{
    struct fv_port_stat st;
    init(s, io, clock, true);
    enum fv_err err = fv_medium_open(&s->medium, io, true, false);
    (void)err; /* a reader does not need what it cannot read */
    err = io->stat(io->ctx, FV_STORE_LOCK, &st);
    if (err != FV_OK || st.kind != FV_PORT_FILE) {
        return FV_OK;
    }
    err = io->lock(io->ctx, FV_STORE_LOCK, &s->lock);
    s->locked = err == FV_OK;
    return err == FV_E_BUSY ? fv_store_fail(s, err, FV_STORE_LOCK) : FV_OK;
}

void fv_store_close(struct fv_store *s)
{
    if (s->locked) {
        s->io->unlock(s->io->ctx, s->lock);
        s->locked = false;
    }
}

static enum fv_err kind_of(struct fv_store *s, const char *path, enum fv_port_kind *kind)
{
    struct fv_port_stat st;
    enum fv_err err = s->io->stat(s->io->ctx, path, &st);
    *kind = err == FV_OK ? st.kind : FV_PORT_NONE;
    return err == FV_E_NOT_FOUND ? FV_OK : err;
}

/* Make sure that path is a directory; *made: it was not there. */
static enum fv_err make_one(struct fv_store *s, const char *path, bool *made)
{
    enum fv_port_kind kind;
    enum fv_err err = kind_of(s, path, &kind);
    *made = false;
    if (err == FV_OK && kind == FV_PORT_NONE) {
        err = s->io->make_dir(s->io->ctx, path);
        *made = err == FV_OK;
    } else if (err == FV_OK && kind != FV_PORT_DIR) {
        err = kind == FV_PORT_FILE ? FV_E_EXISTS : FV_E_DENIED;
        return fv_fault_set(&s->fault, err, 0, path); /* the system has no error code for it */
    }
    return fv_store_fail(s, err, path);
}

/* Create all directories of path. *top is the length of the first one that was missing;
 * SIZE_MAX: none was. */
static enum fv_err make_all(struct fv_store *s, const char *path, size_t *top)
{
    char dir[FV_CAP_PATH + 1];
    size_t len = fv_store_parent_length(path);
    enum fv_err err = FV_OK;
    for (size_t i = 1; err == FV_OK && i <= len; i++) {
        bool made = false;
        if (path[i] == '/') {
            err = fv_store_path((struct fv_slice){path, i}, dir);
            err = err == FV_OK ? make_one(s, dir, &made) : err;
            *top = made && *top == SIZE_MAX ? fv_store_parent_length(dir) : *top;
        }
    }
    return err;
}

/*
 * Make the names of dir and of those above it durable. A directory that exists may not be durable
 * yet: an earlier run may have created it and ended before the sync. A directory that was synced
 * once, with all above it, is durable for the whole run, except those that are as long as top or
 * longer.
 */
static enum fv_err settle(struct fv_store *s, char *dir, size_t top)
{
    uint64_t deepest = 0;
    bool settled = false;
    size_t len = strlen(dir);
    while (len > 0) {
        len = fv_store_parent_length(dir);
        uint64_t key = fv_sha256_key(dir, len);
        deepest = deepest == 0 ? key : deepest;
        settled = settled || key == s->settled;
        if (settled && len < top) {
            break;
        }
        enum fv_err err = fv_store_sync_parent(s, dir);
        if (err != FV_OK) {
            return err;
        }
        dir[len] = '\0';
    }
    s->settled = deepest;
    return FV_OK;
}

enum fv_err fv_store_make_parents(struct fv_store *s, const char *path)
{
    char dir[FV_CAP_PATH + 1];
    enum fv_port_kind kind;
    size_t top = SIZE_MAX;
    size_t len = fv_store_parent_length(path);
    enum fv_err err = fv_store_path((struct fv_slice){path, len}, dir);
    if (err != FV_OK || len == 0) {
        return err;
    }
    err = kind_of(s, dir, &kind);
    /* one stat instead of one for each level: nearly always the directory exists */
    if (err != FV_OK || kind != FV_PORT_DIR) {
        err = make_all(s, path, &top);
    }
    if (err == FV_OK && !fv_store_syncs_all(s)) {
        err = settle(s, dir, top);
    }
    s->settled = err == FV_OK ? s->settled : 0; /* some of them may have been created */
    return err;
}

FV_ONE_COPY int64_t fv_store_round(int64_t us, uint32_t step_us)
{
    if (step_us == 0) {
        return INT64_MIN;
    }
    int64_t rest = us % (int64_t)step_us;
    if (rest < 0) {
        rest += step_us;
    }
    return us < INT64_MIN + rest ? INT64_MIN : us - rest;
}

/* Return whether the time of st is how a medium stores a date. */
static bool is_date(const struct fv_store *s, const struct fv_port_stat *st, int64_t modified_us)
{
    uint32_t step = s->io->time_step_us;
    return step == 0 || st->modified_us == INT64_MIN ||
           st->modified_us == fv_store_round(modified_us, step) ||
           st->modified_us == fv_store_round(modified_us, 1000000) ||
           st->modified_us == fv_store_round(modified_us, 2000000);
}

bool fv_store_same(const struct fv_store *s, const struct fv_port_stat *st, uint64_t size,
                   int64_t modified_us)
{
    return st->kind == FV_PORT_FILE && st->size == size &&
           (s->medium.lost || is_date(s, st, modified_us));
}

bool fv_store_fits(const struct fv_store *s, const struct fv_port_stat *st,
                   const struct fv_ledger_record *record)
{
    return fv_store_same(s, st, record->size, record->modified_us) ||
           (st->kind == FV_PORT_FILE && st->size == record->size &&
            (record->marks & FV_LEDGER_KEPT) != 0 && st->modified_us == record->kept_us);
}

enum fv_err fv_store_note_time(struct fv_store *s, const char *path,
                               struct fv_ledger_record *record)
{
    struct fv_port_stat st;
    if (!fv_medium_alters(&s->medium, record->modified_us)) {
        return FV_OK;
    }
    enum fv_err err = s->io->stat(s->io->ctx, path, &st);
    if (err == FV_OK && !is_date(s, &st, record->modified_us)) {
        record->marks |= FV_LEDGER_KEPT;
        record->kept_us = st.modified_us;
    }
    return fv_store_fail(s, err, path);
}

enum fv_err fv_store_current(struct fv_store *s, const struct fv_ledger_record *record,
                             bool *current)
{
    char path[FV_CAP_PATH + 1];
    struct fv_port_stat st;
    enum fv_err err = fv_store_path(record->path, path);
    if (err != FV_OK) {
        return err;
    }
    err = s->io->stat(s->io->ctx, path, &st);
    if (err == FV_E_NOT_FOUND) {
        *current = false;
        return FV_OK;
    }
    if (err == FV_OK) {
        *current = fv_store_fits(s, &st, record);
    }
    return fv_store_fail(s, err, path);
}

/* FV_OK, or the error with which long work must end. */
static enum fv_err check_time(const struct fv_store *s)
{
    if (fv_port_cancelled(s->clock)) {
        return FV_E_CANCELLED;
    }
    return s->clock->now(s->clock->ctx) >= s->deadline_us ? FV_E_TIMEOUT : FV_OK;
}

enum fv_err fv_store_hash(struct fv_store *s, int file, uint64_t size, struct fv_sha256 *sha)
{
    uint8_t block[BLOCK];
    uint64_t offset = 0;
    while (offset < size) {
        size_t want = size - offset < sizeof block ? (size_t)(size - offset) : sizeof block;
        size_t got = 0;
        enum fv_err err = check_time(s);
        if (err != FV_OK) {
            return err;
        }
        err = s->io->read(s->io->ctx, file, offset, block, want, &got);
        if (err != FV_OK) {
            return fv_store_fail(s, err, NULL);
        }
        if (got < want) {
            return FV_E_CORRUPT;
        }
        fv_sha256_push(sha, block, got);
        offset += got;
    }
    return FV_OK;
}

enum fv_err fv_store_copy(struct fv_store *s, int from, int to)
{
    uint8_t block[BLOCK];
    const struct fv_port_storage *io = s->io;
    uint64_t offset = 0;
    size_t got = sizeof block;
    enum fv_err err = FV_OK;
    while (err == FV_OK && got == sizeof block) {
        err = check_time(s);
        if (err == FV_OK) {
            err = io->read(io->ctx, from, offset, block, sizeof block, &got);
        }
        if (err == FV_OK && got > 0) {
            err = io->write(io->ctx, to, offset, block, got);
        }
        offset += got;
    }
    return err == FV_OK ? io->sync(io->ctx, to) : err;
}
