#include "net/proxy.h"

#include "net/tls_base64.h"
#include "parse/request.h"

#define PIECE 512 /* of the answer, bytes */
/* Method and version, the authority twice, credentials in Base64, field names. */
#define REQUEST (2 * (FV_CAP_HOST + 8) + 4 * FV_CAP_SECRET + 256)

/* What is the same in each step. */
struct way {
    const struct fv_port_net *net;
    int sock;
    int64_t deadline_us;
};

static enum fv_err wait_for(const struct way *way, uint8_t want)
{
    struct fv_port_event event = {way->sock, want, 0};
    return way->net->wait(way->net->ctx, &event, 1, way->deadline_us);
}

static enum fv_err send_all(const struct way *way, const char *text, size_t n)
{
    size_t done = 0;
    while (done < n) {
        size_t sent = 0;
        enum fv_err err =
            way->net->send(way->net->ctx, way->sock, (const uint8_t *)text + done, n - done, &sent);
        done += sent;
        if (err == FV_AGAIN) {
            err = wait_for(way, FV_PORT_WRITE);
        }
        if (err != FV_OK) {
            return err;
        }
    }
    return FV_OK;
}

static enum fv_err receive(const struct way *way, struct fv_head *head)
{
    uint8_t piece[PIECE];
    for (;;) {
        size_t got = 0;
        size_t used = 0;
        enum fv_err err = way->net->recv(way->net->ctx, way->sock, piece, sizeof(piece), &got);
        if (err == FV_OK && got == 0) {
            return FV_E_RESET;
        }
        if (err == FV_OK) {
            err = fv_head_push(head, piece, got, &used);
            if (err < FV_OK) {
                return FV_E_PROXY;
            }
            if (err == FV_OK) {
                /* Behind a 2xx the stream is the server's, and in no protocol used here does it speak first. */
                return head->status < 300 && used < got ? FV_E_PROXY : FV_OK;
            }
            continue;
        }
        if (err == FV_AGAIN) {
            err = wait_for(way, FV_PORT_READ);
        }
        if (err != FV_OK) {
            return err;
        }
    }
}

static enum fv_err write_request(const struct fv_net_config *config, const struct fv_url *url,
                                 struct fv_writer *w)
{
    struct fv_request r = {.url = url, .authorization = config->proxy_authorization};
    return fv_request_connect(&r, w);
}

enum fv_err fv_proxy_connect(const struct fv_net_config *config, int sock, const struct fv_url *url,
                             int64_t deadline_us, struct fv_head *head, struct fv_net_fault *fault)
{
    struct way way = {config->port->net, sock, deadline_us};
    char request[REQUEST];
    struct fv_writer w;
    fv_writer_init(&w, request, sizeof(request));
    enum fv_err err = write_request(config, url, &w);
    if (err == FV_OK) {
        err = send_all(&way, request, w.len);
    }
    fv_tls_wipe(request, sizeof(request));
    if (err == FV_OK) {
        fv_head_reset(head, true);
        head->now_us = config->port->clock->wall(config->port->clock->ctx);
        err = receive(&way, head);
    }
    int32_t native = 0;
    if (err == FV_OK && head->status >= 300) {
        /* What a proxy says of itself, or of a server that it cannot reach, may pass as it may when a server says it. */
        err = fv_head_transient(head->status) ? FV_E_PROXY_BUSY : FV_E_PROXY;
        native = head->status;
    } else if (err == FV_E_RESET || err == FV_E_NETWORK) {
        native = way.net->last_error(way.net->ctx);
    }
    return err == FV_OK ? FV_OK : fv_net_blame(fault, err, native, config->proxy_name);
}
