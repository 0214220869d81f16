/* SPDX-License-Identifier: MIT */
#include "client/naming.h"

#include "client/filter.h"
#include "client/listing.h"
#include "store/fold.h"

struct naming {
    struct fv_client *c;
    struct fv_fold fold;
    bool folds;
    bool proposing;
    unsigned choice; /* number of the path that this pass is about */
    bool left;       /* there are entries without a path */
};

/* --- Entry by entry --- */

/* Give an entry the latest of its dates. */
static enum fv_err raise_date(struct naming *n, struct fv_plan_record *r)
{
    struct fv_client *c = n->c;
    const struct fv_settings *s = c->settings;
    int64_t us = r->modified_us;
    enum fv_err err = fv_names_raise_date(&c->plan.names, r->path, r->url, &us);
    return err != FV_OK || us == r->modified_us
               ? err
               : fv_plan_redate(&c->plan, r, us, fv_filter_dated(s, us));
}

/* Return in *yes whether the ledger has a record with that path and URL. */
static enum fv_err is_known(struct fv_client *c, struct fv_slice path, struct fv_slice url,
                            bool *yes)
{
    struct fv_ledger_record known;
    enum fv_err err = fv_ledger_find(&c->ledger, path, &known, yes);
    *yes = err == FV_OK && *yes && fv_slice_eq(known.url, url);
    return err;
}

/* Set n->left if the ledger does not know the entry by its first path. */
static enum fv_err look(struct naming *n, struct fv_plan_record *r)
{
    bool known = n->left;
    enum fv_err err = n->left ? FV_OK : is_known(n->c, r->path, r->url, &known);
    n->left = n->left || !known;
    return err;
}

/* Set n->left if the path of a record is, for the port, the path of another URL in this listing. */
static enum fv_err look_at_record(void *arg, const struct fv_ledger_record *record)
{
    struct naming *n = arg;
    bool other = false;
    enum fv_err err = fv_client_stopped(n->c);
    if (err == FV_OK) {
        err = fv_names_is_other(&n->c->plan.names, record->path, record->url, &other);
    }
    n->left = n->left || other;
    return err;
}

/* Give an entry the path that the ledger knows it by. */
static enum fv_err take_known(struct naming *n, struct fv_plan_record *r)
{
    char path[FV_CAP_PATH + 1];
    struct fv_names *names = &n->c->plan.names;
    bool own = false;
    const unsigned choices = n->c->ledger.suffixed ? FV_NAMES_CHOICES : 1;
    enum fv_err err = fv_names_find(names, r->path, r->url, path, &own);
    for (unsigned choice = 0; err == FV_OK && !own && choice < choices; choice++) {
        bool known = false;
        err = fv_names_write(names, choice, r->path, r->url, path);
        if (err == FV_OK) {
            err = is_known(n->c, fv_slice_of(path), r->url, &known);
        }
        if (err == FV_OK && known) {
            err = fv_names_take(names, choice, fv_slice_of(path), r->url, &own);
        }
    }
    n->left = n->left || !own;
    return err;
}

/* Give an entry without a path the first one that is free. */
static enum fv_err take_free(struct naming *n, struct fv_plan_record *r)
{
    char path[FV_CAP_PATH + 1];
    struct fv_names *names = &n->c->plan.names;
    bool own = false;
    enum fv_err err = fv_names_find(names, r->path, r->url, path, &own);
    return err != FV_OK || own ? err : fv_names_claim(names, r->path, r->url, path);
}

static enum fv_err begin(struct naming *n)
{
    struct fv_client *c = n->c;
    enum fv_err err = fv_names_begin(&c->plan.names, &c->page, c->plan_io, c->plan.names.fat);
    c->plan.names.by_bytes = true;
    /* store/fold.h requires that */
    return err == FV_OK && n->folds ? fv_claims_settle(&c->plan.names.claims) : err;
}

/* --- If the medium folds names --- */

/* Return whether err says that the path is in `.fluxvision` on this medium, or that the medium
 * does not accept it. */
static bool is_refusal(const struct naming *n, enum fv_err err)
{
    return err == FV_E_DENIED && n->fold.refused;
}

/* Such a path makes only this entry fail. */
static enum fv_err refuse(struct naming *n, struct fv_plan_record *r, enum fv_err err)
{
    if (!is_refusal(n, err)) {
        return err;
    }
    r->err = err;
    return fv_plan_redate(&n->c->plan, r, r->modified_us, (r->flags & FV_PLAN_DATED) != 0);
}

/* An entry without a path proposes one; or takes it, unless another entry has one that the
 * medium treats as the same. */
static enum fv_err propose_or_take(struct naming *n, struct fv_plan_record *r)
{
    char path[FV_CAP_PATH + 1];
    struct fv_names *names = &n->c->plan.names;
    bool own = false;
    bool free = false;
    enum fv_err err = fv_names_find(names, r->path, r->url, path, &own);
    if (err != FV_OK || own) {
        return err;
    }
    err = fv_names_write(names, n->choice, r->path, r->url, path);
    struct fv_slice text = fv_slice_of(path);
    if (err != FV_OK) {
        return err;
    }
    if (n->proposing) {
        return refuse(n, r, fv_fold_propose(&n->fold, text));
    }
    err = fv_fold_free(&n->fold, text, &free);
    if (err == FV_OK && free) {
        err = fv_names_take(names, n->choice, text, r->url, &own);
    }
    n->left = n->left || !own;
    return err;
}

/* --- The ledger --- */

/* The paths of the ledger block all other paths of their classes. If the ledger comes from
 * another medium, they also block each other. */
