/* SPDX-License-Identifier: MIT */
#include "store/state.h"

#include "base/num.h"
#include "base/writer.h"
#include "store/partial.h"

#include <string.h>

#define SLOT 512u
#define VALIDATOR_ROOM 129u /* whatever FV_CAP_VALIDATOR is: every board can read a state */
#define CONTENT_AT (64u + VALIDATOR_ROOM)
#define SLOT_USED (CONTENT_AT + FV_SHA256_SIZE)
#define PATH_AT (2 * SLOT)
#define PATH_HEAD 16u /* length, check */
#define BATCH 16u     /* names looked at in one reading of the directory */

static_assert(SLOT_USED <= SLOT, "a slot is one sector");
static_assert(FV_CAP_VALIDATOR < VALIDATOR_ROOM, "a validator and its NUL fit");

static const char magic[] = "FVS2"; /* four bytes are used */

void fv_state_names(struct fv_slice path, char part[FV_PARTIAL_NAME], char state[FV_PARTIAL_NAME])
{
    uint8_t digest[FV_SHA256_SIZE];
    struct fv_writer w;
    fv_sha256_of(path.ptr, path.len, digest);
    fv_writer_init(&w, part, FV_PARTIAL_NAME);
    fv_writer_text(&w, FV_STORE_DIR "/");
    fv_writer_hex(&w, digest, 8);
    fv_writer_text(&w, ".part");
    fv_writer_init(&w, state, FV_PARTIAL_NAME);
    fv_writer_text(&w, FV_STORE_DIR "/");
    fv_writer_hex(&w, digest, 8);
    fv_writer_text(&w, ".state");
}

/* Slot, little-endian: magic, u32 sequence, digest, u64 total, u64 durable, check of all but itself, validator padded with
 * NULs to VALIDATOR_ROOM, digest of the content. */
static uint64_t check_of(const uint8_t slot[SLOT_USED])
{
    struct fv_sha256 sha;
    uint8_t digest[FV_SHA256_SIZE];
    fv_sha256_init(&sha);
    fv_sha256_push(&sha, slot, 56);
    fv_sha256_push(&sha, slot + 64, SLOT_USED - 64);
    fv_sha256_finish(&sha, digest);
    return fv_num_get64(digest);
}

static bool decode(const uint8_t slot[SLOT_USED], struct fv_state *out)
{
    if (memcmp(slot, magic, 4) != 0 || fv_num_get64(slot + 56) != check_of(slot) ||
        slot[64 + FV_CAP_VALIDATOR] != '\0') { /* another board's, and too long for this one */
        return false;
    }
    out->sequence = fv_num_get32(slot + 4);
    memcpy(out->digest, slot + 8, sizeof out->digest);
    out->total = fv_num_get64(slot + 40);
    out->durable = fv_num_get64(slot + 48);
    memcpy(out->validator, slot + 64, sizeof out->validator);
    memcpy(out->content, slot + CONTENT_AT, sizeof out->content);
    return true;
}

static enum fv_err open_reading(struct fv_store *s, const char *name, int *file)
{
    struct fv_port_stat st;
    enum fv_err err = s->io->stat(s->io->ctx, name, &st);
    if (err == FV_OK && st.kind != FV_PORT_FILE) {
        err = FV_E_NOT_FOUND;
    }
    return err == FV_OK ? s->io->open(s->io->ctx, name, FV_PORT_OPEN_READ, file) : err;
}

enum fv_err fv_state_read(struct fv_store *s, const char *name, uint32_t before,
                          struct fv_state *out)
{
    uint8_t slot[SLOT_USED];
    struct fv_state state;
    int file = -1;
    bool any = false;
    enum fv_err err = open_reading(s, name, &file);
    if (err != FV_OK) {
        return err;
    }
    for (unsigned i = 0; i < 2 && err == FV_OK; i++) {
        size_t got = 0;
        err = s->io->read(s->io->ctx, file, i * SLOT, slot, sizeof slot, &got);
        if (err == FV_OK && got == sizeof slot && decode(slot, &state) && state.sequence < before &&
            (!any || state.sequence > out->sequence)) {
            *out = state;
            any = true;
        }
    }
    (void)s->io->close(s->io->ctx, file); /* only read */
    return err != FV_OK || any ? err : FV_E_CORRUPT;
}

