/* SPDX-License-Identifier: MIT */
#include "client/attempt.h"

#include "client/rate_limit.h"
#include "parse/request.h"

/* pieces of content that are passed to the sink before other transfers get their turn */
#define TURN 16

static int64_t now(const struct fv_transfer *t)
{
    const struct fv_port_clock *clock = t->way->shared->port->clock;
    return clock->now(clock->ctx);
}

FV_ONE_COPY enum fv_next fv_attempt_fail_at(struct fv_transfer *t, enum fv_place place,
                                            enum fv_err err)
{
    t->place = place;
    t->err = err;
    return FV_NEXT_FAIL;
}

FV_ONE_COPY enum fv_next fv_attempt_fail(struct fv_transfer *t, enum fv_err err)
{
    return fv_attempt_fail_at(t, t->hops > 0 ? FV_PLACE_TARGET : FV_PLACE_PORTAL, err);
}

enum fv_next fv_attempt_start_over(struct fv_transfer *t, const struct fv_transfer_sink *sink)
{
    enum fv_err err = sink->begin(sink->ctx, 0, UINT64_MAX, FV_SLICE_NONE);
    fv_exchange_skip(t->at);
    return err == FV_OK ? FV_NEXT_AFRESH : fv_attempt_fail_at(t, FV_PLACE_NAME, err);
}

/* --- Sending the request --- */

static enum fv_err put_request(struct fv_transfer *t, const struct fv_match *m)
{
    struct fv_transfer_shared *s = t->way->shared;
    struct fv_url url;
    struct fv_request r = {.url = &url, .range_from = m->from, .if_range = m->validator};
    enum fv_err err = fv_url_parse(fv_slice_of(t->url), &url);
    if (err != FV_OK) {
        return err;
    }
    if (t->credentials) {
        r.authorization = s->authorization;
    }
    if (t->json) {
        r.accept = FV_SLICE("application/json");
    }
    int64_t began_us = now(t);
    err = fv_exchange_send(t->at, &r, t->tag);
    s->limit.waited_us += now(t) - began_us; /* a name lookup delays all transfers */
    if (err == FV_OK) {
        s->summary->requests++;
        t->from = m->from;
    }
    return err;
}

enum fv_err fv_transfer_send_ahead(struct fv_transfer *t)
{
    const struct fv_match whole = {0, FV_SLICE_NONE};
    return put_request(t, &whole);
}

struct fv_match fv_attempt_wanted(const struct fv_transfer_sink *sink)
{
    struct fv_match m = {0, FV_SLICE_NONE};
    m.from = sink->have(sink->ctx, &m.validator);
    if (m.from == 0 || (m.validator.len == 0 && (sink->bare == NULL || !*sink->bare))) {
        return (struct fv_match){0, FV_SLICE_NONE};
    }
    return m;
}

/* Return whether the request for t was already sent to the target of its redirect:
 * fv_transfer_lead_on(). */
static bool is_led_on(const struct fv_transfer *t)
{
    uint64_t tag = 0;
    return FV_CAP_ASIDE > 0 && t->hops == 0 && fv_exchange_next(t->way->aside, &tag) &&
           tag == t->tag;
}

/* Return the portal's connection if the URL has the endpoint's origin, and this request is the
 * next one there or none is in flight. Otherwise return the other connection, so that the
 * requests in flight are not lost; unless the server accepts only one connection. */
static struct fv_exchange *way_to(const struct fv_transfer *t)
{
    uint64_t tag = 0;
    if (FV_CAP_ASIDE == 0) {
        return t->way->portal;
    }
    if (!t->credentials || is_led_on(t)) {
        return t->way->aside;
    }
    bool taken = fv_exchange_next(t->way->portal, &tag) && tag != t->tag;
    return taken && !t->crowded ? t->way->aside : t->way->portal;
}

/* A second connection to the same server is refused: use the first one. Each redirect and retry
 * then costs the requests in flight, so nothing is sent ahead any more. */
static bool is_crowded(struct fv_transfer *t, enum fv_err err)
{
    bool second = FV_CAP_ASIDE > 0 && t->credentials && !t->crowded && t->at != t->way->portal &&
                  fv_exchange_unreached(t->at);
    if (!second || err == FV_E_CANCELLED) {
        return false;
    }
    t->crowded = true;
    fv_pipeline_doubt(&t->way->portal->pipeline);
    return true;
}

/* The request was sent: wait for the head. */
static enum fv_next await_head(struct fv_transfer *t, const struct fv_transfer_sink *sink)
{
    t->state = FV_TRANSFER_HEAD;
    fv_exchange_watch(t->at);
    bool shared = t->at == t->way->portal || !t->credentials;
    if (FV_CAP_PIPELINE > 1 && shared && sink->asked != NULL) {
        sink->asked(sink->ctx);
    }
    return FV_NEXT_GO;
}

/* Wait until requests may be sent, but not after the end of the whole command, which
 * fv_transfer_step() checks. */
