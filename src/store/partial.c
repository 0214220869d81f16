#include "store/partial.h"

#include "base/num.h"
#include "base/writer.h"
#include "store/state.h"

#include <string.h>

#define RESERVE_BYTES 65536u /* smaller files are written before a reservation would pay */

static enum fv_err fail(struct fv_partial *p, enum fv_err err)
{
    return fv_store_fail(p->store, err, p->part);
}

static enum fv_err close_file(struct fv_partial *p)
{
    const struct fv_port_storage *io = p->store->io;
    if (!p->is_open) {
        return FV_OK;
    }
    p->is_open = false;
    return io->close(io->ctx, p->file);
}

static void forget(struct fv_partial *p)
{
    fv_sha256_init(&p->sha);
    p->offset = 0;
    p->durable = 0;
    p->durable_us = p->store->clock->now(p->store->clock->ctx);
    p->total = UINT64_MAX;
    p->validator[0] = '\0';
}

/* Not synced: a state that comes back after a power cut has the digest of a content that is no longer there. */
static enum fv_err drop_state(struct fv_store *s, const char *state)
{
    enum fv_err err = s->io->remove(s->io->ctx, state);
    return err == FV_E_NOT_FOUND ? FV_OK : err;
}

/* Whether a file may be put, or is, under the final name; *st is what is there. */
static enum fv_err look_at_target(struct fv_store *s, const char *path, struct fv_port_stat *st)
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

static void digest_of(const struct fv_partial_id *id, uint8_t digest[FV_SHA256_SIZE])
{
    struct fv_sha256 sha;
    uint8_t fixed[16];
    fv_num_put64(fixed, id->path.len);
    fv_num_put64(fixed + 8, (uint64_t)id->modified_us);
    fv_sha256_init(&sha);
    fv_sha256_push(&sha, fixed, sizeof fixed);
    fv_sha256_push(&sha, id->path.ptr, id->path.len);
    fv_sha256_push(&sha, id->url.ptr, id->url.len);
    fv_sha256_finish(&sha, digest);
}

static void digest_so_far(const struct fv_partial *p, uint8_t digest[FV_SHA256_SIZE])
{
    struct fv_sha256 copy = p->sha;
    fv_sha256_finish(&copy, digest);
}

/* Take over what the state tells, if it fits what is there: *fits. */
static enum fv_err resume(struct fv_partial *p, uint64_t size, bool *fits)
{
    struct fv_state state;
    *fits = false;
    enum fv_err err = fv_state_read(p->store, p->state, &state);
    if (err != FV_OK) {
        return err == FV_E_CORRUPT || err == FV_E_NOT_FOUND ? FV_OK : err;
    }
    if (memcmp(state.digest, p->digest, sizeof p->digest) != 0 || state.durable > size ||
        state.durable == 0 || state.validator[0] == '\0') {
        return FV_OK;
    }
    err = fv_store_hash(p->store, p->file, state.durable, &p->sha);
    if (err != FV_OK) {
        return err;
    }
    uint8_t content[FV_SHA256_SIZE];
    digest_so_far(p, content);
    if (memcmp(content, state.content, sizeof content) != 0) {
        return FV_OK; /* a storage that lost or changed what it called durable, or a user's doing */
    }
    p->offset = state.durable;
    p->durable = state.durable;
    p->total = state.total;
    p->sequence = state.sequence;
    memcpy(p->validator, state.validator, sizeof p->validator);
    p->has_state = true;
    *fits = true;
    return FV_OK;
}

static enum fv_err open_part(struct fv_partial *p)
{
    const struct fv_port_storage *io = p->store->io;
    uint64_t size = 0;
    bool fits = false;
    enum fv_err err = io->open(io->ctx, p->part, FV_PORT_OPEN_WRITE, &p->file);
    if (err != FV_OK) {
        return fail(p, err);
    }
    p->is_open = true;
    err = io->size(io->ctx, p->file, &size);
    if (err == FV_OK && size > 0) {
        err = resume(p, size, &fits);
    }
    if (err == FV_OK && !fits) {
        forget(p);
        err = drop_state(p->store, p->state);
    }
    if (err == FV_OK && size > p->offset) {
        err = io->truncate(io->ctx, p->file, p->offset);
    }
    return fail(p, err);
}

