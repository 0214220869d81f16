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

/* Whether each part of path is listed as it is written. What can't be listed counts as listed. */
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
    bool found;
};

static enum fv_err look_at_record(void *arg, const struct fv_ledger_record *record)
{
    struct owner *o = arg;
    o->found = o->found || fv_store_fits(o->store, o->st, record);
    return FV_OK;
}

enum fv_err fv_taken(struct fv_store *s, struct fv_ledger *ledger, struct fv_slice path,
                     const struct fv_port_stat *st, bool *taken)
{
    struct owner o = {.store = s, .st = st};
    *taken = false;
    if (is_listed(s, path)) {
        return FV_OK; /* somebody's own file */
    }
    if (!s->medium.folds) {
        *taken = s->medium.folds = true;
        return fv_store_fail(s, fv_medium_keep(&s->medium, s->io), FV_STORE_LOCK);
    }
    /* Names that are one have been parted (store/fold.h), but for aliases, and what only holds elsewhere. A medium may also write names
     * down in its own way: it is nobody's file then, or this one's, which the ledger has lost. */
    *taken = fv_slice_find(path, '~') < path.len;
    if (*taken) {
        return FV_OK;
    }
    enum fv_err err = fv_ledger_each(ledger, look_at_record, &o);
    *taken = o.found;
    return err;
}