/* Path, behind the slots: u64 length, check, bytes. */
static enum fv_err write_path(struct fv_store *s, int file, struct fv_slice path)
{
    uint8_t head[PATH_HEAD];
    uint8_t empty[SLOT] = {0};
    fv_num_put64(head, path.len);
    fv_num_put64(head + 8, fv_sha256_key(path.ptr, path.len));
    enum fv_err err = s->io->write(s->io->ctx, file, 0, empty, sizeof empty);
    if (err == FV_OK) {
        err = s->io->write(s->io->ctx, file, SLOT, empty, sizeof empty);
    }
    if (err == FV_OK) {
        err = s->io->write(s->io->ctx, file, PATH_AT, head, sizeof head);
    }
    if (err == FV_OK) {
        err = s->io->write(s->io->ctx, file, PATH_AT + PATH_HEAD, path.ptr, path.len);
    }
    return err;
}

enum fv_err fv_state_write(struct fv_store *s, const char *name, const struct fv_state *state,
                           struct fv_slice path, bool anew)
{
    uint8_t slot[SLOT_USED] = {0};
    int file = -1;
    memcpy(slot, magic, 4);
    fv_num_put32(slot + 4, state->sequence);
    memcpy(slot + 8, state->digest, sizeof state->digest);
    fv_num_put64(slot + 40, state->total);
    fv_num_put64(slot + 48, state->durable);
    memcpy(slot + 64, state->validator, strlen(state->validator));
    memcpy(slot + CONTENT_AT, state->content, sizeof state->content);
    fv_num_put64(slot + 56, check_of(slot));
    enum fv_err err =
        s->io->open(s->io->ctx, name, anew ? FV_PORT_OPEN_CREATE : FV_PORT_OPEN_WRITE, &file);
    if (!anew && (err == FV_E_EXISTS || err == FV_E_DENIED)) { /* it has another name, or owner */
        anew = true;
        err = s->io->open(s->io->ctx, name, FV_PORT_OPEN_CREATE, &file);
    }
    if (err != FV_OK) {
        return err;
    }
    if (anew) {
        err = write_path(s, file, path);
    }
    if (err == FV_OK) {
        err = s->io->write(s->io->ctx, file, state->sequence % 2 * SLOT, slot, sizeof slot);
    }
    if (err == FV_OK && !fv_store_syncs_all(s)) {
        err = s->io->sync(s->io->ctx, file);
    }
    enum fv_err closed = s->io->close(s->io->ctx, file);
    return err == FV_OK ? closed : err;
}

enum fv_err fv_state_path(struct fv_store *s, const char *name, char path[FV_CAP_PATH + 1],
                          size_t *len)
{
    uint8_t head[PATH_HEAD];
    size_t got = 0;
    size_t n = 0;
    int file = -1;
    enum fv_err err = open_reading(s, name, &file);
    if (err != FV_OK) {
        return err;
    }
    err = s->io->read(s->io->ctx, file, PATH_AT, head, sizeof head, &got);
    if (err == FV_OK && (got < sizeof head || fv_num_get64(head) > FV_CAP_PATH)) {
        err = FV_E_CORRUPT;
    }
    if (err == FV_OK) {
        n = (size_t)fv_num_get64(head);
        err = s->io->read(s->io->ctx, file, PATH_AT + PATH_HEAD, path, n, &got);
    }
    if (err == FV_OK && (got < n || fv_sha256_key(path, n) != fv_num_get64(head + 8))) {
        err = FV_E_CORRUPT;
    }
    (void)s->io->close(s->io->ctx, file); /* only read */
    if (err == FV_OK) {
        path[n] = '\0';
        *len = n;
    }
    return err;
}

