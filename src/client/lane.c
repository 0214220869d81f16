/* SPDX-License-Identifier: MIT */
#include "client/lane.h"

void fv_lane_init(struct fv_lane *l, struct fv_lane *first, struct fv_transfer_shared *shared,
                  const struct fv_net_config *net)
{
    struct fv_exchange *portal = &l->exchange[0];
    struct fv_exchange *aside = &l->exchange[FV_CAP_ASIDE];
    const struct fv_exchange *keeper = &first->exchange[0];
    const struct fv_exchange *keeper_aside = &first->exchange[FV_CAP_ASIDE];
    size_t depth = shared->settings->pipeline;
    l->way = (struct fv_transfer_way){shared, portal, aside};
    fv_exchange_init(portal, net);
    portal->pipeline.depth = depth < 1 ? 1 : depth < FV_CAP_PIPELINE ? depth : FV_CAP_PIPELINE;
    if (aside != portal) {
        fv_exchange_init(aside, net);
        fv_exchange_share(aside, keeper, aside != keeper_aside ? keeper_aside : NULL);
    }
    if (portal != keeper) {
        fv_exchange_share(portal, keeper, NULL);
    }
}

void fv_lane_close(struct fv_lane *l)
{
    for (size_t i = 0; i < 1 + FV_CAP_ASIDE; i++) {
        fv_exchange_close(&l->exchange[i]);
    }
}

/* --- The ring --- */

uint64_t fv_lane_due(const struct fv_lane *l, size_t i)
{
    return l->ring[(l->head + i) % FV_CAP_PIPELINE] & ~FV_LANE_ALONE;
}

bool fv_lane_is_alone(const struct fv_lane *l, size_t i)
{
    return (l->ring[(l->head + i) % FV_CAP_PIPELINE] & FV_LANE_ALONE) != 0;
}

void fv_lane_push(struct fv_lane *l, uint64_t position)
{
    l->ring[(l->head + l->count) % FV_CAP_PIPELINE] = position;
    l->count++;
}

/* Return whether the next response on x is that of the first file. */
static bool is_next(const struct fv_lane *l, const struct fv_exchange *x)
{
    uint64_t tag = 0;
    return fv_exchange_next(x, &tag) && tag == fv_lane_due(l, 0);
}

void fv_lane_pop(struct fv_lane *l)
{
    for (size_t i = 0; i < 1 + FV_CAP_ASIDE; i++) {
        /* no transfer would read this response, and all others are behind it */
        if (is_next(l, &l->exchange[i])) {
            fv_exchange_drop(&l->exchange[i]);
        }
    }
    l->head = (l->head + 1) % FV_CAP_PIPELINE;
    l->count--;
}

void fv_lane_put_back(struct fv_lane *l, uint64_t mark)
{
    uint64_t first = l->ring[l->head];
    fv_lane_pop(l);
    fv_lane_push(l, first | mark);
}

void fv_lane_put_back_lost(struct fv_lane *l)
{
    uint64_t tag = 0;
    for (size_t i = 1; i < l->count && fv_exchange_next(l->way.portal, &tag); i++) {
        if (is_next(l, l->way.portal) || is_next(l, l->way.aside)) {
            return;
        }
        fv_lane_put_back(l, 0);
    }
}

size_t fv_lane_unsent(const struct fv_lane *l)
{
    size_t unsent = l->count < 1 ? l->count : 1;
    for (size_t k = 0; k < 1 + FV_CAP_ASIDE; k++) {
        uint64_t last = 0;
        bool any = fv_exchange_last(&l->exchange[k], &last);
        for (size_t i = l->count; any && i > unsent; i--) {
            unsent = fv_lane_due(l, i - 1) == last ? i : unsent;
        }
    }
    return unsent;
}

size_t fv_lane_most(const struct fv_lane *l)
{
    const struct fv_transfer_shared *s = l->way.shared;
    bool one = FV_CAP_PIPELINE == 1 || fv_pace_is_narrow(&s->pace) || s->order[0].doubted ||
               s->order[FV_CAP_ASIDE].doubted;
    return one ? 1 : fv_pipeline_most(&l->way.portal->pipeline);
}

void fv_lane_drop(struct fv_lane *l)
{
    for (size_t i = 0; i < 1 + FV_CAP_ASIDE; i++) {
        if (fv_exchange_pending(&l->exchange[i]) > 0 || fv_exchange_opening(&l->exchange[i])) {
            fv_exchange_drop(&l->exchange[i]);
        }
    }
}

