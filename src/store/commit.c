/* SPDX-License-Identifier: MIT */
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
        return fv_fault_set(&s->fault, err, 0, path); /* the port has no error code for it */
    }
    return fv_store_fail(s, err, path);
}

/* --- A file --- */

/* Give the complete part its size and time. Its content is durable then, or with the sync of the
 * batch. */
static enum fv_err complete(struct fv_partial *p)
{
    const struct fv_port_storage *io = p->store->io;
    enum fv_err err = FV_OK;
    if (p->spilt) {
        err = io->truncate(io->ctx, p->file, p->offset);
    }
    if (err == FV_OK) {
        err = io->set_time(io->ctx, p->file, p->modified_us);
    }
    err = fv_store_fail(p->store, err, p->part);
    return err == FV_OK && !fv_store_syncs_all(p->store) ? fv_partial_sync(p) : err;
}

enum fv_err fv_commit_end_file(struct fv_partial *p, struct fv_slice url, bool hook_pending,
                               struct fv_ledger_record *record, bool *alone)
{
    char path[FV_CAP_PATH + 1];
    struct fv_port_stat st;
    *alone = false;
    *record = (struct fv_ledger_record){.path = p->path,
                                        .url = url,
                                        .modified_us = p->modified_us,
                                        .size = p->offset,
                                        .marks = hook_pending ? FV_LEDGER_HOOK : 0};
    enum fv_err err = complete(p);
    if (err != FV_OK) {
        enum fv_err kept = fv_partial_keep(p);
        (void)kept; /* the first error counts */
        return err;
    }
    fv_sha256_finish(&p->sha, record->sha256);
    err = fv_store_fail(p->store, fv_partial_close(p), p->part);
    err = err == FV_OK ? fv_store_note_time(p->store, p->part, record) : err;
    if (err != FV_OK || !p->there) { /* most names are new, and need no further call */
        return err;
    }
    err = fv_store_path(p->path, path);
    if (err == FV_OK) {
        err = fv_commit_target(p->store, path, &st);
    }
    *alone = err == FV_OK && fv_store_fits(p->store, &st, record);
    return err;
}

/* --- The batch --- */

/* Flags of its files. */
#define RESUMED 1u
#define STATE 2u /* it has a state, to be removed when its name is durable */
#define KNOWN 4u
#define SAME 8u
#define THERE 16u
#define TOLD 32u /* its result was reported: it has failed */

/* A file of the batch, as read back from the ledger. */
struct one {
    struct fv_ledger_record record;
    char path[FV_CAP_PATH + 1];
    char url[FV_CAP_URL + 1];
    char part[FV_PARTIAL_NAME];
    char state[FV_PARTIAL_NAME];
};

/* The arguments of a commit. */
struct commit {
    struct fv_commit *b;
    struct fv_store *store;
    struct fv_ledger *ledger;
    const struct fv_commit_visitor *visitor;
};

static void begin_wait(struct fv_commit *b, const struct fv_store *s)
{
    b->until_us = s->clock->now(s->clock->ctx) + FV_CAP_BATCH_MS * INT64_C(1000);
}

enum fv_err fv_commit_add(struct fv_commit *b, struct fv_ledger *ledger, const struct fv_partial *p,
                          struct fv_ledger_record *record, const struct fv_commit_how *how)
{
    size_t i = b->named + b->count;
    enum fv_err err = FV_OK;
    record->marks |= b->count == 0 ? FV_LEDGER_BATCH : 0;
    b->late = how->alone ? record : NULL;
    if (b->late == NULL) {
        err = fv_ledger_announce(ledger, record, &b->at[i]);
    }
    if (err != FV_OK) {
        return err;
    }
    if (i == 0) {
        begin_wait(b, p->store);
    }
    b->flags[i] = (uint8_t)((how->resumed ? RESUMED : 0) | (p->has_state ? STATE : 0));
    b->bytes = record->size < FV_CAP_BATCH_BYTES - b->bytes ? b->bytes + (uint32_t)record->size
                                                            : FV_CAP_BATCH_BYTES;
    b->count++;
    return FV_OK;
}

int64_t fv_commit_until(const struct fv_commit *b)
{
    if (b->named + b->count == 0) {
        return INT64_MAX;
    }
    bool full = b->count == FV_CAP_BATCH || b->bytes >= FV_CAP_BATCH_BYTES || b->late != NULL;
    return full ? INT64_MIN : b->until_us;
}

