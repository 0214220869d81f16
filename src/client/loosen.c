#include "client/loosen.h"

#include "client/listing.h"

struct loosening {
    struct fv_client *c;
    struct fv_listing_folder folder; /* of what was asked for */
};

static enum fv_err loosen(void *arg, const struct fv_ledger_record *record)
{
    const struct loosening *l = arg;
    char path[FV_CAP_PATH + 1];
    struct fv_slice copy = {path, record->path.len};
    bool listed = true;
    enum fv_err err = fv_client_stopped(l->c);
    if (err != FV_OK || (record->marks & FV_LEDGER_LOOSE) != 0 ||
        !fv_listing_is_in(&l->folder, record->path)) {
        return err;
    }
    err = fv_names_has(&l->c->plan.names, record->path, &listed);
    if (err == FV_OK && !listed) {
        err = fv_store_path(record->path, path);
    }
    return err == FV_OK && !listed ? fv_ledger_mark(&l->c->ledger, copy, 0, FV_LEDGER_LOOSE) : err;
}

enum fv_err fv_loosen(struct fv_client *c)
{
    struct loosening l;
    if (!fv_ledger_has_others(&c->ledger)) {
        return FV_OK;
    }
    l.c = c;
    enum fv_err err = fv_listing_folder(c, &l.folder);
    return err == FV_OK ? fv_ledger_each(&c->ledger, loosen, &l) : err;
}
