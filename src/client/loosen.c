/* SPDX-License-Identifier: MIT */
#include "client/loosen.h"

#include "client/listing.h"

static enum fv_err loosen(void *arg, const struct fv_ledger_record *record)
{
    struct fv_client *c = arg;
    char path[FV_CAP_PATH + 1];
    struct fv_slice copy = {path, record->path.len};
    bool gone = false;
    enum fv_err err = fv_client_stopped(c);
    if (err == FV_OK && (record->marks & FV_LEDGER_LOOSE) == 0) {
        err = fv_listing_lacks(c, record->path, &gone);
    }
    if (gone) {
        err = fv_store_path(record->path, path);
    }
    return err == FV_OK && gone ? fv_ledger_mark(&c->ledger, copy, 0, FV_LEDGER_LOOSE) : err;
}

enum fv_err fv_loosen(struct fv_client *c)
{
    return fv_ledger_has_others(&c->ledger) ? fv_ledger_each(&c->ledger, loosen, c) : FV_OK;
}
