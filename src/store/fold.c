/* SPDX-License-Identifier: MIT */
#include "store/fold.h"

#include "base/num.h"
#include "base/sha256.h"
#include "base/writer.h"

#define CLAIMS FV_STORE_DIR "/names.d"
#define BLOCKED 1u

/* --- One component --- */

/* Read the mark in the file of that name: the hash of the first name of its class. If there is
 * no mark, *key is the hash of this name, and with make it is written as the mark.
 * FV_E_NOT_FOUND, only without make: there is no such file. */
static enum fv_err ask(struct fv_fold *f, struct fv_slice name, bool make, uint64_t *key)
{
    const struct fv_port_storage *io = f->store->io;
    char path[sizeof CLAIMS + 1 + FV_CAP_COMPONENT];
    uint8_t mark[8];
    struct fv_writer w;
    size_t got = 0;
    int file = -1;
    *key = fv_sha256_key(name.ptr, name.len);
    fv_writer_init(&w, path, sizeof path);
    fv_writer_text(&w, CLAIMS "/");
    fv_writer_slice(&w, name);
    enum fv_err err = fv_writer_check(&w);
    if (err == FV_OK) {
        enum fv_port_mode mode = make ? FV_PORT_OPEN_WRITE : FV_PORT_OPEN_READ;
        err = io->open(io->ctx, path, mode, &file);
        /* tried twice: the first failure may have another cause than the name */
        if (err != FV_OK && err != FV_E_NOT_FOUND) {
            err = io->open(io->ctx, path, mode, &file);
        }
    }
    if (err == FV_E_NOT_FOUND && !make) {
        return err;
    }
    if (err != FV_OK) {
        f->refused = err != FV_E_FULL && err != FV_E_READONLY && err != FV_E_NOT_FOUND;
        return f->refused ? FV_E_DENIED : fv_store_fail(f->store, err, path);
    }
    err = io->read(io->ctx, file, 0, mark, sizeof mark, &got);
    if (err == FV_OK && got == sizeof mark) {
        *key = fv_num_get64(mark);
    } else if (err == FV_OK && make) {
        fv_num_put64(mark, *key);
        err = io->write(io->ctx, file, 0, mark, sizeof mark);
    }
    enum fv_err closed = io->close(io->ctx, file);
    return fv_store_fail(f->store, err == FV_OK ? closed : err, path);
}

/* Return the key of the component's class. */
static enum fv_err component_key(struct fv_fold *f, struct fv_slice name, bool make, uint64_t *key)
{
    const struct fv_port_storage *io = f->store->io;
    if (FV_CAP_MEASURE && f->measured) {
        return ask(f, name, make, key);
    }
    *key = io->name_key(io->ctx, name);
    return FV_OK;
}

/* --- A path --- */

/* Add the components of path to *key. *own: one of them is `.fluxvision` on this medium. */
static enum fv_err add_path(struct fv_fold *f, struct fv_slice path, bool make, uint64_t *key,
                            bool *own)
{
    struct fv_slice part;
    bool more = true;
    while (more) {
        uint64_t one = 0;
        more = fv_slice_cut(path, '/', &part, &path);
        enum fv_err err = component_key(f, part, make, &one);
        if (err != FV_OK) {
            return err;
        }
        *own = *own || one == f->own;
        *key = fv_slice_hash(*key, (struct fv_slice){(const char *)&one, sizeof one});
    }
    return FV_OK;
}

/* Find the class of path. Most paths are in the folder of the path before. Without make,
 * FV_E_NOT_FOUND: no path of the class was proposed. */
static enum fv_err class_of(struct fv_fold *f, struct fv_slice path, bool make, uint64_t *key,
                            bool *own)
{
    size_t slash = fv_slice_find_last(path, '/');
    struct fv_slice folder = fv_slice_head(path, slash < path.len ? slash : 0);
    uint64_t hash = fv_slice_hash(1, folder);
    if (folder.len > 0 && hash != f->folder) {
        uint64_t folder_key = 0;
        bool folder_own = false;
        enum fv_err err = add_path(f, folder, make, &folder_key, &folder_own);
        if (err != FV_OK) {
            return err;
        }
        f->folder = hash;
        f->folder_key = folder_key;
        f->folder_own = folder_own;
    }
    *key = folder.len > 0 ? f->folder_key : 0;
    *own = folder.len > 0 && f->folder_own;
    return add_path(f, slash < path.len ? fv_slice_from(path, slash + 1) : path, make, key, own);
}