static enum fv_next await_turn(struct fv_transfer *t, int64_t until_us)
{
    int64_t end_us = t->way->shared->deadline_us;
    t->pause_us = until_us < end_us ? until_us : end_us;
    t->state = FV_TRANSFER_PAUSE;
    return FV_NEXT_GO;
}

enum fv_next fv_attempt_unsent(struct fv_transfer *t, enum fv_err err)
{
    bool dial = t->hops == 0 && fv_exchange_unreached(t->at);
    return is_crowded(t, err) ? FV_NEXT_GO
           : dial             ? fv_attempt_fail_at(t, FV_PLACE_DIAL, err)
                              : fv_attempt_fail(t, err);
}

enum fv_next fv_attempt_ask(struct fv_transfer *t, const struct fv_transfer_sink *sink)
{
    struct fv_pace *pace = &t->way->shared->pace;
    uint64_t tag = 0;
    bool led_on = is_led_on(t);
    t->at = way_to(t);
    bool any = fv_exchange_next(t->at, &tag);
    if (FV_CAP_PIPELINE > 1 && any && tag == t->tag) { /* it was sent ahead, for the whole file */
        t->from = 0;
        if (led_on) { /* t->url stays that of the listing: the URL of the target was not kept */
            t->hops = 1;
            t->credentials = t->led_alone = false;
            t->among = true;
        }
        return await_head(t, sink);
    }
    if (any) {
        fv_exchange_drop(t->at); /* the others in flight will be sent again */
    }
    if (t->hops == 0 && now(t) < pace->next_us) {
        return await_turn(t, pace->next_us);
    }
    const struct fv_match m =
        t->whole ? (struct fv_match){0, FV_SLICE_NONE} : fv_attempt_wanted(sink);
    enum fv_err err = put_request(t, &m);
    if (err == FV_AGAIN) {
        return FV_NEXT_WAIT;
    }
    if (err != FV_OK) {
        return fv_attempt_unsent(t, err);
    }
    if (t->hops == 0) {
        fv_pace_sent(pace, now(t));
    }
    return await_head(t, sink);
}

/* --- A response's content --- */

/* If a chunk is shorter than its size says, only the bytes after it show that. So some of the
 * content received may be framing. */
enum fv_next fv_attempt_break(struct fv_transfer *t, const struct fv_transfer_sink *sink,
                              enum fv_err err)
{
    enum fv_err begun =
        fv_net_fault_garbled(err) ? sink->begin(sink->ctx, 0, UINT64_MAX, FV_SLICE_NONE) : FV_OK;
    return begun == FV_OK ? fv_attempt_fail(t, err) : fv_attempt_fail_at(t, FV_PLACE_NAME, begun);
}

static enum fv_next take(struct fv_transfer *t, struct fv_slice bytes,
                         const struct fv_transfer_sink *sink)
{
    struct fv_transfer_shared *s = t->way->shared;
    t->left -= t->left == UINT64_MAX ? 0 : bytes.len;
    *(t->json ? &s->summary->listing_bytes : &s->summary->bytes) += bytes.len;
    enum fv_err err = sink->content(sink->ctx, bytes);
    if (err != FV_OK) {
        fv_exchange_skip(t->at);
        return fv_attempt_fail_at(t, FV_PLACE_NAME, err);
    }
    err = fv_rate_watch(&t->floor, bytes.len);
    err = err == FV_E_SLOW && t->left == 0 ? FV_OK : err; /* nothing is left to receive */
    if (err == FV_OK) {
        err = fv_rate_limit_pay(&s->limit, bytes.len, s->deadline_us);
    }
    return err == FV_OK ? FV_NEXT_GO : fv_attempt_fail(t, err);
}

/* Content-Range has given the number of bytes. A 206 in chunks, or one that ends with its
 * connection, may have fewer bytes, because something on the way has cut it; or more, and then
 * none of it is reliable. */
enum fv_next fv_attempt_body(struct fv_transfer *t, const struct fv_transfer_sink *sink)
{
    for (unsigned i = 0; i < TURN; i++) {
        struct fv_slice bytes = FV_SLICE_NONE;
        enum fv_err err = fv_exchange_read(t->at, &bytes);
        if (err < FV_OK || err == FV_AGAIN) {
            return err == FV_AGAIN ? FV_NEXT_WAIT : fv_attempt_break(t, sink, err);
        }
        if (bytes.len > t->left) {
            return fv_attempt_start_over(t, sink);
        }
        enum fv_next next = bytes.len > 0 ? take(t, bytes, sink) : FV_NEXT_GO;
        if (next != FV_NEXT_GO) {
            return next;
        }
        if (err == FV_OK) {
            return t->left == 0 || t->left == UINT64_MAX ? FV_NEXT_DONE
                                                         : fv_attempt_fail(t, FV_E_TRUNCATED);
        }
    }
    t->ready = true;
    return FV_NEXT_WAIT;
}
