/* SPDX-License-Identifier: MIT */
#include "client/attempt.h"
#include "client/redirect.h"
#include "net/show.h"

/* The attempt has failed with err: skip the content of the response. */
static FV_ONE_COPY enum fv_next refuse(struct fv_transfer *t, enum fv_err err)
{
    fv_exchange_skip(t->at);
    return fv_attempt_fail(t, err);
}

/* The part of a Location that may be shown. The query of a target may be a key to it, and so may
 * the text before the host. */
static struct fv_slice shown(struct fv_slice location)
{
    location = fv_slice_head(location, fv_slice_find(location, '?'));
    location = fv_slice_head(location, fv_slice_find(location, '#'));
    struct fv_slice authority = fv_slice_from(location, fv_slice_find(location, '/') + 2);
    authority = fv_slice_head(authority, fv_slice_find(authority, '/'));
    size_t at = fv_slice_find_last(authority, '@');
    return at < authority.len ? fv_slice_from(authority, at + 1) : location;
}

static enum fv_next follow(struct fv_transfer *t, const struct fv_head *head)
{
    const struct fv_transfer_shared *s = t->way->shared;
    enum fv_err err = FV_E_HTTP_REDIRECT;
    enum fv_place place = t->hops > 0 ? FV_PLACE_TARGET : FV_PLACE_PORTAL;
    if (t->hops < FV_CAP_REDIRECTS) {
        t->hops++; /* from here on t->url differs from the plan */
        err = fv_redirect(s->endpoint, fv_slice_of(head->location), t->url, &t->credentials);
    }
    if (FV_CAP_PIPELINE > 1) {
        t->led_alone = t->led_alone && fv_exchange_alone(t->at);
    }
    fv_exchange_skip(t->at);
    if (err != FV_OK) {
        (void)fv_fault_slice(s->fault, err, 0, shown(fv_slice_of(head->location)));
        return fv_attempt_fail_at(t, place, err);
    }
    t->state = FV_TRANSFER_ASK;
    return FV_NEXT_GO;
}

/* Call the sink's begin. */
static enum fv_next tell_sink(struct fv_transfer *t, const struct fv_transfer_sink *sink,
                              uint64_t from, uint64_t total, struct fv_slice validator)
{
    enum fv_err err = sink->begin(sink->ctx, from, total, validator);
    if (err == FV_OK) {
        return FV_NEXT_GO;
    }
    fv_exchange_skip(t->at);
    return err == FV_RESTART ? FV_NEXT_AFRESH : fv_attempt_fail_at(t, FV_PLACE_NAME, err);
}

/* Statuses that firewalls, and servers without ranges, use for a Range field. The bytes so far
 * are kept until the whole file comes. */
static bool refuses_ranges(uint16_t status)
{
    return status == 400 || status == 403 || status == 501;
}

/* A response without the file's content. */
static enum fv_next judge_status(struct fv_transfer *t, const struct fv_head *head,
                                 const struct fv_transfer_sink *sink)
{
    if (fv_head_redirects(head)) {
        return follow(t, head);
    }
    bool refused = head->status == 416 || head->status == 412 || head->status == 304;
    if (t->from > 0 && refuses_ranges(head->status)) {
        t->whole = true;
        fv_exchange_skip(t->at);
        return FV_NEXT_AFRESH;
    }
    if (!refused || t->from == 0) {
        return refuse(t, fv_match_status(t->status));
    }
    const struct fv_match m = fv_attempt_wanted(sink);
    if (head->status != 416 || !fv_match_at_end(&m, head)) {
        return fv_attempt_start_over(t, sink);
    }
    enum fv_next next = tell_sink(t, sink, t->from, t->from, m.validator);
    if (next == FV_NEXT_GO) {
        fv_exchange_skip(t->at);
        return FV_NEXT_DONE;
    }
    return next;
}

/* Usually a log-in page. The error says which server it came from. */
static enum fv_next html_page(struct fv_transfer *t)
{
    const struct fv_transfer_shared *s = t->way->shared;
    if (s->fault->err == FV_OK) {
        struct fv_writer w;
        (void)fv_fault_set(s->fault, FV_E_JSON, 0, NULL);
        fv_writer_init(&w, s->fault->subject, sizeof s->fault->subject);
        fv_writer_text(&w, "HTML page from ");
        struct fv_slice host = s->endpoint->host;
        struct fv_url url;
        if (t->hops > 0 && fv_url_parse(fv_slice_of(t->url), &url) == FV_OK) {
            host = url.host;
        }
        fv_writer_slice(&w, fv_slice_head(host, sizeof s->fault->subject - 16));
        if (FV_CAP_DETAIL >= 128) {
            fv_fault_explain(s->fault, FV_SLICE("a log-in page or a proxy may stand before the "
                                                "portal; check the endpoint"));
        }
    }
    return refuse(t, FV_E_JSON);
}

static enum fv_next judge_content(struct fv_transfer *t, const struct fv_head *head,
                                  const struct fv_transfer_sink *sink)
{
    uint64_t from = 0;
    uint64_t total = 0;
    const struct fv_match m =
        t->from > 0 ? fv_attempt_wanted(sink) : (struct fv_match){0, FV_SLICE_NONE};
    enum fv_err err = fv_match_content(&m, head, &from, &total);
    if (err != FV_OK && t->from > 0) {
        return fv_attempt_start_over(t, sink);
    }
    if (err != FV_OK) {
        return refuse(t, err);
    }
    if (t->json && head->html) {
        return html_page(t);
    }
    t->left = total == UINT64_MAX ? UINT64_MAX : total - from;
    t->from = from;
    /* A 206 may omit Last-Modified and has a new Date: keep the validator that the request used. */
    return tell_sink(t, sink, from, total, from > 0 ? m.validator : fv_head_validator(head));
}

