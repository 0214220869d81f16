#include "store/commit.h"

#include "store/state.h"
#include "store/taken.h"

#include <string.h>

enum fv_err fv_commit_target(struct fv_store *s, const char *path, struct fv_port_stat *st)
{
    enum fv_err err = s->io->stat(s->io->ctx, path, st);
    if (err == FV_E_NOT_FOUND) {
        st->kind = FV_PORT_NONE;
        err = FV_OK;
    }
    if (err == FV_OK && (st->kind == FV_PORT_DIR || st->kind == FV_PORT_OTHER)) {
        err = st->kind == FV_PORT_DIR ? FV_E_EXISTS : FV_E_DENIED;
        return fv_fault_set(&s->fault, err, 0, path); /* the system has no words for it */
    }
    return fv_store_fail(s, err, path);
}

/* Step 1 of a commit: content, size and time are durable. */
static enum fv_err settle(struct fv_partial *p)
{
    const struct fv_port_storage *io = p->store->io;
    uint64_t size = 0;
    enum fv_err err = io->size(io->ctx, p->file, &size);
    if (err == FV_OK && size != p->offset) { /* a write that failed half-way left something */
        err = io->truncate(io->ctx, p->file, p->offset);
    }
    if (err == FV_OK) {
        err = io->set_time(io->ctx, p->file, p->modified_us);
    }
    err = fv_store_fail(p->store, err, p->part);
    return err == FV_OK ? fv_partial_sync(p) : err;
}

/* Steps 4 and 5: the final name, durably. */
static enum fv_err publish(struct fv_store *s, const char *part, const char *path)
{
    enum fv_err err = fv_store_fail(s, s->io->rename(s->io->ctx, part, path), path);
    if (err == FV_OK) {
        err = fv_store_sync_parent(s, path);
    }
    return err == FV_OK ? fv_store_sync_parent(s, part) : err;
}

static enum fv_err note(struct fv_ledger *ledger, const struct fv_ledger_record *record)
{
    enum fv_err err = fv_ledger_put(ledger, record);
    return err == FV_OK ? fv_ledger_sync(ledger) : err;
}

/* What is under the final name may be another path's file, in the medium's eyes: nobody's part is it then. */
static enum fv_err refuse_taken(struct fv_partial *p, struct fv_ledger *ledger, const char *path,
                                const struct fv_port_stat *st)
{
    struct fv_ledger_record known;
    bool found = false;
    bool taken = false;
    struct fv_store *s = p->store;
    enum fv_err err = fv_ledger_find(ledger, p->path, &known, &found);
    if (err == FV_OK && !found) {
        err = fv_taken(s, ledger, p->path, st, &taken);
    }
    if (err != FV_OK || !taken) {
        return err;
    }
    (void)s->io->remove(s->io->ctx, p->part);
    if (p->has_state) {
        enum fv_err dropped = fv_state_drop(s, p->state);
        (void)dropped; /* clean removes what is left */
    }
    return fv_fault_set(&s->fault, FV_E_EXISTS, 0, path);
}

/* Steps 2 to 6, for a part that is durable and closed. */
static enum fv_err name_it(struct fv_partial *p, struct fv_ledger *ledger,
                           const struct fv_ledger_record *record)
{
    char path[FV_CAP_PATH + 1];
    struct fv_port_stat st;
    enum fv_err err = fv_store_path(p->path, path);
    if (err == FV_OK) {
        err = fv_commit_target(p->store, path, &st);
    }
    if (err == FV_OK) {
        err = fv_store_make_parents(p->store, path);
    }
    if (err != FV_OK) {
        return err;
    }
    p->there = st.kind == FV_PORT_FILE;
    if (FV_CAP_MEASURE && p->there) {
        err = refuse_taken(p, ledger, path, &st);
        if (err != FV_OK) {
            return err;
        }
    }
    bool alike = fv_store_fits(p->store, &st, record);
    if (!alike) {
        err = note(ledger, record);
    }
    if (err == FV_OK) {
        err = publish(p->store, p->part, path);
    }
    if (err == FV_OK && alike) {
        err = note(ledger, record);
    }
    p->known = ledger->replaced;
    p->same = ledger->replaced_same;
    if (err == FV_OK && p->has_state) {
        enum fv_err dropped = fv_state_drop(p->store, p->state);
        (void)dropped; /* the file is complete; clean removes what is left */
    }
    return err;
}

