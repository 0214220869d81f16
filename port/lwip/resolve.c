/* SPDX-License-Identifier: MIT */
#include "port/lwip/dns.h"
#include "port/lwip/inside.h"

#include <lwip/dns.h>

#define DNS_PORT 53

struct look_up {
    uint8_t question[FV_CAP_HOST + FV_DNS_QUESTION];
    size_t length;
    struct fv_dns_found found;
    enum fv_dns result;
};

static enum fv_lwip_verdict judge(void *arg, const struct pbuf *datagram)
{
    struct look_up *u = arg;
    uint8_t bytes[FV_DNS_MESSAGE];
    size_t n = pbuf_copy_partial(datagram, bytes, sizeof bytes, 0);
    u->result = fv_dns_response(bytes, n, u->question, u->length, &u->found);
    if (u->result == FV_DNS_OTHER) {
        return FV_LWIP_OTHER;
    }
    return u->result == FV_DNS_FAILED ? FV_LWIP_DEAD : FV_LWIP_RESPONSE;
}

static size_t name_servers(ip_addr_t *out)
{
    size_t count = 0;
    for (u8_t i = 0; i < DNS_MAX_SERVERS; i++) {
        const ip_addr_t *server = dns_getserver(i);
        if (!ip_addr_isany(server)) {
            out[count++] = *server;
        }
    }
    return count;
}

/* Put the addresses of the name into u->found. */
static enum fv_err look_up(struct fv_lwip *l, const char *host, struct look_up *u,
                           int64_t deadline_us)
{
    ip_addr_t servers[DNS_MAX_SERVERS];
    struct fv_lwip_question q = {
        .servers = servers, .port = DNS_PORT, .judge = judge, .arg = u, .bytes = u->question};
    uint16_t id = (uint16_t)fv_lwip_random(l->entropy);
    q.count = name_servers(servers);
    q.length = u->length = fv_dns_question(host, id, u->question, sizeof u->question);
    if (q.length == 0 || q.count == 0) {
        return fv_lwip_fail(l, FV_E_RESOLVE, q.length == 0 ? ERR_ARG : ERR_RTE);
    }
    enum fv_err err = fv_lwip_ask(l, &q, deadline_us);
    if (err == FV_E_TIMEOUT || err == FV_E_CANCELLED) {
        return fv_lwip_fail(l, err, ERR_TIMEOUT);
    }
    if (err != FV_OK || u->result != FV_DNS_FOUND) {
        return fv_lwip_fail(l, FV_E_RESOLVE, u->found.code != 0 ? u->found.code : ERR_VAL);
    }
    return FV_OK;
}

/* A connection begins with this call, so it waits here for an address of the interface. */
static enum fv_err resolve(void *ctx, const char *host, uint16_t port, struct fv_port_addr *out,
                           size_t cap, size_t *count, int64_t deadline_us)
{
    struct fv_lwip *l = ctx;
    uint8_t found[FV_CAP_ADDRESSES][4];
    ip4_addr_t literal;
    struct look_up u = {
        .found = {.out = found, .cap = cap < FV_CAP_ADDRESSES ? cap : FV_CAP_ADDRESSES}};
    enum fv_err err = fv_lwip_up(l, deadline_us);
    if (err == FV_OK && ip4addr_aton(host, &literal)) { /* needs no query */
        for (unsigned i = 0; i < 4; i++) {
            found[0][i] = ip4_addr_get_byte(&literal, i);
        }
        u.found.count = 1;
    } else if (err == FV_OK) {
        err = look_up(l, host, &u, deadline_us);
    }
    if (err != FV_OK) {
        return err;
    }
    for (size_t i = 0; i < u.found.count; i++) {
        out[i] = (struct fv_port_addr){.family = 4, .port = port};
        for (unsigned j = 0; j < 4; j++) {
            out[i].bytes[j] = found[i][j];
        }
    }
    *count = u.found.count;
    return FV_OK;
}

void fv_lwip_resolve_init(struct fv_lwip *l)
{
    l->net.resolve = resolve;
}
