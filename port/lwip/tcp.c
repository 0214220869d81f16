/* SPDX-License-Identifier: MIT */
#include "port/lwip/inside.h"

#include <assert.h>

/* Otherwise a dead address would occupy the place of the next one. */
static_assert(FV_LWIP_SOCKETS >= FV_CAP_ADDRESSES + FV_CAP_ASIDE, "all addresses are tried");
static_assert(MEMP_NUM_TCP_PCB >= FV_LWIP_SOCKETS, "lwIP has a block for each");

/* --- What lwIP calls --- */

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t code)
{
    struct fv_lwip_socket *s = arg;
    (void)pcb;
    (void)code; /* always ERR_OK: failures go to on_error */
    s->connected = true;
    return ERR_OK;
}

static err_t on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t code)
{
    struct fv_lwip_socket *s = arg;
    (void)pcb;
    (void)code;
    if (p == NULL) {
        s->ended = true;
    } else if (s->received == NULL) {
        s->received = p;
    } else {
        pbuf_cat(s->received, p); /* the receive window of 16 bits bounds the chain */
    }
    return ERR_OK;
}

/* lwIP has freed the control block already. */
static void on_error(void *arg, err_t code)
{
    struct fv_lwip_socket *s = arg;
    s->pcb = NULL;
    s->error = code;
}

/* --- The table --- */

static struct fv_lwip_socket *find(struct fv_lwip *l, int sock)
{
    bool known = sock >= 0 && sock < FV_LWIP_SOCKETS && l->sockets[sock].used;
    return known ? &l->sockets[sock] : NULL;
}

static enum fv_err open(void *ctx, const struct fv_port_addr *addr, int *sock)
{
    struct fv_lwip *l = ctx;
    ip_addr_t to;
    int i = 0;
    while (i < FV_LWIP_SOCKETS && l->sockets[i].used) {
        i++;
    }
    struct tcp_pcb *pcb = i < FV_LWIP_SOCKETS && addr->family == 4 ? tcp_new() : NULL;
    if (pcb == NULL) {
        return fv_lwip_fail(l, FV_E_NETWORK, addr->family == 4 ? ERR_MEM : ERR_ARG);
    }
    struct fv_lwip_socket *s = &l->sockets[i];
    *s = (struct fv_lwip_socket){.pcb = pcb, .used = true, .error = ERR_OK};
    IP_ADDR4(&to, addr->bytes[0], addr->bytes[1], addr->bytes[2], addr->bytes[3]);
    tcp_arg(pcb, s);
    tcp_err(pcb, on_error);
    tcp_recv(pcb, on_received);
    tcp_nagle_disable(pcb); /* each write is a whole request */
    err_t code = tcp_connect(pcb, &to, addr->port, on_connected);
    if (code != ERR_OK) {
        tcp_abort(pcb);
        s->used = false;
        return fv_lwip_fail(l, code == ERR_RTE ? FV_E_CONNECT : FV_E_NETWORK, code);
    }
    *sock = i;
    return FV_OK;
}

static enum fv_err connected(void *ctx, int sock)
{
    struct fv_lwip *l = ctx;
    const struct fv_lwip_socket *s = find(l, sock);
    if (s == NULL) {
        return fv_lwip_fail(l, FV_E_NETWORK, ERR_ARG);
    }
    if (s->connected) {
        return FV_OK;
    }
    return s->error == ERR_OK ? FV_AGAIN : fv_lwip_fail(l, FV_E_CONNECT, s->error);
}

static bool can_read(const struct fv_lwip_socket *s)
{
    return s->received != NULL || s->ended || s->error != ERR_OK;
}

static bool can_write(const struct fv_lwip_socket *s)
{
    if (s->error != ERR_OK) {
        return true;
    }
    return s->connected && tcp_sndbuf(s->pcb) > 0 && tcp_sndqueuelen(s->pcb) < TCP_SND_QUEUELEN;
}

struct waiting {
    struct fv_lwip *l;
    struct fv_port_event *events;
    size_t count;
};

