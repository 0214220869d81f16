/* SPDX-License-Identifier: MIT */
/*
 * The time from an SNTP server (RFC 4330 5, RFC 5905 14). The addresses of the server's name are
 * queried in turn. When the call returns, nothing of it goes on.
 *
 * The Transmit Timestamp of our request holds 64 random bits; the response must repeat them as its
 * Originate Timestamp.
 */
#include "port/lwip/inside.h"

#include <string.h>

#define SNTP_PORT 123
#define MESSAGE 48u
#define ORIGINATE 24 /* offset in the message */
#define TRANSMIT 40
#define VERSION 4
#define CLIENT 3
#define SERVER 4
#define TO_1970_S INT64_C(2208988800) /* seconds from 1900 to 1970 */
#define ERA_S (INT64_C(1) << 32)

struct exchange {
    uint8_t question[MESSAGE];
    struct fv_lwip_time *time;
};

static uint32_t word(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Era 0 ends in February 2036. Seconds below half of an era are taken as those of era 1 (RFC
 * 4330 3). */
static int64_t wall_us(const uint8_t *transmit)
{
    int64_t seconds = word(transmit);
    seconds += seconds < ERA_S / 2 ? ERA_S : 0;
    return (seconds - TO_1970_S) * 1000000 +
           (int64_t)(((uint64_t)word(transmit + 4) * 1000000) >> 32);
}

static enum fv_lwip_verdict verdict(struct fv_lwip_time *time, enum fv_lwip_verdict v,
                                    const char *why)
{
    time->why = why;
    return v;
}

static enum fv_lwip_verdict judge(void *arg, const struct pbuf *datagram)
{
    const struct exchange *x = arg;
    uint8_t m[MESSAGE];
    if (pbuf_copy_partial(datagram, m, MESSAGE, 0) != MESSAGE || (m[0] & 7) != SERVER ||
        (m[0] >> 3 & 7) < VERSION - 1 || (m[0] >> 3 & 7) > VERSION) {
        return verdict(x->time, FV_LWIP_OTHER, "not an SNTP response");
    }
    if (memcmp(m + ORIGINATE, x->question + TRANSMIT, 8) != 0) {
        return verdict(x->time, FV_LWIP_OTHER, "the response is to another request");
    }
    if (m[1] == 0) { /* kiss-o'-death: clients must stop querying this server (RFC 4330 8) */
        return verdict(x->time, FV_LWIP_DEAD, "the server refuses to serve us");
    }
    if (m[0] >> 6 == 3 || m[1] > 15) {
        return verdict(x->time, FV_LWIP_DEAD, "the server is not synchronised");
    }
    if (word(m + TRANSMIT) == 0 && word(m + TRANSMIT + 4) == 0) {
        return verdict(x->time, FV_LWIP_DEAD, "the server sent no time");
    }
    x->time->wall_us = wall_us(m + TRANSMIT);
    return FV_LWIP_RESPONSE;
}

enum fv_err fv_lwip_time(struct fv_lwip *l, const char *server, uint16_t port, int64_t deadline_us,
                         struct fv_lwip_time *time)
{
    struct exchange x = {.question = {VERSION << 3 | CLIENT}, .time = time};
    struct fv_port_addr found[FV_CAP_ADDRESSES];
    ip_addr_t servers[FV_CAP_ADDRESSES];
    struct fv_lwip_question q = {.bytes = x.question,
                                 .length = MESSAGE,
                                 .servers = servers,
                                 .port = port != 0 ? port : SNTP_PORT,
                                 .judge = judge,
                                 .arg = &x};
    enum fv_err err =
        l->net.resolve(l, server, q.port, found, FV_CAP_ADDRESSES, &q.count, deadline_us);
    if (err != FV_OK) {
        time->why =
            err == FV_E_ADDRESS ? fv_err_text(err) : "the server's name could not be resolved";
        return err;
    }
    for (size_t i = 0; i < q.count; i++) {
        const uint8_t *b = found[i].bytes;
        IP_ADDR4(&servers[i], b[0], b[1], b[2], b[3]);
    }
    err = l->entropy->fill(l->entropy->ctx, x.question + TRANSMIT, 8);
    if (err != FV_OK) {
        time->why = "no random bits to ask with";
        return err;
    }
    time->why = "the server sent no response";
    return fv_lwip_ask(l, &q, deadline_us);
}
