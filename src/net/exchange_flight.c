/* SPDX-License-Identifier: MIT */
/* The requests in flight on an exchange. */
#include "net/exchange_open.h"

#include <string.h>

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

void fv_exchange_stop_sending(struct fv_exchange *x)
{
    x->fault = (struct fv_net_fault){0};
    if (FV_EXCHANGE_ONE) { /* a response to the one request may be there */
        x->closing = true;
        return;
    }
    for (size_t i = x->out_at < 3 ? 3 : x->out_at; i < x->out_end; i++) {
        x->unsent += memcmp(x->buffer + i - 3, "\r\n\r\n", 4) == 0; /* as each GET ends */
    }
    x->deaf = true;
}
