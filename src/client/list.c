/* SPDX-License-Identifier: MIT */
#include "client/filter.h"
#include "client/listing.h"
#include "client/report.h"

struct listing_out {
    struct fv_client *c;
    bool paths;            /* compute the local path of each entry */
    bool repeats;          /* show an entry again that is listed twice */
    struct fv_fault first; /* the error of the first entry that cannot be used */
};

static enum fv_err show(struct fv_client *c, const struct fv_entry *e, struct fv_slice path)
{
    const struct fv_listed listed = {
        .org = e->org,
        .study = e->study,
        .delivery = e->delivery,
        .name = e->name,
        .url = e->url,
        .modified = e->modified,
        .org_name = e->org_name,
        .study_name = e->study_name,
        .delivery_name = e->delivery_name,
        .modified_us = e->modified_us,
        .path = path,
    };
    return c->events->listed(c->events->ctx, &listed);
}

static enum fv_err show_entry(void *ctx, const struct fv_entry *e, struct fv_slice url, bool passes,
                              enum fv_err refused)
{
    struct listing_out *out = ctx;
    (void)url;
    (void)refused; /* a list shows all entries, whether they can be fetched or not */
    if (!passes) {
        return FV_OK;
    }
    bool path = out->c->settings->local_paths;
    return show(out->c, e, path ? fv_slice_of(out->c->lane->path) : FV_SLICE_NONE);
}

static enum fv_err name_bad(void *ctx, enum fv_err err, uint8_t field)
{
    struct listing_out *out = ctx;
    const struct fv_plan_record record = {.modified_us = INT64_MIN,
                                          .err = err,
                                          .field = field,
                                          .scope = out->c->scope,
                                          .number = (uint32_t)out->c->splitter.objects};
    fv_listing_blame(out->c, &record);
    fv_report_failure(out->c, &record, err, &out->first);
    return FV_OK;
}

/* --latest, first pass: store the dates in the plan, which then decides which entries stay. */
static enum fv_err plan_entry(void *ctx, const struct fv_entry *e, struct fv_slice url, bool passes,
                              enum fv_err refused)
{
    struct listing_out *out = ctx;
    (void)url;
    (void)refused;
    if (!passes) {
        return FV_OK;
    }
    const struct fv_plan_record record = {.modified_us = e->modified_us};
    return fv_plan_add(&out->c->plan, &record);
}

/* --latest, second pass: show the entries that stay. */
static enum fv_err show_planned(void *ctx, const struct fv_entry *e, struct fv_slice url,
                                bool passes, enum fv_err refused)
{
    struct listing_out *out = ctx;
    struct fv_plan_record record;
    bool any = false;
    (void)url;
    (void)refused;
    if (!passes) {
        return FV_OK;
    }
    enum fv_err err = fv_plan_next(&out->c->plan, &record, NULL, &any);
    if (err != FV_OK) {
        return err;
    }
    if (!any || record.modified_us != e->modified_us) {
        return fv_client_fail(out->c, FV_E_MEANWHILE, FV_SLICE("the listing"));
    }
    return record.dropped ? FV_OK : show_entry(ctx, e, url, passes, refused);
}

static enum fv_err restart(void *ctx)
{
    (void)ctx;
    return FV_OK;
}

static enum fv_err list_latest(struct fv_client *c, struct fv_transfer *t, struct listing_out *out)
{
    const struct fv_listing_visitor first = {.ctx = out,
                                             .entry = plan_entry,
                                             .restart = restart,
                                             .plan = true,
                                             .paths = out->paths,
                                             .repeats = out->repeats};
    const struct fv_listing_visitor second = {.ctx = out,
                                              .entry = show_planned,
                                              .names = true,
                                              .paths = out->paths,
                                              .repeats = out->repeats,
                                              .bad = name_bad};
    enum fv_err err = fv_listing_read(c, t, &first, &out->first);
    if (err == FV_OK) {
        err = fv_plan_finish(&c->plan);
    }
    if (err == FV_OK) {
        err = fv_plan_latest(&c->plan, c->settings->latest);
    }
    if (err == FV_OK) {
        err = fv_plan_rewind(&c->plan);
    }
    if (err == FV_OK && !out->repeats) { /* entries that repeat others are detected again */
        err = fv_names_begin(&c->plan.names, &c->page, c->plan_io, c->plan.names.fat);
    }
    c->summary.listed = 0;
    return err == FV_OK ? fv_listing_read(c, t, &second, &out->first) : err;
}

enum fv_err fv_list_scopes(struct fv_client *c, const struct fv_slice *scopes, size_t count)
{
    struct fv_transfer t;
    struct listing_out out = {.c = c,
                              .paths = c->settings->local_paths || count > 1,
                              .repeats = count == 1};
    fv_client_begin(c);
    c->plan_io = c->port->scratch;
    enum fv_err err = fv_listing_scopes(c, scopes, count);
    if (err != FV_OK) {
        return fv_client_end(c, err);
    }
    if (fv_filter_linked && c->settings->latest > 0) {
        err = list_latest(c, &t, &out);
    } else {
        const struct fv_listing_visitor visitor = {.ctx = &out,
                                                   .entry = show_entry,
                                                   .names = true,
                                                   .plan = out.paths,
                                                   .paths = out.paths,
                                                   .repeats = out.repeats,
                                                   .bad = name_bad};
        err = fv_listing_read(c, &t, &visitor, &out.first);
    }
    fv_plan_close(&c->plan);
    c->broken = c->broken || (err != FV_OK && err != out.first.err);
    if (!c->broken && out.first.err != FV_OK) {
        fv_client_adopt(c, &out.first);
        err = out.first.err;
    }
    return fv_client_end(c, err);
}

enum fv_err fv_list(struct fv_client *c, struct fv_slice scope)
{
    return fv_list_scopes(c, &scope, 1);
}