enum fv_err fv_commit_part(struct fv_partial *p, struct fv_ledger *ledger, struct fv_slice url,
                           bool hook_pending, uint8_t sha256[FV_SHA256_SIZE])
{
    struct fv_ledger_record record = {.path = p->path,
                                      .url = url,
                                      .modified_us = p->modified_us,
                                      .size = p->offset,
                                      .marks = hook_pending ? FV_LEDGER_HOOK : 0};
    enum fv_err err = settle(p);
    if (err != FV_OK) {
        enum fv_err kept = fv_partial_keep(p);
        (void)kept; /* the first error counts */
        return err;
    }
    fv_sha256_finish(&p->sha, record.sha256);
    err = fv_store_fail(p->store, fv_partial_close(p), p->part);
    err = err == FV_OK ? fv_store_note_time(p->store, p->part, &record) : err;
    if (err == FV_OK) {
        err = name_it(p, ledger, &record);
    }
    if (err == FV_OK) {
        memcpy(sha256, record.sha256, sizeof record.sha256);
    }
    return err;
}

/* Whether the part at path is what record says; its time is set then, and all of it durable. */
static enum fv_err check_part(struct fv_store *s, const char *part,
                              const struct fv_ledger_record *record, bool *fits)
{
    const struct fv_port_storage *io = s->io;
    struct fv_sha256 sha;
    uint8_t digest[FV_SHA256_SIZE];
    int file = -1;
    enum fv_err err = io->open(io->ctx, part, FV_PORT_OPEN_WRITE, &file);
    if (err != FV_OK) {
        return fv_store_fail(s, err, part);
    }
    fv_sha256_init(&sha);
    err = fv_store_hash(s, file, record->size, &sha);
    fv_sha256_finish(&sha, digest);
    *fits = err == FV_OK && memcmp(digest, record->sha256, sizeof digest) == 0;
    if (*fits) {
        /* A sync of it may have failed: it is written again, unless that would change a time that can't be set. */
        if (FV_CAP_MEASURE && (record->marks & FV_LEDGER_KEPT) == 0) {
            err = fv_store_copy(s, file, file);
        }
        if (err == FV_OK) {
            err = io->set_time(io->ctx, file, record->modified_us);
        }
        if (err == FV_OK) {
            err = io->sync(io->ctx, file);
        }
    }
    enum fv_err closed = io->close(io->ctx, file);
    return fv_store_fail(s, err == FV_OK ? closed : err, part);
}

enum fv_err fv_commit_waits(struct fv_store *store, const struct fv_ledger_record *record,
                            bool *waits)
{
    char part[FV_PARTIAL_NAME];
    char state[FV_PARTIAL_NAME];
    struct fv_port_stat st;
    fv_state_names(record->path, part, state);
    enum fv_err err = store->io->stat(store->io->ctx, part, &st);
    *waits = err == FV_OK && st.kind == FV_PORT_FILE && st.size == record->size;
    return err == FV_E_NOT_FOUND ? FV_OK : fv_store_fail(store, err, part);
}

enum fv_err fv_commit_recover(struct fv_store *store, const struct fv_ledger_record *record,
                              struct fv_ledger *hooks, bool *done)
{
    char part[FV_PARTIAL_NAME];
    char state[FV_PARTIAL_NAME];
    char path[FV_CAP_PATH + 1];
    struct fv_port_stat st;
    bool fits = false;
    *done = false;
    enum fv_err err = fv_store_path(record->path, path);
    if (err == FV_OK) {
        err = fv_commit_waits(store, record, &fits);
    }
    fv_state_names(record->path, part, state);
    if (err == FV_OK && fits) {
        err = check_part(store, part, record, &fits);
    }
    if (err != FV_OK || !fits) {
        return err;
    }
    err = fv_commit_target(store, path, &st);
    if (err == FV_OK) {
        err = fv_store_make_parents(store, path);
    }
    if (err == FV_OK && hooks != NULL &&
        (record->marks & FV_LEDGER_HOOK) == 0) { /* an older record's was done */
        struct fv_ledger_record again = *record;
        again.path = fv_slice_of(path);
        again.marks = (uint8_t)((record->marks & FV_LEDGER_KEPT) | FV_LEDGER_HOOK);
        err = note(hooks, &again);
    }
    if (err == FV_OK) {
        err = publish(store, part, path);
    }
    *done = err == FV_OK;
    if (*done) {
        enum fv_err dropped = fv_state_drop(store, state);
        (void)dropped; /* as after a commit */
    }
    return err;
}

enum fv_err fv_commit_end_doubt(struct fv_store *store, struct fv_ledger *ledger, bool hook)
{
    char path[FV_CAP_PATH + 1];
    struct fv_ledger_record record;
    bool found = false;
    bool there = false;
    enum fv_err err = fv_ledger_doubt(ledger, &record, &found);
    if (err != FV_OK || !found) {
        return err;
    }
    size_t len = record.path.len;
    err = fv_store_path(record.path, path);
    if (err == FV_OK) {
        err = fv_store_current(store, &record, &there);
    }
    if (err == FV_OK && !there) {
        err = fv_commit_recover(store, &record, hook ? ledger : NULL, &there);
    }
    if (err == FV_OK && !there) {
        err = fv_ledger_remove(ledger, (struct fv_slice){path, len});
    }
    return err == FV_OK ? fv_ledger_settle(ledger) : err;
}
