/* SPDX-License-Identifier: MIT */
#include "store/taken.h"

/* --- What the directory says --- */

struct looking {
    struct fv_slice name;
    bool found;
};

static enum fv_err look_at_name(void *arg, const char *name)
{
    struct looking *l = arg;
    l->found = l->found || fv_slice_eq(l->name, fv_slice_of(name));
    return FV_OK;
}

/* Return whether each component of path is listed with exactly that name. A directory that
 * cannot be listed counts as yes. */
static bool is_listed(const struct fv_store *s, struct fv_slice path)
{
    char dir[FV_CAP_PATH + 1];
    const struct fv_port_storage *io = s->io;
    while (path.len > 0) {
        size_t slash = fv_slice_find_last(path, '/');
        bool below = slash < path.len;
        struct looking l = {.name = below ? fv_slice_from(path, slash + 1) : path};
        path = fv_slice_head(path, below ? slash : 0);
        if (fv_store_path(path, dir) == FV_OK &&
            io->list_dir(io->ctx, dir, look_at_name, &l) == FV_OK && !l.found) {
            return false;
        }
    }
    return true;
}

/* --- What the ledger says --- */

struct owner {
    const struct fv_store *store;
    const struct fv_port_stat *st;
    uint64_t id; /* of the file; 0: not known */
    bool found;
};

/* Return whether the port's identities can be compared: two names of the lock file have the same
 * identity. Some file systems (FUSE) give each name its own. */
static bool tells_files(const struct fv_port_storage *io)
{
    uint64_t one = 0;
    uint64_t other = 0;
    return io->identity(io->ctx, FV_STORE_LOCK, &one) == FV_OK &&
           io->identity(io->ctx, FV_STORE_DIR "/LOCK", &other) == FV_OK && one == other;
}

/* Compare by identity if possible: other files may have the same size and date. */
static enum fv_err look_at_record(void *arg, const struct fv_ledger_record *record)
{
    struct owner *o = arg;
    char path[FV_CAP_PATH + 1];
    uint64_t id = 0;
    const struct fv_port_storage *io = o->store->io;
    if (!o->found && fv_store_fits(o->store, o->st, record) &&
        fv_store_path(record->path, path) == FV_OK) {
        o->found = o->id == 0 || (io->identity(io->ctx, path, &id) == FV_OK && id == o->id);
    }
    return FV_OK;
}

static enum fv_err look_for_owner(struct owner *o, struct fv_ledger *ledger, struct fv_slice path)
{
    char text[FV_CAP_PATH + 1];
    const struct fv_port_storage *io = o->store->io;
    enum fv_err err = fv_store_path(path, text);
    if (err == FV_OK && tells_files(io)) {
        err = io->identity(io->ctx, text, &o->id);
    }
    return err == FV_OK ? fv_ledger_each(ledger, look_at_record, o) : err;
}

enum fv_err fv_taken(struct fv_store *s, struct fv_ledger *ledger, struct fv_slice path,
                     const struct fv_port_stat *st, bool *taken)
{
    struct owner o = {.store = s, .st = st};
    *taken = false;
    if (is_listed(s, path)) {
        return FV_OK; /* a file that is not sync's, with this very name */
    }
    if (!s->medium.folds) {
        *taken = s->medium.folds = true;
        return fv_store_fail(s, fv_medium_keep(&s->medium, s->io), FV_STORE_LOCK);
    }
    /* Names that the medium folds were separated before (store/fold.h), except for aliases and
     * folding that only holds in some directories. A medium may also store names in a form of
     * its own: then it is the file of no record, or of this path, whose record was lost. */
    *taken = fv_slice_find(path, '~') < path.len;
    /* if the port knows its medium, all such names were separated */
    if (*taken || s->io->identity == NULL) {
        return FV_OK;
    }
    enum fv_err err = look_for_owner(&o, ledger, path);
    *taken = o.found;
    return err;
}
