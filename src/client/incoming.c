/* SPDX-License-Identifier: MIT */
#include "client/incoming.h"

#include "client/adopt.h"
#include "client/batch.h"
#include "client/local.h"
#include "client/progress.h"
#include "client/report.h"
#include "store/commit.h"

#include <string.h>

/* --- Its sink --- */

/* Return whether a file of so many bytes is larger than max_size. */
static bool is_oversize(const struct fv_incoming *in, uint64_t bytes)
{
    uint64_t most = in->c->settings->max_size;
    if (FV_CAP_MAX_SIZE) {
        in->lane->oversize = most > 0 && bytes > most;
    }
    return FV_CAP_MAX_SIZE && in->lane->oversize;
}

static enum fv_err file_begin(void *ctx, uint64_t from, uint64_t total, struct fv_slice validator)
{
    const struct fv_incoming *in = ctx;
    struct fv_lane *l = in->lane;
    struct fv_partial *p = &l->partial;
    bool known = p->total != UINT64_MAX;
    if (FV_CAP_COMPARE && l->adopting) {
        if (total == l->adopt_size && from == (total > 0 ? total : 0)) {
            return FV_OK; /* nothing is missing, and no content follows */
        }
        l->adopting = false;
        if (from > 0) {
            return FV_RESTART;
        }
    }
    if (total != UINT64_MAX && is_oversize(in, total)) {
        return FV_E_LARGE;
    }
    if (from > 0 && (known ? total != p->total : from == total)) {
        /* The server has another version than the partial file; or the size of the file is not
         * known. */
        enum fv_err err = fv_partial_restart(p);
        return err == FV_OK ? FV_RESTART : err;
    }
    if (from == 0 && fv_partial_arrived(p) > 0) {
        enum fv_err err = fv_partial_restart(p);
        if (err != FV_OK) {
            return err;
        }
    }
    l->resumed_from = from;
    l->total = total;
    return fv_partial_expect(p, total, validator);
}

static enum fv_err file_content(void *ctx, struct fv_slice bytes)
{
    const struct fv_incoming *in = ctx;
    struct fv_client *c = in->c;
    struct fv_lane *l = in->lane;
    if (is_oversize(in, fv_partial_arrived(&l->partial) + bytes.len)) { /* the head had no length */
        return FV_E_LARGE;
    }
    enum fv_err err = fv_partial_push(&l->partial, bytes.ptr, bytes.len);
    if (err == FV_OK) {
        fv_progress_tell(c);
    }
    return err;
}

static uint64_t file_have(void *ctx, struct fv_slice *validator)
{
    struct fv_lane *l = ((struct fv_incoming *)ctx)->lane;
    enum fv_err settled = fv_partial_settle(&l->partial);
    /* bytes that were lost are requested again, and writing them reports the error */
    (void)settled;
    *validator = fv_slice_of(l->partial.validator);
    return FV_CAP_COMPARE && l->adopting ? l->adopt_size : l->partial.offset;
}

static enum fv_err file_address(void *ctx, char url[FV_CAP_URL + 1])
{
    const struct fv_incoming *in = ctx;
    const struct fv_plan_text text = {.url = url};
    struct fv_plan_record record;
    return fv_plan_read_at(&in->c->plan, fv_lane_due(in->lane, 0), &record, &text);
}

static bool file_other(void *ctx, int64_t date_us)
{
    const struct fv_incoming *in = ctx;
    for (size_t i = 1; i < in->lane->count; i++) {
        struct fv_plan_record record;
        if (fv_plan_read_at(&in->c->plan, fv_lane_due(in->lane, i), &record, NULL) == FV_OK &&
            fv_order_same_second(record.modified_us, date_us)) {
            return true;
        }
    }
    return false;
}

struct fv_transfer_sink fv_incoming_sink(struct fv_incoming *in)
{
    return (struct fv_transfer_sink){.ctx = in,
                                     .begin = file_begin,
                                     .content = file_content,
                                     .bare = &in->lane->adopting,
                                     .have = file_have,
                                     .address = file_address,
                                     .other = FV_CAP_PIPELINE > 1 ? file_other : NULL};
}

/* --- From the plan to DIR --- */

