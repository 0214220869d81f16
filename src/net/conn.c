/* SPDX-License-Identifier: MIT */
#include "net/conn.h"

#include "base/num.h"
#include "net/dial.h"
#include "net/proxy.h"
#include "net/show.h"
#include "parse/noproxy.h"

/* Return the instant ms from now (0: never), but not later than the end of the whole command. */
static int64_t deadline(const struct fv_net_config *config, uint32_t ms)
{
    if (ms == 0) {
        return config->deadline_us;
    }
    const struct fv_port_clock *clock = config->port->clock;
    int64_t at_us = fv_num_add_clamped(clock->now(clock->ctx), (int64_t)ms * 1000);
    return at_us < config->deadline_us ? at_us : config->deadline_us;
}

/* Record err, an error of the port, with the port's code. */
static enum fv_err broken(struct fv_conn *c, enum fv_err err)
{
    const struct fv_port_net *net = c->config->port->net;
    return fv_net_fault_set(c->fault, err, err == FV_E_TIMEOUT ? 0 : net->last_error(net->ctx));
}

void fv_conn_init(struct fv_conn *c, const struct fv_net_config *config, struct fv_net_fault *fault,
                  union fv_conn_room *room)
{
    *c = (struct fv_conn){.fault = fault, .config = config, .room = room, .sock = -1};
    fv_tls_init(&c->tls, config);
}

void fv_conn_end(struct fv_conn *c)
{
    fv_conn_close(c);
    fv_tls_close(&c->tls);
}

bool fv_conn_needs_proxy(const struct fv_net_config *config, const struct fv_url *url)
{
    return FV_CAP_PROXY != 0 && config->proxy && !fv_noproxy_excepts(config->no_proxy, url);
}

/* A failure before the tunnel is open is attributed to the proxy, unless the cause is this machine
 * or the end of the command's time. */
static enum fv_err blame_proxy(struct fv_conn *c, enum fv_err err)
{
    const struct fv_port_clock *clock = c->config->port->clock;
    bool late = err == FV_E_TIMEOUT && clock->now(clock->ctx) < c->config->deadline_us;
    if (late || err == FV_E_RESOLVE || err == FV_E_CONNECT) {
        err = FV_E_PROXY_DOWN;
        c->fault->err = err;
    }
    return fv_net_fault_blame(c->fault, err, 0, c->config->proxy_name);
}

/* --- Opening, stage by stage --- */

static bool is_through(const struct fv_conn *c)
{
    return FV_CAP_PROXY != 0 && c->through;
}

static enum fv_err begin(struct fv_conn *c, const struct fv_url *url, const char *host)
{
    const struct fv_url *proxy = &c->config->proxy_url;
    char name[FV_CAP_PROXY != 0 ? FV_CAP_HOST + 1 : 1];
    struct fv_dial *dial = &c->room->dial;
    const struct fv_conn *other = c->other;
    const struct fv_port_addr *known =
        other != NULL && fv_conn_is_open(other) ? &other->peer : NULL;
    c->through = fv_conn_needs_proxy(c->config, url);
    if (!is_through(c)) {
        const struct fv_dial_to to = {host, url->host, url->port, known};
        return fv_dial_begin(dial, c->config->port, &to, c->deadline_us, c->fault);
    }
    struct fv_writer w;
    fv_writer_init(&w, name, sizeof(name));
    fv_writer_slice(&w, proxy->host);
    enum fv_err err = fv_writer_check(&w);
    if (err == FV_OK) {
        const struct fv_dial_to to = {name, proxy->host, proxy->port, known};
        err = fv_dial_begin(dial, c->config->port, &to, c->deadline_us, c->fault);
    }
    return err == FV_OK ? FV_OK : blame_proxy(c, err);
}

/* The TCP connection or the tunnel to the server is open. */
static enum fv_err begin_tls(struct fv_conn *c, const struct fv_url *url, const char *host)
{
    enum fv_err err = url->https ? fv_tls_open(&c->tls, host, c->sock, c->fault) : FV_OK;
    c->secure = url->https && err == FV_OK;
    c->stage = c->secure ? FV_CONN_TLS : FV_CONN_OPEN;
    return err;
}

static enum fv_err ask_proxy(struct fv_conn *c, const struct fv_url *url, const char *host)
{
    const struct fv_proxy_way way = {c->config, c->sock, url, &c->room->head, &c->told};
    enum fv_err err = fv_proxy_connect(&way, &c->want_recv, c->fault);
    if (err != FV_OK) {
        return err;
    }
    fv_show_tunnel(c->config->port, url->host, url->port);
    return begin_tls(c, url, host);
}

static enum fv_err go_on(struct fv_conn *c, const struct fv_url *url, const char *host)
{
    enum fv_err err;
    if (c->stage == FV_CONN_TLS) {
        err = fv_tls_handshake(&c->tls, &c->want_recv, c->fault);
        c->stage = err == FV_OK ? FV_CONN_OPEN : c->stage;
        return err;
    }
    if (FV_CAP_PROXY != 0 && c->stage == FV_CONN_PROXY) {
        return ask_proxy(c, url, host);
    }
    err = fv_dial_on(&c->room->dial, c->fault, &c->sock, &c->peer);
    if (err != FV_OK) {
        return err < FV_OK && is_through(c) ? blame_proxy(c, err) : err;
    }
    if (!is_through(c)) {
        return begin_tls(c, url, host);
    }
    fv_proxy_begin(c->config, &c->room->head, &c->told);
    c->stage = FV_CONN_PROXY;
    return FV_OK;
}

