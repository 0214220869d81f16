/* SPDX-License-Identifier: MIT */
#include "store/partial.h"

#include "base/num.h"
#include "base/writer.h"
#include "store/commit.h"
#include "store/state.h"

#include <string.h>

#define RESERVE_BYTES 65536u /* for smaller files a reservation costs more than it saves */

static enum fv_err fail(struct fv_partial *p, enum fv_err err)
{
    return fv_store_fail(p->store, err, p->part);
}

static void looked(struct fv_partial *p)
{
    p->looked = p->offset;
    p->looked_us = p->store->clock->now(p->store->clock->ctx);
}

/* --- Bytes that wait in store->gather --- */

static size_t waiting(const struct fv_partial *p)
{
    const struct fv_gather *g = p->store->gather;
    return FV_CAP_GATHER > 0 && g->owner == p ? g->len : 0;
}

/* Drop the bytes that wait. */
static void release(struct fv_partial *p)
{
    if (waiting(p) > 0) {
        p->store->gather->owner = NULL;
    }
}

uint64_t fv_partial_arrived(const struct fv_partial *p)
{
    return p->offset + waiting(p);
}

/* Append bytes to the file, and hash them. */
static enum fv_err append(struct fv_partial *p, const void *bytes, size_t n)
{
    const struct fv_port_storage *io = p->store->io;
    enum fv_err err = n > 0 ? io->write(io->ctx, p->file, p->offset, bytes, n) : FV_OK;
    if (err != FV_OK) {
        p->spilt = true;
        return fail(p, err);
    }
    fv_sha256_push(&p->sha, bytes, n);
    p->offset += n;
    return FV_OK;
}

enum fv_err fv_partial_settle(struct fv_partial *p)
{
    size_t n = waiting(p);
    release(p);
    return n > 0 ? append(p, p->store->gather->memory, n) : FV_OK;
}

/* Keep n bytes in store->gather, if it is not used by another file and these are not the last
 * bytes; otherwise append them. */
static enum fv_err take(struct fv_partial *p, const uint8_t *bytes, size_t n)
{
    struct fv_gather *g = p->store->gather;
    bool last = p->total - fv_partial_arrived(p) <= n;
    if (FV_CAP_GATHER == 0 || (waiting(p) == 0 && (g->owner != NULL || last || n >= g->size))) {
        return append(p, bytes, n);
    }
    enum fv_err err = FV_OK;
    while (n > 0 && err == FV_OK) {
        g->len = waiting(p);
        g->owner = p;
        size_t some = n < g->size - g->len ? n : g->size - g->len;
        memcpy(g->memory + g->len, bytes, some);
        g->len += some;
        bytes += some;
        n -= some;
        if (g->len == g->size || (last && n == 0)) {
            err = fv_partial_settle(p);
        }
    }
    return err;
}

/* --- The file --- */

enum fv_err fv_partial_close(struct fv_partial *p)
{
    const struct fv_port_storage *io = p->store->io;
    if (!p->is_open) {
        return FV_OK;
    }
    p->is_open = false;
    release(p);
    return io->close(io->ctx, p->file);
}