/* --- Waiting --- */

/* events of all lanes: for each, one connection or all attempts to open it */
#define EVENTS (FV_CAP_JOBS * FV_CAP_ADDRESSES)

/* Return false if the lane waits for nothing. Otherwise it waits for *count events, and until
 * *until_us. */
static bool waits(const struct fv_lane *l, struct fv_port_event *events, size_t *count,
                  int64_t *until_us)
{
    return l->waiting != NULL && fv_transfer_wants(l->waiting, events, count, until_us);
}

/* Collect what all lanes wait for. Return whether one of them can go on at once. */
static bool gather(const struct fv_lane *lanes, size_t lane_count, struct fv_port_event *events,
                   size_t *count, int64_t *deadline_us)
{
    bool ready = false;
    *count = 0;
    *deadline_us = INT64_MAX;
    for (size_t i = 0; i < lane_count; i++) {
        size_t own = 0;
        int64_t until_us = 0;
        if (waits(&lanes[i], &events[*count], &own, &until_us)) {
            *count += own;
            *deadline_us = until_us < *deadline_us ? until_us : *deadline_us;
        } else {
            ready = ready || lanes[i].waiting != NULL;
        }
    }
    return ready;
}

/* Waiting has ended with err: decide for which lanes. A lane whose time is over fails now,
 * because other lanes may be ready again and again. A lane whose bytes have arrived is not late. */
static void tell(struct fv_lane *lanes, size_t lane_count, const struct fv_port_event *events,
                 enum fv_err err)
{
    const struct fv_port_clock *clock = lanes->way.shared->port->clock;
    int64_t now_us = clock->now(clock->ctx);
    for (size_t i = 0; i < lane_count; i++) {
        struct fv_port_event own[FV_CAP_ADDRESSES];
        size_t count = 0;
        int64_t until_us = 0;
        if (!waits(&lanes[i], own, &count, &until_us)) {
            lanes[i].resting = false;
            continue;
        }
        bool network = count > 0;
        bool ready = false;
        for (; count > 0; count--) {
            ready = (events++)->ready != 0 || ready;
        }
        bool over = until_us <= now_us || (network && err != FV_E_TIMEOUT);
        lanes[i].resting = !ready && !over;
        if (network && !ready && over) {
            fv_transfer_fail(lanes[i].waiting, err);
        }
    }
}

enum fv_err fv_lane_wait(struct fv_lane *lanes, size_t lane_count, int64_t until_us)
{
    struct fv_port_event events[EVENTS];
    size_t count = 0;
    int64_t deadline_us = 0;
    const struct fv_port *port = lanes->way.shared->port;
    const struct fv_port_clock *clock = port->clock;
    bool ready = gather(lanes, lane_count, events, &count, &deadline_us);
    deadline_us = until_us < deadline_us ? until_us : deadline_us;
    if (ready) {
        deadline_us = clock->now(clock->ctx);
    }
    enum fv_err err = FV_OK;
    if (count > 0) {
        err = port->net->wait(port->net->ctx, events, count, deadline_us);
    } else if (!ready) {
        err = clock->sleep(clock->ctx, deadline_us);
    } else if (fv_port_cancelled(clock)) {
        err = FV_E_CANCELLED;
    }
    if (err != FV_E_CANCELLED) {
        tell(lanes, lane_count, events, err == FV_OK ? FV_E_TIMEOUT : err);
        err = FV_OK;
    }
    return err;
}

enum fv_err fv_lane_step(struct fv_lane *l, struct fv_transfer *t,
                         const struct fv_transfer_sink *sink)
{
    enum fv_err err = fv_transfer_step(t, sink);
    l->resting = err == FV_AGAIN;
    l->waiting = l->resting ? t : NULL;
    return err;
}

enum fv_err fv_lane_fetch(struct fv_lane *l, struct fv_transfer *t,
                          const struct fv_transfer_sink *sink)
{
    for (;;) {
        enum fv_err err = fv_lane_step(l, t, sink);
        if (err == FV_AGAIN) {
            err = fv_lane_wait(l, 1, INT64_MAX);
            if (err == FV_OK) {
                continue;
            }
            fv_lane_drop(l); /* the next transfer may have the same identity */
        }
        l->waiting = NULL;
        return err;
    }
}
