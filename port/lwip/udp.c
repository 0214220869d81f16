/* SPDX-License-Identifier: MIT */
#include "port/lwip/inside.h"

#include <lwip/udp.h>

#define AGAIN_US 2000000
#define FIRST_PORT 1024u

struct exchange {
    const struct fv_lwip_question *q;
    struct udp_pcb *pcb;
    uint32_t asked, dead; /* a bit for each server */
    /* index of the server that was queried last; number of servers that are not dead */
    size_t now, left;
    bool done;
};

/* Datagrams are judged as they arrive, so that a flood of false ones cannot use up the memory. A
 * server may still respond after the next one was queried; otherwise a slow connection would
 * never get a response in time. */
static void on_datagram(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from,
                        u16_t port)
{
    struct exchange *x = arg;
    const struct fv_lwip_question *q = x->q;
    enum fv_lwip_verdict verdict = FV_LWIP_OTHER;
    (void)pcb;
    for (size_t i = 0; i < q->count && !x->done && verdict == FV_LWIP_OTHER; i++) {
        if ((x->asked & ~x->dead & 1u << i) == 0 || port != q->port ||
            !ip_addr_cmp(from, &q->servers[i])) {
            continue;
        }
        verdict = q->judge(q->arg, p);
        x->done = verdict == FV_LWIP_RESPONSE;
        if (verdict == FV_LWIP_DEAD) {
            x->dead |= 1u << i;
            x->left--;
        }
    }
    (void)pbuf_free(p);
}

static bool has_verdict(const void *arg)
{
    const struct exchange *x = arg;
    return x->done || (x->dead & 1u << x->now) != 0;
}

/* Return a UDP control block bound to a random port. */
static struct udp_pcb *fresh(const struct fv_lwip *l)
{
    struct udp_pcb *pcb = udp_new();
    err_t code = ERR_USE;
    for (int i = 0; i < 8 && pcb != NULL && code != ERR_OK; i++) {
        uint32_t port = FIRST_PORT + fv_lwip_random(l->entropy) % (UINT16_MAX + 1u - FIRST_PORT);
        code = udp_bind(pcb, IP_ADDR_ANY, (u16_t)port);
    }
    if (pcb != NULL && code != ERR_OK) {
        udp_remove(pcb);
        pcb = NULL;
    }
    return pcb;
}

/* A datagram that cannot be sent now is repeated like one that was lost. */
static void send(const struct exchange *x)
{
    const struct fv_lwip_question *q = x->q;
    struct pbuf *p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)q->length, PBUF_RAM);
    if (p != NULL) {
        (void)pbuf_take(p, q->bytes, (u16_t)q->length);
        (void)udp_sendto(x->pcb, p, &q->servers[x->now], q->port);
        (void)pbuf_free(p);
    }
}

static enum fv_err in_turn(struct fv_lwip *l, struct exchange *x, int64_t deadline_us)
{
    for (; x->left > 0; x->now = (x->now + 1) % x->q->count) {
        if ((x->dead & 1u << x->now) != 0) {
            continue;
        }
        int64_t until_us = l->machine->now(l->machine->ctx) + AGAIN_US;
        bool last = until_us >= deadline_us;
        x->asked |= 1u << x->now;
        send(x);
        enum fv_err err = fv_lwip_until(l, has_verdict, x, last ? deadline_us : until_us);
        if (x->done || err == FV_E_CANCELLED || (err == FV_E_TIMEOUT && last)) {
            return err;
        }
    }
    return FV_E_NETWORK;
}

enum fv_err fv_lwip_ask(struct fv_lwip *l, const struct fv_lwip_question *q, int64_t deadline_us)
{
    struct exchange x = {.q = q, .pcb = fresh(l), .left = q->count};
    if (x.pcb == NULL) {
        return FV_E_NETWORK;
    }
    udp_recv(x.pcb, on_datagram, &x);
    enum fv_err err = in_turn(l, &x, deadline_us);
    udp_remove(x.pcb);
    return err;
}
