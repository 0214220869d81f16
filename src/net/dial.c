#include "net/dial.h"

#include "base/num.h"
#include "net/show.h"

#define STAGGER_US 250000 /* RFC 8305 5, "Connection Attempt Delay" */

struct attempts {
    const struct fv_port *port;
    const char *host;
    struct fv_port_addr addr[FV_CAP_ADDRESSES];
    size_t count, next; /* addresses; the first one that is not tried yet */
    struct fv_port_event events[FV_CAP_ADDRESSES];
    const struct fv_port_addr *to[FV_CAP_ADDRESSES]; /* where each of these leads */
    size_t active;    /* events in use: one for each attempt under way */
    int64_t start_us; /* when the next one is due */
    enum fv_err err;  /* of the last one that failed */
    int32_t native;
};

static void failed(struct attempts *a, enum fv_err err)
{
    a->err = err;
    a->native = a->port->net->last_error(a->port->net->ctx);
    a->start_us = 0;
}

/* Begin attempts until one is under way, unless one is and the next is not due. */
static void begin(struct attempts *a)
{
    const struct fv_port_net *net = a->port->net;
    while (a->next < a->count) {
        int64_t now_us = a->port->clock->now(a->port->clock->ctx);
        if (a->active > 0 && now_us < a->start_us) {
            return;
        }
        int sock = -1;
        enum fv_err err = net->open(net->ctx, &a->addr[a->next++], &sock);
        if (err == FV_OK) {
            a->to[a->active] = &a->addr[a->next - 1];
            a->events[a->active++] = (struct fv_port_event){sock, FV_PORT_WRITE, 0};
            a->start_us = fv_num_add_clamped(now_us, STAGGER_US);
            return;
        }
        failed(a, err);
    }
}

/* Look at what became ready. FV_OK: *sock is connected and no longer among the attempts. */
static enum fv_err collect(struct attempts *a, int *sock)
{
    const struct fv_port_net *net = a->port->net;
    size_t i = 0;
    while (i < a->active) {
        int s = a->events[i].sock;
        enum fv_err err = a->events[i].ready != 0 ? net->connected(net->ctx, s) : FV_AGAIN;
        if (err == FV_AGAIN) {
            i++;
            continue;
        }
        const struct fv_port_addr *to = a->to[i];
        a->events[i] = a->events[--a->active];
        a->to[i] = a->to[a->active];
        if (err == FV_OK) {
            *sock = s;
            fv_show_address(a->port, a->host, to);
            return FV_OK;
        }
        failed(a, err);
        net->close(net->ctx, s);
    }
    return FV_AGAIN;
}

static enum fv_err race(struct attempts *a, int64_t deadline_us, int *sock)
{
    const struct fv_port_net *net = a->port->net;
    for (;;) {
        begin(a);
        if (a->active == 0) {
            return a->err;
        }
        int64_t until_us = deadline_us;
        if (a->next < a->count && a->start_us < until_us) {
            until_us = a->start_us;
        }
        for (size_t i = 0; i < a->active; i++) {
            a->events[i].ready = 0;
        }
        enum fv_err err = net->wait(net->ctx, a->events, a->active, until_us);
        if (err == FV_OK && collect(a, sock) == FV_OK) {
            return FV_OK;
        }
        if (err == FV_E_TIMEOUT && until_us < deadline_us) {
            continue;
        }
        if (err != FV_OK) {
            a->native = err == FV_E_TIMEOUT ? 0 : net->last_error(net->ctx);
            return err;
        }
    }
}

enum fv_err fv_dial(const struct fv_port *port, const char *host, uint16_t number,
                    int64_t deadline_us, struct fv_net_fault *fault, int *sock)
{
    const struct fv_port_net *net = port->net;
    struct attempts a = {.port = port, .host = host, .err = FV_E_RESOLVE};
    enum fv_err err =
        net->resolve(net->ctx, host, number, a.addr, FV_CAP_ADDRESSES, &a.count, deadline_us);
    if (err != FV_OK) {
        return fv_net_fail(fault, err, net->last_error(net->ctx));
    }
    err = race(&a, deadline_us, sock);
    while (a.active > 0) {
        net->close(net->ctx, a.events[--a.active].sock);
    }
    return err == FV_OK ? FV_OK : fv_net_fail(fault, err, a.native);
}
