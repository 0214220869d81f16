#include "client/fetch.h"

#include "base/num.h"
#include "client/order.h"
#include "parse/origin.h"
#include "parse/request.h"

enum fv_err fv_transfer_init(struct fv_client *c, struct fv_transfer *t, struct fv_slice text)
{
    struct fv_url url;
    enum fv_err err = fv_url_parse(text, &url);
    if (err == FV_OK) {
        err = fv_origin_admit(&c->endpoint, &url);
    }
    if (err != FV_OK) {
        return fv_client_fail(c, err, text);
    }
    *t = (struct fv_transfer){.credentials = true, .subject = ""};
    fv_backoff_init(&t->backoff, c->settings->retries);
    struct fv_writer w;
    fv_writer_init(&w, t->url, sizeof t->url);
    fv_url_write(&url, &w);
    return fv_writer_check(&w) == FV_OK ? FV_OK : fv_client_fail(c, FV_E_CAPACITY, text);
}

enum fv_err fv_fetch_send(struct fv_lane *l, struct fv_transfer *t, const struct fv_sink *sink)
{
    struct fv_client *c = l->c;
    struct fv_url url;
    enum fv_err err = fv_url_parse(fv_slice_of(t->url), &url);
    if (err != FV_OK) {
        return fv_client_fail(c, err, fv_slice_of(t->url));
    }
    struct fv_request r = {.url = &url};
    if (t->credentials) {
        r.authorization = c->auth[0].value;
    }
    if (t->json) {
        r.accept = FV_SLICE("application/json");
    }
    t->from = sink != NULL ? sink->have(sink->ctx, &r.if_range) : 0;
    if (t->from > 0 && r.if_range.len == 0) {
        t->from = 0;
    }
    r.range_from = t->from;
    err = fv_exchange_send(&l->exchange, &r, 0);
    if (err == FV_OK) {
        t->sent = true;
        c->summary.requests++;
    }
    return err;
}

void fv_fetch_drop(struct fv_lane *l)
{
    if (fv_exchange_pending(&l->exchange) > 0) {
        fv_exchange_drop(&l->exchange);
    }
}

/* Give the next attempt its address. FV_MORE: send again; anything else has failed. */
static enum fv_err redirect(struct fv_client *c, struct fv_transfer *t, const struct fv_head *head)
{
    struct fv_slice subject = fv_slice_of(t->url);
    if (head->location[0] == '\0' || t->redirects >= FV_CAP_REDIRECTS) {
        return fv_client_fail(c, FV_E_HTTP_REDIRECT, subject);
    }
    struct fv_url base;
    struct fv_url target;
    char text[FV_CAP_URL + 1];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    enum fv_err err = fv_url_parse(subject, &base);
    if (err == FV_OK) {
        err = fv_url_resolve(&base, fv_slice_of(head->location), &w);
    }
    if (err == FV_OK) {
        err = fv_url_parse(fv_writer_done(&w), &target);
    }
    if (err == FV_OK) {
        err = fv_origin_redirect(&c->endpoint, &target, &t->credentials);
    }
    if (err != FV_OK) {
        return fv_client_fail(c, FV_E_HTTP_REDIRECT, fv_slice_of(head->location));
    }
    fv_writer_init(&w, t->url, sizeof t->url);
    fv_url_write(&target, &w);
    t->redirects++;
    return fv_writer_check(&w) == FV_OK ? FV_MORE : fv_client_fail(c, FV_E_HTTP_REDIRECT, subject);
}

/* What a status that brings no content means (RFC 9110 15). */
static enum fv_err status_error(uint16_t status)
{
    switch (status) {
    case 401:
    case 407:
        return FV_E_AUTH;
    case 403:
        return FV_E_FORBIDDEN;
    case 408:
    case 425:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
        return FV_E_HTTP_RETRY;
    default:
        return FV_E_HTTP_STATUS;
    }
}

/* Whether a 206 continues what If-Range named. It repeats an ETag (RFC 9110 15.3.7); Last-Modified it may leave out. */
static bool same_validator(const struct fv_head *head, struct fv_slice validator)
{
    if (validator.len > 0 && validator.ptr[0] == '"') {
        return fv_slice_eq(fv_slice_of(head->etag), validator);
    }
    return head->last_modified[0] == '\0' ||
           fv_slice_eq(fv_slice_of(head->last_modified), validator);
}