enum fv_err fv_conn_fail(struct fv_conn *c, enum fv_err err)
{
    (void)broken(c, err);
    if (c->stage == FV_CONN_TLS && err == FV_E_TIMEOUT) {
        fv_tls_late(&c->tls);
    }
    if (c->stage == FV_CONN_DIAL && is_through(c)) {
        err = blame_proxy(c, err);
    } else if (FV_CAP_PROXY != 0 && c->stage == FV_CONN_PROXY) {
        err = fv_net_fault_blame(c->fault, err, 0, c->config->proxy_name);
    }
    fv_conn_close(c);
    return err;
}

void fv_conn_follow(struct fv_conn *c, const struct fv_conn *other)
{
    c->other = other;
}

bool fv_conn_is_late(const struct fv_conn *c)
{
    const struct fv_port_clock *clock = c->config->port->clock;
    return clock->now(clock->ctx) >= c->deadline_us;
}

enum fv_err fv_conn_open(struct fv_conn *c, const struct fv_url *url, const char *host)
{
    if (c->stage == FV_CONN_CLOSED) {
        c->deadline_us = deadline(c->config, c->config->connect_timeout_ms);
    }
    for (;;) {
        enum fv_err err = FV_OK;
        if (c->stage == FV_CONN_CLOSED) {
            c->stage = FV_CONN_NAME;
            err = begin(c, url, host);
            c->stage = err == FV_OK ? FV_CONN_DIAL : FV_CONN_CLOSED;
        }
        while (err == FV_OK && c->stage != FV_CONN_OPEN) {
            err = go_on(c, url, host);
        }
        if (err == FV_AGAIN && fv_conn_is_late(c)) { /* alerts may come without end */
            return fv_conn_fail(c, FV_E_TIMEOUT);
        }
        if (err == FV_OK || err == FV_AGAIN) {
            return err;
        }
        fv_conn_close(c);
        if (!fv_tls_again(&c->tls)) {
            return err;
        }
        *c->fault = (struct fv_net_fault){.err = FV_OK};
    }
}

void fv_conn_close(struct fv_conn *c)
{
    if (c->stage == FV_CONN_DIAL) {
        fv_dial_end(&c->room->dial);
    }
    if (c->secure) {
        fv_tls_end(&c->tls);
    }
    if (c->sock >= 0) {
        const struct fv_port_net *net = c->config->port->net;
        net->close(net->ctx, c->sock);
    }
    c->stage = FV_CONN_CLOSED;
    c->sock = -1;
    c->secure = false;
    c->want_recv = 0;
    c->want_send = 0;
}

void fv_conn_forget(struct fv_conn *c)
{
    fv_tls_forget(&c->tls);
}

bool fv_conn_is_open(const struct fv_conn *c)
{
    return c->stage == FV_CONN_OPEN;
}

bool fv_conn_is_opening(const struct fv_conn *c)
{
    return c->stage != FV_CONN_OPEN && c->stage != FV_CONN_CLOSED;
}

enum fv_err fv_conn_send(struct fv_conn *c, struct fv_slice bytes, size_t *sent)
{
    c->want_send = 0;
    if (c->secure) {
        return fv_tls_send(&c->tls, bytes, sent, &c->want_send, c->fault);
    }
    const struct fv_port_net *net = c->config->port->net;
    enum fv_err err = net->send(net->ctx, c->sock, (const uint8_t *)bytes.ptr, bytes.len, sent);
    if (err == FV_AGAIN) {
        c->want_send = FV_PORT_WRITE;
        return FV_AGAIN;
    }
    return err == FV_OK ? FV_OK : broken(c, err);
}

enum fv_err fv_conn_recv(struct fv_conn *c, uint8_t *p, size_t n, size_t *got)
{
    c->want_recv = 0;
    if (c->secure) {
        return fv_tls_recv(&c->tls, p, n, got, &c->want_recv, c->fault);
    }
    const struct fv_port_net *net = c->config->port->net;
    enum fv_err err = net->recv(net->ctx, c->sock, p, n, got);
    if (err == FV_AGAIN) {
        c->want_recv = FV_PORT_READ;
        return FV_AGAIN;
    }
    return err == FV_OK ? FV_OK : broken(c, err);
}

void fv_conn_hold(struct fv_conn *c)
{
    c->want_recv = 0;
}

size_t fv_conn_event(const struct fv_conn *c, struct fv_port_event *events, int64_t *until_us)
{
    if (c->stage != FV_CONN_OPEN && c->deadline_us < *until_us) {
        *until_us = c->deadline_us;
    }
    if (c->stage == FV_CONN_DIAL) {
        return fv_dial_events(&c->room->dial, events, until_us);
    }
    *events = (struct fv_port_event){c->sock, (uint8_t)(c->want_recv | c->want_send), 0};
    return 1;
}
