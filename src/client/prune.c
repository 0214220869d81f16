/* SPDX-License-Identifier: MIT */
#include "client/prune.h"

#include "client/listing.h"
#include "client/local.h"
#include "client/report.h"

const bool fv_prune_linked = true;

struct pruning {
    struct fv_client *c;
    bool remove; /* false: count the files; true: remove them */
    uint64_t count;
};

static enum fv_err remove_file(struct fv_client *c, const struct fv_ledger_record *record)
{
    struct fv_writer w;
    const struct fv_port_storage *io = c->port->storage;
    fv_writer_init(&w, c->lane->path, sizeof c->lane->path);
    fv_writer_slice(&w, record->path);
    enum fv_err err = io->remove(io->ctx, c->lane->path);
    if (err == FV_OK) { /* the ledger must not forget a file that a power cut brings back */
        err = fv_store_sync_parent(&c->store, c->lane->path);
    }
    if (err != FV_OK && err != FV_E_NOT_FOUND) {
        return fv_client_fail(c, err, record->path);
    }
    return fv_ledger_remove(&c->ledger, fv_writer_done(&w));
}

/* Return whether size and time are not enough to remove a file: the medium loses times, or
 * content must be compared. */
static bool is_doubtful(const struct fv_client *c, const struct fv_ledger_record *record)
{
    return (FV_CAP_MEASURE && c->store.medium.lost) ||
           (FV_CAP_COMPARE && (c->settings->checksum || (record->marks & FV_LEDGER_EDITED) != 0));
}

/* Return in *same whether the content is the one that was fetched. */
static enum fv_err compare(struct fv_client *c, const struct fv_ledger_record *record, bool *same)
{
    struct fv_local_file file = {.path = record->path};
    enum fv_err err = fv_local_hash(c, &file);
    *same = err == FV_OK && fv_local_is(&file, record);
    return err;
}

/* Find out whether the file of record is missing, or unmodified. */
static enum fv_err look_at(struct fv_client *c, const struct fv_ledger_record *record,
                           bool *missing, bool *unmodified)
{
    char path[FV_CAP_PATH + 1];
    struct fv_port_stat st;
    enum fv_err err = fv_store_path(record->path, path);
    if (err == FV_OK) {
        err = c->port->storage->stat(c->port->storage->ctx, path, &st);
    }
    *missing = err == FV_E_NOT_FOUND || (err == FV_OK && st.kind == FV_PORT_NONE);
    if (err == FV_E_NOT_FOUND) {
        return FV_OK;
    }
    if (err == FV_OK) {
        /* an interrupted remove may leave it empty on FAT: port.h */
        st.size = st.size > 0 ? st.size : record->size;
        /* The content of a file that was only adopted was never compared with the portal's. */
        *unmodified = (!FV_CAP_COMPARE || (record->marks & FV_LEDGER_ADOPTED) == 0) &&
                      fv_store_fits(&c->store, &st, record);
        if ((FV_CAP_MEASURE || FV_CAP_COMPARE) && *unmodified && is_doubtful(c, record)) {
            err = compare(c, record, unmodified);
        }
    }
    if (err == FV_E_CANCELLED || err == FV_E_TIMEOUT) {
        return err;
    }
    return fv_store_fail(&c->store, err, path);
}

static enum fv_err visit(void *arg, const struct fv_ledger_record *record)
{
    struct pruning *p = arg;
    struct fv_client *c = p->c;
    bool missing = false;
    bool unmodified = false;
    bool gone = false;
    enum fv_err err = fv_client_stopped(c);
    if (err == FV_OK) {
        err = fv_listing_lacks(c, record->path, &gone);
    }
    if (gone) {
        err = look_at(c, record, &missing, &unmodified);
        /* a symbolic link, or not accessible: it is not the file that was fetched, so it stays */
        if (err == FV_E_DENIED) {
            c->store.fault = (struct fv_fault){.err = FV_OK};
            err = FV_OK;
        }
    }
    if (err == FV_OK && missing && p->remove && !c->settings->dry_run) {
        /* it was moved away, or the power failed during an earlier removal */
        return remove_file(c, record);
    }
    if (!unmodified) { /* modified, or still listed, or not comparable */
        return err;
    }
    p->count++;
    if (!p->remove) {
        return FV_OK;
    }
    struct fv_file file = fv_report_known(record, FV_REMOVED);
    file.planned = c->settings->dry_run;
    fv_report(c, &file);
    return c->settings->dry_run ? FV_OK : remove_file(c, record);
}

static enum fv_err too_many(struct fv_client *c, uint64_t count)
{
    struct fv_slice what = fv_client_scopes(c) == 1 ? c->scopes[0] : FV_SLICE("all scopes");
    enum fv_err err = fv_client_fail(c, FV_E_MAX_DELETE, what);
    if (FV_CAP_DETAIL >= 128) {
        struct fv_writer w;
        fv_writer_init(&w, c->fault.detail, sizeof c->fault.detail);
        fv_writer_u64(&w, count);
        fv_writer_text(&w, " would go, ");
        fv_writer_u64(&w, c->settings->max_delete);
        fv_writer_text(&w, " may");
    }
    return err;
}

enum fv_err fv_prune(struct fv_client *c)
{
    struct pruning p = {.c = c};
    uint64_t corrupt = UINT64_MAX;
    enum fv_err err = FV_OK;
    fv_client_enter(c, FV_PHASE_PRUNE);
    /* If damage of the ledger is found and repaired, older records may count again: count once
     * more. */
    while (err == FV_OK && c->settings->limit_deletes && corrupt != c->ledger.corrupt) {
        corrupt = c->ledger.corrupt;
        p.count = 0;
        err = fv_ledger_each(&c->ledger, visit, &p);
    }
    if (err != FV_OK) {
        return err;
    }
    if (c->settings->limit_deletes && p.count > c->settings->max_delete) {
        return too_many(c, p.count);
    }
    p.remove = true;
    return fv_ledger_each(&c->ledger, visit, &p);
}
