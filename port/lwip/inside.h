/*
 * Inside of the lwIP port.
 */
#ifndef FV_PORT_LWIP_INSIDE_H
#define FV_PORT_LWIP_INSIDE_H

#include "port/lwip/lwip.h"

/* Let the stack do what is due. */
bool fv_lwip_run(struct fv_lwip *l);

/* Let the stack run until ready(arg) is true: FV_OK; FV_E_TIMEOUT, FV_E_CANCELLED. */
enum fv_err fv_lwip_until(struct fv_lwip *l, bool (*ready)(const void *arg), const void *arg,
                          int64_t deadline_us) FV_MUSTUSE;

/* Keep lwIP's code for last_error, return err. */
enum fv_err fv_lwip_fail(struct fv_lwip *l, enum fv_err err, int32_t code);

/* 32 random bits. Without entropy TLS would not start, so this may repeat itself then. */
uint32_t fv_lwip_random(const struct fv_port_entropy *entropy);

/* What a datagram is. */
enum fv_lwip_verdict {
    FV_LWIP_OTHER, /* not the answer: wait on */
    FV_LWIP_ANSWER,
    FV_LWIP_DEAD, /* this server will not give one */
};

/* A question over UDP, to servers in turn. */
struct fv_lwip_question {
    const uint8_t *bytes;
    size_t length;
    const ip_addr_t *servers;
    size_t count;  /* 1 to 32 */
    uint16_t port; /* of all of them */
    enum fv_lwip_verdict (*judge)(void *arg, const struct pbuf *datagram);
    void *arg;
};

/* Ask from a random port, again every two seconds, each time the next server; judge() sees what comes from the port of a server that was
 * asked and is not dead. FV_OK: it found the answer; FV_E_TIMEOUT, FV_E_CANCELLED; FV_E_NETWORK: all servers are dead, or no memory. */
enum fv_err fv_lwip_ask(struct fv_lwip *l, const struct fv_lwip_question *q,
                        int64_t deadline_us) FV_MUSTUSE;

/* tcp.c fills in its part of the table, resolve.c the rest. */
void fv_lwip_tcp_init(struct fv_lwip *l);
void fv_lwip_resolve_init(struct fv_lwip *l);

#endif