static bool any_ready(const void *arg)
{
    const struct waiting *w = arg;
    bool any = false;
    for (size_t i = 0; i < w->count; i++) {
        struct fv_port_event *e = &w->events[i];
        const struct fv_lwip_socket *s = find(w->l, e->sock);
        e->ready = 0;
        if (s == NULL || ((e->want & FV_PORT_READ) != 0 && can_read(s))) {
            e->ready |= e->want & FV_PORT_READ;
        }
        if (s == NULL || ((e->want & FV_PORT_WRITE) != 0 && can_write(s))) {
            e->ready |= e->want & FV_PORT_WRITE;
        }
        any = any || e->ready != 0;
    }
    return any;
}

static enum fv_err wait(void *ctx, struct fv_port_event *events, size_t count, int64_t deadline_us)
{
    const struct waiting w = {ctx, events, count};
    enum fv_err err = fv_lwip_until(ctx, any_ready, &w, deadline_us);
    return err == FV_OK ? FV_OK
                        : fv_lwip_fail(ctx, err, err == FV_E_TIMEOUT ? ERR_TIMEOUT : ERR_OK);
}

/* The connection broke: report lwIP's code. */
static enum fv_err broken(struct fv_lwip *l, const struct fv_lwip_socket *s)
{
    return s == NULL ? fv_lwip_fail(l, FV_E_NETWORK, ERR_ARG)
                     : fv_lwip_fail(l, FV_E_RESET, s->error);
}

static enum fv_err send(void *ctx, int sock, const uint8_t *p, size_t n, size_t *sent)
{
    struct fv_lwip *l = ctx;
    const struct fv_lwip_socket *s = find(l, sock);
    if (s == NULL || s->error != ERR_OK) {
        return broken(l, s);
    }
    if (!can_write(s)) {
        return FV_AGAIN;
    }
    size_t room = tcp_sndbuf(s->pcb);
    size_t take = n < room ? n : room;
    err_t code = tcp_write(s->pcb, p, (u16_t)take, TCP_WRITE_FLAG_COPY);
    if (code == ERR_MEM) { /* no memory now: an acknowledgement will free some */
        (void)fv_lwip_run(l);
        return FV_AGAIN;
    }
    if (code != ERR_OK) {
        return fv_lwip_fail(l, FV_E_RESET, code);
    }
    (void)tcp_output(s->pcb); /* on failure the TCP timer sends it */
    *sent = take;
    return FV_OK;
}

static enum fv_err recv(void *ctx, int sock, uint8_t *p, size_t n, size_t *got)
{
    struct fv_lwip *l = ctx;
    struct fv_lwip_socket *s = find(l, sock);
    if (s == NULL) {
        return broken(l, s);
    }
    if (s->received == NULL && !can_read(s)) {
        (void)fv_lwip_run(l);
    }
    if (s->received == NULL) {
        if (s->error != ERR_OK) {
            return broken(l, s);
        }
        if (!s->ended) {
            return FV_AGAIN;
        }
        *got = 0;
        return FV_OK;
    }
    u16_t take = (u16_t)(n < s->received->tot_len ? n : s->received->tot_len);
    (void)pbuf_copy_partial(s->received, p, take, 0);
    s->received = pbuf_free_header(s->received, take);
    if (s->pcb != NULL) {
        tcp_recved(s->pcb, take);
    }
    *got = take;
    return FV_OK;
}

static void close(void *ctx, int sock)
{
    struct fv_lwip_socket *s = find(ctx, sock);
    if (s == NULL) {
        return;
    }
    if (s->pcb != NULL) {
        tcp_arg(s->pcb, NULL);
        tcp_err(s->pcb, NULL);
        tcp_recv(s->pcb, NULL);
        tcp_setprio(s->pcb, TCP_PRIO_MIN); /* a new connection may take its control block */
        if (tcp_close(s->pcb) != ERR_OK) {
            tcp_abort(s->pcb);
        }
    }
    if (s->received != NULL) {
        (void)pbuf_free(s->received);
    }
    s->used = false;
}

void fv_lwip_tcp_init(struct fv_lwip *l)
{
    l->net.open = open;
    l->net.connected = connected;
    l->net.wait = wait;
    l->net.send = send;
    l->net.recv = recv;
    l->net.close = close;
}