/* Where does the content of this answer begin, and how long is the whole? */
static enum fv_err place(const struct fv_transfer *t, const struct fv_head *head,
                         struct fv_slice validator, uint64_t *from, uint64_t *total)
{
    if (head->encoded || head->multipart) {
        return FV_E_HTTP_RANGE;
    }
    *from = 0;
    *total = head->framing == FV_FRAMING_LENGTH ? head->length : UINT64_MAX;
    if (head->status != 206) {
        return FV_OK;
    }
    const struct fv_content_range *r = &head->content_range;
    if (t->from == 0 || !head->has_content_range || !r->has_range || r->first != t->from ||
        !r->has_total || r->last != r->total - 1 || !same_validator(head, validator)) {
        return FV_E_HTTP_RANGE;
    }
    if (head->framing == FV_FRAMING_LENGTH && head->length != r->last - r->first + 1) {
        return FV_E_HTTP_RANGE;
    }
    *from = r->first;
    *total = r->total;
    return FV_OK;
}

/* Whether a 416 says that what was asked for, from the end of what is held, begins where the file ends. */
static bool at_end(const struct fv_transfer *t, const struct fv_head *head,
                   struct fv_slice validator)
{
    const struct fv_content_range *r = &head->content_range;
    return head->has_content_range && !r->has_range && r->has_total && r->total == t->from &&
           (head->etag[0] == '\0' || same_validator(head, validator));
}

/* Tell the sink that nothing of what it holds can be continued, and ask for the whole. */
static enum fv_err start_over(struct fv_lane *l, const struct fv_sink *sink)
{
    enum fv_err err = sink->begin(sink->ctx, 0, UINT64_MAX, FV_SLICE_NONE);
    fv_fetch_drop(l);
    return err == FV_OK ? FV_MORE : err;
}

/* What the sink says to an answer's head. FV_MORE: it wants the whole, so what is on its way is of no use. */
static enum fv_err tell_sink(struct fv_lane *l, const struct fv_sink *sink, uint64_t from,
                             uint64_t total, struct fv_slice validator)
{
    enum fv_err err = sink->begin(sink->ctx, from, total, validator);
    if (err != FV_AGAIN) {
        return err;
    }
    fv_fetch_drop(l);
    return FV_MORE;
}

/* A log-in page, most often: say from where. */
static enum fv_err html_page(struct fv_client *c)
{
    char text[FV_CAP_HOST + 32];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_writer_text(&w, "HTML page from ");
    fv_writer_slice(&w, c->endpoint.host);
    return fv_client_fail(c, FV_E_JSON, fv_writer_done(&w));
}

/* An answer without content of the file. FV_OK: none is missing. */
static enum fv_err judge_status(struct fv_lane *l, struct fv_transfer *t,
                                const struct fv_head *head, const struct fv_sink *sink)
{
    if (fv_head_redirects(head)) {
        enum fv_err err = redirect(l->c, t, head);
        fv_exchange_skip(&l->exchange);
        return err;
    }
    bool refused = head->status == 416 || head->status == 412 || head->status == 304;
    if (!refused || t->from == 0) {
        fv_exchange_skip(&l->exchange);
        return status_error(t->status);
    }
    struct fv_slice validator = FV_SLICE_NONE;
    (void)sink->have(sink->ctx, &validator);
    if (head->status != 416 || !at_end(t, head, validator)) {
        return start_over(l, sink);
    }
    enum fv_err err = tell_sink(l, sink, t->from, t->from, validator);
    if (err == FV_OK) {
        fv_exchange_skip(&l->exchange);
    }
    return err;
}

/* FV_OK: content follows, t->left bytes if that is known. */
static enum fv_err judge(struct fv_lane *l, struct fv_transfer *t, const struct fv_head *head,
                         const struct fv_sink *sink)
{
    uint64_t from = 0;
    uint64_t total = 0;
    struct fv_slice validator = FV_SLICE_NONE;
    (void)sink->have(sink->ctx, &validator);
    if (place(t, head, validator, &from, &total) != FV_OK) {
        return t->from > 0 ? start_over(l, sink)
                           : fv_client_fail(l->c, FV_E_HTTP_RANGE, fv_slice_of(t->url));
    }
    if (t->json && head->html) {
        return html_page(l->c);
    }
    t->left = total == UINT64_MAX ? UINT64_MAX : total - from;
    /* A 206 may leave out Last-Modified, and its Date is another one: what was asked with stays. */
    return tell_sink(l, sink, from, total, from > 0 ? validator : fv_head_validator(head));
}

/* Content that came at once and goes to the sink before others have their turn. Number of pieces. */
#define TURN 16