static enum fv_err block_record(void *arg, const struct fv_ledger_record *record)
{
    struct naming *n = arg;
    enum fv_err err = fv_client_stopped(n->c);
    if (err == FV_OK && n->proposing) {
        err = fv_fold_propose(&n->fold, record->path);
    }
    if (err == FV_OK) {
        err = fv_fold_block(&n->fold, record->path);
    }
    return is_refusal(n, err) ? FV_OK : err;
}

/* Two records are about one local file, so it is not known whose content it has: forget both. */
static enum fv_err forget_record(void *arg, const struct fv_ledger_record *record)
{
    struct naming *n = arg;
    char path[FV_CAP_PATH + 1];
    bool free = false;
    size_t len = record->path.len;
    enum fv_err err = fv_fold_free(&n->fold, record->path, &free);
    if ((err != FV_OK && !is_refusal(n, err)) || free) {
        return err;
    }
    err = fv_store_path(record->path, path);
    return err == FV_OK ? fv_ledger_remove(&n->c->ledger, (struct fv_slice){path, len}) : err;
}

/* The records were made on a medium that distinguished names which this one does not, or by an
 * older version. Forget these records, so that each file gets a path of its own. */
static enum fv_err part_records(struct naming *n)
{
    struct fv_client *c = n->c;
    n->proposing = true;
    enum fv_err err = fv_ledger_each(&c->ledger, block_record, n);
    if (err == FV_OK) {
        err = fv_ledger_each(&c->ledger, forget_record, n);
    }
    if (err == FV_OK) {
        err = fv_ledger_sync(&c->ledger);
    }
    if (err == FV_OK) {
        err = fv_medium_keep(&c->store.medium, c->store.io);
        err = fv_store_fail(&c->store, err, FV_STORE_LOCK);
    }
    if (err == FV_OK) {
        err = begin(n); /* forgotten records block no path */
    }
    return err;
}

/* --- The plan --- */

static enum fv_err each(struct naming *n,
                        enum fv_err (*visit)(struct naming *n, struct fv_plan_record *r))
{
    char path[FV_CAP_PATH + 1];
    char url[FV_CAP_URL + 1];
    const struct fv_plan_text text = {path, url};
    struct fv_client *c = n->c;
    enum fv_err err = fv_plan_rewind(&c->plan);
    n->left = false;
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
        if (err == FV_OK && (record.flags & FV_PLAN_UNREAD) == 0 && record.err != FV_E_DENIED) {
            err = visit(n, &record);
        }
    }
    return err;
}

/* The medium treats all paths that this entry may get as paths of others: only this entry fails. */
static enum fv_err give_up(struct naming *n, struct fv_plan_record *r)
{
    char path[FV_CAP_PATH + 1];
    bool own = false;
    enum fv_err err = fv_names_find(&n->c->plan.names, r->path, r->url, path, &own);
    if (err != FV_OK || own) {
        return err;
    }
    r->err = FV_E_EXISTS;
    return fv_plan_redate(&n->c->plan, r, r->modified_us, (r->flags & FV_PLAN_DATED) != 0);
}

/* Give each entry its path. */
static enum fv_err share_out(struct naming *n)
{
    struct fv_client *c = n->c;
    enum fv_err err = each(n, take_known);
    if (err != FV_OK || !n->folds) {
        return err == FV_OK ? each(n, take_free) : err;
    }
    for (n->choice = 0; err == FV_OK && n->left; n->choice++) {
        if (n->choice == FV_NAMES_CHOICES) {
            return FV_CAP_MEASURE ? each(n, give_up) : FV_E_EXISTS;
        }
        n->proposing = true;
        err = each(n, propose_or_take);
        n->proposing = false;
        if (err == FV_OK) {
            err = fv_ledger_each(&c->ledger, block_record, n);
        }
        if (err == FV_OK) {
            err = each(n, propose_or_take);
        }
    }
    return err;
}

static enum fv_err share_out_folding(struct naming *n)
{
    struct fv_client *c = n->c;
    enum fv_err err = fv_fold_open(&n->fold, &c->store, &c->plan.names);
    if (err == FV_OK && !c->store.reader && (c->store.medium.fresh || !n->fold.measured)) {
        err = part_records(n);
    }
    if (err == FV_OK) {
        err = share_out(n);
    }
    fv_fold_close(&n->fold);
    return err;
}

enum fv_err fv_naming_merge(struct fv_client *c)
{
    struct naming n = {.c = c};
    return c->plan.names.dates ? each(&n, raise_date) : FV_OK;
}

/* Nothing has to be done if no two entries want the same path, no record has a path with a
 * suffix, and the medium does not fold names or there is no new name. A port that knows how
 * names fold has compared the paths of the entries already. */
enum fv_err fv_naming_settle(struct fv_client *c)
{
    struct fv_plan *p = &c->plan;
    const struct fv_medium *m = &c->store.medium;
    struct naming n = {.c = c, .folds = m->folds};
    enum fv_err err = FV_OK;
    if (!p->names.contested && !c->ledger.suffixed && !m->fresh) {
        if (m->folds) {
            err = c->store.io->name_key != NULL ? fv_ledger_each(&c->ledger, look_at_record, &n)
                                                : each(&n, look);
            /* needed if all names are known and fv_fold_open() is not called */
            fv_fold_sweep(&c->store);
        }
        if (err != FV_OK || !n.left) {
            return err;
        }
    }
    err = begin(&n);
    if (err == FV_OK) {
        err = n.folds ? share_out_folding(&n) : share_out(&n);
    }
    p->settled = err == FV_OK;
    return err;
}
