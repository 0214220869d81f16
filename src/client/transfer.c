/* SPDX-License-Identifier: MIT */
#include "client/attempt.h"

#include "base/num.h"
#include "parse/origin.h"

/* times that a transfer may begin again at 0, for a server whose responses never fit */
#define RESTARTS 10
/* connections of a transfer that may end without a fault of the request */
#define CLOSED (2 + FV_PIPELINE_STRIKES)
/* bounds of the bytes that count as progress between two attempts */
#define STEP_MIN 4096u
#define STEP_MAX (1u << 20)

enum fv_err fv_transfer_admit(const struct fv_url *endpoint, struct fv_slice text,
                              char out[FV_CAP_URL + 1])
{
    struct fv_url url;
    struct fv_writer w;
    enum fv_err err = fv_url_parse(text, &url);
    if (err == FV_OK) {
        err = fv_origin_admit(endpoint, &url);
    }
    fv_writer_init(&w, out, FV_CAP_URL + 1);
    if (err == FV_OK) {
        fv_url_write(&url, &w);
        err = fv_writer_check(&w);
    }
    return err;
}

/* Return how many new bytes an attempt must bring to count as progress, so that a transfer ends
 * in a reasonable time. */
static uint64_t progress_step(const struct fv_settings *s)
{
    uint64_t bytes = 0;
    if (!fv_num_mul(s->speed_limit, s->speed_time_ms, &bytes) || bytes / 1000 > STEP_MAX) {
        return STEP_MAX;
    }
    return bytes / 1000 > STEP_MIN ? bytes / 1000 : STEP_MIN;
}

enum fv_err fv_transfer_init(struct fv_transfer *t, const struct fv_transfer_way *way,
                             struct fv_slice url, uint64_t tag)
{
    const struct fv_transfer_shared *s = way->shared;
    enum fv_err err = fv_transfer_admit(s->endpoint, url, t->url);
    if (err != FV_OK) {
        return fv_fault_slice(s->fault, err, 0, url);
    }
    t->json = false;
    t->listed_us = INT64_MIN;
    t->way = way;
    t->at = way->portal;
    t->tag = tag;
    t->state = FV_TRANSFER_ASK;
    t->credentials = true;
    t->ready = t->crowded = t->refused = t->whole = t->among = false;
    t->led_alone = true;
    t->hops = t->restarts = t->closed = 0;
    t->status = 0;
    t->err = t->failed = FV_OK;
    t->from = 0;
    fv_backoff_init(&t->backoff, s->settings->retries, progress_step(s->settings));
    t->floor = (struct fv_rate_floor){.clock = s->port->clock,
                                      .limit = &s->limit,
                                      .bytes_per_s = s->settings->speed_limit,
                                      .window_ms = s->settings->speed_time_ms};
    fv_rate_begin(&t->floor);
    return FV_OK;
}

/* --- After an attempt --- */

/* Return whether err comes from a status. */
static bool of_status(enum fv_err err)
{
    return err == FV_E_HTTP_STATUS || err == FV_E_AUTH || err == FV_E_FORBIDDEN ||
           err == FV_E_HTTP_RETRY;
}

/* Fill in fault, which is zero, after a failed attempt. An error of the sink is described by the
 * sink. */
static void describe(const struct fv_transfer *t, struct fv_fault *fault)
{
    const struct fv_net_fault *net = &t->at->fault;
    struct fv_slice url = fv_slice_of(t->url);
    if (t->place == FV_PLACE_NAME) {
        return;
    }
    if (net->err == t->err && net->subject.len > 0) {
        (void)fv_fault_slice(fault, t->err, net->native, net->subject);
        fv_fault_explain(fault, net->detail);
        return;
    }
    if (t->hops > 0) { /* the query of a target may be a key to it */
        url = fv_slice_head(url, fv_slice_find(url, '?'));
    }
    (void)fv_fault_slice(fault, t->err, of_status(t->err) ? t->status : 0, url);
}