static uint64_t mark_of(struct fv_slice path)
{
    uint64_t key = fv_sha256_key(path.ptr, path.len);
    return key > BLOCKED ? key : BLOCKED + 1;
}

/* Find the entry of path's class: *value, 0 if there is none; c is its position. FV_E_DENIED
 * with f->refused: the path is in `.fluxvision`, or the medium does not accept it. */
static enum fv_err look_up(struct fv_fold *f, struct fv_slice path, bool make,
                           struct fv_table_cursor *c, uint64_t *value)
{
    uint64_t key = 0;
    bool found = false;
    bool own = false;
    *value = 0;
    f->refused = false;
    enum fv_err err = class_of(f, path, make, &key, &own);
    if (err == FV_OK && own) {
        f->refused = true;
        err = FV_E_DENIED;
    }
    if (err == FV_OK) {
        fv_table_search(&f->names->claims.table, key, c);
        err = fv_table_next(&f->names->claims.table, c, value, &found);
    }
    return err;
}

enum fv_err fv_fold_propose(struct fv_fold *f, struct fv_slice path)
{
    struct fv_table_cursor c;
    uint64_t value = 0;
    enum fv_err err = look_up(f, path, true, &c, &value);
    return err == FV_OK && value == 0 ? fv_table_put(&f->names->claims.table, c.key, mark_of(path))
                                      : err;
}

enum fv_err fv_fold_block(struct fv_fold *f, struct fv_slice path)
{
    struct fv_table_cursor c;
    uint64_t value = 0;
    enum fv_err err = look_up(f, path, false, &c, &value);
    if (err == FV_E_NOT_FOUND) {
        return FV_OK;
    }
    return err == FV_OK && value != 0 && value != mark_of(path)
               ? fv_table_set(&f->names->claims.table, &c, BLOCKED)
               : err;
}

enum fv_err fv_fold_free(struct fv_fold *f, struct fv_slice path, bool *free)
{
    struct fv_table_cursor c;
    uint64_t value = 0;
    enum fv_err err = look_up(f, path, true, &c, &value);
    *free = value == mark_of(path);
    return err;
}

/* --- The whole --- */

static enum fv_err remove_claim(void *arg, const char *name)
{
    struct fv_fold *f = arg;
    const struct fv_port_storage *io = f->store->io;
    char path[sizeof CLAIMS + 1 + FV_CAP_COMPONENT];
    struct fv_writer w;
    fv_writer_init(&w, path, sizeof path);
    fv_writer_text(&w, CLAIMS "/");
    fv_writer_text(&w, name);
    if (fv_writer_check(&w) == FV_OK && io->remove(io->ctx, path) == FV_OK) {
        f->removed = true;
    }
    return fv_port_cancelled(f->store->clock) ? FV_E_CANCELLED : FV_OK;
}

void fv_fold_close(struct fv_fold *f)
{
    const struct fv_port_storage *io = f->store->io;
    if (!FV_CAP_MEASURE || !f->measured) {
        return;
    }
    enum fv_err listed = FV_OK; /* files that are left are removed by the next fv_fold_open() */
    /* some media skip names when files are removed during the listing */
    do {
        f->removed = false;
        listed = io->list_dir(io->ctx, CLAIMS, remove_claim, f);
    } while (f->removed && listed == FV_OK);
    (void)io->remove_dir(io->ctx, CLAIMS);
}

void fv_fold_sweep(struct fv_store *store)
{
    struct fv_fold f = {.store = store, .measured = store->io->name_key == NULL && !store->reader};
    fv_fold_close(&f);
}

enum fv_err fv_fold_open(struct fv_fold *f, struct fv_store *store, struct fv_names *names)
{
    const struct fv_port_storage *io = store->io;
    *f = (struct fv_fold){.store = store,
                          .names = names,
                          .measured = FV_CAP_MEASURE && io->name_key == NULL};
    if (FV_CAP_MEASURE && f->measured) {
        fv_fold_close(f); /* marks of an interrupted run */
        enum fv_err err = io->make_dir(io->ctx, CLAIMS);
        if (err != FV_OK) {
            return fv_store_fail(store, err, CLAIMS);
        }
    }
    return component_key(f, FV_SLICE(FV_STORE_DIR), true, &f->own);
}
