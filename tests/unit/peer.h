/* SPDX-License-Identifier: MIT */
/*
 * A port whose peers are strings: each connection that is opened plays the next one. Time passes
 * only in wait().
 */
#ifndef TEST_PEER_H
#define TEST_PEER_H

#include "port/port.h"

#include <stdlib.h>
#include <string.h>

#define PEER_ANSWERS 4

enum peer_end { PEER_FIN, PEER_RESET, PEER_SILENT, PEER_BROKEN };

struct peer {
    /* What the test sets. */
    const char *answer[PEER_ANSWERS]; /* what each connection sends; NULL: connecting is refused */
    enum peer_end end[PEER_ANSWERS];  /* and what it does then */
    size_t step;        /* bytes received at once, each time followed by one FV_AGAIN; 0: all */
    size_t send_step;   /* the same for what is sent */
    bool after_request; /* nothing is sent before the first byte of a request came */
    bool deaf;          /* sending fails with FV_E_RESET */
    /* the first connection does so behind that many requests, and sends nothing before; 0: not */
    size_t takes;
    bool broken; /* sending fails with FV_E_NETWORK */
    bool cancel; /* wait() ends with FV_E_CANCELLED */
    /* What it looks at. */
    char sent[8192]; /* all requests */
    size_t sent_len;
    size_t opened, closed, waits;
    int64_t now_us;
    char asked[FV_CAP_HOST + 1]; /* the last host that was looked up */
    /* Private. */
    size_t at;
    size_t sent_here;
    size_t refused; /* bytes that it was not the time for: they have to come again, TLS insists */
    bool pause_recv, pause_send;
    struct fv_port_net net;
    struct fv_port_clock clock;
    struct fv_port port;
};

static inline enum fv_err peer_resolve(void *ctx, const char *host, uint16_t port,
                                       struct fv_port_addr *out, size_t cap, size_t *count,
                                       int64_t deadline_us)
{
    struct peer *p = ctx;
    (void)cap, (void)deadline_us;
    strncpy(p->asked, host, sizeof(p->asked) - 1);
    memset(out, 0, sizeof(*out));
    out->family = 4;
    out->port = port;
    *count = 1;
    return FV_OK;
}

static inline enum fv_err peer_open(void *ctx, const struct fv_port_addr *addr, int *sock)
{
    struct peer *p = ctx;
    (void)addr;
    if (p->opened >= PEER_ANSWERS || p->answer[p->opened] == NULL) {
        return FV_E_CONNECT;
    }
    *sock = (int)p->opened++;
    p->at = 0;
    p->sent_here = 0;
    p->refused = 0;
    p->pause_recv = p->pause_send = false;
    return FV_OK;
}

static inline enum fv_err peer_connected(void *ctx, int sock)
{
    (void)ctx, (void)sock;
    return FV_OK;
}

/* Whether the requests of this connection that are taken have all come. */
static inline bool peer_is_full(const struct peer *p)
{
    const char *end = "\r\n\r\n", *at = p->sent + p->sent_len - p->sent_here;
    size_t taken = 0;
    while ((at = strstr(at, end)) != NULL) {
        at += strlen(end);
        taken++;
    }
    return p->opened == 1 && p->takes > 0 && taken >= p->takes;
}

/* Whether there is no answer yet. */
static inline bool peer_is_early(const struct peer *p)
{
    return (p->after_request && p->sent_here == 0) ||
           (p->opened == 1 && p->takes > 0 && !peer_is_full(p));
}

static inline enum fv_err peer_wait(void *ctx, struct fv_port_event *events, size_t count,
                                    int64_t deadline_us)
{
    struct peer *p = ctx;
    p->waits++;
    if (p->cancel) {
        return FV_E_CANCELLED;
    }
    bool ready = false;
    for (size_t i = 0; i < count; i++) {
        size_t c = (size_t)events[i].sock;
        bool talks = p->at < strlen(p->answer[c]) || p->end[c] != PEER_SILENT;
        bool readable = talks && !peer_is_early(p);
        events[i].ready = (uint8_t)(events[i].want & (readable ? 3U : FV_PORT_WRITE));
        ready = ready || events[i].ready != 0;
    }
    if (!ready) {
        p->now_us = deadline_us;
        return FV_E_TIMEOUT;
    }
    p->pause_recv = p->pause_send = false;
    return FV_OK;
}

static inline enum fv_err peer_send(void *ctx, int sock, const uint8_t *bytes, size_t n,
                                    size_t *sent)
{
    struct peer *p = ctx;
    (void)sock;
    if (p->deaf || peer_is_full(p)) {
        return FV_E_RESET;
    }
    if (p->broken) {
        return FV_E_NETWORK;
    }
    if (p->refused > 0 && n != p->refused) {
        abort();
    }
    p->refused = p->pause_send ? n : 0;
    if (p->pause_send) {
        return FV_AGAIN;
    }
    size_t take = p->send_step != 0 && p->send_step < n ? p->send_step : n;
    if (take > sizeof(p->sent) - p->sent_len - 1) {
        abort();
    }
    memcpy(p->sent + p->sent_len, bytes, take);
    p->sent_len += take;
    p->sent_here += take;
    p->pause_send = p->send_step != 0;
    *sent = take;
    return FV_OK;
}

static inline enum fv_err peer_recv(void *ctx, int sock, uint8_t *bytes, size_t n, size_t *got)
{
    struct peer *p = ctx;
    const char *text = p->answer[sock];
    size_t left = strlen(text) - p->at;
    if (p->pause_recv || peer_is_early(p)) {
        return FV_AGAIN;
    }
    if (left == 0 && p->end[sock] != PEER_FIN) {
        return p->end[sock] == PEER_RESET    ? FV_E_RESET
               : p->end[sock] == PEER_BROKEN ? FV_E_NETWORK
                                             : FV_AGAIN;
    }
    size_t take = left < n ? left : n;
    take = p->step != 0 && p->step < take ? p->step : take;
    memcpy(bytes, text + p->at, take);
    p->at += take;
    p->pause_recv = p->step != 0;
    *got = take;
    return FV_OK;
}

static inline void peer_close(void *ctx, int sock)
{
    (void)sock;
    ((struct peer *)ctx)->closed++;
}

static inline int32_t peer_last_error(void *ctx)
{
    (void)ctx;
    return 77;
}

static inline int64_t peer_now(void *ctx)
{
    return ((struct peer *)ctx)->now_us;
}

/* The year 2045, in which a 94 is ahead. */
static inline int64_t peer_wall(void *ctx)
{
    (void)ctx;
    return INT64_C(2366841600000000);
}

/* Fill in the tables; the fields that a test sets stay. */
static inline void peer_init(struct peer *p)
{
    p->net = (struct fv_port_net){p,         peer_resolve, peer_open,  peer_connected, peer_wait,
                                  peer_send, peer_recv,    peer_close, peer_last_error};
    p->clock = (struct fv_port_clock){.ctx = p, .now = peer_now, .wall = peer_wall};
    p->port = (struct fv_port){.net = &p->net, .clock = &p->clock};
}

#endif