/* Lend the memory that the names of the listing do not need to store.gather. */
static void lend_memory(struct fv_client *c)
{
    struct fv_gather *g = c->store.gather;
    if (FV_CAP_GATHER > 0 && g->owner == NULL) {
        g->memory = fv_claims_spare(&c->plan.names.claims, &g->size);
        if (g->size > FV_CAP_GATHER) {
            g->size = FV_CAP_GATHER;
        }
    }
}

enum fv_err fv_incoming_open(struct fv_incoming *in)
{
    struct fv_client *c = in->c;
    struct fv_lane *l = in->lane;
    struct fv_plan_record record;
    char url[FV_CAP_URL + 1];
    const struct fv_plan_text text = {l->path, url};
    l->path[0] = l->transfer.url[0] = '\0';
    l->adopting = l->oversize = false;
    l->transfer.place = FV_PLACE_NAME; /* until a request is sent */
    enum fv_err err = fv_plan_read_at(&c->plan, fv_lane_due(l, 0), &record, &text);
    if (err != FV_OK) {
        return err;
    }
    err = fv_transfer_init(&l->transfer, &l->way, record.url, record.position);
    l->transfer.listed_us = record.modified_us;
    l->resumed_from = 0;
    l->total = UINT64_MAX;
    if (err != FV_OK) {
        return err;
    }
    struct fv_partial_id id = {record.path, record.url, record.modified_us};
    lend_memory(c);
    err = fv_partial_begin(&l->partial, &c->store, &id);
    l->busy = err == FV_OK;
    if (FV_CAP_COMPARE && err == FV_OK && c->settings->adopt && l->partial.offset == 0) {
        err = fv_adopt_fits(c, &record, &l->adopt_size, &l->adopting);
    }
    return err;
}

enum fv_err fv_incoming_hook(struct fv_client *c, const struct fv_file *file)
{
    if (c->events->hook == NULL) {
        return FV_OK;
    }
    enum fv_err err = c->events->hook(c->events->ctx, file);
    if (err == FV_E_HOOK) {
        c->summary.exec_failed++;
        return FV_OK;
    }
    if (err != FV_OK) {
        return fv_client_fail(c, err, file->path);
    }
    struct fv_local_file local = {.path = file->path, .there = true};
    err = fv_ledger_mark(&c->ledger, file->path, FV_LEDGER_HOOK, 0);
    if (err == FV_OK && c->settings->once) { /* the hook often moves the file away */
        err = fv_local_look(c, &local);
    }
    return err == FV_OK && !local.there ? fv_ledger_mark(&c->ledger, file->path, 0, FV_LEDGER_LOOSE)
                                        : err;
}

/* Find the file's URL in the plan: the transfer's, unless that was redirected. text is memory
 * for it. */
static enum fv_err planned_url(struct fv_incoming *in, char text[FV_CAP_URL + 1],
                               struct fv_slice *url)
{
    enum fv_err err = FV_OK;
    *url = fv_slice_of(in->lane->transfer.url);
    if (in->lane->transfer.hops > 0) {
        err = file_address(in, text);
        *url = fv_slice_of(err == FV_OK ? text : "");
    }
    return err;
}

/* The file was adopted before, and was fetched now because of --checksum. Return in *yes whether
 * the local file has this content; *known is its record. */
static enum fv_err is_confirmed(struct fv_incoming *in, struct fv_slice url,
                                struct fv_ledger_record *known, bool *yes)
{
    struct fv_client *c = in->c;
    struct fv_lane *l = in->lane;
    uint8_t digest[FV_SHA256_SIZE];
    enum fv_err err = fv_ledger_find(&c->ledger, fv_slice_of(l->path), known, yes);
    if (err != FV_OK || !*yes) {
        return err;
    }
    fv_partial_digest(&l->partial, digest);
    *yes = (known->marks & (FV_LEDGER_ADOPTED | FV_LEDGER_EDITED)) == FV_LEDGER_ADOPTED &&
           fv_slice_eq(known->url, url) && known->modified_us == l->transfer.listed_us &&
           known->size == l->partial.offset && memcmp(known->sha256, digest, sizeof digest) == 0;
    return *yes ? fv_store_current(&c->store, known, yes) : FV_OK;
}