/* Without a sync: a state that comes back after a power cut has the digest of content that is no longer there. */
enum fv_err fv_state_drop(struct fv_store *s, const char *state)
{
    enum fv_err err = s->io->remove(s->io->ctx, state);
    return err == FV_E_NOT_FOUND ? FV_OK : err;
}

/* --- Cleaning: the directory is read again and again, a batch of keys at a time, in the order of the keys --- */

struct batch {
    struct fv_store *store;
    const struct fv_ledger *ledger;
    uint64_t after; /* keys up to that one are done */
    bool begun;     /* after counts */
    size_t count;
    uint64_t keys[BATCH]; /* the least ones, ascending */
};

static void add_key(struct batch *b, uint64_t key)
{
    size_t i = b->count;
    if (b->begun && key <= b->after) {
        return;
    }
    while (i > 0 && b->keys[i - 1] > key) {
        i--;
    }
    if (i == BATCH || (i > 0 && b->keys[i - 1] == key)) {
        return;
    }
    b->count += b->count < BATCH ? 1 : 0;
    for (size_t j = b->count - 1; j > i; j--) {
        b->keys[j] = b->keys[j - 1];
    }
    b->keys[i] = key;
}

static enum fv_err remove_file(struct fv_store *s, const char *name)
{
    enum fv_err err = s->io->remove(s->io->ctx, name);
    return err == FV_E_NOT_FOUND ? FV_OK : fv_store_fail(s, err, name);
}

/* Remove what an unfinished copy of a table or of the ledger has left. The only copy that may be under way now is the
 * ledger's index: it has grown, and gets its name when the ledger is closed. */
static enum fv_err remove_new(const struct batch *b, struct fv_slice text)
{
    char name[FV_PARTIAL_NAME];
    struct fv_writer w;
    fv_writer_init(&w, name, sizeof name);
    fv_writer_text(&w, FV_STORE_DIR "/");
    fv_writer_slice(&w, text);
    bool ours = fv_writer_check(&w) == FV_OK && !fv_table_is_beside(&b->ledger->index, name);
    return ours ? remove_file(b->store, name) : FV_OK;
}

/* Whether name is a part's or a state's; *key is the one of its path then. */
static bool is_partial(struct fv_slice name, uint64_t *key)
{
    struct fv_slice ending = fv_slice_from(name, 16);
    return (fv_slice_eq(ending, FV_SLICE(".part")) || fv_slice_eq(ending, FV_SLICE(".state"))) &&
           fv_num_hex(fv_slice_head(name, 16), UINT64_MAX, key);
}

static enum fv_err look_for_partial(void *arg, const char *name)
{
    bool *any = arg;
    uint64_t key = 0;
    *any = *any || is_partial(fv_slice_of(name), &key);
    return FV_OK;
}

enum fv_err fv_partial_any(struct fv_store *store, bool *any)
{
    bool found = false;
    enum fv_err err = store->io->list_dir(store->io->ctx, FV_STORE_DIR, look_for_partial, &found);
    if (err != FV_OK && err != FV_E_NOT_FOUND) {
        return fv_store_fail(store, err, FV_STORE_DIR);
    }
    *any = found;
    return FV_OK;
}

static enum fv_err visit(void *arg, const char *name)
{
    struct batch *b = arg;
    uint64_t key = 0;
    struct fv_slice text = fv_slice_of(name);
    if (text.len > 4 && fv_slice_eq(fv_slice_from(text, text.len - 4), FV_SLICE(".new"))) {
        return remove_new(b, text);
    }
    if (is_partial(text, &key)) {
        add_key(b, key);
    }
    return FV_OK;
}

static void bytes_of(uint64_t key, uint8_t bytes[8])
{
    for (size_t i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(key >> (56 - 8 * i));
    }
}

