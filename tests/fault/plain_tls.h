/* SPDX-License-Identifier: MIT */
/*
 * Replaces net/tls.c: the same functions, which pass bytes on unchanged. Fault tests need each
 * operation of the network to matter, and runs of a millisecond. A test that includes this links no
 * TLS.
 */
#ifndef TEST_PLAIN_TLS_H
#define TEST_PLAIN_TLS_H

#include "net/tls.h"

void fv_tls_init(struct fv_tls *t, const struct fv_net_config *config)
{
    t->config = config;
    t->state = NULL;
}

void fv_tls_close(struct fv_tls *t)
{
    (void)t;
}

void fv_tls_forget(struct fv_tls *t)
{
    (void)t;
}

enum fv_err fv_tls_open(struct fv_tls *t, const char *host, int sock, struct fv_net_fault *fault)
{
    (void)host, (void)fault;
    t->state = (struct fv_tls_state *)(intptr_t)(sock + 1);
    return FV_OK;
}

enum fv_err fv_tls_handshake(struct fv_tls *t, uint8_t *want, struct fv_net_fault *fault)
{
    (void)t, (void)want, (void)fault;
    return FV_OK;
}

void fv_tls_share(struct fv_tls *t, const struct fv_tls *keeper)
{
    (void)t, (void)keeper;
}

void fv_tls_late(struct fv_tls *t)
{
    (void)t;
}

bool fv_tls_again(struct fv_tls *t)
{
    (void)t;
    return false;
}

static enum fv_err plain_end(struct fv_tls *t, enum fv_err err, uint8_t direction, uint8_t *want,
                             struct fv_net_fault *fault)
{
    const struct fv_port_net *net = t->config->port->net;
    if (err == FV_AGAIN) {
        *want = direction;
    }
    return err < FV_OK ? fv_net_fault_set(fault, err, net->last_error(net->ctx)) : err;
}

enum fv_err fv_tls_send(struct fv_tls *t, struct fv_slice bytes, size_t *sent, uint8_t *want,
                        struct fv_net_fault *fault)
{
    const struct fv_port_net *net = t->config->port->net;
    enum fv_err err = net->send(net->ctx, (int)(intptr_t)t->state - 1, (const uint8_t *)bytes.ptr,
                                bytes.len, sent);
    return plain_end(t, err, FV_PORT_WRITE, want, fault);
}

enum fv_err fv_tls_recv(struct fv_tls *t, uint8_t *p, size_t n, size_t *got, uint8_t *want,
                        struct fv_net_fault *fault)
{
    const struct fv_port_net *net = t->config->port->net;
    enum fv_err err = net->recv(net->ctx, (int)(intptr_t)t->state - 1, p, n, got);
    return plain_end(t, err, FV_PORT_READ, want, fault);
}

void fv_tls_end(struct fv_tls *t)
{
    (void)t;
}

#endif
