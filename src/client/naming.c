#include "client/naming.h"

#include "client/listing.h"

/* What is done with each entry of the plan. */
enum pass {
    RAISE_DATE,
    TAKE_CURRENT, /* a path that the ledger knows it by, where that file is */
    TAKE_KNOWN,   /* a path that the ledger knows it by */
    TAKE_FREE     /* a path that nobody has */
};

/* Give an entry the latest of its dates. */
static enum fv_err raise_date(struct fv_client *c, struct fv_plan_record *r)
{
    const struct fv_settings *s = c->settings;
    int64_t us = r->modified_us;
    enum fv_err err = fv_names_raise_date(&c->plan.names, r->path, r->url, &us);
    return err != FV_OK || us == r->modified_us
               ? err
               : fv_plan_redate(&c->plan, r, us, us < s->since_us || us > s->until_us);
}

/* Whether the ledger knows an entry by that path. */
static enum fv_err is_known(struct fv_client *c, struct fv_slice path, struct fv_slice url,
                            enum pass pass, bool *yes)
{
    struct fv_ledger_record known;
    enum fv_err err = fv_ledger_find(&c->ledger, path, &known, yes);
    *yes = err == FV_OK && *yes && fv_slice_eq(known.url, url);
    if (*yes && pass == TAKE_CURRENT && fv_store_current(&c->store, &known, yes) != FV_OK) {
        c->store.fault = (struct fv_fault){.err = FV_OK}; /* its own turn says what is wrong */
        *yes = false;
    }
    return err;
}

/* Give an entry a path, if it has none yet. */
static enum fv_err take(struct fv_client *c, struct fv_plan_record *r, enum pass pass)
{
    char path[FV_CAP_PATH + 1];
    struct fv_names *names = &c->plan.names;
    bool own = false;
    enum fv_err err = fv_names_find(names, r->path, r->url, path, &own);
    if (pass == TAKE_FREE) {
        return err != FV_OK || own ? err : fv_names_claim(names, r->path, r->url, path);
    }
    for (unsigned choice = 0; err == FV_OK && !own && choice < FV_NAMES_CHOICES; choice++) {
        bool known = false;
        err = fv_names_write(names, choice, r->path, r->url, path);
        if (err == FV_OK) {
            err = is_known(c, fv_slice_of(path), r->url, pass, &known);
        }
        if (err == FV_OK && known) {
            err = fv_names_take(names, fv_slice_of(path), r->url, &own);
        }
    }
    return err;
}

static enum fv_err each(struct fv_client *c, enum pass pass)
{
    char path[FV_CAP_PATH + 1];
    char url[FV_CAP_URL + 1];
    const struct fv_plan_text text = {path, url};
    enum fv_err err = fv_plan_rewind(&c->plan);
    while (err == FV_OK) {
        struct fv_plan_record record;
        bool any = false;
        err = fv_client_stopped(c);
        if (err == FV_OK) {
            err = fv_plan_next(&c->plan, &record, &text, &any);
        }
        if (err == FV_OK && !any) {
            return fv_plan_rewind(&c->plan);
        }
        if (err == FV_OK && (record.flags & FV_PLAN_UNREAD) == 0) {
            err = pass == RAISE_DATE ? raise_date(c, &record) : take(c, &record, pass);
        }
    }
    return err;
}

enum fv_err fv_naming_merge(struct fv_client *c)
{
    return c->plan.names.dates ? each(c, RAISE_DATE) : FV_OK;
}

/* Where no two entries want a path, and the ledger has none that looks as if two ever did, all is as it should be. */
enum fv_err fv_naming_settle(struct fv_client *c)
{
    struct fv_plan *p = &c->plan;
    if (!p->names.contested && !c->ledger.suffixed) {
        return FV_OK;
    }
    enum fv_err err = fv_names_begin(&p->names, &c->page, c->plan_io, c->port->storage->fat_names);
    if (err == FV_OK && p->names.fat) { /* paths that the ledger tells apart may be one there */
        err = each(c, TAKE_CURRENT);
    }
    if (err == FV_OK) {
        err = each(c, TAKE_KNOWN);
    }
    if (err == FV_OK) {
        err = each(c, TAKE_FREE);
    }
    p->settled = err == FV_OK;
    return err;
}
