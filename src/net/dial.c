/* SPDX-License-Identifier: MIT */
#include "net/dial.h"

#include "base/num.h"
#include "net/show.h"

#define STAGGER_US 250000 /* RFC 8305 5, "Connection Attempt Delay" */

static void failed(struct fv_dial *d, enum fv_err err)
{
    d->err = err;
    d->native = d->port->net->last_error(d->port->net->ctx);
    d->start_us = 0;
}

/* Begin an attempt, unless one is under way and the next one is not due. Return whether one was
 * begun. */
static bool begin(struct fv_dial *d)
{
    const struct fv_port_net *net = d->port->net;
    while (d->next < d->count) {
        int64_t now_us = d->port->clock->now(d->port->clock->ctx);
        if (d->active > 0 && now_us < d->start_us) {
            break;
        }
        int sock = -1;
        enum fv_err err = net->open(net->ctx, &d->addr[d->next++], &sock);
        if (err == FV_OK) {
            d->to[d->active] = &d->addr[d->next - 1];
            d->sock[d->active++] = sock;
            d->start_us = fv_num_add_clamped(now_us, STAGGER_US);
            return true;
        }
        failed(d, err);
    }
    return false;
}

/* Check the attempts. FV_OK: *sock is connected, and is no longer one of them. */
static enum fv_err collect(struct fv_dial *d, int *sock, struct fv_port_addr *peer)
{
    const struct fv_port_net *net = d->port->net;
    size_t i = 0;
    while (i < d->active) {
        int s = d->sock[i];
        enum fv_err err = net->connected(net->ctx, s);
        if (err == FV_AGAIN) {
            i++;
            continue;
        }
        const struct fv_port_addr *to = d->to[i];
        d->sock[i] = d->sock[--d->active];
        d->to[i] = d->to[d->active];
        if (err == FV_OK) {
            *sock = s;
            *peer = *to;
            fv_show_address(d->port, d->name, to);
            return FV_OK;
        }
        failed(d, err);
        net->close(net->ctx, s);
    }
    return FV_AGAIN;
}

enum fv_err fv_dial_begin(struct fv_dial *d, const struct fv_port *port,
                          const struct fv_dial_to *to, int64_t deadline_us,
                          struct fv_net_fault *fault)
{
    const struct fv_port_net *net = port->net;
    d->port = port;
    d->name = to->name;
    d->count = d->next = d->active = 0;
    d->start_us = 0;
    d->err = FV_E_RESOLVE;
    d->native = 0;
    if (FV_CAP_JOBS > 1 && to->known != NULL) {
        d->addr[0] = *to->known;
        d->count = 1;
        return FV_OK;
    }
    enum fv_err err = net->resolve(net->ctx, to->host, to->port, d->addr, FV_CAP_ADDRESSES,
                                   &d->count, deadline_us);
    return err == FV_OK ? FV_OK : fv_net_fault_set(fault, err, net->last_error(net->ctx));
}

enum fv_err fv_dial_on(struct fv_dial *d, struct fv_net_fault *fault, int *sock,
                       struct fv_port_addr *peer)
{
    enum fv_err err;
    do {
        err = collect(d, sock, peer);
    } while (err == FV_AGAIN && begin(d));
    if (err == FV_AGAIN && d->active > 0) {
        return FV_AGAIN;
    }
    fv_dial_end(d);
    return err == FV_OK ? FV_OK : fv_net_fault_set(fault, d->err, d->native);
}

size_t fv_dial_events(const struct fv_dial *d, struct fv_port_event *events, int64_t *until_us)
{
    for (size_t i = 0; i < d->active; i++) {
        events[i] = (struct fv_port_event){d->sock[i], FV_PORT_WRITE, 0};
    }
    if (d->next < d->count && d->start_us < *until_us) {
        *until_us = d->start_us;
    }
    return d->active;
}

void fv_dial_end(struct fv_dial *d)
{
    const struct fv_port_net *net = d->port->net;
    while (d->active > 0) {
        net->close(net->ctx, d->sock[--d->active]);
    }
}