/* Content-Range has told how much comes. A 206 in chunks, or one that ends with its connection, may bring less, and then has
 * been cut by something in between, or more, and then nothing of it can be believed. */
static enum fv_err copy_content(struct fv_lane *l, struct fv_transfer *t,
                                const struct fv_sink *sink)
{
    struct fv_client *c = l->c;
    for (unsigned i = 0; i < TURN; i++) {
        struct fv_slice bytes = FV_SLICE_NONE;
        enum fv_err err = fv_exchange_read(&l->exchange, &bytes);
        if (err < FV_OK || err == FV_AGAIN) {
            return err;
        }
        if (bytes.len > t->left) {
            return start_over(l, sink);
        }
        if (bytes.len > 0) {
            t->left -= t->left == UINT64_MAX ? 0 : bytes.len;
            c->summary.bytes += bytes.len;
            enum fv_err stop = sink->content(sink->ctx, bytes);
            if (stop == FV_OK) {
                stop = fv_rate_watch(&l->floor, bytes.len);
            }
            if (stop == FV_OK) {
                stop = fv_rate_pay(&c->limit, bytes.len);
            }
            if (stop != FV_OK) {
                return stop;
            }
        }
        if (err == FV_OK) {
            return t->left == 0 || t->left == UINT64_MAX ? FV_OK : FV_E_TRUNCATED;
        }
    }
    t->ready = true;
    return FV_AGAIN;
}

static enum fv_err ask(struct fv_lane *l, struct fv_transfer *t, const struct fv_sink *sink)
{
    if (!t->sent) {
        fv_fetch_drop(l); /* others in flight will be sent again */
        t->ahead = false;
        enum fv_err err = fv_fetch_send(l, t, sink);
        if (err != FV_OK) {
            return err;
        }
    }
    t->sent = false;
    t->state = FV_TRANSFER_HEAD;
    return FV_OK;
}

static enum fv_err read_head(struct fv_lane *l, struct fv_transfer *t, const struct fv_sink *sink)
{
    const struct fv_port_clock *clock = l->c->port->clock;
    const struct fv_head *head = NULL;
    uint64_t tag = 0;
    enum fv_err err = fv_exchange_head(&l->exchange, &head, &tag);
    if (err != FV_OK) {
        return err;
    }
    t->backoff.retry_after_s = head->retry_after_s;
    int64_t wall = clock->wall(clock->ctx);
    if (head->retry_after_s < 0 && head->retry_at_us > wall && wall != INT64_MIN) {
        t->backoff.retry_after_s = (head->retry_at_us - wall) / 1000000 + 1;
    }
    t->status = head->status;
    if (head->status != 200 && head->status != 206) {
        t->state = FV_TRANSFER_ASK;
        return judge_status(l, t, head, sink);
    }
    if (!fv_order_fits(l, t, head)) {
        fv_exchange_drop(&l->exchange);
        t->state = FV_TRANSFER_ASK;
        return FV_MORE;
    }
    err = judge(l, t, head, sink);
    if (err == FV_OK) {
        fv_rate_begin(&l->floor);
        t->state = FV_TRANSFER_BODY;
    }
    return err;
}

/* Go on with an attempt. FV_MORE: a redirect or a fresh start, which costs nothing of the budget. FV_AGAIN: see
 * fv_fetch_step(). */
static enum fv_err attempt(struct fv_lane *l, struct fv_transfer *t, const struct fv_sink *sink)
{
    const struct fv_port_clock *clock = l->c->port->clock;
    enum fv_err err = FV_OK;
    if (t->state == FV_TRANSFER_PAUSE) {
        if (clock->now(clock->ctx) < t->pause_us) {
            return FV_AGAIN;
        }
        t->state = FV_TRANSFER_ASK;
    }
    if (t->state == FV_TRANSFER_ASK) {
        err = ask(l, t, sink);
    }
    if (err == FV_OK && t->state == FV_TRANSFER_HEAD) {
        err = read_head(l, t, sink);
    }
    return err == FV_OK && t->state == FV_TRANSFER_BODY ? copy_content(l, t, sink) : err;
}

/* Statuses leave the connection at the next answer's start; after any other end what comes next is unknown. */
static bool leaves_connection(enum fv_err err)
{
    return err == FV_E_HTTP_STATUS || err == FV_E_AUTH || err == FV_E_FORBIDDEN ||
           err == FV_E_HTTP_RETRY;
}