static bool fits_order(struct fv_transfer *t, const struct fv_head *head,
                       const struct fv_transfer_sink *sink)
{
    bool unknown = t->listed_us == INT64_MIN || (FV_CAP_ASIDE == 0 && t->hops > 0);
    if (FV_CAP_PIPELINE == 1 || unknown) {
        return true;
    }
    struct fv_order *order = &t->way->shared->order[t->hops > 0 ? FV_CAP_ASIDE : 0];
    struct fv_order_response r = {.listed_us = t->listed_us,
                                  .date_us = head->last_modified_us,
                                  .alone = t->led_alone && fv_exchange_alone(t->at),
                                  .refused = t->refused,
                                  .refused_us = t->refused_us};
    bool asks = order->dates == FV_ORDER_UNKNOWN && !r.alone && sink->other != NULL;
    /* this reads the record of each file in flight */
    r.of_another = asks && sink->other(sink->ctx, r.date_us);
    t->refused = !fv_order_fits(order, &r);
    t->refused_us = r.date_us;
    return !t->refused;
}

void fv_attempt_retry_after(struct fv_transfer *t, const struct fv_head *head)
{
    const struct fv_port_clock *clock = t->way->shared->port->clock;
    int64_t wall = clock->wall(clock->ctx);
    t->backoff.retry_after_s = head->retry_after_s;
    if (head->retry_after_s < 0 && head->retry_at_us > wall && wall != INT64_MIN) {
        t->backoff.retry_after_s = (head->retry_at_us - wall) / 1000000 + 1;
    }
}

/* Note the latest Date of the portal. The target of a redirect may be any server. */
static void note_date(const struct fv_transfer *t, const struct fv_head *head)
{
    struct fv_summary *s = t->way->shared->summary;
    if (t->hops == 0 && head->date_us > s->date_us) {
        s->date_us = head->date_us;
    }
}

bool fv_transfer_lead_on(struct fv_transfer *t)
{
    const struct fv_url *endpoint = t->way->shared->endpoint;
    struct fv_exchange *portal = t->way->portal;
    struct fv_transfer other = {.way = t->way, .at = t->at};
    const struct fv_head *head = NULL;
    struct fv_writer w;
    if (t->at == portal || !fv_exchange_next(portal, &other.tag)) {
        return false;
    }
    fv_exchange_watch(portal); /* time-outs are detected by the transfers that wait for it */
    if (fv_exchange_head(portal, &head, &other.tag) != FV_OK || !fv_head_redirects(head) ||
        !fv_pipeline_has_served(&t->at->pipeline) || !fv_exchange_has_room(t->at)) {
        return false;
    }
    /* A URL that is relative to any other URL also leads to the portal. */
    fv_writer_init(&w, other.url, sizeof other.url);
    fv_url_write(endpoint, &w);
    (void)fv_writer_done(&w);
    if (fv_redirect(endpoint, fv_slice_of(head->location), other.url, &other.credentials) !=
            FV_OK ||
        other.credentials || fv_transfer_send_ahead(&other) != FV_OK) {
        return false;
    }
    t->among = true;
    note_date(&other, head);
    fv_exchange_skip(portal);
    return true;
}

enum fv_next fv_attempt_head(struct fv_transfer *t, const struct fv_transfer_sink *sink)
{
    const struct fv_head *head = NULL;
    uint64_t tag = 0;
    enum fv_err err = fv_exchange_head(t->at, &head, &tag);
    if (err != FV_OK) {
        return err == FV_AGAIN ? FV_NEXT_WAIT : fv_attempt_fail(t, err);
    }
    if (tag != t->tag) { /* a response for another request: its content may belong to any file */
        fv_exchange_drop(t->at);
        return FV_NEXT_AFRESH;
    }
    const struct fv_port_clock *clock = t->way->shared->port->clock;
    t->status = head->status;
    if (t->json) {
        fv_show_listing(t->way->shared->port, t->status);
    }
    note_date(t, head);
    fv_attempt_retry_after(t, head);
    if (t->hops == 0 && fv_match_status(t->status) == FV_E_HTTP_RETRY) {
        fv_pace_refused(&t->way->shared->pace, t->status, t->backoff.retry_after_s,
                        clock->now(clock->ctx));
    } else if (t->hops == 0) {
        fv_pace_accepted(&t->way->shared->pace);
    }
    if (FV_CAP_ASIDE > 0 && t->among && (head->status != 200 || head->encoded || head->multipart)) {
        return refuse(t, fv_match_status(t->status));
    }
    if (head->status != 200 && head->status != 206) {
        return judge_status(t, head, sink);
    }
    if (!fits_order(t, head, sink)) {
        if (!t->led_alone) { /* the portal may have redirected another request to here */
            fv_exchange_drop(t->way->portal);
        }
        return FV_NEXT_AFRESH; /* end_attempt() gives up the connection */
    }
    enum fv_next next = judge_content(t, head, sink);
    if (next == FV_NEXT_GO) {
        fv_rate_resume(&t->floor);
        t->state = FV_TRANSFER_BODY;
    }
    return next;
}
