#include "client/order.h"

#include "client/client.h"

static bool same_second(int64_t a_us, int64_t b_us)
{
    int64_t a = a_us / 1000000 - (a_us % 1000000 < 0 ? 1 : 0);
    int64_t b = b_us / 1000000 - (b_us % 1000000 < 0 ? 1 : 0);
    return a == b;
}

/* Whether date is that of a file whose request is in flight behind the first. */
static bool of_another(struct fv_lane *l, int64_t date_us)
{
    for (size_t i = 1; i < l->count; i++) {
        const struct fv_due *due = &l->ring[(l->head + i) % FV_CAP_PIPELINE];
        struct fv_plan_record record;
        if (due->sent && fv_plan_read_at(&l->c->plan, due->position, &record, NULL) == FV_OK &&
            same_second(record.modified_us, date_us)) {
            return true;
        }
    }
    return false;
}

static void doubt(struct fv_client *c, bool doubted)
{
    for (size_t i = 0; i < fv_client_lanes(c); i++) {
        fv_pipeline_doubt(&c->lane[i].exchange.pipeline, doubted);
    }
}

/* The answer to a request that was alone is the right one, whatever its date. */
static void learn(struct fv_client *c, struct fv_transfer *t, bool own, int64_t date_us)
{
    struct fv_order *o = &c->order;
    if (t->doubted && t->doubted_us == date_us) {
        doubt(c, false);
        o->mistakes++;
    }
    t->doubted = false;
    if (o->mistakes >= FV_ORDER_MISTAKES) {
        o->dates = FV_ORDER_DIFFERS;
    } else if (o->dates == FV_ORDER_UNKNOWN) {
        o->dates = own ? FV_ORDER_AGREES : FV_ORDER_DIFFERS;
    }
}

bool fv_order_fits(struct fv_lane *l, struct fv_transfer *t, const struct fv_head *head)
{
    struct fv_order *o = &l->c->order;
    if (FV_CAP_PIPELINE == 1) {
        return true; /* nothing is ever sent ahead: the compiler leaves the rest out */
    }
    if (!l->busy || t->redirects > 0 || o->dates == FV_ORDER_DIFFERS) {
        return true;
    }
    int64_t date_us = head->last_modified_us;
    bool own = same_second(date_us, l->modified_us);
    if (!t->ahead && fv_exchange_pending(&l->exchange) == 1) {
        learn(l->c, t, own, date_us);
        return true;
    }
    if (o->dates == FV_ORDER_UNKNOWN && !own && !of_another(l, date_us)) {
        o->dates = FV_ORDER_DIFFERS;
        return true;
    }
    if (own) {
        o->dates = FV_ORDER_AGREES;
        return true;
    }
    t->doubted = true;
    t->doubted_us = date_us;
    doubt(l->c, true);
    return false;
}
