/* SPDX-License-Identifier: MIT */
#include "net/proxy.h"

#include "base/wipe.h"
#include "parse/request.h"

#define PIECE 512 /* bytes of the response read at once */
/* Method and version, the authority twice, credentials in Base64, field names. */
#define REQUEST (2 * (FV_CAP_HOST + 8) + 4 * FV_CAP_SECRET + 256)

static_assert(REQUEST <= UINT16_MAX, "what was sent of it is counted");

static enum fv_err write_request(const struct fv_proxy_way *way, struct fv_writer *w)
{
    struct fv_request r = {.url = way->url, .authorization = way->config->proxy_authorization};
    return fv_request_connect(&r, w);
}

/* The request is written again for each call: it holds a secret, and is usually sent at once. */
static enum fv_err ask(const struct fv_proxy_way *way)
{
    const struct fv_port_net *net = way->config->port->net;
    char request[REQUEST];
    struct fv_writer w;
    fv_writer_init(&w, request, sizeof(request));
    enum fv_err err = write_request(way, &w);
    while (err == FV_OK && *way->told < w.len) {
        size_t sent = 0;
        err = net->send(net->ctx, way->sock, (const uint8_t *)request + *way->told,
                        w.len - *way->told, &sent);
        *way->told = (uint16_t)(*way->told + sent);
    }
    fv_wipe(request, sizeof(request));
    return err;
}

static enum fv_err receive(const struct fv_proxy_way *way)
{
    const struct fv_port_net *net = way->config->port->net;
    struct fv_head *head = way->head;
    uint8_t piece[PIECE];
    enum fv_err err = FV_MORE;
    while (err == FV_MORE) {
        size_t got = 0;
        size_t used = 0;
        err = net->recv(net->ctx, way->sock, piece, sizeof(piece), &got);
        if (err != FV_OK) {
            return err;
        }
        if (got == 0) {
            return FV_E_RESET;
        }
        err = fv_head_push(head, piece, got, &used);
        /* After a 2xx, all bytes are the server's. With the protocols used here, the server does
         * not send first. */
        if (err < FV_OK || (err == FV_OK && head->status < 300 && used < got)) {
            return FV_E_PROXY;
        }
    }
    return err;
}

void fv_proxy_begin(const struct fv_net_config *config, struct fv_head *head, uint16_t *told)
{
    fv_head_reset(head, true);
    head->now_us = config->port->clock->wall(config->port->clock->ctx);
    *told = 0;
}

enum fv_err fv_proxy_connect(const struct fv_proxy_way *way, uint8_t *want,
                             struct fv_net_fault *fault)
{
    const struct fv_port_net *net = way->config->port->net;
    int32_t native = 0;
    *want = FV_PORT_WRITE;
    enum fv_err err = ask(way);
    if (err == FV_OK) {
        *want = FV_PORT_READ;
        err = receive(way);
    }
    if (err == FV_AGAIN) {
        return FV_AGAIN;
    }
    if (err == FV_OK && way->head->status >= 300) {
        /* A failure of the proxy, or of a server that it cannot reach, is transient if the same
         * status of a server is. */
        err = fv_head_transient(way->head->status) ? FV_E_PROXY_BUSY : FV_E_PROXY;
        native = way->head->status;
    } else if (err == FV_E_RESET || err == FV_E_NETWORK) {
        native = net->last_error(net->ctx);
    }
    return err == FV_OK ? FV_OK : fv_net_fault_blame(fault, err, native, way->config->proxy_name);
}