/* Say in fault, which is zero, what err is about. */
static void describe(const struct fv_lane *l, const struct fv_transfer *t, enum fv_err err,
                     struct fv_fault *fault)
{
    const struct fv_net_fault *net = &l->exchange.fault;
    const struct fv_fault *store = &l->c->store.fault;
    if (leaves_connection(err)) {
        (void)fv_fault_set(fault, err, t->status, t->url);
    } else if (net->err == err) {
        struct fv_writer w;
        (void)fv_fault_set(fault, err, net->native, NULL);
        fv_writer_init(&w, fault->subject, sizeof fault->subject);
        fv_writer_slice(&w, fv_slice_head(net->subject, sizeof fault->subject - 1));
    } else if (store->err == err) { /* it names the partial file, which is nobody's business */
        (void)fv_fault_set(fault, err, store->native, t->subject);
    } else {
        (void)fv_fault_set(fault, err, 0, t->url);
    }
}

/* Say what failed, once it is final. */
static enum fv_err give_up(struct fv_lane *l, const struct fv_transfer *t, enum fv_err err)
{
    struct fv_fault fault = {.err = FV_OK};
    describe(l, t, err, &fault);
    fv_client_adopt(l->c, &fault);
    return err;
}

/* Set the pause before the next attempt: FV_OK, or err where there is none. */
static enum fv_err put_off(struct fv_lane *l, struct fv_transfer *t, enum fv_err err)
{
    struct fv_client *c = l->c;
    uint32_t delay_ms = 0;
    if (fv_backoff_next(&t->backoff, err, c->port->entropy, &delay_ms) != FV_OK) {
        return give_up(l, t, err);
    }
    const struct fv_port_clock *clock = c->port->clock;
    t->pause_us = fv_num_add_clamped(clock->now(clock->ctx), (int64_t)delay_ms * 1000);
    if (t->pause_us >= c->net.deadline_us) {
        return give_up(l, t, err);
    }
    if (c->events->retry != NULL) {
        struct fv_fault fault = {.err = FV_OK};
        describe(l, t, err, &fault);
        c->events->retry(c->events->ctx, &fault, t->backoff.spent, delay_ms);
    }
    c->summary.retries++;
    t->state = FV_TRANSFER_PAUSE;
    return FV_OK;
}

/* An attempt has ended with err. FV_OK: make another one. */
static enum fv_err after_attempt(struct fv_lane *l, struct fv_transfer *t,
                                 const struct fv_sink *sink, enum fv_err err)
{
    struct fv_slice validator;
    bool blameless = fv_exchange_blameless(&l->exchange);
    t->state = FV_TRANSFER_ASK;
    t->sent = false;
    if (err != FV_MORE && !leaves_connection(err)) {
        fv_fetch_drop(l);
    }
    if (err == FV_MORE) {
        return ++t->restarts <= 2 * FV_CAP_REDIRECTS ? FV_OK : give_up(l, t, FV_E_HTTP_REDIRECT);
    }
    /* A server may close an idle connection at any moment (RFC 9112 9.3.1), and some close under what was sent ahead: no
     * failure, but not for ever either. */
    bool ended = l->exchange.fault.err == err;
    if (ended && blameless && ++t->closed <= 2 + FV_PIPELINE_STRIKES) {
        return FV_OK;
    }
    uint64_t have = sink->have(sink->ctx, &validator);
    if (have > t->reached) {
        t->reached = have;
        fv_backoff_progress(&t->backoff);
    }
    return put_off(l, t, err);
}

enum fv_err fv_fetch_step(struct fv_lane *l, struct fv_transfer *t, const struct fv_sink *sink)
{
    l->waiting = NULL;
    t->ready = false;
    for (;;) {
        enum fv_err err = t->failed != FV_OK ? t->failed : attempt(l, t, sink);
        t->failed = FV_OK;
        if (err == FV_OK) {
            return FV_OK;
        }
        if (err == FV_AGAIN) {
            l->waiting = t;
            return FV_AGAIN;
        }
        err = after_attempt(l, t, sink, err);
        if (err != FV_OK) {
            return err;
        }
    }
}

enum fv_err fv_fetch(struct fv_lane *l, struct fv_transfer *t, const struct fv_sink *sink)
{
    for (;;) {
        enum fv_err err = fv_fetch_step(l, t, sink);
        if (err == FV_AGAIN) {
            err = fv_lane_wait(l->c);
            if (err == FV_OK) {
                continue;
            }
        }
        l->waiting = NULL;
        return err;
    }
}
