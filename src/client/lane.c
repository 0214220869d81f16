#include "client/client.h"

void fv_lane_init(struct fv_lane *l, struct fv_client *c)
{
    const struct fv_settings *s = c->settings;
    l->c = c;
    fv_exchange_init(&l->exchange, &c->net);
    size_t depth = s->pipeline < FV_CAP_PIPELINE ? s->pipeline : FV_CAP_PIPELINE;
    l->exchange.pipeline.depth = depth > 0 ? depth : 1;
    l->floor = (struct fv_rate_floor){.clock = c->port->clock,
                                      .bytes_per_s = s->speed_limit,
                                      .window_ms = s->speed_time_ms};
}

/* What the lanes wait for. Returns whether one of them does not have to. */
static bool gather(struct fv_client *c, struct fv_port_event *events, size_t *count,
                   int64_t *deadline_us)
{
    *count = 0;
    *deadline_us = INT64_MAX;
    for (size_t i = 0; i < fv_client_lanes(c); i++) {
        const struct fv_transfer *t = c->lane[i].waiting;
        if (t == NULL) {
            continue;
        }
        int64_t until_us = t->pause_us;
        if (t->ready) {
            return true;
        }
        if (t->state != FV_TRANSFER_PAUSE) {
            fv_exchange_event(&c->lane[i].exchange, &events[(*count)++], &until_us);
        }
        *deadline_us = until_us < *deadline_us ? until_us : *deadline_us;
    }
    return false;
}

/* Waiting on the network has ended with err: for whom is that the end? */
static void tell(struct fv_client *c, enum fv_err err)
{
    int64_t now = c->port->clock->now(c->port->clock->ctx);
    for (size_t i = 0; i < fv_client_lanes(c); i++) {
        struct fv_port_event event;
        int64_t until_us = 0;
        struct fv_lane *l = &c->lane[i];
        if (l->waiting == NULL || l->waiting->state == FV_TRANSFER_PAUSE) {
            continue;
        }
        fv_exchange_event(&l->exchange, &event, &until_us);
        if (err != FV_E_TIMEOUT || until_us <= now) {
            l->waiting->failed = fv_exchange_fail(&l->exchange, err);
        }
    }
}

enum fv_err fv_lane_wait(struct fv_client *c)
{
    struct fv_port_event events[FV_CAP_JOBS];
    size_t count = 0;
    int64_t deadline_us = 0;
    const struct fv_port_clock *clock = c->port->clock;
    if (gather(c, events, &count, &deadline_us)) {
        return clock->cancelled(clock->ctx) ? FV_E_CANCELLED : FV_OK;
    }
    if (count == 0) {
        return clock->sleep(clock->ctx, deadline_us);
    }
    enum fv_err err = c->port->net->wait(c->port->net->ctx, events, count, deadline_us);
    if (err == FV_OK || err == FV_E_CANCELLED) {
        return err;
    }
    tell(c, err);
    return FV_OK;
}
