/* SPDX-License-Identifier: MIT */
#include "net/exchange.h"

#include "base/num.h"
#include "base/wipe.h"
#include "net/exchange_open.h"
#include "parse/origin.h"

#include <assert.h>
#include <string.h>

void fv_exchange_init(struct fv_exchange *x, const struct fv_net_config *config)
{
    fv_slice_clear(x, sizeof *x);
    x->config = config;
    fv_pipeline_init(&x->pipeline);
    fv_conn_init(&x->conn, config, &x->fault, &x->room);
}

/* Return the memory for requests (FV_CAP_REQUEST), or for received bytes (FV_EXCHANGE_RECV). */
static char *request(struct fv_exchange *x)
{
    return (char *)x->buffer;
}

static uint8_t *received(struct fv_exchange *x)
{
    return x->buffer + sizeof(x->buffer) - FV_EXCHANGE_RECV;
}

static int64_t now(const struct fv_exchange *x)
{
    const struct fv_port_clock *clock = x->config->port->clock;
    return clock->now(clock->ctx);
}

static void forget_request(struct fv_exchange *x)
{
    fv_wipe(x->buffer, x->out_end);
    x->out_at = x->out_try = x->out_end = 0;
}

/* Close the connection, and drop what was not sent or read yet. The requests remain in flight. */
static void shut(struct fv_exchange *x)
{
    fv_conn_close(&x->conn);
    forget_request(x);
    x->in_at = x->in_end = 0;
    x->in_head = x->in_body = x->complete = x->waited = x->skipping = false;
    x->stall_us = 0;
}

void fv_exchange_drop(struct fv_exchange *x)
{
    shut(x);
    x->pending = 0;
}

/* All requests on this connection are lost. Record err, and what it shows about the server. */
static enum fv_err fail(struct fv_exchange *x, enum fv_err err)
{
    struct fv_net_fault fault = x->fault;
    bool ended = err == FV_E_CLOSED || err == FV_E_RESET || err == FV_E_TRUNCATED;
    bool early = !FV_EXCHANGE_ONE && ended && (x->pending > 1 || x->cut_short);
    bool idle = x->pipeline.served > 0 && !x->any_byte && !x->in_body;
    bool behind = x->in_body ? x->pending > 1 : x->pipeline.served > 0;
    bool garbled = err == FV_E_HTTP_MIXED || (behind && fv_net_fault_garbled(err));
    x->blameless = early || (ended && idle) || garbled;
    if (err == FV_E_CLOSED && idle && fv_conn_is_open(&x->conn)) {
        fv_pipeline_ended(&x->pipeline);
    }
    bool swallowed = err == FV_E_TIMEOUT && idle && !x->alone;
    if (garbled || swallowed) {
        fv_pipeline_doubt(&x->pipeline);
    }
    if (early) {
        fv_pipeline_ended_early(&x->pipeline);
    }
    fv_exchange_drop(x);
    if (fault.err != err) {
        fault = (struct fv_net_fault){.err = err};
    }
    if (fault.subject.len == 0) {
        fault.subject = fv_slice_of(x->host);
    }
    x->fault = fault;
    return err;
}

/* Send what fits of the collected requests. FV_AGAIN: some bytes are left. */
static enum fv_err flush(struct fv_exchange *x)
{
    if (x->out_at < x->out_end) {
        fv_pipeline_out(&x->pipeline);
    }
    while (x->out_at < x->out_end) {
        size_t sent = 0;
        size_t end = x->out_try > x->out_at ? x->out_try : x->out_end;
        struct fv_slice rest = {request(x) + x->out_at, end - x->out_at};
        enum fv_err err = fv_exchange_is_deaf(x) ? FV_E_RESET : fv_conn_send(&x->conn, rest, &sent);
        if (err == FV_E_RESET) {
            fv_exchange_stop_sending(x);
            break;
        }
        if (err != FV_OK) {
            x->out_try = end; /* the same bytes again: fv_conn_send() */
            return err;
        }
        x->stall_us = 0;
        x->out_at += sent;
    }
    forget_request(x);
    return FV_OK;
}

