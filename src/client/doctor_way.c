/* SPDX-License-Identifier: MIT */
/* Checks name lookup, addresses, proxy and TLS. */
#include "base/num.h"
#include "client/doctor_steps.h"

#define ADDRESS_MS 5000 /* time for each address; --connect-timeout, if that is less */
/* time for an alert: in TLS 1.3, a server that requires a client certificate sends it after the
 * handshake */
#define ALERT_MS 1000
#define DAY_US (INT64_C(86400) * 1000000)

static int64_t now(const struct fv_doctor *d)
{
    const struct fv_port_clock *clock = d->c->port->clock;
    return clock->now(clock->ctx);
}

static int64_t after(const struct fv_doctor *d, uint32_t ms)
{
    int64_t at_us = fv_num_add_clamped(now(d), (int64_t)ms * 1000);
    return ms > 0 && at_us < d->c->net.deadline_us ? at_us : d->c->net.deadline_us;
}

static bool fail(struct fv_doctor *d, enum fv_doctor_step step, const struct fv_net_fault *fault)
{
    struct fv_slice subject = fault->subject.len > 0      ? fault->subject
                              : fault->err == FV_E_TLS_CA ? FV_SLICE_NONE
                                                          : d->host;
    (void)fv_fault_slice(&d->fault, fault->err, fault->native, subject);
    fv_fault_explain(&d->fault, fault->detail);
    return fv_doctor_tell(d, step, FV_DOCTOR_FAIL);
}

static bool check_name(struct fv_doctor *d, const char *host)
{
    const struct fv_port_net *net = d->c->port->net;
    struct fv_port_addr addr[FV_CAP_ADDRESSES];
    int64_t began_us = now(d);
    int64_t until_us = after(d, d->c->net.connect_timeout_ms);
    enum fv_err err =
        net->resolve(net->ctx, host, d->port, addr, FV_CAP_ADDRESSES, &d->addresses, until_us);
    d->took_us = now(d) - began_us;
    if (err != FV_OK) {
        const struct fv_net_fault fault = {.err = err, .native = net->last_error(net->ctx)};
        return fail(d, FV_DOCTOR_NAME, &fault);
    }
    for (size_t i = 0; i < d->addresses; i++) {
        d->address[i].addr = addr[i];
    }
    return fv_doctor_tell(d, FV_DOCTOR_NAME, FV_DOCTOR_OK);
}

static enum fv_err connect_to(struct fv_doctor *d, const struct fv_port_addr *addr,
                              const char *host, struct fv_net_fault *fault)
{
    const struct fv_port_net *net = d->c->port->net;
    const struct fv_dial_to to = {host, d->host, d->port, addr};
    uint32_t most_ms = d->c->net.connect_timeout_ms;
    int64_t until_us = after(d, most_ms > 0 && most_ms < ADDRESS_MS ? most_ms : ADDRESS_MS);
    struct fv_dial dial;
    struct fv_port_addr peer;
    int sock = -1;
    enum fv_err err = fv_dial_begin(&dial, d->c->port, &to, until_us, fault);
    while (err == FV_OK && sock < 0) {
        struct fv_port_event events[FV_CAP_ADDRESSES];
        err = fv_dial_on(&dial, fault, &sock, &peer);
        if (err == FV_AGAIN) {
            int64_t next_us = until_us;
            size_t count = fv_dial_events(&dial, events, &next_us);
            err = net->wait(net->ctx, events, count, next_us);
        }
    }
    fv_dial_end(&dial);
    if (sock >= 0) {
        net->close(net->ctx, sock);
    }
    return err;
}

/* Addresses that fail cost time in each run. One that works is enough. */
static bool check_addresses(struct fv_doctor *d, const char *host)
{
    size_t reached = 0;
    struct fv_net_fault last = {.err = FV_OK};
    for (size_t i = 0; i < d->addresses; i++) {
        struct fv_doctor_address *a = &d->address[i];
        struct fv_net_fault fault = {.err = FV_OK};
        int64_t began_us = now(d);
        a->err = connect_to(d, &a->addr, host, &fault);
        a->took_us = now(d) - began_us;
        a->native = fault.native;
        if (a->err == FV_OK) {
            reached++;
            continue;
        }
        last = (struct fv_net_fault){.err = a->err, .native = fault.native};
        if (a->err == FV_E_CANCELLED) {
            break;
        }
    }
    if (reached == 0 || last.err == FV_E_CANCELLED) {
        bool proxy = d->proxied && last.err != FV_E_CANCELLED;
        last.err = proxy ? FV_E_PROXY_DOWN : last.err;
        return fail(d, FV_DOCTOR_ADDRESSES, &last);
    }
    return fv_doctor_tell(d, FV_DOCTOR_ADDRESSES,
                          reached < d->addresses ? FV_DOCTOR_WARN : FV_DOCTOR_OK);
}