static enum fv_err read_one(const struct commit *c, size_t i, struct one *one)
{
    struct fv_ledger_record *r = &one->record;
    enum fv_err err = FV_OK;
    if (c->b->late != NULL && i >= c->b->named) {
        *r = *c->b->late;
    } else {
        err = fv_ledger_announced(c->ledger, c->b->at[i], r);
    }
    if (err != FV_OK) {
        return err;
    }
    memcpy(one->path, r->path.ptr, r->path.len);
    one->path[r->path.len] = '\0';
    memcpy(one->url, r->url.ptr, r->url.len);
    r->path.ptr = one->path;
    r->url.ptr = one->url;
    fv_state_names(r->path, one->part, one->state);
    return FV_OK;
}

static void tell(const struct commit *c, size_t i, const struct one *one, enum fv_err err)
{
    uint8_t flags = c->b->flags[i];
    const struct fv_commit_file file = {.record = &one->record,
                                        .err = err,
                                        .resumed = (flags & RESUMED) != 0,
                                        .known = (flags & KNOWN) != 0,
                                        .same = (flags & SAME) != 0,
                                        .there = (flags & THERE) != 0};
    c->b->flags[i] = flags | TOLD;
    c->visitor->visit(c->visitor->arg, &file);
}

static void drop(struct fv_store *s, const struct one *one)
{
    (void)s->io->remove(s->io->ctx, one->part);
    enum fv_err dropped = fv_state_drop(s, one->state);
    (void)dropped; /* clean removes what is left */
}

/* If the medium treats the file of another path as this one, it must not be replaced. */
static enum fv_err refuse_taken(const struct commit *c, const struct one *one,
                                const struct fv_port_stat *st)
{
    struct fv_ledger_record known;
    bool found = false;
    bool taken = false;
    enum fv_err err = fv_ledger_find(c->ledger, one->record.path, &known, &found);
    if (err == FV_OK && !found) {
        err = fv_taken(c->store, c->ledger, one->record.path, st, &taken);
    }
    if (err != FV_OK || !taken) {
        return err;
    }
    drop(c->store, one);
    return fv_fault_set(&c->store->fault, FV_E_EXISTS, 0, one->path);
}

/* Check whether the file can get its name, and create the directories for it. */
static enum fv_err make_way(const struct commit *c, size_t i, const struct one *one)
{
    struct fv_commit *b = c->b;
    struct fv_port_stat st;
    enum fv_err err = fv_commit_target(c->store, one->path, &st);
    b->dir[i] = fv_sha256_key(one->path, fv_store_parent_length(one->path));
    bool made = i > 0 && b->dir[i] == b->dir[i - 1] && (b->flags[i - 1] & TOLD) == 0;
    if (err == FV_OK && !made) {
        err = fv_store_make_parents(c->store, one->path);
    }
    if (err == FV_OK && st.kind == FV_PORT_FILE) {
        b->flags[i] |= THERE;
        err = FV_CAP_MEASURE ? refuse_taken(c, one, &st) : FV_OK;
    }
    return err;
}

static void note_replaced(const struct commit *c, size_t i)
{
    c->b->flags[i] |= (uint8_t)((c->ledger->replaced ? KNOWN : 0) |
                                (c->ledger->replaced && c->ledger->replaced_same ? SAME : 0));
}

static enum fv_err name_one(const struct commit *c, size_t i, const struct one *one)
{
    const struct fv_port_storage *io = c->store->io;
    bool late = c->b->late != NULL;
    enum fv_err err = make_way(c, i, one);
    if (err != FV_OK) {
        enum fv_err refused = late ? FV_OK : fv_ledger_refuse(c->ledger, &one->record);
        (void)refused; /* the first error is returned; the next run treats the record as in doubt */
        return err;
    }
    if (!late) {
        err = fv_ledger_accept(c->ledger, c->b->at[i], &one->record);
        note_replaced(c, i);
    }
    return err == FV_OK
               ? fv_store_fail(c->store, io->rename(io->ctx, one->part, one->path), one->path)
               : err;
}

/* A sync failed with err, so it is not known what of the file's content is durable. Remove the
 * part; the old record of its path counts. */
static void lose_one(const struct commit *c, const struct one *one)
{
    drop(c->store, one);
    enum fv_err refused = c->b->late != NULL ? FV_OK : fv_ledger_refuse(c->ledger, &one->record);
    (void)refused; /* as above */
}

static bool is_synced(const struct fv_commit *b, size_t i)
{
    for (size_t k = 0; FV_CAP_BATCH > 1 && k < i; k++) {
        if (b->dir[k] == b->dir[i]) {
            return true;
        }
    }
    return false;
}

