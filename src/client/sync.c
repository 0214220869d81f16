/* SPDX-License-Identifier: MIT */
#include "client/batch.h"
#include "client/download.h"
#include "client/filter.h"
#include "client/judge.h"
#include "client/leftover.h"
#include "client/listing.h"
#include "client/loosen.h"
#include "client/naming.h"
#include "client/prune.h"
#include "client/report.h"
#include "store/commit.h"

struct run {
    struct fv_client *c;
    struct fv_fault first; /* the failure of the first file */
    struct fv_download download;
    bool at_end; /* the plan has been read */
};

/* --- Listing to plan --- */

static enum fv_err plan_entry(void *ctx, const struct fv_entry *e, struct fv_slice url, bool passes,
                              enum fv_err refused)
{
    struct fv_client *c = ctx;
    const struct fv_settings *s = c->settings;
    bool dated = fv_filter_dated(s, e->modified_us);
    /* Every entry keeps its path from others, even if the filters exclude it. A date does not
     * hide an entry yet, because the entry may be listed again with a date that passes. */
    bool hidden = !passes && (!dated || !fv_listing_passes(c, e, s->since_us));
    if (c->plan.names.again && refused == FV_OK) { /* the same file: one record, the latest date */
        return fv_names_note_date(&c->plan.names, fv_slice_of(c->lane->path), url, e->modified_us);
    }
    if (c->plan.names.again && fv_client_scopes(c) > 1) { /* a scope within another */
        return FV_OK;
    }
    const struct fv_plan_record record = {
        .path = fv_slice_of(c->lane->path),
        .url = refused == FV_OK           ? url
               : e->url.len <= FV_CAP_URL ? e->url
                                          : FV_SLICE_NONE,
        .modified_us = e->modified_us,
        .flags = (uint8_t)((hidden ? FV_PLAN_HIDDEN : 0) | (dated ? FV_PLAN_DATED : 0)),
        .err = refused,
        .field = FV_ENTRY_URL,
        .scope = c->scope,
        .number = (uint32_t)c->splitter.objects,
    };
    return fv_plan_add(&c->plan, &record);
}

static enum fv_err plan_bad(void *ctx, enum fv_err err, uint8_t field)
{
    struct fv_client *c = ctx;
    const struct fv_plan_record record = {.modified_us = INT64_MIN,
                                          .flags = FV_PLAN_UNREAD,
                                          .err = err,
                                          .field = field,
                                          .scope = c->scope,
                                          .number = (uint32_t)c->splitter.objects};
    return fv_plan_add(&c->plan, &record);
}

/* The listing begins the plan again, so nothing is left to forget. */
static enum fv_err plan_restart(void *ctx)
{
    (void)ctx;
    return FV_OK;
}

static enum fv_err make_plan(struct run *run, struct fv_transfer *t)
{
    struct fv_client *c = run->c;
    const struct fv_listing_visitor visitor = {.ctx = c,
                                               .entry = plan_entry,
                                               .restart = plan_restart,
                                               .plan = true,
                                               .paths = true,
                                               .unsettled = true,
                                               .repeats = true,
                                               .bad = plan_bad};
    enum fv_err err = fv_listing_read(c, t, &visitor, &run->first);
    if (err == FV_OK) {
        err = fv_plan_finish(&c->plan);
    }
    if (err == FV_OK) {
        err = fv_naming_merge(c);
    }
    if (err == FV_OK && fv_filter_linked && c->settings->latest > 0) {
        err = fv_plan_latest(&c->plan, c->settings->latest);
    }
    c->files_total = c->plan.kept;
    return err == FV_OK ? fv_plan_rewind(&c->plan) : err;
}

/* --- The plan, record by record --- */