static void forget(struct fv_partial *p)
{
    release(p);
    fv_sha256_init(&p->sha);
    p->offset = 0;
    p->durable = 0;
    looked(p);
    p->total = UINT64_MAX;
    p->validator[0] = '\0';
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

void fv_partial_digest(const struct fv_partial *p, uint8_t digest[FV_SHA256_SIZE])
{
    struct fv_sha256 copy = p->sha;
    fv_sha256_finish(&copy, digest);
}

/* Use what the state describes, if it fits the bytes that are there: *fits. */
static enum fv_err take_over(struct fv_partial *p, const struct fv_state *state, uint64_t size,
                             bool *fits)
{
    if (memcmp(state->digest, p->digest, sizeof p->digest) != 0 || state->durable > size ||
        state->durable == 0 || state->validator[0] == '\0') {
        return FV_OK;
    }
    fv_sha256_init(&p->sha);
    enum fv_err err = fv_store_hash(p->store, p->file, state->durable, &p->sha);
    if (err != FV_OK) {
        return err;
    }
    uint8_t content[FV_SHA256_SIZE];
    fv_partial_digest(p, content);
    if (memcmp(content, state->content, sizeof content) != 0) {
        /* the state is durable and its bytes are not; or the bytes were changed */
        return FV_OK;
    }
    p->offset = state->durable;
    p->durable = state->durable;
    looked(p);
    p->total = state->total;
    p->sequence = state->sequence;
    memcpy(p->validator, state->validator, sizeof p->validator);
    p->has_state = true;
    *fits = true;
    return FV_OK;
}

/* Use the last checkpoint, or the one before it. */
static enum fv_err resume(struct fv_partial *p, uint64_t size, bool *fits)
{
    struct fv_state state = {.sequence = UINT32_MAX};
    enum fv_err err = FV_OK;
    *fits = false;
    while (err == FV_OK && !*fits) {
        err = fv_state_read(p->store, p->state, state.sequence, &state);
        if (err == FV_E_CORRUPT || err == FV_E_NOT_FOUND) {
            return FV_OK;
        }
        err = err == FV_OK ? take_over(p, &state, size, fits) : err;
    }
    return err;
}

/* Open a new part (*fresh), or the one that is there. That one may belong to another user, or
 * have a second name that must not be written to: then begin a new one. */
static enum fv_err open_own(struct fv_partial *p, bool *fresh)
{
    const struct fv_port_storage *io = p->store->io;
    enum fv_err err = io->open(io->ctx, p->part, FV_PORT_OPEN_NEW, &p->file);
    *fresh = err == FV_OK;
    if (err != FV_E_EXISTS && err != FV_E_DENIED) {
        return err;
    }
    err = io->open(io->ctx, p->part, FV_PORT_OPEN_WRITE, &p->file);
    if ((err != FV_E_EXISTS && err != FV_E_DENIED) || io->remove(io->ctx, p->part) != FV_OK) {
        return err;
    }
    return io->open(io->ctx, p->part, FV_PORT_OPEN_WRITE, &p->file);
}

static enum fv_err open_part(struct fv_partial *p)
{
    const struct fv_port_storage *io = p->store->io;
    uint64_t size = 0;
    bool fits = false;
    bool fresh = false;
    enum fv_err err = open_own(p, &fresh);
    p->is_open = err == FV_OK;
    if (err != FV_OK || fresh) {
        return fail(p, err);
    }
    err = io->size(io->ctx, p->file, &size);
    if (err == FV_OK && size > 0) {
        err = resume(p, size, &fits);
    }
    if (err == FV_OK && !fits) {
        forget(p);
    }
    if (err == FV_OK && !fits && size > 0) {
        err = fv_state_drop(p->store, p->state);
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
        err = fv_commit_target(store, path, &st);
    }
    if (err != FV_OK) {
        return err;
    }
    p->there = st.kind == FV_PORT_FILE;
    p->spilt = false;
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
        enum fv_err closed = fv_partial_close(p);
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

enum fv_err fv_partial_needless(struct fv_store *store, struct fv_ledger *ledger,
                                struct fv_slice path, bool *needless)
{
    char part[FV_PARTIAL_NAME];
    char name[FV_PARTIAL_NAME];
    struct fv_ledger_record known;
    struct fv_state state;
    uint8_t digest[FV_SHA256_SIZE];
    bool found = false;
    *needless = false;
    enum fv_err err = fv_ledger_find(ledger, path, &known, &found);
    if (err != FV_OK || !found || (known.marks & (FV_LEDGER_ADOPTED | FV_LEDGER_EDITED)) != 0) {
        return err;
    }
    const struct fv_partial_id id = {known.path, known.url, known.modified_us};
    digest_of(&id, digest);
    err = fv_store_current(store, &known, &found);
    fv_state_names(path, part, name);
    if (err == FV_OK && found && fv_state_read(store, name, UINT32_MAX, &state) == FV_OK) {
        *needless = memcmp(state.digest, digest, sizeof digest) == 0;
    }
    return err;
}

enum fv_err fv_partial_restart(struct fv_partial *p)
{
    const struct fv_port_storage *io = p->store->io;
    forget(p);
    p->has_state = false;
    enum fv_err err = fv_state_drop(p->store, p->state);
    if (err == FV_OK) {
        err = io->truncate(io->ctx, p->file, 0);
    }
    return fail(p, err);
}

/* Return in *fits whether need more bytes leave min_free. If not, *left is the free space. */
static enum fv_err look_for_space(struct fv_partial *p, uint64_t need, bool *fits, uint64_t *left)
{
    const struct fv_port_storage *io = p->store->io;
    uint64_t wanted = 0;
    if ((io->reserves || need < RESERVE_BYTES) && p->store->min_free == 0) {
        *fits = true;
        return FV_OK;
    }
    enum fv_err err = io->free_space(io->ctx, left);
    *fits = fv_num_add(need, p->store->min_free, &wanted) && wanted <= *left;
    return err;
}

/* The port could not reserve need bytes. */
static enum fv_err tell_free(struct fv_partial *p, uint64_t need)
{
    const struct fv_port_storage *io = p->store->io;
    uint64_t left = 0;
    return io->free_space(io->ctx, &left) == FV_OK ? fv_store_full(p->store, p->path, need, left)
                                                   : fail(p, FV_E_FULL);
}

/* Space that an earlier attempt or run has reserved for this file is not missing: it is released
 * before the check fails. */
static enum fv_err check_space(struct fv_partial *p, uint64_t need)
{
    const struct fv_port_storage *io = p->store->io;
    bool fits = false;
    uint64_t left = 0;
    if (io->max_file != 0 && p->offset + need > io->max_file) {
        return fv_fault_slice(&p->store->fault, FV_E_LARGE, 0, p->path);
    }
    enum fv_err err = look_for_space(p, need, &fits, &left);
    if (err == FV_OK && !fits) {
        err = io->truncate(io->ctx, p->file, p->offset);
    }
    if (err == FV_OK && !fits) {
        err = look_for_space(p, need, &fits, &left);
    }
    if (err == FV_OK && !fits) {
        return fv_store_full(p->store, p->path, need, left);
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
        err = io->reserve(io->ctx, p->file, total);
        err = FV_CAP_DETAIL >= 128 && err == FV_E_FULL ? tell_free(p, need) : fail(p, err);
    }
    return err;
}

enum fv_err fv_partial_sync(struct fv_partial *p)
{
    const struct fv_port_storage *io = p->store->io;
    enum fv_err err =
        fv_store_syncs_all(p->store) ? fv_store_sync_all(p->store) : io->sync(io->ctx, p->file);
    if (err != FV_OK) {
        p->validator[0] = '\0';
    }
    return fail(p, err);
}

/* Write the state that describes the bytes so far. */
static enum fv_err write_state(struct fv_partial *p)
{
    const struct fv_port_storage *io = p->store->io;
    struct fv_state state = {.sequence = p->sequence + 1, .total = p->total, .durable = p->offset};
    memcpy(state.digest, p->digest, sizeof state.digest);
    memcpy(state.validator, p->validator, sizeof state.validator);
    fv_partial_digest(p, state.content);
    enum fv_err err = fv_state_write(p->store, p->state, &state, p->path, !p->has_state);
    if (err == FV_OK && !p->has_state && !fv_store_syncs_all(p->store)) {
        err = io->sync_dir(io->ctx, FV_STORE_DIR);
    }
    return err;
}

/* Make the bytes so far durable, and then the state that describes them; or both at once. If the
 * sync fails, the validator is dropped. */
static enum fv_err make_checkpoint(struct fv_partial *p)
{
    bool all = fv_store_syncs_all(p->store);
    enum fv_err err = all ? FV_OK : fv_partial_sync(p);
    if (err == FV_OK) {
        err = write_state(p);
    }
    if (err == FV_OK && all) {
        err = fv_partial_sync(p);
    }
    if (err == FV_OK) {
        p->has_state = true;
        p->sequence++;
        p->durable = p->offset;
    }
    return err;
}

/* A checkpoint is useful only if the download can be resumed, and not shortly before its end. */
static bool is_due(const struct fv_partial *p)
{
    const struct fv_port_clock *clock = p->store->clock;
    uint64_t arrived = fv_partial_arrived(p);
    if (arrived == p->total || arrived == p->looked) {
        return false;
    }
    return arrived - p->looked >= FV_CAP_BATCH_BYTES ||
           clock->now(clock->ctx) - p->looked_us >= FV_PARTIAL_US;
}

enum fv_err fv_partial_push(struct fv_partial *p, const void *bytes, size_t n)
{
    uint64_t end = 0;
    if (!fv_num_add(fv_partial_arrived(p), n, &end)) {
        return FV_E_FULL;
    }
    enum fv_err err = take(p, bytes, n);
    if (err != FV_OK || !is_due(p)) {
        return err;
    }
    err = fv_partial_settle(p);
    if (err != FV_OK) {
        return err;
    }
    looked(p);
    if (p->total == UINT64_MAX) { /* fv_partial_expect() could not check this */
        err = check_space(p, 0);
    }
    if (err != FV_OK || p->validator[0] == '\0') {
        return err;
    }
    err = make_checkpoint(p);
    /* The rest of the file may have reserved the space that the state needs. */
    if (err == FV_E_FULL && p->validator[0] != '\0') {
        err = p->has_state ? FV_OK : fv_state_drop(p->store, p->state);
    }
    return fail(p, err);
}

void fv_partial_abort(struct fv_partial *p)
{
    const struct fv_port_storage *io = p->store->io;
    enum fv_err closed = fv_partial_close(p);
    enum fv_err dropped = fv_state_drop(p->store, p->state);
    (void)closed; /* what is left cannot be used, and clean removes it */
    (void)dropped;
    (void)io->remove(io->ctx, p->part);
}

enum fv_err fv_partial_keep(struct fv_partial *p)
{
    enum fv_err settled = fv_partial_settle(p);
    (void)settled; /* the bytes written before can still be resumed */
    if (p->offset == 0 || p->validator[0] == '\0') {
        fv_partial_abort(p);
        return FV_OK;
    }
    bool told = p->has_state && p->durable == p->offset;
    enum fv_err err = told ? FV_OK : fail(p, make_checkpoint(p));
    if (p->validator[0] == '\0') {
        fv_partial_abort(p);
        return err;
    }
    enum fv_err closed = fv_partial_close(p);
    return err == FV_OK ? fail(p, closed) : err;
}
