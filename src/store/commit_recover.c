/* SPDX-License-Identifier: MIT */
#include "store/commit.h"
#include "store/state.h"

#include <string.h>

/* Return in *fits whether the part has the content of record. If so, its time is set and all of
 * it is durable. */
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
        if (FV_CAP_MEASURE) { /* a sync of it may have failed, so it is written again */
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

/* Record in the ledger what differs from record: the time that the medium gave the part; and,
 * with hook, that a hook must run for it. path is the path of record. */
static enum fv_err note_again(struct fv_store *s, struct fv_ledger *ledger, const char *part,
                              const char *path, const struct fv_ledger_record *record, bool hook)
{
    struct fv_ledger_record again = *record;
    again.path = fv_slice_of(path);
    again.marks &= FV_LEDGER_KEPT | FV_LEDGER_HOOK;
    again.marks |= hook ? FV_LEDGER_HOOK : 0;
    enum fv_err err = FV_CAP_MEASURE ? fv_store_note_time(s, part, &again) : FV_OK;
    unsigned changed = (again.marks ^ record->marks) & (FV_LEDGER_KEPT | FV_LEDGER_HOOK);
    bool moved = (again.marks & FV_LEDGER_KEPT) != 0 && again.kept_us != record->kept_us;
    if (err != FV_OK || (changed == 0 && !moved)) {
        return err;
    }
    err = fv_ledger_put(ledger, &again);
    return err == FV_OK ? fv_ledger_sync(ledger) : err;
}

enum fv_err fv_commit_recover(struct fv_store *store, const struct fv_ledger_record *record,
                              struct fv_ledger *ledger, bool hook, bool *done)
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
    if (err == FV_OK) {
        err = note_again(store, ledger, part, path, record, hook);
    }
    if (err == FV_OK) {
        err = fv_store_fail(store, store->io->rename(store->io->ctx, part, path), path);
    }
    if (err == FV_OK) {
        err = fv_store_sync_names(store, part, path);
    }
    *done = err == FV_OK;
    if (*done) {
        enum fv_err dropped = fv_state_drop(store, state);
        (void)dropped; /* as after a commit: clean removes what is left */
    }
    return err;
}

/* Return in *there whether the file of a record in doubt is there, or a part that may be its
 * content. fv_judge() reads that part later. */
static enum fv_err look_for(struct fv_store *store, const struct fv_ledger_record *record,
                            bool *there)
{
    enum fv_err err = fv_store_current(store, record, there);
    if (err == FV_OK && !*there) {
        err = fv_commit_waits(store, record, there);
    }
    /* the error is reported when the run comes to this file */
    if (err == FV_E_DENIED || err == FV_E_EXISTS) {
        store->fault = (struct fv_fault){.err = FV_OK};
        err = FV_OK;
        *there = false;
    }
    return err;
}

enum fv_err fv_commit_end_doubt(struct fv_store *store, struct fv_ledger *ledger)
{
    char path[FV_CAP_PATH + 1];
    for (;;) {
        struct fv_ledger_record record;
        bool found = false;
        bool there = false;
        enum fv_err err = fv_ledger_doubt(ledger, &record, &found);
        if (err != FV_OK || !found) {
            return err;
        }
        struct fv_slice name = {path, record.path.len};
        err = fv_store_path(record.path, path);
        if (err == FV_OK) {
            err = look_for(store, &record, &there);
        }
        if (err == FV_OK && !there) {
            err = fv_ledger_remove(ledger, name);
        }
        if (err == FV_OK) {
            err = fv_ledger_settle(ledger);
        }
        if (err != FV_OK) {
            return err;
        }
    }
}