static void name_of(uint64_t key, const char *ending, char name[FV_PARTIAL_NAME])
{
    uint8_t bytes[8];
    struct fv_writer w;
    bytes_of(key, bytes);
    fv_writer_init(&w, name, FV_PARTIAL_NAME);
    fv_writer_text(&w, FV_STORE_DIR "/");
    fv_writer_hex(&w, bytes, sizeof bytes);
    fv_writer_text(&w, ending);
}

/* Find the path of the ledger record that may wait for a part. FV_E_NOT_FOUND: none does. */
static enum fv_err awaited_path(struct fv_store *s, struct fv_ledger *ledger, uint64_t key,
                                uint64_t size, char path[FV_CAP_PATH + 1], size_t *len)
{
    struct fv_ledger_record record;
    uint8_t bytes[8];
    bool found = false;
    bool current = false;
    bytes_of(key, bytes);
    enum fv_err err = fv_ledger_find_key(ledger, fv_num_get64(bytes), &record, &found);
    if (err == FV_OK && (!found || record.size != size)) {
        err = FV_E_NOT_FOUND;
    }
    if (err == FV_OK) {
        err = fv_store_current(s, &record, &current);
    }
    if (err == FV_OK && current) {
        err = FV_E_NOT_FOUND;
    }
    if (err == FV_OK) {
        *len = record.path.len;
        err = fv_store_path(record.path, path);
    }
    return err;
}

static enum fv_err clean_one(struct fv_store *s, struct fv_ledger *ledger, uint64_t key,
                             enum fv_err (*keep)(void *arg, struct fv_slice path, bool *wanted),
                             void *arg)
{
    char part[FV_PARTIAL_NAME];
    char state[FV_PARTIAL_NAME];
    char path[FV_CAP_PATH + 1];
    struct fv_port_stat st;
    size_t len = 0;
    bool wanted = false;
    name_of(key, ".part", part);
    name_of(key, ".state", state);
    enum fv_err err = s->io->stat(s->io->ctx, part, &st);
    if (err == FV_OK && st.kind == FV_PORT_FILE) {
        err = st.size > 0 ? fv_state_path(s, state, path, &len) : FV_E_NOT_FOUND;
        if (err == FV_E_NOT_FOUND || err == FV_E_CORRUPT) {
            err = awaited_path(s, ledger, key, st.size, path, &len);
        }
        if (err == FV_OK) {
            err = keep(arg, (struct fv_slice){path, len}, &wanted);
        }
        if (err == FV_OK && !wanted) {
            err = awaited_path(s, ledger, key, st.size, path, &len);
        }
        if (err == FV_OK && !wanted) {
            err = fv_ledger_remove(ledger, (struct fv_slice){path, len});
        }
    }
    if (err != FV_OK && err != FV_E_NOT_FOUND && err != FV_E_CORRUPT) {
        return fv_store_fail(s, err, state);
    }
    if (wanted) {
        return FV_OK;
    }
    err = remove_file(s, state);
    return err == FV_OK ? remove_file(s, part) : err;
}

enum fv_err fv_partial_clean(struct fv_store *store, struct fv_ledger *ledger,
                             enum fv_err (*keep)(void *arg, struct fv_slice path, bool *wanted),
                             void *arg)
{
    struct batch b = {.store = store, .ledger = ledger};
    do {
        b.count = 0;
        enum fv_err err = store->io->list_dir(store->io->ctx, FV_STORE_DIR, visit, &b);
        for (size_t i = 0; i < b.count && err == FV_OK; i++) {
            err = clean_one(store, ledger, b.keys[i], keep, arg);
        }
        if (err != FV_OK) {
            return fv_store_fail(store, err, FV_STORE_DIR);
        }
        if (b.count > 0) {
            b.after = b.keys[b.count - 1];
            b.begun = true;
        }
    } while (b.count == BATCH);
    return FV_OK;
}
