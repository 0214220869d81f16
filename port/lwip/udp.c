#include "port/lwip/inside.h"

#include <lwip/udp.h>

#define AGAIN_US 2000000
#define FIRST_PORT 1024u

struct exchange {
    const struct fv_lwip_question *q;
    struct udp_pcb *pcb;
    size_t asked; /* whose datagrams are looked at */
    enum fv_lwip_verdict verdict;
};

/* Judged as they come: whoever sends many can't take the room of the true one. */
static void on_datagram(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from,
                        u16_t port)
{
    struct exchange *x = arg;
    (void)pcb;
    if (x->verdict == FV_LWIP_OTHER && port == x->q->port &&
        ip_addr_cmp(from, &x->q->servers[x->asked])) {
        x->verdict = x->q->judge(x->q->arg, p);
    }
    (void)pbuf_free(p);
}

static bool has_verdict(const void *arg)
{
    const struct exchange *x = arg;
    return x->verdict != FV_LWIP_OTHER;
}

/* A block with a port that nobody can guess. */
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

/* What can't be sent now is sent again in a while, as what is lost on the way. */
static void send(const struct exchange *x)
{
    const struct fv_lwip_question *q = x->q;
    struct pbuf *p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)q->length, PBUF_RAM);
    if (p != NULL) {
        (void)pbuf_take(p, q->bytes, (u16_t)q->length);
        (void)udp_sendto(x->pcb, p, &q->servers[x->asked], q->port);
        (void)pbuf_free(p);
    }
}

static enum fv_err in_turn(struct fv_lwip *l, struct exchange *x, int64_t deadline_us)
{
    size_t count = x->q->count, left = count;
    uint32_t dead = 0;
    for (size_t i = 0; left > 0; i = (i + 1) % count) {
        if ((dead & 1u << i) != 0) {
            continue;
        }
        int64_t until_us = l->machine->now(l->machine->ctx) + AGAIN_US;
        bool last = until_us >= deadline_us;
        x->asked = i;
        x->verdict = FV_LWIP_OTHER;
        send(x);
        enum fv_err err = fv_lwip_until(l, has_verdict, x, last ? deadline_us : until_us);
        if (err == FV_OK && x->verdict == FV_LWIP_DEAD) {
            dead |= 1u << i;
            left--;
        } else if (err != FV_E_TIMEOUT || last) {
            return err;
        }
    }
    return FV_E_NETWORK;
}

enum fv_err fv_lwip_ask(struct fv_lwip *l, const struct fv_lwip_question *q, int64_t deadline_us)
{
    struct exchange x = {.q = q, .pcb = fresh(l)};
    if (x.pcb == NULL) {
        return FV_E_NETWORK;
    }
    udp_recv(x.pcb, on_datagram, &x);
    enum fv_err err = in_turn(l, &x, deadline_us);
    udp_remove(x.pcb);
    return err;
}
