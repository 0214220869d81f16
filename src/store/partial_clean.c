/* SPDX-License-Identifier: MIT */
/*
 * Finds the parts and states in `.fluxvision`, and removes those that no run can resume. The
 * directory is listed again for each batch of keys, in the order of the keys.
 */
#include "base/num.h"
#include "base/writer.h"
#include "store/partial.h"

#define BATCH 16u /* keys that one listing of the directory yields */

struct batch {
    struct fv_store *store;
    const struct fv_ledger *ledger;
    uint64_t after; /* keys up to this one are done */
    bool begun;     /* `after` is set */
    size_t count;
    uint64_t keys[BATCH]; /* the lowest ones, in ascending order */
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

/* Remove the file of an unfinished copy of a table or of the ledger. The only copy that may be
 * in use now is the ledger's index: after it has grown, it gets its name when the ledger is
 * closed. */
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

/* Return whether name is that of a part or a state; *key is then the key of its path. */
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