/* --- One connection, without a request --- */

static enum fv_err open_conn(struct fv_doctor *d, struct fv_conn *conn, const char *host)
{
    const struct fv_port_net *net = d->c->port->net;
    for (;;) {
        struct fv_port_event events[FV_CAP_ADDRESSES];
        int64_t until_us = d->c->net.deadline_us;
        enum fv_err err = fv_conn_open(conn, &d->c->endpoint, host);
        if (err != FV_AGAIN) {
            return err;
        }
        size_t count = fv_conn_event(conn, events, &until_us);
        err = net->wait(net->ctx, events, count, until_us);
        if (err != FV_OK && (err != FV_E_TIMEOUT || fv_conn_is_late(conn))) {
            return fv_conn_fail(conn, err);
        }
    }
}

/* Wait for the alert of a server that has requested a client certificate; there is none to send. */
static enum fv_err await_alert(struct fv_doctor *d, struct fv_conn *conn)
{
    const struct fv_port_net *net = d->c->port->net;
    int64_t until_us = after(d, ALERT_MS);
    uint8_t byte;
    size_t got = 0;
    enum fv_err err = fv_conn_recv(conn, &byte, 1, &got);
    while (err == FV_AGAIN) {
        struct fv_port_event event;
        int64_t never_us = INT64_MAX;
        (void)fv_conn_event(conn, &event, &never_us);
        enum fv_err waited = net->wait(net->ctx, &event, 1, until_us);
        if (waited != FV_OK) {
            return waited == FV_E_TIMEOUT ? FV_OK : waited;
        }
        err = fv_conn_recv(conn, &byte, 1, &got);
    }
    return err;
}

static bool is_ending(const struct fv_doctor *d)
{
    const struct fv_net_facts_cert *server = &d->tls.cert[0];
    return d->tls.certs > 0 && server->until_us - d->wall_us < FV_DOCTOR_DAYS * DAY_US;
}

static bool check_tls(struct fv_doctor *d, const char *host)
{
    struct fv_client *c = d->c;
    struct fv_net_fault fault = {.err = FV_OK};
    union fv_conn_room room;
    struct fv_conn conn;
    int64_t began_us = now(d);
    c->net.facts = &d->tls;
    fv_conn_init(&conn, &c->net, &fault, &room);
    enum fv_err err = open_conn(d, &conn, host);
    d->took_us = now(d) - began_us;
    if (err == FV_OK && d->tls.asked) {
        err = await_alert(d, &conn);
    }
    c->net.facts = NULL;
    bool of_proxy = d->proxied && fault.subject.ptr == c->net.proxy_name.ptr;
    if (err != FV_OK) {
        (void)fv_net_fault_set(&fault, err, 0);
        d->host = c->endpoint.host;
        (void)fail(d, of_proxy ? FV_DOCTOR_PROXY : FV_DOCTOR_TLS, &fault);
    } else {
        (void)fv_doctor_tell(d, FV_DOCTOR_PROXY, FV_DOCTOR_OK);
        (void)fv_doctor_tell(d, FV_DOCTOR_TLS, is_ending(d) ? FV_DOCTOR_WARN : FV_DOCTOR_OK);
    }
    fv_conn_end(&conn);
    return err == FV_OK;
}

bool fv_doctor_way(struct fv_doctor *d)
{
    const struct fv_client *c = d->c;
    char portal[FV_CAP_HOST + 1];
    char host[FV_CAP_HOST + 1];
    struct fv_writer w;
    d->proxied = fv_conn_needs_proxy(&c->net, &c->endpoint);
    d->proxy = c->net.proxy_name;
    d->host = d->proxied ? c->net.proxy_url.host : c->endpoint.host;
    d->port = d->proxied ? c->net.proxy_url.port : c->endpoint.port;
    /* the lengths were checked when the settings were taken */
    fv_writer_init(&w, host, sizeof host);
    fv_writer_slice(&w, d->host);
    fv_writer_init(&w, portal, sizeof portal);
    fv_writer_slice(&w, c->endpoint.host);
    return check_name(d, host) && check_addresses(d, host) && check_tls(d, portal);
}
