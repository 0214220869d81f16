#include "client/leftover.h"

#include "client/listing.h"

struct cleaning {
    struct fv_client *c;
    struct fv_listing_folder folder; /* of what was asked for */
};

static enum fv_err keep_partial(void *arg, struct fv_slice path, bool *wanted)
{
    struct cleaning *l = arg;
    bool needless = false;
    *wanted = true; /* another scope's */
    if (!fv_listing_is_in(&l->folder, path)) {
        return FV_OK;
    }
    enum fv_err err = fv_names_has(&l->c->plan.names, path, wanted);
    if (FV_CAP_MEASURE && err == FV_OK && *wanted) { /* elsewhere nobody puts files back */
        err = fv_partial_needless(&l->c->store, &l->c->ledger, path, &needless);
        *wanted = !needless;
    }
    return err;
}

enum fv_err fv_leftover_clean(struct fv_client *c)
{
    struct cleaning l;
    l.c = c;
    enum fv_err err = fv_listing_folder(c, &l.folder);
    return err == FV_OK ? fv_partial_clean(&c->store, &c->ledger, keep_partial, &l) : err;
}