/* No attempt is left, or err is final: record the fault. Return false. */
static bool give_up(struct fv_transfer *t)
{
    if (t->way->shared->fault->err == FV_OK) {
        describe(t, t->way->shared->fault);
    }
    return false;
}

/* Begin with the URL of the listing again. */
static bool go_back(struct fv_transfer *t, const struct fv_transfer_sink *sink)
{
    if (t->hops == 0) {
        return true;
    }
    enum fv_err err = sink->address(sink->ctx, t->url);
    t->hops = 0;
    t->credentials = t->led_alone = true;
    t->among = false;
    if (err != FV_OK) {
        (void)fv_attempt_fail_at(t, FV_PLACE_NAME, err);
    }
    return err == FV_OK;
}

/* Begin the pause before the next attempt. Return false if there is no other attempt. */
static bool put_off(struct fv_transfer *t, const struct fv_transfer_sink *sink)
{
    struct fv_transfer_shared *s = t->way->shared;
    const struct fv_port_clock *clock = s->port->clock;
    struct fv_slice validator;
    uint32_t delay_ms = 0;
    uint64_t have = sink->have(sink->ctx, &validator);
    fv_backoff_progress(&t->backoff, validator.len > 0 ? have : 0, t->from > 0);
    if (!fv_ends_transient(t->place, t->err) ||
        !fv_backoff_next(&t->backoff, s->port->entropy, &delay_ms)) {
        return give_up(t);
    }
    t->pause_us = fv_num_add_clamped(clock->now(clock->ctx), (int64_t)delay_ms * 1000);
    if (t->pause_us >= s->deadline_us) {
        return give_up(t);
    }
    if (s->events->retry != NULL) {
        struct fv_fault fault = {.err = FV_OK};
        describe(t, &fault);
        s->events->retry(s->events->ctx, &fault, t->backoff.spent, delay_ms);
    }
    s->summary->retries++;
    t->state = FV_TRANSFER_PAUSE;
    return true;
}

/* The attempt has ended: drop its response if that is still in flight. */
static void end_attempt(struct fv_transfer *t)
{
    uint64_t tag = 0;
    fv_rate_pause(&t->floor);
    if (fv_exchange_next(t->at, &tag) && tag == t->tag) {
        fv_exchange_drop(t->at);
    }
}

/* Return whether the deadline of the command is over. Checked in each step, because a server
 * that always sends something ends no wait. */
static bool out_of_time(const struct fv_transfer *t)
{
    const struct fv_port_clock *clock = t->way->shared->port->clock;
    int64_t deadline_us = t->way->shared->deadline_us;
    return deadline_us != INT64_MAX && clock->now(clock->ctx) >= deadline_us;
}

/* Return whether t must be requested alone, because its attempt failed at a target together with
 * others. Nothing is sent ahead to that target until one response has been complete. */
static bool is_among(struct fv_transfer *t)
{
    if (FV_CAP_ASIDE == 0) {
        return false;
    }
    bool at_target = t->at != t->way->portal && t->place == FV_PLACE_TARGET;
    if (at_target) {
        t->at->pipeline.depth = 1;
    }
    t->among = t->among && at_target && t->err != FV_E_CANCELLED && !out_of_time(t);
    return t->among;
}

/* The attempt has failed. Return whether there is another one. */
static bool again(struct fv_transfer *t, const struct fv_transfer_sink *sink)
{
    bool of_network = t->at->fault.err == t->err && t->place != FV_PLACE_NAME;
    bool blameless = of_network && fv_exchange_blameless(t->at);
    end_attempt(t);
    if (is_among(t)) {
        return false;
    }
    if (t->err == FV_E_PROXY_BUSY) {
        fv_attempt_retry_after(t, &t->at->head);
    } else if (t->err != FV_E_HTTP_RETRY) { /* the last head belongs to another failure */
        t->backoff.retry_after_s = -1;
    }
    /* A server may close an idle connection at any moment (RFC 9112 9.3.1), and some close it
     * after requests that were sent ahead. This is not a failure, but it is not repeated for
     * ever. */
    if (blameless && t->closed < CLOSED) {
        t->closed++;
        t->state = FV_TRANSFER_ASK;
        return true;
    }
    return put_off(t, sink) && (go_back(t, sink) || give_up(t));
}

