/* SPDX-License-Identifier: MIT */
#include "client/adopt.h"

#include "client/local.h"
#include "client/report.h"

#include <string.h>

enum fv_err fv_adopt_fits(struct fv_client *c, const struct fv_plan_record *record, uint64_t *size,
                          bool *fits)
{
    char path[FV_CAP_PATH + 1];
    struct fv_ledger_record known;
    struct fv_port_stat st = {.kind = FV_PORT_NONE};
    const struct fv_port_storage *io = c->port->storage;
    bool found = false;
    *fits = false;
    enum fv_err err = fv_ledger_find(&c->ledger, record->path, &known, &found);
    if (err == FV_OK && !found) {
        err = fv_store_path(record->path, path);
    }
    if (err != FV_OK || found) {
        return err;
    }
    if (io->stat(io->ctx, path, &st) != FV_OK) {
        return FV_OK; /* the check of the file itself reports what is wrong */
    }
    /* If the medium keeps no times, or loses them, only the size would show that it is this
     * file. */
    *fits = st.modified_us != INT64_MIN && io->time_step_us != 0 && !c->store.medium.lost &&
            fv_store_same(&c->store, &st, st.size, record->modified_us);
    if (*fits) {
        *size = st.size;
    }
    return FV_OK;
}

enum fv_err fv_adopt_take(struct fv_client *c, const struct fv_plan_record *record, uint64_t size)
{
    struct fv_local_file local = {.path = record->path};
    enum fv_err err = fv_local_hash(c, &local);
    if (err == FV_OK && (!local.there || local.size != size)) {
        err = FV_E_CHANGED;
    }
    if (err != FV_OK) {
        return err;
    }
    struct fv_ledger_record r = {.path = record->path,
                                 .url = record->url,
                                 .modified_us = record->modified_us,
                                 .size = size,
                                 .marks = FV_LEDGER_ADOPTED};
    memcpy(r.sha256, local.sha256, sizeof r.sha256);
    err = fv_ledger_put(&c->ledger, &r);
    if (err == FV_OK) {
        const struct fv_file file = fv_report_known(&r, FV_ADOPTED);
        fv_report(c, &file);
    }
    return err;
}