/* Read the plan up to the next file that must be fetched. */
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
        bool fetch = false;
        enum fv_err err = fv_client_stopped(c);
        if (err == FV_OK) { /* complete files must not wait while many records are compared */
            err = fv_batch_step(&run->download);
        }
        if (err == FV_OK) {
            err = fv_plan_next(&c->plan, &record, &text, &more);
        }
        if (err != FV_OK) {
            return err;
        }
        run->at_end = !more;
        if (!more || record.dropped) {
            continue;
        }
        /* entries that are not valid are not in files_total */
        c->files_seen += (record.flags & FV_PLAN_UNREAD) == 0 ? 1 : 0;
        err = record.err;
        if (err != FV_OK) {
            fv_listing_blame(c, &record);
        } else {
            err = fv_judge(c, &record, &fetch);
        }
        if (err == FV_E_CANCELLED || err == FV_E_TIMEOUT) {
            return err;
        }
        if (err != FV_OK) {
            bool over = fv_download_ends(&run->download, FV_PLACE_NAME, err);
            fv_report_failure(c, &record, err, &run->first);
            if (over) {
                return err;
            }
        } else if (fetch) {
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
    if (c->summary.unusable > 0) {
        return FV_OK; /* these entries might have named files that are now taken as not listed */
    }
    if (fv_prune_linked && c->settings->prune) {
        err = fv_prune(c);
    }
    if (err == FV_OK && !c->settings->dry_run) {
        err = fv_loosen(c);
    }
    if (err == FV_OK && !c->settings->dry_run) {
        err = fv_leftover_clean(c);
    }
    return err;
}

/* Report a damaged ledger as a warning; the run goes on. */
static void warn(const struct fv_client *c)
{
    struct fv_fault fault = {.err = FV_OK};
    if (c->ledger.corrupt > 0 && c->events->warning != NULL) {
        (void)fv_fault_set(&fault, FV_E_DAMAGED, 0,
                           c->ledger.kept ? FV_STORE_DIR "/ledger (kept as ledger.bad)"
                                          : FV_STORE_DIR "/ledger");
        c->events->warning(c->events->ctx, &fault);
    }
}

static enum fv_err carry_out(struct run *run)
{
    struct fv_client *c = run->c;
    enum fv_err err = fv_ledger_open(&c->ledger, &c->page, &c->store);
    if (err != FV_OK) {
        return err;
    }
    if (!c->settings->dry_run) {
        err = fv_commit_end_doubt(&c->store, &c->ledger);
    }
    if (err == FV_OK) {
        err = fv_naming_settle(c);
    }
    if (err == FV_OK) {
        run->download =
            (struct fv_download){.c = c, .next = next, .ctx = run, .first = &run->first};
        err = fv_download_all(&run->download);
    }
    if (err == FV_OK) {
        err = after_files(run);
    }
    enum fv_err closed = fv_ledger_close(&c->ledger);
    warn(c);
    return err == FV_OK ? closed : err;
}

enum fv_err fv_sync_scopes(struct fv_client *c, const struct fv_slice *scopes, size_t count)
{
    struct fv_transfer *t = &c->lane->transfer; /* not used until files are fetched */
    struct run run = {.c = c};
    fv_client_begin(c);
    enum fv_err err = fv_listing_scopes(c, scopes, count);
    if (err != FV_OK) {
        return fv_client_end(c, err);
    }
    bool dry = c->settings->dry_run;
    c->plan_io = dry ? c->port->scratch : c->port->storage;
    err = dry ? fv_store_open_reader(&c->store, c->port->storage, c->port->clock)
              : fv_store_open(&c->store, c->port->storage, c->port->clock);
    c->store.min_free = c->settings->min_free;
    c->store.scratch = c->plan_io;
    c->store.deadline_us = c->net.deadline_us;
    if (err == FV_OK) {
        err = make_plan(&run, t);
        if (err == FV_OK) {
            err = carry_out(&run);
        }
        fv_plan_close(&c->plan);
        fv_store_close(&c->store);
    }
    c->summary.ended = err == FV_OK;
    fv_client_adopt(c, &c->store.fault);
    if (run.first.err == FV_OK && c->summary.exec_failed > 0) {
        (void)fv_fault_set(&run.first, FV_E_HOOK, 0, NULL);
    }
    if (run.first.err != FV_OK) {
        fv_client_adopt(c, &run.first);
        err = err == FV_OK ? run.first.err : err;
    }
    return fv_client_end(c, err);
}

enum fv_err fv_sync(struct fv_client *c, struct fv_slice scope)
{
    return fv_sync_scopes(c, &scope, 1);
}
