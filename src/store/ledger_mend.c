/* SPDX-License-Identifier: MIT */
#include "store/ledger_mend.h"

#include "store/ledger_index.h"

/* Copy the log to the file `name`, which is removed if that fails. */
static enum fv_err copy_log(struct fv_store *s, const char *name)
{
    const struct fv_port_storage *io = s->io;
    int from = -1;
    int to = -1;
    enum fv_err err = io->open(io->ctx, FV_LEDGER_LOG, FV_PORT_OPEN_READ, &from);
    if (err != FV_OK) {
        return err;
    }
    err = io->open(io->ctx, name, FV_PORT_OPEN_CREATE, &to);
    if (err == FV_OK) {
        err = fv_store_copy(s, from, to);
        enum fv_err closed = io->close(io->ctx, to);
        err = err == FV_OK ? closed : err;
        if (err != FV_OK) {
            (void)io->remove(io->ctx, name);
        }
    }
    (void)io->close(io->ctx, from); /* only read */
    return err;
}

enum fv_err fv_ledger_take_over(struct fv_store *s)
{
    const struct fv_port_storage *io = s->io;
    enum fv_err err = copy_log(s, FV_LEDGER_NEW);
    if (err == FV_OK) {
        err = io->rename(io->ctx, FV_LEDGER_NEW, FV_LEDGER_LOG);
    }
    return err == FV_OK ? io->sync_dir(io->ctx, FV_STORE_DIR) : err;
}

enum fv_err fv_ledger_renew(struct fv_ledger *l)
{
    const struct fv_port_storage *io = l->store->io;
    (void)io->close(io->ctx, l->file); /* nothing was written */
    l->is_open = false;
    enum fv_err err = fv_ledger_take_over(l->store);
    enum fv_err opened = io->open(io->ctx, FV_LEDGER_LOG, FV_PORT_OPEN_WRITE, &l->file);
    if (opened != FV_OK) {
        return opened;
    }
    l->is_open = true;
    l->log.file = l->file;
    return err == FV_E_FULL ? fv_store_copy(l->store, l->file, l->file) : err;
}

enum fv_err fv_ledger_refuse_version(struct fv_ledger *l)
{
    enum fv_err err = fv_store_fail(l->store, FV_E_CORRUPT, FV_LEDGER_LOG);
    fv_fault_explain(&l->store->fault, FV_SLICE("another version of fluxvision wrote it; use that "
                                                "version, or another directory"));
    return err;
}

/* Without an index that was closed in order, the power may have failed: any part of the records
 * that were not synced may be there. */
static bool may_be_torn(const struct fv_ledger *l)
{
    return l->known == 0 && !l->headless;
}

struct fv_log_scan fv_ledger_scan(const struct fv_ledger *l)
{
    struct fv_log_scan s = fv_log_scan(FV_LOG_HEADER, l->log.size);
    if (may_be_torn(l) && l->unmarked) {
        s.torn = l->opened > FV_LEDGER_UNSYNCED ? l->opened - FV_LEDGER_UNSYNCED : 0;
    }
    return s;
}

/* Count the places that hold no record, or lack one. */
static uint64_t damage(const struct fv_ledger *l, const struct fv_log_scan *s)
{
    uint64_t tail = s->end - s->last;
    bool torn = may_be_torn(l) && tail < FV_LOG_RECORD;
    bool cut = l->known > s->end;
    return s->bad + (cut || (tail > 0 && !torn) ? 1 : 0) +
           (l->headless && s->end > FV_LOG_HEADER ? 1 : 0);
}

void fv_ledger_note_damage(struct fv_ledger *l, const struct fv_log_scan *s)
{
    uint64_t places = damage(l, s);
    l->rewrite = !l->store->reader && (places > 0 || s->gaps > 0 || l->headless);
    if (places == 0) {
        return;
    }
    l->corrupt += places;
    if (FV_CAP_COMPARE && !l->store->reader && !l->kept) {
        l->kept = copy_log(l->store, FV_LEDGER_BAD) == FV_OK; /* the run does not need this copy */
    }
}

enum fv_err fv_ledger_found_damage(struct fv_ledger *l, const struct fv_log_scan *s)
{
    if (l->store->reader) {
        l->corrupt = damage(l, s);
        return FV_OK;
    }
    return l->corrupt == 0 && damage(l, s) > 0 ? fv_ledger_rebuild(l, true) : FV_OK;
}