enum fv_err fv_partial_begin(struct fv_partial *p, struct fv_store *store,
                             const struct fv_partial_id *id)
{
    char path[FV_CAP_PATH + 1];
    struct fv_port_stat st;
    enum fv_err err = fv_store_path(id->path, path);
    if (err == FV_OK) {
        err = look_at_target(store, path, &st);
    }
    if (err != FV_OK) {
        return err;
    }
    p->store = store;
    p->path = id->path;
    p->modified_us = id->modified_us;
    digest_of(id, p->digest);
    p->is_open = false;
    p->has_state = false;
    p->sequence = 0;
    fv_state_names(id->path, p->part, p->state);
    forget(p);
    err = open_part(p);
    if (err != FV_OK) {
        enum fv_err closed = close_file(p);
        (void)closed; /* nothing was written */
    }
    return err;
}

enum fv_err fv_partial_exists(struct fv_store *store, struct fv_slice path, bool *exists)
{
    char part[FV_PARTIAL_NAME];
    char state[FV_PARTIAL_NAME];
    struct fv_port_stat st;
    fv_state_names(path, part, state);
    enum fv_err err = store->io->stat(store->io->ctx, state, &st);
    if (err == FV_OK || err == FV_E_NOT_FOUND) {
        *exists = err == FV_OK && st.kind == FV_PORT_FILE;
        return FV_OK;
    }
    return fv_store_fail(store, err, state);
}

enum fv_err fv_partial_restart(struct fv_partial *p)
{
    const struct fv_port_storage *io = p->store->io;
    forget(p);
    p->has_state = false;
    enum fv_err err = drop_state(p->store, p->state);
    if (err == FV_OK) {
        err = io->truncate(io->ctx, p->file, 0);
    }
    return fail(p, err);
}

/* Whether need more bytes leave min_free. */
static enum fv_err check_space(struct fv_partial *p, uint64_t need)
{
    const struct fv_port_storage *io = p->store->io;
    uint64_t left = 0;
    uint64_t wanted = 0;
    enum fv_err err = io->free_space(io->ctx, &left);
    if (err == FV_OK && (!fv_num_add(need, p->store->min_free, &wanted) || wanted > left)) {
        return fv_fault_set(&p->store->fault, FV_E_FULL, 0, p->part);
    }
    return fail(p, err);
}

enum fv_err fv_partial_expect(struct fv_partial *p, uint64_t total, struct fv_slice validator)
{
    const struct fv_port_storage *io = p->store->io;
    bool known = total != UINT64_MAX;
    uint64_t need = known && total > p->offset ? total - p->offset : 0;
    p->total = total;
    if (validator.ptr != p->validator) {
        p->validator[0] = '\0';
        if (validator.len > 0 && validator.len < sizeof p->validator) {
            memcpy(p->validator, validator.ptr, validator.len);
            p->validator[validator.len] = '\0';
        }
    }
    enum fv_err err = check_space(p, need);
    if (err == FV_OK && need >= RESERVE_BYTES) {
        err = fail(p, io->reserve(io->ctx, p->file, total));
    }
    return err;
}

/* Make durable what is there, then the state that tells of it. */
static enum fv_err checkpoint(struct fv_partial *p)
{
    const struct fv_port_storage *io = p->store->io;
    struct fv_state state = {.sequence = p->sequence + 1, .total = p->total, .durable = p->offset};
    memcpy(state.digest, p->digest, sizeof state.digest);
    memcpy(state.validator, p->validator, sizeof state.validator);
    digest_so_far(p, state.content);
    enum fv_err err = io->sync(io->ctx, p->file);
    if (err == FV_OK) {
        err = fv_state_write(p->store, p->state, &state, p->has_state ? NULL : &p->path);
    }
    if (err == FV_OK && !p->has_state) {
        err = io->sync_dir(io->ctx, FV_STORE_DIR);
    }
    if (err != FV_OK) {
        return fail(p, err);
    }
    p->has_state = true;
    p->sequence++;
    p->durable = p->offset;
    p->durable_us = p->store->clock->now(p->store->clock->ctx);
    return FV_OK;
}

/* A checkpoint is of use only where the download can be continued, and not right before its end. */
static bool is_due(const struct fv_partial *p)
{
    const struct fv_port_clock *clock = p->store->clock;
    if (p->offset == p->total || p->offset == p->durable) {
        return false;
    }
    return p->offset - p->durable >= FV_PARTIAL_BYTES ||
           clock->now(clock->ctx) - p->durable_us >= FV_PARTIAL_US;
}

