/* SPDX-License-Identifier: MIT */
#include "client/leftover.h"

#include "client/listing.h"

static enum fv_err keep_partial(void *arg, struct fv_slice path, bool *wanted)
{
    struct fv_client *c = arg;
    bool needless = false;
    bool gone = false;
    enum fv_err err = fv_listing_lacks(c, path, &gone);
    *wanted = !gone;
    if (FV_CAP_MEASURE && err == FV_OK && *wanted) { /* a user may have put the file back */
        err = fv_partial_needless(&c->store, &c->ledger, path, &needless);
        *wanted = !needless;
    }
    return err;
}

enum fv_err fv_leftover_clean(struct fv_client *c)
{
    return fv_partial_clean(&c->store, &c->ledger, keep_partial, c);
}
