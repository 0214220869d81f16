/* SPDX-License-Identifier: MIT */
#include "client/batch.h"

#include "client/incoming.h"
#include "client/judge.h"
#include "client/report.h"

/* The commit of a batch. */
struct batch {
    struct fv_download *d;
    enum fv_err over; /* the error after which no other file can succeed; it was reported */
};

static void fail(struct batch *b, const struct fv_ledger_record *r, enum fv_err err)
{
    struct fv_client *c = b->d->c;
    const struct fv_plan_record record = {.path = r->path,
                                          .url = r->url,
                                          .modified_us = r->modified_us};
    if (err == FV_E_CANCELLED) {
        b->over = err;
        return;
    }
    bool ended = b->over != FV_OK;
    if (!ended && fv_download_ends(b->d, FV_PLACE_NAME, err)) {
        b->over = err;
        ended = b->d->ending != FV_OK;
    }
    if (ended) { /* that error was reported with an earlier file */
        c->summary.unattempted++;
    } else {
        struct fv_fault aside = c->fault; /* may belong to a file that is still being fetched */
        bool own = aside.err == err;
        c->fault.err = own ? err : FV_OK;
        fv_report_failure(c, &record, err, b->d->first);
        c->fault = own ? c->fault : aside;
    }
}

static void told(void *arg, const struct fv_commit_file *f)
{
    struct batch *b = arg;
    struct fv_client *c = b->d->c;
    const struct fv_ledger_record *r = f->record;
    if (f->err != FV_OK) {
        fail(b, r, f->err);
        return;
    }
    struct fv_file file = fv_report_known(r, f->resumed ? FV_RESUMED : FV_DOWNLOADED);
    file.reason = fv_judge_reason(f->known, f->same, f->there);
    file.foreign = f->there && !f->known;
    fv_report(c, &file);
    /* After the user asked to stop, the hook is called for these files in the next run. */
    enum fv_err err = b->over == FV_E_CANCELLED ? FV_OK : fv_incoming_hook(c, &file);
    if (err != FV_OK) {
        fail(b, r, err);
    }
}

static enum fv_err commit(struct fv_download *d,
                          enum fv_err (*how)(struct fv_commit *, struct fv_store *,
                                             struct fv_ledger *, const struct fv_commit_visitor *))
{
    struct fv_client *c = d->c;
    struct batch b = {.d = d};
    const struct fv_commit_visitor visitor = {told, &b};
    enum fv_err err = how(&c->batch, &c->store, &c->ledger, &visitor);
    return err == FV_OK ? b.over : err;
}

enum fv_err fv_batch_commit(struct fv_download *d)
{
    return commit(d, fv_commit_all);
}

enum fv_err fv_batch_step(struct fv_download *d)
{
    struct fv_client *c = d->c;
    const struct fv_port_clock *clock = c->port->clock;
    int64_t until_us = fv_commit_until(&c->batch);
    bool hook = c->events->hook != NULL;
    bool due = until_us != INT64_MAX &&
               (hook || until_us == INT64_MIN || until_us <= clock->now(clock->ctx));
    if (!due) {
        return FV_OK;
    }
    /* The command of a hook may move the directory of its own file away, but not that of another
     * file. */
    enum fv_err err = commit(d, hook ? fv_commit_all : fv_commit_step);
    return err == FV_OK ? fv_client_stopped(c) : err; /* the callbacks may have taken long */
}
