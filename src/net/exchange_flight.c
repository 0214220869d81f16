/* What is in flight on an exchange. */
#include "net/exchange.h"

bool fv_exchange_next(const struct fv_exchange *x, uint64_t *tag)
{
    size_t done = x->skipping ? 1 : 0;
    if (x->pending <= done) {
        return false;
    }
    *tag = x->tags[(x->first + done) % FV_CAP_PIPELINE];
    return true;
}

bool fv_exchange_last(const struct fv_exchange *x, uint64_t *tag)
{
    if (x->pending == 0) {
        return false;
    }
    *tag = x->tags[(x->first + x->pending - 1) % FV_CAP_PIPELINE];
    return true;
}

bool fv_exchange_alone(const struct fv_exchange *x)
{
    return x->alone && x->pending == 1;
}
