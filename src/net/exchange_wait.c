/* SPDX-License-Identifier: MIT */
/* What an exchange waits for, and until when. */
#include "base/num.h"
#include "net/exchange.h"

size_t fv_exchange_event(const struct fv_exchange *x, struct fv_port_event *events,
                         int64_t *deadline_us)
{
    int64_t end_us = x->config->deadline_us;
    size_t count = fv_conn_event(&x->conn, events, &end_us);
    if (x->in_head && x->any_byte && x->config->stall_timeout_ms > 0) {
        /* A head that arrives byte by byte could take weeks: the speed limit applies only to
         * content. */
        int64_t us = fv_num_add_clamped(x->came_us, (int64_t)x->config->stall_timeout_ms * 1000);
        end_us = us < end_us ? us : end_us;
    }
    if (x->skipping && x->skip_us < end_us) {
        end_us = x->skip_us;
    }
    *deadline_us = x->stall_us > 0 && x->stall_us < end_us ? x->stall_us : end_us;
    return count;
}

void fv_exchange_watch(struct fv_exchange *x)
{
    const struct fv_port_clock *clock = x->config->port->clock;
    x->stall_us = 0;
    x->skip_us = fv_num_add_clamped(clock->now(clock->ctx), FV_EXCHANGE_SKIP_MS * INT64_C(1000));
}
