/* SPDX-License-Identifier: MIT */
/*
 * Shared by the files of this port.
 */
#ifndef FV_PORT_LWIP_INSIDE_H
#define FV_PORT_LWIP_INSIDE_H

#include "port/lwip/lwip.h"

/* Let the stack do what is due. Return true if there is more to do at once. */
bool fv_lwip_run(struct fv_lwip *l);

/* Let the stack run until ready(arg) is true. FV_OK; FV_E_TIMEOUT, FV_E_CANCELLED. */
enum fv_err fv_lwip_until(struct fv_lwip *l, bool (*ready)(const void *arg), const void *arg,
                          int64_t deadline_us) FV_MUSTUSE;

/* Keep lwIP's code for last_error, and return err. */
enum fv_err fv_lwip_fail(struct fv_lwip *l, enum fv_err err, int32_t code);

/* Return 32 random bits. Without entropy they may repeat; TLS does not start then. */
uint32_t fv_lwip_random(const struct fv_port_entropy *entropy);

/* The kind of a datagram. */
enum fv_lwip_verdict {
    FV_LWIP_OTHER, /* not the response: go on waiting */
    FV_LWIP_RESPONSE,
    FV_LWIP_DEAD, /* this server will not send one */
};

/* A query over UDP, sent to several servers in turn. */
struct fv_lwip_question {
    const uint8_t *bytes;
    size_t length;
    const ip_addr_t *servers;
    size_t count;  /* 1 to 32 */
    uint16_t port; /* of all servers */
    enum fv_lwip_verdict (*judge)(void *arg, const struct pbuf *datagram);
    void *arg;
};

/* Send the query from a random port, and again every two seconds, each time to the next server.
 * judge() gets each datagram from the port of a server that was queried and is not dead. FV_OK: it
 * found the response; FV_E_TIMEOUT, FV_E_CANCELLED; FV_E_NETWORK: all servers are dead, or there is
 * no memory. */
enum fv_err fv_lwip_ask(struct fv_lwip *l, const struct fv_lwip_question *q,
                        int64_t deadline_us) FV_MUSTUSE;

/* Fill in the table: tcp.c its part, resolve.c the rest. */
void fv_lwip_tcp_init(struct fv_lwip *l);
void fv_lwip_resolve_init(struct fv_lwip *l);

#endif