static enum fv_err commit(struct fv_incoming *in, struct fv_slice url)
{
    struct fv_client *c = in->c;
    struct fv_lane *l = in->lane;
    struct fv_ledger_record record;
    struct fv_commit_how how = {.resumed = l->resumed_from > 0};
    enum fv_err err =
        fv_commit_end_file(&l->partial, url, c->events->hook != NULL, &record, &how.alone);
    if (err == FV_OK && how.alone) {
        err = fv_batch_commit(in->d);
    }
    if (err == FV_OK) {
        err = fv_commit_add(&c->batch, &c->ledger, &l->partial, &record, &how);
    }
    if (err == FV_OK && how.alone) {
        in->d->ending = fv_batch_commit(in->d);
    }
    return err;
}

static enum fv_err commit_or_confirm(struct fv_incoming *in, struct fv_slice url)
{
    struct fv_client *c = in->c;
    struct fv_lane *l = in->lane;
    struct fv_ledger_record known;
    bool same = false;
    enum fv_err err = c->settings->checksum ? is_confirmed(in, url, &known, &same) : FV_OK;
    if (err == FV_OK && !same) {
        return commit(in, url);
    }
    fv_partial_abort(&l->partial);
    if (err == FV_OK) {
        struct fv_file file = fv_report_known(&known, FV_UNCHANGED);
        file.path = fv_slice_of(l->path);
        file.url = url;
        fv_report(c, &file);
        err = fv_ledger_mark(&c->ledger, file.path, FV_LEDGER_ADOPTED, 0);
    }
    return err;
}

static enum fv_err adopt(struct fv_incoming *in, struct fv_slice url)
{
    struct fv_lane *l = in->lane;
    const struct fv_plan_record record = {.path = fv_slice_of(l->path),
                                          .url = url,
                                          .modified_us = l->transfer.listed_us};
    fv_partial_abort(&l->partial); /* no content was received */
    return fv_adopt_take(in->c, &record, l->adopt_size);
}

/* Close the partial file of a download that has failed with err. */
static void keep(struct fv_lane *l, enum fv_err err)
{
    if ((err == FV_E_LARGE || err == FV_E_FULL) && l->partial.total == UINT64_MAX) {
        /* otherwise it takes the space that smaller files may need */
        fv_partial_abort(&l->partial);
        return;
    }
    enum fv_err kept = fv_partial_keep(&l->partial);
    (void)kept; /* the download has failed already; losing its beginning as well changes nothing */
}

/* Report a file that is larger than max_size. */
static enum fv_err pass_over(struct fv_incoming *in)
{
    struct fv_file file = {.status = FV_SKIPPED,
                           .reason = FV_REASON_LARGE,
                           .path = fv_slice_of(in->lane->path),
                           .modified_us = in->lane->transfer.listed_us};
    char text[FV_CAP_URL + 1];
    enum fv_err err = planned_url(in, text, &file.url);
    if (err == FV_OK) {
        fv_report(in->c, &file);
    }
    return err;
}

enum fv_err fv_incoming_end(struct fv_incoming *in, enum fv_err err)
{
    struct fv_lane *l = in->lane;
    char text[FV_CAP_URL + 1];
    struct fv_slice url;
    bool fetched = err == FV_OK;
    if (fetched) {
        l->transfer.place = FV_PLACE_NAME;
        err = planned_url(in, text, &url);
    }
    if (l->busy && err == FV_OK) {
        err = fv_partial_settle(&l->partial);
    }
    if (l->busy && err == FV_OK) {
        err = !FV_CAP_COMPARE ? commit(in, url)
              : l->adopting   ? adopt(in, url)
                              : commit_or_confirm(in, url);
    } else if (l->busy) {
        keep(l, err);
        fv_report_kept(in->c, l);
    }
    if (FV_CAP_MAX_SIZE && l->busy && err == FV_E_LARGE && l->oversize) {
        err = pass_over(in);
    }
    l->busy = false;
    return err;
}

void fv_incoming_report(struct fv_incoming *in, enum fv_err err, struct fv_fault *first)
{
    char text[FV_CAP_URL + 1];
    struct fv_slice url;
    enum fv_err known = planned_url(in, text, &url);
    (void)known; /* without the URL it is reported without it */
    const struct fv_plan_record record = {.path = fv_slice_of(in->lane->path),
                                          .url = url,
                                          .modified_us = in->lane->transfer.listed_us};
    fv_report_failure(in->c, &record, err, first);
}
