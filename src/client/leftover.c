#include "client/leftover.h"

#include "client/listing.h"

struct cleaning {
    struct fv_client *c;
    struct fv_listing_folder folder; /* of what was asked for */
};

static enum fv_err keep_partial(void *arg, struct fv_slice path, bool *wanted)
{
    struct cleaning *l = arg;
    if (fv_listing_is_in(&l->folder, path)) {
        return fv_names_has(&l->c->plan.names, path, wanted);
    }
    *wanted = true; /* another scope's */
    return FV_OK;
}

enum fv_err fv_leftover_clean(struct fv_client *c)
{
    struct cleaning l;
    l.c = c;
    enum fv_err err = fv_listing_folder(c, &l.folder);
    return err == FV_OK ? fv_partial_clean(&c->store, &c->ledger, keep_partial, &l) : err;
}