enum fv_err fv_partial_push(struct fv_partial *p, const void *bytes, size_t n)
{
    const struct fv_port_storage *io = p->store->io;
    uint64_t end = 0;
    if (!fv_num_add(p->offset, n, &end)) {
        return FV_E_FULL;
    }
    enum fv_err err = n > 0 ? io->write(io->ctx, p->file, p->offset, bytes, n) : FV_OK;
    if (err != FV_OK) {
        return fail(p, err);
    }
    fv_sha256_push(&p->sha, bytes, n);
    p->offset = end;
    if (!is_due(p)) {
        return FV_OK;
    }
    if (p->total == UINT64_MAX) { /* expect() could not tell whether it fits */
        err = check_space(p, 0);
    }
    if (err == FV_OK && p->validator[0] != '\0') {
        return checkpoint(p);
    }
    p->durable = p->offset; /* nothing to go on with: look again after as many bytes */
    p->durable_us = p->store->clock->now(p->store->clock->ctx);
    return err;
}

void fv_partial_abort(struct fv_partial *p)
{
    const struct fv_port_storage *io = p->store->io;
    enum fv_err closed = close_file(p);
    enum fv_err dropped = drop_state(p->store, p->state);
    (void)closed; /* what stays is of no use to anybody and removed by clean */
    (void)dropped;
    (void)io->remove(io->ctx, p->part);
}

enum fv_err fv_partial_keep(struct fv_partial *p)
{
    if (p->offset == 0 || p->validator[0] == '\0') {
        fv_partial_abort(p);
        return FV_OK;
    }
    enum fv_err err = p->has_state && p->durable == p->offset ? FV_OK : checkpoint(p);
    enum fv_err closed = close_file(p);
    return err == FV_OK ? fail(p, closed) : err;
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
    if (err == FV_OK) {
        err = io->sync(io->ctx, p->file);
    }
    return fail(p, err);
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

/* Steps 2 to 6, for a part that is durable and closed. */
static enum fv_err name_it(struct fv_partial *p, struct fv_ledger *ledger,
                           const struct fv_ledger_record *record)
{
    char path[FV_CAP_PATH + 1];
    struct fv_port_stat st;
    enum fv_err err = fv_store_path(p->path, path);
    if (err == FV_OK) {
        err = look_at_target(p->store, path, &st);
    }
    if (err == FV_OK) {
        err = fv_store_make_parents(p->store, path);
    }
    if (err != FV_OK) {
        return err;
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
    if (err == FV_OK && p->has_state) {
        enum fv_err dropped = drop_state(p->store, p->state);
        (void)dropped; /* the file is complete; clean removes what is left */
    }
    return err;
}

enum fv_err fv_partial_commit(struct fv_partial *p, struct fv_ledger *ledger, struct fv_slice url,
                              bool hook_pending, uint8_t sha256[FV_SHA256_SIZE])
{
    struct fv_ledger_record record = {.path = p->path,
                                      .url = url,
                                      .modified_us = p->modified_us,
                                      .size = p->offset,
                                      .hook_pending = hook_pending};
    enum fv_err err = settle(p);
    if (err != FV_OK) {
        enum fv_err kept = fv_partial_keep(p);
        (void)kept; /* the first error counts */
        return err;
    }
    fv_sha256_finish(&p->sha, record.sha256);
    err = fail(p, close_file(p));
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
        err = io->set_time(io->ctx, file, record->modified_us);
        if (err == FV_OK) {
            err = io->sync(io->ctx, file);
        }
    }
    enum fv_err closed = io->close(io->ctx, file);
    return fv_store_fail(s, err == FV_OK ? closed : err, part);
}

enum fv_err fv_partial_waits(struct fv_store *store, const struct fv_ledger_record *record,
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

enum fv_err fv_partial_recover(struct fv_store *store, const struct fv_ledger_record *record,
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
        err = fv_partial_waits(store, record, &fits);
    }
    fv_state_names(record->path, part, state);
    if (err == FV_OK && fits) {
        err = check_part(store, part, record, &fits);
    }
    if (err != FV_OK || !fits) {
        return err;
    }
    err = look_at_target(store, path, &st);
    if (err == FV_OK) {
        err = fv_store_make_parents(store, path);
    }
    if (err == FV_OK && hooks != NULL && !record->hook_pending) { /* an older record's was done */
        struct fv_ledger_record again = *record;
        again.path = fv_slice_of(path);
        again.hook_pending = true;
        err = note(hooks, &again);
    }
    if (err == FV_OK) {
        err = publish(store, part, path);
    }
    *done = err == FV_OK;
    if (*done) {
        enum fv_err dropped = drop_state(store, state);
        (void)dropped; /* as after a commit */
    }
    return err;
}

enum fv_err fv_partial_end_doubt(struct fv_store *store, struct fv_ledger *ledger, bool hook)
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
        err = fv_partial_recover(store, &record, hook ? ledger : NULL, &there);
    }
    if (err == FV_OK && !there) {
        err = fv_ledger_remove(ledger, (struct fv_slice){path, len});
    }
    return err == FV_OK ? fv_ledger_settle(ledger) : err;
}