/* Make the names durable, and then the record of a file that is a batch of its own. */
static enum fv_err sync_names(const struct commit *c, struct one *one)
{
    const struct fv_port_storage *io = c->store->io;
    enum fv_err err = FV_OK;
    bool all = fv_store_syncs_all(c->store);
    if (all) {
        err = fv_store_sync_all(c->store);
    }
    for (size_t i = 0; i < c->b->count && err == FV_OK && !all; i++) {
        if (!is_synced(c->b, i)) {
            err = read_one(c, i, one);
            err = err == FV_OK ? fv_store_sync_parent(c->store, one->path) : err;
        }
    }
    if (err == FV_OK && !all) {
        err = fv_store_fail(c->store, io->sync_dir(io->ctx, FV_STORE_DIR), FV_STORE_DIR "/");
    }
    if (err == FV_OK && c->b->late != NULL) {
        err = fv_ledger_put(c->ledger, c->b->late);
        note_replaced(c, 0);
        err = err == FV_OK ? fv_ledger_sync(c->ledger) : err;
    }
    return err;
}

/* Report the first n files: their names are durable; or err says why that is not known. */
static enum fv_err tell_first(const struct commit *c, size_t n, struct one *one, enum fv_err err)
{
    struct fv_commit *b = c->b;
    enum fv_err failed = FV_OK;
    for (size_t i = 0; i < n && failed == FV_OK; i++) {
        failed = read_one(c, i, one);
        if (failed == FV_OK && err == FV_OK && (b->flags[i] & STATE) != 0) {
            enum fv_err dropped = fv_state_drop(c->store, one->state);
            (void)dropped; /* the file is complete; clean removes what is left */
        }
        if (failed == FV_OK && err != FV_OK && err != FV_E_CANCELLED) {
            enum fv_err forgot = fv_ledger_remove(c->ledger, one->record.path);
            /* if this write fails too, the error is reported when the ledger is closed */
            (void)forgot;
        }
        if (failed == FV_OK) {
            tell(c, i, one, err);
        }
    }
    return failed;
}

/* Remove the files that were reported; return how many still wait. */
static size_t close_ranks(struct fv_commit *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->named + b->count; i++) {
        if ((b->flags[i] & TOLD) == 0) {
            b->at[n] = b->at[i];
            b->dir[n] = b->dir[i];
            b->flags[n++] = b->flags[i];
        }
    }
    return n;
}

/* Rename the files that wait for their names, unless err says why their content may not be
 * durable. Report those that failed. */
static enum fv_err name_all(const struct commit *c, struct one *one, enum fv_err err)
{
    enum fv_err failed = FV_OK;
    for (size_t i = 0; i < c->b->count && failed == FV_OK; i++) {
        failed = read_one(c, i, one);
        if (failed == FV_OK && err != FV_OK && err != FV_E_CANCELLED) {
            lose_one(c, one);
        }
        enum fv_err own = failed == FV_OK && err == FV_OK ? name_one(c, i, one) : err;
        if (failed == FV_OK && own != FV_OK) {
            tell(c, i, one, own);
        }
    }
    fv_ledger_ended(c->ledger);
    return failed;
}

enum fv_err fv_commit_step(struct fv_commit *b, struct fv_store *store, struct fv_ledger *ledger,
                           const struct fv_commit_visitor *visitor)
{
    const struct commit c = {b, store, ledger, visitor};
    struct one one;
    /* Also for a file that is a batch of its own: fv_ledger_mark() may have recorded before that
     * the file there was edited. */
    enum fv_err err = fv_ledger_sync_all(ledger);
    enum fv_err failed = tell_first(&c, b->named, &one, err);
    b->count = close_ranks(b);
    b->named = 0;
    if (failed == FV_OK) {
        failed = name_all(&c, &one, err);
    }
    b->count = close_ranks(b);
    if (failed == FV_OK && b->count > 0 && (b->late != NULL || !fv_store_syncs_all(store))) {
        err = sync_names(&c, &one);
        failed = tell_first(&c, b->count, &one, err);
    }
    b->named = failed == FV_OK ? close_ranks(b) : 0;
    b->count = 0;
    b->bytes = 0;
    b->late = NULL;
    begin_wait(b, store);
    return failed;
}

enum fv_err fv_commit_all(struct fv_commit *b, struct fv_store *store, struct fv_ledger *ledger,
                          const struct fv_commit_visitor *visitor)
{
    enum fv_err err = FV_OK;
    while (err == FV_OK && b->named + b->count > 0) {
        err = fv_commit_step(b, store, ledger, visitor);
    }
    return err;
}
