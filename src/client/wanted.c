/* SPDX-License-Identifier: MIT */
#include "client/wanted.h"

#include "client/listing.h"
#include "parse/localpath.h"

static enum fv_err match_entry(void *ctx, const struct fv_entry *e, struct fv_slice url,
                               bool passes, enum fv_err refused)
{
    struct fv_wanted *w = ctx;
    struct fv_slice local = fv_slice_of(w->c->lane->path);
    local = fv_slice_from(local, fv_slice_find_last(local, '/') + 1);
    (void)passes; /* the name decides, not the filters */
    if (!fv_slice_eq(e->name, w->name) && !fv_slice_eq(local, w->name)) {
        return FV_OK;
    }
    if (w->matches++ > 0) {
        return FV_OK;
    }
    if (refused != FV_OK) {
        return fv_client_fail(w->c, refused, e->url);
    }
    w->modified_us = e->modified_us;
    struct fv_writer name;
    fv_writer_init(&name, w->local, sizeof w->local);
    fv_writer_slice(&name, local);
    struct fv_writer copy;
    fv_writer_init(&copy, w->url, sizeof w->url);
    fv_writer_slice(&copy, url);
    return fv_writer_check(&copy);
}

/* The name of an entry that is not valid is not known: keep the first one's error. */
static enum fv_err note_bad(void *ctx, enum fv_err err, uint8_t field)
{
    struct fv_wanted *w = ctx;
    if (w->bad.err == FV_OK) {
        w->bad = (struct fv_plan_record){.err = err,
                                         .field = field,
                                         .number = (uint32_t)w->c->splitter.objects};
    }
    return FV_OK;
}

static enum fv_err forget_matches(void *ctx)
{
    struct fv_wanted *w = ctx;
    w->matches = 0;
    w->bad.err = FV_OK;
    return FV_OK;
}

/* Look up ORG/STUDY/DELIVERY/FILE_NAME in the listing of the delivery. */
static enum fv_err look_up(struct fv_wanted *w, struct fv_slice what)
{
    struct fv_client *c = w->c;
    struct fv_transfer listing;
    size_t slash = fv_slice_find_last(what, '/');
    struct fv_slice scope = fv_slice_head(what, slash);
    w->name = fv_slice_from(what, slash + 1);
    size_t first = fv_slice_find(scope, '/');
    struct fv_slice study = fv_slice_from(scope, first + 1);
    if (w->name.len == 0 || fv_slice_find(study, '/') >= study.len) {
        return fv_client_fail(c, FV_E_USAGE,
                              FV_SLICE("a URL or ORG/STUDY/DELIVERY/FILE_NAME is "
                                       "needed"));
    }
    enum fv_err err = fv_listing_scopes(c, &scope, 1);
    if (err != FV_OK) {
        return err;
    }
    c->plan_io = c->port->scratch;
    const struct fv_listing_visitor visitor = {.ctx = w,
                                               .entry = match_entry,
                                               .restart = forget_matches,
                                               .plan = true,
                                               .paths = true,
                                               .bad = note_bad};
    err = fv_listing_read(c, &listing, &visitor, NULL);
    fv_plan_close(&c->plan);
    if (err == FV_OK && w->matches == 0 && w->bad.err != FV_OK) {
        fv_listing_blame(c, &w->bad);
        return w->bad.err;
    }
    if (err == FV_OK && w->matches == 0) {
        err = fv_client_fail(c, FV_E_MISSED, what);
    }
    if (err == FV_OK && w->matches > 1) {
        err = fv_client_fail(c, FV_E_USAGE, what);
        fv_fault_explain(&c->fault, FV_SLICE("several files have this name; give the URL, or the "
                                             "local name that list --json shows"));
    }
    return err;
}

/* Take a URL; its last segment is the name. */
static enum fv_err take_url(struct fv_wanted *w, struct fv_slice what)
{
    struct fv_url url;
    enum fv_err err = fv_transfer_admit(&w->c->endpoint, what, w->url);
    if (err == FV_OK) {
        err = fv_url_parse(fv_slice_of(w->url), &url);
    }
    if (err != FV_OK) {
        return fv_client_fail(w->c, err, what);
    }
    struct fv_writer name;
    fv_writer_init(&name, w->local, sizeof w->local);
    bool fat = w->c->port->storage != NULL && w->c->port->storage->fat_names;
    return fv_localpath_component(fv_url_last_segment(&url), FV_SLICE_NONE, fat, &name);
}

static bool is_url(struct fv_slice what)
{
    return fv_slice_starts_nocase(what, FV_SLICE("http://")) ||
           fv_slice_starts_nocase(what, FV_SLICE("https://"));
}

enum fv_err fv_wanted_find(struct fv_wanted *w, struct fv_slice what)
{
    w->modified_us = INT64_MIN;
    return is_url(what) ? take_url(w, what) : look_up(w, what);
}
