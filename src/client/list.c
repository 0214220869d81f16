#include "client/listing.h"

#include <string.h>

struct listing_out {
    struct fv_client *c;
    bool paths;
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
    (void)refused; /* a list shows what the portal lists, fetchable or not */
    if (!passes) {
        return FV_OK;
    }
    return show(out->c, e, out->paths ? fv_slice_of(out->c->lane->path) : FV_SLICE_NONE);
}

/* --latest, first reading: dates and paths go to the plan, which then knows what stays. */
static enum fv_err plan_entry(void *ctx, const struct fv_entry *e, struct fv_slice url, bool passes,
                              enum fv_err refused)
{
    struct listing_out *out = ctx;
    (void)url;
    (void)refused;
    if (!passes) {
        return FV_OK;
    }
    struct fv_plan_record record = {
        .path = out->paths ? fv_slice_of(out->c->lane->path) : FV_SLICE_NONE,
        .modified_us = e->modified_us,
    };
    return fv_plan_add(&out->c->plan, &record);
}

/* --latest, second reading: shows the entries that stayed. */
static enum fv_err show_planned(void *ctx, const struct fv_entry *e, struct fv_slice url,
                                bool passes, enum fv_err refused)
{
    struct listing_out *out = ctx;
    const struct fv_plan_text text = {.path = out->c->lane->path};
    (void)url;
    struct fv_plan_record record;
    bool any = false;
    (void)refused;
    if (!passes) {
        return FV_OK;
    }
    enum fv_err err = fv_plan_next(&out->c->plan, &record, &text, &any);
    if (err != FV_OK) {
        return err;
    }
    if (!any || record.modified_us != e->modified_us) {
        return fv_client_fail(out->c, FV_E_CHANGED, FV_SLICE("the listing, while it was read"));
    }
    return record.dropped ? FV_OK : show(out->c, e, record.path);
}

static enum fv_err restart(void *ctx)
{
    (void)ctx;
    return FV_OK;
}

static enum fv_err list_latest(struct fv_client *c, struct fv_transfer *t, struct listing_out *out)
{
    struct fv_transfer again = *t;
    struct fv_listing_visitor first = {out, plan_entry, restart, false, true, out->paths};
    enum fv_err err = fv_listing_read(c, t, &first);
    if (err == FV_OK) {
        err = fv_plan_finish(&c->plan);
    }
    if (err == FV_OK) {
        err = fv_plan_latest(&c->plan, c->settings->latest);
    }
    if (err == FV_OK) {
        err = fv_plan_rewind(&c->plan);
    }
    struct fv_listing_visitor second = {out, show_planned, NULL, true, false, false};
    return err == FV_OK ? fv_listing_read(c, &again, &second) : err;
}

enum fv_err fv_list(struct fv_client *c, struct fv_slice scope)
{
    struct fv_transfer t;
    struct listing_out out = {c, c->settings->local_paths};
    fv_client_begin(c);
    c->plan_io = c->port->scratch;
    enum fv_err err = fv_listing_scope(c, scope, &t);
    if (err != FV_OK) {
        return fv_client_end(c, err);
    }
    if (c->settings->latest > 0) {
        err = list_latest(c, &t, &out);
    } else {
        struct fv_listing_visitor visitor = {&out, show_entry, NULL, true, out.paths, out.paths};
        err = fv_listing_read(c, &t, &visitor);
    }
    fv_plan_close(&c->plan);
    return fv_client_end(c, err);
}
