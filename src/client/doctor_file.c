/* SPDX-License-Identifier: MIT */
/* Checks ranges and validators of one file, and several requests sent together. */
#include "client/doctor_steps.h"
#include "client/listing.h"

/* --- Ranges --- */

struct part {
    struct fv_doctor *d;
    bool bare; /* request all but the first byte, without If-Range */
    bool seen; /* a head that shows the result has arrived */
};

/* Only the head is needed. The transfer does not accept a 206 to a request without If-Range, and
 * would begin again with the whole file; after other statuses, the whole file is requested here
 * too. */
static enum fv_err part_begin(void *ctx, uint64_t from, uint64_t total, struct fv_slice validator)
{
    struct part *p = ctx;
    struct fv_doctor *d = p->d;
    const struct fv_transfer *t = &d->c->lane->transfer;
    const struct fv_head *head = &t->at->head;
    const struct fv_content_range *range = &head->content_range;
    (void)validator;
    if (from == 0 && t->status != 200 && t->status != 206) {
        p->bare = false;
        return FV_OK;
    }
    bool rest = t->status == 206 && head->has_content_range && range->has_range &&
                range->has_total && range->first == 1 && range->last + 1 == range->total;
    p->seen = true;
    d->partial = from > 0 || rest; /* from > 0: a 416 for a file of one byte */
    d->size = rest ? range->total : total;
    d->redirected = t->hops > 0;
    d->etag = head->etag[0] == '"';
    d->validator = fv_head_validator(head).len > 0 || t->status == 416;
    return FV_E_MEANWHILE; /* ends the transfer */
}

static enum fv_err part_content(void *ctx, struct fv_slice bytes)
{
    (void)ctx;
    (void)bytes;
    return FV_E_MEANWHILE;
}

static uint64_t part_have(void *ctx, struct fv_slice *validator)
{
    const struct part *p = ctx;
    *validator = FV_SLICE_NONE;
    return p->bare ? 1 : 0;
}

static enum fv_err part_address(void *ctx, char url[FV_CAP_URL + 1])
{
    const struct part *p = ctx;
    struct fv_writer w;
    fv_writer_init(&w, url, FV_CAP_URL + 1);
    fv_writer_text(&w, p->d->url);
    return fv_writer_check(&w);
}

static bool check_ranges(struct fv_doctor *d)
{
    struct fv_client *c = d->c;
    struct fv_transfer *t = &c->lane->transfer;
    struct part p = {.d = d, .bare = true};
    const struct fv_transfer_sink sink = {.ctx = &p,
                                          .begin = part_begin,
                                          .content = part_content,
                                          .have = part_have,
                                          .address = part_address,
                                          .bare = &p.bare};
    enum fv_err err = fv_transfer_init(t, &c->lane->way, fv_slice_of(d->url), FV_TRANSFER_ALONE);
    if (err == FV_OK) {
        err = fv_lane_fetch(c->lane, t, &sink);
    }
    if (!p.seen && err != FV_OK) {
        return fv_doctor_fail(d, FV_DOCTOR_RANGES, err);
    }
    c->fault = (struct fv_fault){.err = FV_OK};
    return fv_doctor_tell(d, FV_DOCTOR_RANGES,
                          d->partial && d->validator ? FV_DOCTOR_OK : FV_DOCTOR_WARN);
}

/* --- Pipelining --- */

static enum fv_err wait_for(struct fv_exchange *x)
{
    const struct fv_port_net *net = x->config->port->net;
    struct fv_port_event events[FV_CAP_ADDRESSES];
    int64_t until_us = 0;
    size_t count = fv_exchange_event(x, events, &until_us);
    enum fv_err err = net->wait(net->ctx, events, count, until_us);
    return err == FV_OK ? FV_OK : fv_exchange_fail(x, err);
}

/* Read the next response to its end. FV_OK; FV_AGAIN; errors of the connection. */
static enum fv_err read_one(struct fv_doctor *d, struct fv_exchange *x, bool *in_body)
{
    enum fv_err err = FV_OK;
    if (!*in_body) {
        const struct fv_head *head = NULL;
        uint64_t tag = 0;
        err = fv_exchange_head(x, &head, &tag);
        *in_body = err == FV_OK;
    }
    while (*in_body && (err = fv_exchange_read(x, &(struct fv_slice){NULL, 0})) == FV_PART) {
    }
    if (*in_body && err == FV_OK) {
        *in_body = false;
        d->responses++;
    }
    return err;
}

static enum fv_err ask_at_once(struct fv_doctor *d, struct fv_exchange *x,
                               const struct fv_request *r)
{
    bool in_body = false;
    enum fv_err err = FV_OK;
    while (err == FV_OK && d->responses < FV_DOCTOR_PIPELINED) {
        while (err == FV_OK && d->sent < FV_DOCTOR_PIPELINED) {
            err = fv_exchange_send(x, r, d->sent);
            d->sent += err == FV_OK ? 1 : 0;
        }
        if (err >= FV_OK && fv_exchange_pending(x) > 0) {
            fv_exchange_watch(x);
            err = read_one(d, x, &in_body);
        }
        if (err == FV_AGAIN) {
            err = wait_for(x);
        }
    }
    return err;
}

/* The request is for the last byte of a file that the server sends in parts; for the file, if it
 * is redirected; otherwise for the listing. A listing may be long, but no file of any size is
 * transferred. */
static void check_pipelining(struct fv_doctor *d)
{
    struct fv_client *c = d->c;
    struct fv_exchange *x = &c->lane->exchange[0];
    struct fv_transfer listing;
    struct fv_url url;
    struct fv_request r = {.url = &url, .authorization = c->auth[0].value};
    const struct fv_port_clock *clock = c->port->clock;
    bool file = d->redirected || (d->partial && d->size > 1);
    int64_t began_us = clock->now(clock->ctx);
    enum fv_err err = file ? FV_OK : fv_listing_open(c, &listing);
    if (err == FV_OK) {
        err = fv_url_parse(fv_slice_of(file ? d->url : listing.url), &url);
    }
    r.range_from = file && !d->redirected ? d->size - 1 : 0;
    r.accept = file ? FV_SLICE_NONE : FV_SLICE("application/json");
    if (err == FV_OK) {
        fv_exchange_drop(x); /* a response may not have been read to its end */
        err = ask_at_once(d, x, &r);
        fv_exchange_drop(x);
    }
    d->took_us = clock->now(clock->ctx) - began_us;
    c->fault = (struct fv_fault){.err = FV_OK};
    if (err == FV_E_CANCELLED) {
        (void)fv_doctor_fail(d, FV_DOCTOR_PIPELINING, err);
        return;
    }
    (void)fv_doctor_tell(d, FV_DOCTOR_PIPELINING, err == FV_OK ? FV_DOCTOR_OK : FV_DOCTOR_WARN);
}

void fv_doctor_file(struct fv_doctor *d)
{
    if (!check_ranges(d)) {
        return;
    }
    if (d->c->settings->pipeline == 1) {
        d->unchecked = true;
        (void)fv_doctor_tell(d, FV_DOCTOR_PIPELINING, FV_DOCTOR_OK);
        return;
    }
    check_pipelining(d);
}
