#include "net/conn.h"

#include "base/num.h"
#include "net/dial.h"
#include "net/proxy.h"
#include "net/show.h"
#include "parse/noproxy.h"

/* ms from now, 0 being never, and not later than the whole command's end. */
static int64_t deadline(const struct fv_net_config *config, uint32_t ms)
{
    if (ms == 0) {
        return config->deadline_us;
    }
    const struct fv_port_clock *clock = config->port->clock;
    int64_t at_us = fv_num_add_clamped(clock->now(clock->ctx), (int64_t)ms * 1000);
    return at_us < config->deadline_us ? at_us : config->deadline_us;
}

/* Record err, of the port, with its code. */
static enum fv_err broken(struct fv_conn *c, enum fv_err err)
{
    const struct fv_port_net *net = c->config->port->net;
    return fv_net_fail(c->fault, err, err == FV_E_TIMEOUT ? 0 : net->last_error(net->ctx));
}

static enum fv_err wait_until(struct fv_conn *c, uint8_t want, int64_t deadline_us)
{
    const struct fv_port_net *net = c->config->port->net;
    struct fv_port_event event = {c->sock, want, 0};
    enum fv_err err = net->wait(net->ctx, &event, 1, deadline_us);
    return err == FV_OK ? FV_OK : broken(c, err);
}

void fv_conn_init(struct fv_conn *c, const struct fv_net_config *config, struct fv_net_fault *fault)
{
    *c = (struct fv_conn){.fault = fault, .config = config, .sock = -1};
    fv_tls_init(&c->tls, config);
}

void fv_conn_end(struct fv_conn *c)
{
    fv_conn_close(c);
    fv_tls_close(&c->tls);
}

static bool goes_through_proxy(const struct fv_conn *c, const struct fv_url *url)
{
    return FV_CAP_PROXY != 0 && c->config->proxy && !fv_noproxy_excepts(c->config->no_proxy, url);
}

/* What happened on the way to the proxy is its matter, unless it is this machine's, or the command's time is over. */
static enum fv_err blame_proxy(struct fv_conn *c, enum fv_err err)
{
    const struct fv_port_clock *clock = c->config->port->clock;
    bool late = err == FV_E_TIMEOUT && clock->now(clock->ctx) < c->config->deadline_us;
    if (late || err == FV_E_RESOLVE || err == FV_E_CONNECT) {
        err = FV_E_PROXY_DOWN;
        c->fault->err = err;
    }
    return fv_net_blame(c->fault, err, 0, c->config->proxy_name);
}

static enum fv_err dial_proxy(struct fv_conn *c, int64_t deadline_us)
{
    const struct fv_url *proxy = &c->config->proxy_url;
    char name[FV_CAP_HOST + 1];
    struct fv_writer w;
    fv_writer_init(&w, name, sizeof(name));
    fv_writer_slice(&w, proxy->host);
    enum fv_err err = fv_writer_check(&w);
    if (err == FV_OK) {
        err = fv_dial(c->config->port, name, proxy->port, deadline_us, c->fault, &c->sock);
    }
    return err == FV_OK ? FV_OK : blame_proxy(c, err);
}

static enum fv_err handshake(struct fv_conn *c, const char *host, int64_t deadline_us)
{
    enum fv_err err = fv_tls_open(&c->tls, host, c->sock, c->fault);
    if (err != FV_OK) {
        return err;
    }
    c->secure = true;
    for (;;) {
        uint8_t want = 0;
        err = fv_tls_handshake(&c->tls, &want, c->fault);
        if (err != FV_AGAIN) {
            return err;
        }
        err = wait_until(c, want, deadline_us);
        const struct fv_port_clock *clock = c->config->port->clock;
        if (err == FV_OK &&
            clock->now(clock->ctx) >= deadline_us) { /* alerts may come without end */
            err = broken(c, FV_E_TIMEOUT);
        }
        if (err == FV_E_TIMEOUT) {
            fv_tls_late(&c->tls);
        }
        if (err != FV_OK) {
            return err;
        }
    }
}

static enum fv_err open_once(struct fv_conn *c, const struct fv_url *url, const char *host,
                             struct fv_head *head, int64_t deadline_us)
{
    bool through = goes_through_proxy(c, url);
    enum fv_err err =
        through ? dial_proxy(c, deadline_us)
                : fv_dial(c->config->port, host, url->port, deadline_us, c->fault, &c->sock);
    if (err != FV_OK) {
        return err;
    }
    if (through) {
        err = fv_proxy_connect(c->config, c->sock, url, deadline_us, head, c->fault);
        if (err == FV_OK) {
            fv_show_tunnel(c->config->port, url->host, url->port);
        }
    }
    if (err == FV_OK && url->https) {
        err = handshake(c, host, deadline_us);
    }
    if (err != FV_OK) {
        fv_conn_close(c);
    }
    return err;
}

enum fv_err fv_conn_open(struct fv_conn *c, const struct fv_url *url, const char *host,
                         struct fv_head *head)
{
    int64_t deadline_us = deadline(c->config, c->config->connect_timeout_ms);
    enum fv_err err = open_once(c, url, host, head, deadline_us);
    while (err != FV_OK && fv_tls_again(&c->tls)) {
        *c->fault = (struct fv_net_fault){.err = FV_OK};
        err = open_once(c, url, host, head, deadline_us);
    }
    return err;
}

void fv_conn_close(struct fv_conn *c)
{
    if (c->sock < 0) {
        return;
    }
    if (c->secure) {
        fv_tls_end(&c->tls);
    }
    const struct fv_port_net *net = c->config->port->net;
    net->close(net->ctx, c->sock);
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
    return c->sock >= 0;
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

struct fv_port_event fv_conn_event(const struct fv_conn *c)
{
    return (struct fv_port_event){c->sock, (uint8_t)(c->want_recv | c->want_send), 0};
}
