/* SPDX-License-Identifier: MIT */
#include "client/order.h"

bool fv_order_same_second(int64_t a_us, int64_t b_us)
{
    int64_t a = a_us / 1000000 - (a_us % 1000000 < 0 ? 1 : 0);
    int64_t b = b_us / 1000000 - (b_us % 1000000 < 0 ? 1 : 0);
    return a == b;
}

/* The request was alone, so its response is the right one, whatever its date. */
static void learn(struct fv_order *o, const struct fv_order_response *r, bool own)
{
    if (r->refused && r->refused_us == r->date_us) {
        o->doubted = false;
        o->mistakes++;
    }
    if (o->mistakes >= FV_ORDER_MISTAKES) {
        o->dates = FV_ORDER_DIFFERS;
    } else if (o->dates == FV_ORDER_UNKNOWN) {
        o->dates = own ? FV_ORDER_AGREES : FV_ORDER_DIFFERS;
    }
}

bool fv_order_fits(struct fv_order *o, const struct fv_order_response *r)
{
    bool dated = r->date_us != INT64_MIN;
    if (o->dates == FV_ORDER_DIFFERS || (o->dates == FV_ORDER_UNKNOWN && !dated)) {
        return true; /* a response without a date shows nothing */
    }
    bool own = fv_order_same_second(r->date_us, r->listed_us);
    if (r->alone) {
        learn(o, r, own);
        return true;
    }
    if (o->dates == FV_ORDER_UNKNOWN && !own && !r->of_another) {
        o->dates = FV_ORDER_DIFFERS;
        return true;
    }
    if (own) {
        o->dates = FV_ORDER_AGREES;
        return true;
    }
    o->doubted = true;
    return false;
}