/* Receive bytes, and send what is left of the requests. *ended: the stream has ended; *clean: and
 * its end is authentic. FV_AGAIN. FV_E_TIMEOUT: a stall. Errors of fv_conn_send(),
 * fv_conn_recv(). */
static enum fv_err receive(struct fv_exchange *x, bool *ended, bool *clean)
{
    enum fv_err err = flush(x);
    if (err < FV_OK) {
        return err;
    }
    size_t got = 0;
    if (FV_EXCHANGE_ONE && err == FV_AGAIN) {
        fv_conn_hold(&x->conn);
    } else {
        err = fv_conn_recv(&x->conn, received(x), FV_EXCHANGE_RECV, &got);
    }
    if (err == FV_OK || err == FV_E_CLOSED) {
        x->in_at = 0;
        x->in_end = got;
        x->stall_us = x->in_body && !x->complete ? x->stall_us : 0; /* only content counts there */
        *ended = got == 0;
        *clean = err == FV_OK;
        return FV_OK;
    }
    int64_t stall_us = x->config->stall_timeout_ms * INT64_C(1000);
    if (err == FV_AGAIN && stall_us > 0) { /* wait() ends for a message of TLS itself too */
        x->stall_us = x->stall_us > 0 ? x->stall_us : fv_num_add_clamped(now(x), stall_us);
        err = now(x) < x->stall_us ? FV_AGAIN : FV_E_TIMEOUT;
    }
    return err;
}

/* Return whether an idle connection has ended, or holds bytes that belong to no request. */
static bool stale(struct fv_exchange *x)
{
    size_t got = 0;
    enum fv_err err = fv_conn_recv(&x->conn, received(x), FV_EXCHANGE_RECV, &got);
    x->fault = (struct fv_net_fault){0};
    if (err != FV_AGAIN && got == 0 && x->pipeline.served > 0) {
        fv_pipeline_ended(&x->pipeline);
    }
    return err != FV_AGAIN;
}

/* Collect the request; *len is its length. FV_AGAIN: there is no room after the unsent bytes. */
static enum fv_err gather(struct fv_exchange *x, const struct fv_request *r, size_t *len)
{
    for (;;) {
        struct fv_writer w;
        bool alone = x->out_end == 0;
        fv_writer_init(&w, request(x) + x->out_end, FV_CAP_REQUEST - x->out_end);
        enum fv_err err = fv_request_get(r, &w);
        if (err == FV_OK) {
            *len = w.len;
            return FV_OK;
        }
        fv_wipe(request(x) + x->out_end, FV_CAP_REQUEST - x->out_end);
        if (err != FV_E_CAPACITY || alone) {
            return fv_net_fault_set(&x->fault, err, 0);
        }
        if (x->pending > 0 && !x->pipeline.proven) {
            return FV_AGAIN; /* it would not be sent in one piece with the others */
        }
        err = flush(x);
        if (err != FV_OK) {
            return err < FV_OK ? fail(x, err) : err;
        }
    }
}

/* Return how many bytes of the first response's content are still to come, if known. */
static uint64_t left(const struct fv_exchange *x)
{
    bool known = x->in_body && !x->skipping && x->head.framing == FV_FRAMING_LENGTH;
    return known ? x->head.length - x->body.received : 0;
}

bool fv_exchange_has_room(struct fv_exchange *x)
{
    return !x->skipping && (x->pending == 0 || !(x->closing || fv_exchange_is_deaf(x))) &&
           fv_pipeline_may_send(&x->pipeline, x->pending, left(x));
}

