#include "client/download.h"
#include "client/incoming.h"
#include "client/listing.h"
#include "client/prune.h"
#include "client/report.h"

/* What has to happen with a record of the plan. */
enum action { ACTION_NOTHING, ACTION_FETCH };

struct run {
    struct fv_client *c;
    struct fv_fault first; /* why the first file failed */
    struct fv_download download;
    bool at_end; /* the plan has been read */
};

/* --- Listing to plan --- */

static enum fv_err plan_entry(void *ctx, const struct fv_entry *e, struct fv_slice url, bool passes,
                              enum fv_err refused)
{
    struct run *run = ctx;
    struct fv_client *c = run->c;
    struct fv_plan_record record = {.path = fv_slice_of(c->lane->path),
                                    .url = url,
                                    .modified_us = e->modified_us};
    if (!passes) {
        return FV_OK;
    }
    if (refused != FV_OK) {
        record.url = e->url;
        (void)fv_client_fail(c, refused, e->url);
        fv_report_failure(c, &record, refused, &run->first);
        return FV_OK;
    }
    return fv_plan_add(&c->plan, &record);
}

static enum fv_err plan_restart(void *ctx)
{
    struct run *run = ctx;
    run->c->summary.failed = 0;
    run->first = (struct fv_fault){.err = FV_OK};
    return FV_OK;
}

static enum fv_err make_plan(struct run *run, struct fv_transfer *t)
{
    struct fv_client *c = run->c;
    struct fv_listing_visitor visitor = {run, plan_entry, plan_restart, false, true, true};
    enum fv_err err = fv_listing_read(c, t, &visitor);
    if (err == FV_OK) {
        err = fv_plan_finish(&c->plan);
    }
    if (err == FV_OK && c->settings->latest > 0) {
        err = fv_plan_latest(&c->plan, c->settings->latest);
    }
    return err == FV_OK ? fv_plan_rewind(&c->plan) : err;
}

/* --- The plan, record by record --- */

/* A file that is in the ledger for this URL and date: what is there of it? */
static enum fv_err judge_known(struct fv_client *c, const struct fv_plan_record *record,
                               const struct fv_ledger_record *known, enum action *action)
{
    bool current = false;
    bool recovered = false;
    enum fv_err err = fv_store_current(&c->store, known, &current);
    if (err == FV_OK && !current && !c->settings->dry_run) {
        err = fv_partial_recover(&c->store, known, &recovered);
    }
    if (err != FV_OK) {
        return err;
    }
    if (!current && !recovered && !c->settings->once) {
        *action = ACTION_FETCH;
        return FV_OK;
    }
    struct fv_file file = fv_report_known(known, recovered ? FV_RESUMED
                                                 : current ? FV_UNCHANGED
                                                           : FV_SKIPPED);
    file.path = record->path; /* with which the hook's end is noted: nothing of the ledger's */
    fv_report(c, &file);
    /* With --once the file may have been moved away, by the hook itself perhaps: there is nothing to show it then. */
    bool due = known->hook_pending && (current || recovered) && !c->settings->dry_run;
    return due ? fv_incoming_hook(c, &file) : FV_OK;
}

static enum fv_err judge(struct fv_client *c, const struct fv_plan_record *record,
                         enum action *action)
{
    struct fv_ledger_record known;
    bool found = false;
    *action = ACTION_NOTHING;
    enum fv_err err = fv_ledger_find(&c->ledger, record->path, &known, &found);
    if (err != FV_OK) {
        return err;
    }
    if (found && fv_slice_eq(known.url, record->url) && known.modified_us == record->modified_us) {
        err = judge_known(c, record, &known, action);
    } else {
        *action = ACTION_FETCH;
    }
    if (err == FV_OK && *action == ACTION_FETCH && c->settings->dry_run) {
        const struct fv_file file = {.status = FV_DOWNLOADED,
                                     .planned = true,
                                     .path = record->path,
                                     .url = record->url,
                                     .modified_us = record->modified_us};
        fv_report(c, &file);
        *action = ACTION_NOTHING;
    }
    return err;
}

/* Read the plan on to a file that has to be fetched. */
static enum fv_err next(void *ctx, uint64_t *position, bool *any)
{
    struct run *run = ctx;
    struct fv_client *c = run->c;
    *any = false;
    while (!run->at_end) {
        char path[FV_CAP_PATH + 1];
        char url[FV_CAP_URL + 1];
        const struct fv_plan_text text = {path, url};
        struct fv_plan_record record;
        bool more = false;
        enum action action = ACTION_NOTHING;
        if (c->port->clock->cancelled(c->port->clock->ctx)) {
            return FV_E_CANCELLED;
        }
        enum fv_err err = fv_plan_next(&c->plan, &record, &text, &more);
        if (err != FV_OK) {
            return err;
        }
        run->at_end = !more;
        if (!more || record.dropped) {
            continue;
        }
        c->files_seen++;
        err = judge(c, &record, &action);
        if (err == FV_E_CANCELLED) {
            return err;
        }
        if (err != FV_OK) {
            bool over = fv_download_ends(&run->download, FV_PLACE_NAME, err);
            fv_report_failure(c, &record, err, &run->first);
            if (over) {
                return err;
            }
        } else if (action == ACTION_FETCH) {
            *position = record.position;
            *any = true;
            return FV_OK;
        }
    }
    return FV_OK;
}

/* --- The whole --- */

static enum fv_err after_files(struct run *run)
{
    struct fv_client *c = run->c;
    enum fv_err err = FV_OK;
    if (c->settings->prune) {
        err = fv_prune(c);
    }
    if (err == FV_OK && !c->settings->dry_run) {
        err = fv_prune_partials(c);
    }
    return err;
}

static enum fv_err carry_out(struct run *run)
{
    struct fv_client *c = run->c;
    enum fv_err err = fv_ledger_open(&c->ledger, &c->page, &c->store);
    if (err != FV_OK) {
        return err;
    }
    if (!c->settings->dry_run) {
        err = fv_partial_end_doubt(&c->store, &c->ledger);
    }
    if (err == FV_OK) {
        c->files_total = c->plan.kept;
        run->download =
            (struct fv_download){.c = c, .next = next, .ctx = run, .first = &run->first};
        err = fv_download_all(&run->download);
    }
    if (err == FV_OK) {
        err = after_files(run);
    }
    enum fv_err closed = fv_ledger_close(&c->ledger);
    return err == FV_OK ? closed : err;
}

enum fv_err fv_sync(struct fv_client *c, struct fv_slice scope)
{
    struct fv_transfer *t = &c->lane->transfer; /* free until files are fetched */
    struct run run = {.c = c};
    fv_client_begin(c);
    enum fv_err err = fv_listing_scope(c, scope, t);
    if (err != FV_OK) {
        return fv_client_end(c, err);
    }
    bool dry = c->settings->dry_run;
    c->plan_io = dry ? c->port->scratch : c->port->storage;
    err = dry ? fv_store_open_reader(&c->store, c->port->storage, c->port->clock)
              : fv_store_open(&c->store, c->port->storage, c->port->clock);
    c->store.min_free = c->settings->min_free;
    if (err == FV_OK) {
        err = make_plan(&run, t);
        if (err == FV_OK) {
            err = carry_out(&run);
        }
        fv_plan_close(&c->plan);
        fv_store_close(&c->store);
    }
    fv_client_adopt(c, &c->store.fault);
    if (run.first.err != FV_OK) {
        fv_client_adopt(c, &run.first);
        err = err == FV_OK ? run.first.err : err;
    }
    return fv_client_end(c, err);
}