/* Send the request again from the beginning. Return false if that was done too often. */
static bool afresh(struct fv_transfer *t, const struct fv_transfer_sink *sink)
{
    end_attempt(t);
    t->state = FV_TRANSFER_ASK;
    if (t->restarts++ >= RESTARTS) {
        (void)fv_attempt_fail(t, FV_E_HTTP_RANGE);
        return give_up(t);
    }
    return go_back(t, sink) || give_up(t);
}

/* --- Step by step --- */

/* Return whether its connection is being opened during a pause, in which no request may be sent. */
static bool is_opening(const struct fv_transfer *t)
{
    return FV_CAP_JOBS > 1 && t->state == FV_TRANSFER_PAUSE && fv_exchange_opening(t->at);
}

static enum fv_next pause(struct fv_transfer *t)
{
    const struct fv_port_clock *clock = t->way->shared->port->clock;
    if (clock->now(clock->ctx) < t->pause_us) {
        if (is_opening(t)) {
            fv_exchange_open_on(t->at);
        }
        return FV_NEXT_WAIT;
    }
    t->state = FV_TRANSFER_ASK;
    return FV_NEXT_GO;
}

static enum fv_next go_on(struct fv_transfer *t, const struct fv_transfer_sink *sink)
{
    /* during a pause, only opening a connection waits for the network */
    bool waited = FV_CAP_JOBS > 1 && t->state == FV_TRANSFER_PAUSE && t->failed != FV_OK;
    bool unsent = t->state == FV_TRANSFER_ASK || waited || is_opening(t);
    /* a complete response is in time, even if it still waits for the first byte of the next one */
    if (t->failed == FV_OK && out_of_time(t)) {
        bool at = t->state == FV_TRANSFER_BODY || fv_exchange_opening(t->at);
        t->failed = at ? fv_exchange_fail(t->at, FV_E_TIMEOUT) : FV_E_TIMEOUT;
    }
    enum fv_err failed = t->failed;
    t->failed = FV_OK;
    if (failed != FV_OK) {
        return unsent ? fv_attempt_unsent(t, failed) : fv_attempt_break(t, sink, failed);
    }
    switch (t->state) {
    case FV_TRANSFER_PAUSE:
        return pause(t);
    case FV_TRANSFER_ASK:
        return fv_attempt_ask(t, sink);
    case FV_TRANSFER_HEAD:
        return fv_attempt_head(t, sink);
    default:
        return fv_attempt_body(t, sink);
    }
}

enum fv_err fv_transfer_step(struct fv_transfer *t, const struct fv_transfer_sink *sink)
{
    t->ready = false;
    for (;;) {
        switch (go_on(t, sink)) {
        case FV_NEXT_GO:
            break;
        case FV_NEXT_WAIT:
            return FV_AGAIN;
        case FV_NEXT_DONE:
            if (FV_CAP_ASIDE > 0 && t->at != t->way->portal) {
                t->at->pipeline.depth = t->way->portal->pipeline.depth;
            }
            return FV_OK;
        case FV_NEXT_AFRESH:
            if (!afresh(t, sink)) {
                return t->err;
            }
            break;
        default:
            if (!again(t, sink)) {
                return t->err;
            }
            break;
        }
    }
}

bool fv_transfer_wants(const struct fv_transfer *t, struct fv_port_event *events, size_t *count,
                       int64_t *deadline_us)
{
    *count = 0;
    *deadline_us = t->pause_us;
    if (t->state != FV_TRANSFER_PAUSE || is_opening(t)) {
        int64_t until_us = 0;
        *count = fv_exchange_event(t->at, events, &until_us);
        bool sooner = t->state != FV_TRANSFER_PAUSE || until_us < t->pause_us;
        *deadline_us = sooner ? until_us : t->pause_us;
    }
    return !t->ready;
}

void fv_transfer_fail(struct fv_transfer *t, enum fv_err err)
{
    t->failed = fv_exchange_fail(t->at, err);
}