/* The first response is complete or given up. Keep the connection if it can serve the next one. */
static void pop(struct fv_exchange *x, bool usable)
{
    int64_t now_us = now(x);
    fv_pipeline_response(&x->pipeline, x->pending - 1, x->body.received, now_us - x->came_us);
    if (FV_CAP_JOBS > 1 && !x->alone) {
        fv_pipeline_followed(&x->pipeline, now_us - x->done_us);
    }
    x->done_us = now_us;
    x->first = (x->first + 1) % FV_CAP_PIPELINE;
    x->pending--;
    x->any_byte = x->alone = false;
    x->in_head = x->in_body = x->complete = x->waited = x->skipping = false;
    x->cut_short = x->closing;
    if (usable && x->closing) {
        fv_pipeline_ended(&x->pipeline);
    }
    /* Nothing is pending, but there are bytes, or the request was not sent completely. */
    bool odd = x->pending == 0 &&
               (fv_exchange_is_deaf(x) || x->in_at < x->in_end || x->out_at < x->out_end);
    if (!usable && !x->closing) {
        fv_pipeline_wasted(&x->pipeline, x->pending);
        fv_exchange_drop(x); /* we close the connection; the server did nothing wrong */
    } else if (!usable || x->closing || odd) {
        shut(x);
    }
}

/* The same as fv_exchange_read(), but the caller decides what an error means. */
static enum fv_err next_piece(struct fv_exchange *x, struct fv_slice *content)
{
    *content = FV_SLICE_NONE;
    while (!x->complete) {
        size_t used = 0;
        enum fv_err err =
            fv_body_push(&x->body, received(x) + x->in_at, x->in_end - x->in_at, &used, content);
        if (err < FV_OK) {
            return err;
        }
        x->in_at += used;
        x->complete = err == FV_OK;
        x->stall_us = content->len > 0 || x->complete ? 0 : x->stall_us;
        if (content->len > 0) {
            return FV_PART;
        }
        bool ended = false;
        bool clean = false;
        if (!x->complete) { /* nothing is left of what was received */
            err = receive(x, &ended, &clean);
        }
        if (err == FV_OK && ended) {
            err = fv_body_finish(&x->body, clean);
            x->complete = x->closing = true;
        }
        if (err != FV_OK) {
            return err;
        }
    }
    return FV_OK;
}

/* Return whether the next response begins in a piece of content. If not, the bytes that were held
 * back are put in front of the piece. There is room, because these bytes were read before. */
static bool runs_into_next(struct fv_exchange *x, struct fv_slice *content)
{
    struct fv_slice before;
    if (FV_EXCHANGE_ONE) {
        return false;
    }
    if (fv_seam_look(&x->seam, x->pending > 1, &before, content)) {
        return true;
    }
    if (before.len > 0) {
        size_t at = (size_t)(content->ptr - (const char *)x->buffer) - before.len;
        memcpy(x->buffer + at, before.ptr, before.len);
        *content = (struct fv_slice){(const char *)x->buffer + at, before.len + content->len};
    }
    return false;
}

/* Go on skipping a response. FV_OK: it is read or given up. FV_AGAIN: more of it must arrive. */
static enum fv_err skip_on(struct fv_exchange *x)
{
    enum fv_err err = FV_PART;
    while (err == FV_PART && x->skipped <= FV_EXCHANGE_SKIP) {
        struct fv_slice content;
        err = next_piece(x, &content);
        if (err == FV_PART && runs_into_next(x, &content)) {
            err = FV_E_HTTP_MIXED;
        }
        bool tiny = x->head.framing == FV_FRAMING_CHUNKED && content.len < FV_EXCHANGE_CHUNK;
        x->skipped += tiny ? FV_EXCHANGE_CHUNK : content.len;
    }
    if (err == FV_AGAIN && now(x) < x->skip_us) {
        return FV_AGAIN;
    }
    x->fault = (struct fv_net_fault){0};
    pop(x, err == FV_OK);
    return FV_OK;
}

