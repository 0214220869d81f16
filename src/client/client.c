/* SPDX-License-Identifier: MIT */
#include "client/client.h"

#include "base/num.h"
#include "client/features.h"
#include "client/filter.h"
#include "client/progress.h"
#include "net/tls_pin.h"
#include "parse/origin.h"

#include <stdalign.h>
#include <string.h>

void fv_settings_init(struct fv_settings *settings)
{
    *settings = (struct fv_settings){
        .endpoint = FV_SLICE(FV_ENDPOINT),
        .connect_timeout_ms = 10000,
        .stall_timeout_ms = 30000,
        .retries = 5,
        .speed_limit = 100,
        .speed_time_ms = 60000,
        .pipeline = FV_CAP_PIPELINE,
        .jobs = 1,
        .since_us = INT64_MIN,
        .until_us = INT64_MAX,
    };
}

static size_t lanes(uint32_t jobs)
{
    return jobs < 1 ? 1 : jobs < FV_CAP_JOBS ? jobs : FV_CAP_JOBS;
}

size_t fv_client_size(uint32_t jobs)
{
    return sizeof(struct fv_client) + lanes(jobs) * sizeof(struct fv_lane);
}

int32_t fv_client_native(const struct fv_client *c, enum fv_err err)
{
    const struct fv_port_storage *io[] = {c->port->storage, c->port->scratch};
    int32_t native = 0;
    for (size_t i = 0; i < 2 && err == FV_E_STORAGE && native == 0; i++) {
        native = io[i] != NULL ? io[i]->last_error(io[i]->ctx) : 0;
    }
    return native;
}

enum fv_err fv_client_fail(struct fv_client *c, enum fv_err err, struct fv_slice subject)
{
    return fv_fault_slice(&c->fault, err, fv_client_native(c, err), subject);
}

FV_ONE_COPY void fv_client_adopt(struct fv_client *c, const struct fv_fault *fault)
{
    if (c->fault.err == FV_OK) {
        c->fault = *fault;
    }
}

/* The port's idle function during a call. */
static void tell_idle(void *ctx)
{
    const struct fv_client *c = ctx;
    fv_progress_tell(c);
    if (c->events->idle != NULL) {
        c->events->idle(c->events->ctx);
    }
}

/* Exchange the port's idle function with c->idle: at the begin and at the end of a call. The
 * function that was there before belongs to the owner of the port, or to another client whose
 * callback makes this call. */
static void swap_idle(struct fv_client *c)
{
    struct fv_port_idle_call *slot = c->port->clock->idle;
    bool tells = FV_CAP_PROGRESS && c->events->progress != NULL;
    if (slot != NULL && (tells || c->events->idle != NULL)) {
        struct fv_port_idle_call idle = c->idle;
        c->idle = *slot;
        *slot = idle;
    }
}

void fv_client_begin(struct fv_client *c)
{
    c->fault = (struct fv_fault){.err = FV_OK};
    c->summary = (struct fv_summary){0};
    c->failed_exit = 0;
    c->broken = false;
    c->scope_count = 0;
    if (FV_CAP_SCOPES > 1) {
        memset(c->scope_failed, 0, sizeof c->scope_failed);
    }
    c->files_done = c->files_total = c->files_seen = 0;
    fv_client_enter(c, FV_PHASE_BEGIN);
    if (FV_CAP_PROGRESS) {
        c->hashing = NULL;
    }
    c->started_us = c->port->clock->now(c->port->clock->ctx);
    c->net.deadline_us = INT64_MAX;
    uint64_t max_us = 0;
    uint64_t max_ms = c->settings->max_time_ms;
    if (max_ms > 0 && fv_num_mul(max_ms, 1000, &max_us) && max_us < INT64_MAX) {
        c->net.deadline_us = fv_num_add_clamped(c->started_us, (int64_t)max_us);
    }
    c->shared.deadline_us = c->net.deadline_us;
    c->idle = FV_CAP_PROGRESS && c->events->progress != NULL
                  ? (struct fv_port_idle_call){tell_idle, c}
                  : (struct fv_port_idle_call){c->events->idle, c->events->ctx};
    swap_idle(c);
}

bool fv_client_out_of_time(const struct fv_client *c)
{
    return c->port->clock->now(c->port->clock->ctx) >= c->net.deadline_us;
}

enum fv_err fv_client_stopped(const struct fv_client *c)
{
    const struct fv_port_clock *clock = c->port->clock;
    if (fv_port_cancelled(clock)) {
        return FV_E_CANCELLED;
    }
    return fv_client_out_of_time(c) ? FV_E_TIMEOUT : FV_OK;
}

enum fv_err fv_client_end(struct fv_client *c, enum fv_err err)
{
    swap_idle(c);
    c->summary.elapsed_us = c->port->clock->now(c->port->clock->ctx) - c->started_us;
    c->summary.certificate_end_us = c->lane->exchange[0].conn.tls.certificate_end_us;
    if (err < FV_OK && c->fault.err == FV_OK) {
        (void)fv_client_fail(c, err, FV_SLICE_NONE);
    }
    return err;
}

