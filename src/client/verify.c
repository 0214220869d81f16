/* SPDX-License-Identifier: MIT */
#include "client/verify.h"

#include "client/local.h"
#include "client/report.h"
#include "store/state.h"

const bool fv_verify_linked = true;

struct verifying {
    struct fv_client *c;
    bool list_only;
    struct fv_fault first;
};

/* Compare the file at path with record. FV_OK; FV_E_NOT_FOUND; FV_E_CHANGED; FV_E_CANCELLED,
 * FV_E_TIMEOUT, or an error of the port. */
static enum fv_err compare(struct verifying *v, struct fv_slice path,
                           const struct fv_ledger_record *record)
{
    struct fv_local_file file = {.path = path};
    enum fv_err err = fv_local_look(v->c, &file);
    if (err == FV_OK && file.there && file.size != record->size) {
        return FV_E_CHANGED; /* the size is enough; the content may be long */
    }
    err = err == FV_OK ? fv_local_hash(v->c, &file) : err;
    if (err != FV_OK || !file.there) {
        return err == FV_OK ? FV_E_NOT_FOUND : err;
    }
    return fv_local_is(&file, record) ? FV_OK : FV_E_CHANGED;
}

/* An interrupted commit leaves a record whose file has not got its name. The file never existed,
 * or an older one is still there that differs from the record (store/commit.h). That is not an
 * error. */
static bool may_wait(struct verifying *v, const struct fv_ledger_record *record, enum fv_err err)
{
    bool current = false;
    return err == FV_E_NOT_FOUND ||
           (err == FV_E_CHANGED && fv_store_current(&v->c->store, record, &current) == FV_OK &&
            !current);
}

static enum fv_err compare_waiting(struct verifying *v, const struct fv_ledger_record *record)
{
    char part[FV_PARTIAL_NAME];
    char state[FV_PARTIAL_NAME];
    fv_state_names(record->path, part, state);
    return compare(v, fv_slice_of(part), record);
}

/* Return whether sync no longer checks the file and its size or time differ, so that the user
 * may have edited or removed it. Different content with the same size and time is damage. */
static bool is_let_go(struct verifying *v, const struct fv_ledger_record *record)
{
    bool current = false;
    return (record->marks & FV_LEDGER_LOOSE) != 0 &&
           fv_store_current(&v->c->store, record, &current) == FV_OK && !current;
}

static enum fv_err visit(void *arg, const struct fv_ledger_record *record)
{
    struct verifying *v = arg;
    struct fv_client *c = v->c;
    struct fv_file file = fv_report_known(record, FV_UNCHANGED);
    if (v->list_only) {
        if (!is_let_go(v, record)) {
            fv_report(c, &file);
        }
        return FV_OK;
    }
    enum fv_err err = compare(v, record->path, record);
    enum fv_err waiting = may_wait(v, record, err) ? compare_waiting(v, record) : err;
    if ((waiting == FV_E_NOT_FOUND || waiting == FV_E_CHANGED) && is_let_go(v, record)) {
        file.status = FV_SKIPPED;
        fv_report(c, &file);
        return FV_OK;
    }
    if (waiting == FV_E_CANCELLED || waiting == FV_E_TIMEOUT || waiting == FV_E_MEDIUM) {
        return waiting;
    }
    if (err == FV_OK) {
        fv_report(c, &file);
    }
    if (waiting == FV_OK) {
        return FV_OK;
    }
    const struct fv_plan_record failed = {.path = record->path,
                                          .url = record->url,
                                          .modified_us = record->modified_us};
    fv_report_failure(c, &failed, err, &v->first);
    return FV_OK;
}

static enum fv_err look_beside(void *arg, const char *name)
{
    bool *any = arg;
    *any = *any || !fv_slice_eq(fv_slice_of(name), FV_SLICE(FV_STORE_DIR));
    return FV_OK;
}

/* Report the parts of the ledger that cannot be read; each is counted in the summary. If there
 * is no usable ledger, but the directory has files, that is damage too. */
static void judge_ledger(struct verifying *v)
{
    struct fv_client *c = v->c;
    const struct fv_port_storage *io = c->port->storage;
    bool beside = false;
    if (!c->ledger.is_open && c->ledger.corrupt == 0 &&
        io->list_dir(io->ctx, "", look_beside, &beside) == FV_OK && beside) {
        c->ledger.corrupt = 1;
    }
    if (c->ledger.corrupt == 0) {
        return;
    }
    const struct fv_plan_record ledger = {.path = FV_SLICE(FV_STORE_DIR "/ledger"),
                                          .modified_us = INT64_MIN};
    fv_report_failure(c, &ledger, FV_E_DAMAGED, &v->first);
    c->summary.failed += c->ledger.corrupt - 1;
}

/* Without a ledger there is nothing to compare with: an error. */
static enum fv_err find_ledger(struct fv_client *c)
{
    struct fv_port_stat st;
    const struct fv_port_storage *io = c->port->storage;
    enum fv_err err = io->stat(io->ctx, FV_STORE_DIR "/ledger", &st);
    if (err == FV_OK && st.kind != FV_PORT_FILE) {
        err = FV_E_NOT_FOUND;
    }
    return err == FV_OK ? FV_OK
                        : fv_client_fail(c, err, FV_SLICE("the ledger (" FV_STORE_DIR "/ledger)"));
}

enum fv_err fv_verify(struct fv_client *c, bool list_only)
{
    struct verifying v = {.c = c, .list_only = list_only};
    fv_client_begin(c);
    fv_client_enter(c, FV_PHASE_VERIFY);
    enum fv_err err = fv_store_open_reader(&c->store, c->port->storage, c->port->clock);
    if (err != FV_OK) {
        fv_client_adopt(c, &c->store.fault);
        return fv_client_end(c, err);
    }
    err = find_ledger(c);
    if (err == FV_OK) {
        err = fv_ledger_open(&c->ledger, &c->page, &c->store);
    }
    if (err == FV_OK) {
        err = fv_ledger_each(&c->ledger, visit, &v);
        if (err == FV_OK) {
            judge_ledger(&v);
        }
        enum fv_err closed = fv_ledger_close(&c->ledger);
        err = err == FV_OK ? closed : err;
    }
    fv_client_adopt(c, &c->store.fault);
    fv_store_close(&c->store);
    if (err == FV_OK && v.first.err != FV_OK) {
        fv_client_adopt(c, &v.first);
        err = v.first.err;
    }
    return fv_client_end(c, err);
}