void fv_exchange_skip(struct fv_exchange *x)
{
    assert(x->in_body);
    bool hopeless = x->closing || left(x) > FV_EXCHANGE_SKIP;
    x->skipping = true;
    x->skipped = hopeless ? FV_EXCHANGE_SKIP + 1 : 0;
    fv_exchange_watch(x);
    (void)skip_on(x); /* FV_AGAIN: fv_exchange_head() goes on with skipping */
}

enum fv_err fv_exchange_send(struct fv_exchange *x, const struct fv_request *r, uint64_t tag)
{
    assert(x->pipeline.depth >= 1 && x->pipeline.depth <= FV_CAP_PIPELINE);
    x->fault = (struct fv_net_fault){0};
    x->lost = x->lost || x->unreached;
    x->unreached = false;
    if (x->skipping && skip_on(x) == FV_AGAIN) {
        return FV_AGAIN;
    }
    bool same = x->host[0] != 0 && fv_origin_same(&x->origin, r->url);
    bool open = fv_conn_is_open(&x->conn);
    if ((x->pending > 0 && !same) || !fv_exchange_has_room(x)) {
        return FV_AGAIN;
    }
    bool unfit = open ? x->pending == 0 && (!same || x->closing || stale(x)) : !same;
    if (unfit) {
        fv_conn_close(&x->conn);
        open = false;
    }
    size_t len = 0;
    enum fv_err err = gather(x, r, &len);
    if (err != FV_OK) {
        return err;
    }
    if (!open) {
        err = fv_exchange_open(x, r->url, same);
        if (err != FV_OK) {
            fv_wipe(x->buffer, FV_CAP_REQUEST);
            x->unreached = err < FV_OK;
            return err < FV_OK ? fail(x, err) : FV_AGAIN;
        }
        x->lost = false;
    }
    x->out_end += len;
    if (x->pending == 0) {
        x->alone = true;
        x->sent_us = now(x);
    }
    x->tags[(x->first + x->pending) % FV_CAP_PIPELINE] = tag;
    x->pending++;
    fv_pipeline_sent(&x->pipeline, x->pending);
    return FV_OK;
}

enum fv_err fv_exchange_fail(struct fv_exchange *x, enum fv_err err)
{
    x->unreached = fv_exchange_opening(x);
    if (x->unreached) {
        bool late = err != FV_E_TIMEOUT || fv_conn_is_late(&x->conn);
        return late ? fail(x, fv_conn_fail(&x->conn, err)) : FV_OK;
    }
    if (x->skipping && err != FV_E_CANCELLED) {
        pop(x, false);
        return FV_OK;
    }
    if (x->complete && err == FV_E_TIMEOUT) { /* an error of the next response, not of this one */
        x->waited = true;
        return FV_OK;
    }
    return fail(x, err);
}

static void note_first_byte(struct fv_exchange *x)
{
    x->came_us = now(x);
    if (x->alone) {
        fv_pipeline_first_byte(&x->pipeline, x->came_us - x->sent_us);
    }
    x->any_byte = true;
}

/* The same as fv_exchange_head(), but the caller decides what an error means. */
static enum fv_err next_head(struct fv_exchange *x)
{
    if (!x->in_head) {
        const struct fv_port_clock *clock = x->config->port->clock;
        fv_head_reset(&x->head, false);
        x->head.now_us = clock->wall(clock->ctx);
        x->in_head = true;
    }
    for (;;) {
        if (x->in_at < x->in_end) {
            size_t used = 0;
            if (!x->any_byte) {
                note_first_byte(x);
            }
            enum fv_err err =
                fv_head_push(&x->head, received(x) + x->in_at, x->in_end - x->in_at, &used);
            x->in_at = err == FV_OK ? x->in_at + used : x->in_end;
            if (err <= FV_OK) {
                return err;
            }
        }
        bool ended = false;
        bool clean = false;
        enum fv_err err = receive(x, &ended, &clean);
        if (err == FV_OK && ended) {
            err = fv_head_finish(&x->head);
        }
        if (err != FV_OK) {
            return err;
        }
    }
}