static enum fv_err take_endpoint(struct fv_client *c, struct fv_slice text)
{
    if (fv_origin_endpoint(text, &c->endpoint) != FV_OK) {
        return fv_client_fail(c, FV_E_USAGE, FV_SLICE("endpoint: only a https:// URL will do"));
    }
    return FV_OK;
}

static enum fv_err take_proxy(struct fv_client *c, const struct fv_settings *s)
{
    if (s->proxy.len == 0) {
        return FV_OK;
    }
    if (FV_CAP_PROXY == 0 || fv_url_parse(s->proxy, &c->net.proxy_url) != FV_OK ||
        c->net.proxy_url.https) {
        return fv_client_fail(c, FV_E_USAGE, FV_SLICE("proxy: only http://HOST:PORT will do"));
    }
    c->net.proxy = true;
    c->net.proxy_name = fv_slice_from(s->proxy, sizeof "http://" - 1);
    c->net.proxy_name = fv_slice_head(c->net.proxy_name, fv_slice_find(c->net.proxy_name, '/'));
    c->net.no_proxy = s->no_proxy;
    if (s->proxy_user.len > 0) {
        enum fv_err err = fv_auth_basic(&c->auth[FV_CAP_PROXY], s->proxy_user, s->proxy_password);
        if (err != FV_OK) {
            return fv_client_fail(c, err, FV_SLICE("proxy user or password"));
        }
        c->net.proxy_authorization = c->auth[FV_CAP_PROXY].value;
    }
    return FV_OK;
}

static enum fv_err take_net(struct fv_client *c, const struct fv_settings *s)
{
    struct fv_net_config *net = &c->net;
    net->port = c->port;
    net->trust.ctx = s->ca_ctx;
    net->trust.name = s->ca_name;
    net->trust.read = s->ca_read;
    net->connect_timeout_ms = s->connect_timeout_ms;
    net->stall_timeout_ms = s->stall_timeout_ms;
    if (fv_tls_pin_linked && s->pins.len > 0) {
        enum fv_err err = fv_tls_pin_parse(s->pins, net->pins, &net->pin_count);
        if (err != FV_OK) {
            return fv_client_fail(c, err, FV_SLICE("pinnedpubkey"));
        }
    }
    if (s->user.len > 0) {
        enum fv_err err = fv_auth_basic(&c->auth[0], s->user, s->password);
        if (err != FV_OK) {
            return fv_client_fail(c, err, FV_SLICE("user or password"));
        }
    }
    return take_proxy(c, s);
}

static enum fv_err take_settings(struct fv_client *c, const struct fv_settings *s)
{
    size_t bad = 0;
    enum fv_err err = fv_features_check(s, &c->fault);
    if (err == FV_OK) {
        err = take_endpoint(c, s->endpoint);
    }
    if (err == FV_OK) {
        err = take_net(c, s);
    }
    if (err == FV_OK && fv_filter_check(s, &bad) != FV_OK) {
        err = fv_client_fail(c, FV_E_USAGE, s->patterns[bad].glob);
    }
    return err;
}

enum fv_err fv_client_open(void *memory, size_t size, const struct fv_port *port,
                           const struct fv_settings *settings, const struct fv_events *events,
                           struct fv_client **client)
{
    size_t needed = fv_client_size(settings->jobs);
    if (size < needed || (uintptr_t)memory % alignof(struct fv_client) != 0) {
        return FV_E_MEMORY;
    }
    struct fv_client *c = memory;
    fv_slice_clear(memory, needed);
    fv_claims_room(&c->plan.names.claims, (char *)memory + needed, size - needed);
    c->port = port;
    c->settings = settings;
    c->events = events;
    enum fv_err err = take_settings(c, settings);
    c->shared = (struct fv_transfer_shared){
        .port = port,
        .settings = settings,
        .events = events,
        .endpoint = &c->endpoint,
        .authorization = c->auth[0].value,
        .deadline_us = INT64_MAX,
        .limit = {.clock = port->clock, .bytes_per_s = settings->rate_limit},
        .summary = &c->summary,
        .fault = &c->fault,
    };
    c->lane_count = (uint16_t)lanes(settings->jobs);
    for (size_t i = 0; i < fv_client_lanes(c); i++) {
        fv_lane_init(&c->lane[i], &c->lane[0], &c->shared, &c->net);
    }
    *client = c;
    return err;
}

void fv_client_close(struct fv_client *c)
{
    /* the first lane keeps the TLS session of all */
    for (size_t i = fv_client_lanes(c); i > 0; i--) {
        fv_lane_close(&c->lane[i - 1]);
    }
    for (size_t i = 0; i < sizeof c->auth / sizeof c->auth[0]; i++) {
        fv_auth_reset(&c->auth[i]);
    }
}

const struct fv_fault *fv_client_fault(const struct fv_client *c)
{
    return &c->fault;
}

const struct fv_summary *fv_client_summary(const struct fv_client *c)
{
    return &c->summary;
}