enum fv_err fv_exchange_head(struct fv_exchange *x, const struct fv_head **head, uint64_t *tag)
{
    bool given = FV_CAP_ASIDE > 0 && x->in_body && !x->skipping;
    assert(given ? x->body.received == 0 && !x->complete : !x->in_body || x->skipping);
    x->fault = (struct fv_net_fault){0};
    if (x->skipping && skip_on(x) == FV_AGAIN) {
        return FV_AGAIN;
    }
    if (x->pending == 0 || !fv_conn_is_open(&x->conn)) {
        return fail(x, FV_E_CLOSED); /* the response before was the last one of this connection */
    }
    enum fv_err err = given ? flush(x) : next_head(x);
    if (err < FV_OK || (err == FV_AGAIN && !given)) {
        return err == FV_AGAIN ? FV_AGAIN : fail(x, err);
    }
    if (!given) {
        if (!FV_EXCHANGE_ONE && x->pending <= x->unsent && x->head.status < 400) {
            return fail(x, FV_E_HTTP_MIXED); /* its request was never sent */
        }
        if (x->pending > 1 && x->head.framing == FV_FRAMING_CLOSE && x->head.status / 100 == 2) {
            return fail(x, FV_E_HTTP_MIXED); /* nothing would show where the next response begins */
        }
        fv_body_init(&x->body, &x->head);
        x->in_head = x->blameless = false;
        x->in_body = true;
        x->seam = (struct fv_seam){0, 0};
        /* A 408 may be unrequested (RFC 9110 15.5.9): no later response is matched to a request. */
        x->closing |= !x->head.keep_alive || (!FV_EXCHANGE_ONE && x->head.status == 408);
    }
    *head = &x->head;
    *tag = x->tags[x->first];
    return FV_OK;
}

/* Decide whether a response ends here. One that is shorter than its framing says has taken bytes of
 * the next one. So if others are in flight, the next one must begin here, or the connection end;
 * bytes still held back may then be either's, and this one is requested again. FV_OK, FV_AGAIN,
 * FV_E_HTTP_MIXED, FV_E_TRUNCATED. */
static enum fv_err check_end(struct fv_exchange *x)
{
    enum fv_err err = FV_OK;
    bool ended = x->closing || x->waited;
    bool clean = false;
    if (FV_EXCHANGE_ONE || x->pending < 2) {
        return FV_OK;
    }
    if (!ended && x->in_at == x->in_end) {
        err = receive(x, &ended, &clean);
    }
    if (err == FV_AGAIN) {
        return FV_AGAIN;
    }
    if (err < FV_OK || ended) { /* it is now impossible to know whose bytes were held back */
        x->waited = x->waited || err == FV_E_TIMEOUT;
        x->closing = x->closing || !x->waited;
        return x->seam.held == 0 ? FV_OK : x->waited ? FV_E_HTTP_MIXED : FV_E_TRUNCATED;
    }
    return fv_seam_begins(received(x)[x->in_at]) ? FV_OK : FV_E_HTTP_MIXED;
}

enum fv_err fv_exchange_read(struct fv_exchange *x, struct fv_slice *content)
{
    assert(x->in_body && !x->skipping);
    x->fault = (struct fv_net_fault){0};
    enum fv_err err;
    do {
        err = next_piece(x, content);
        if (err == FV_PART && runs_into_next(x, content)) {
            err = FV_E_HTTP_MIXED;
        }
    } while (err == FV_PART && content->len == 0);
    if (err == FV_OK) {
        err = check_end(x);
    }
    if (err == FV_OK && x->seam.held > 0) {
        *content = fv_seam_release(&x->seam);
        return FV_PART;
    }
    if (err < FV_OK) {
        *content = FV_SLICE_NONE;
        return fail(x, err);
    }
    if (err == FV_OK) {
        pop(x, true);
    }
    return err;
}
