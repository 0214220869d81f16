/* SPDX-License-Identifier: MIT */
#include "port/sim/inside.h"

#include <stdlib.h>
#include <string.h>

#define HOSTS 32
#define LISTENERS 32

enum kind { DATA, SILENCE, END, RESET };

struct segment {
    struct segment *next;
    enum kind kind;
    /* of SILENCE: its duration; once it is first in the queue, the time at which it ends */
    int64_t us;
    bool begun;
    size_t used, n;
    uint8_t *bytes;
};

struct fv_sim_conn {
    struct fv_sim *sim;             /* NULL: free */
    const struct fv_sim_peer *peer; /* NULL: no peer is at the address */
    bool up, failed, stalled;
    enum fv_sim_manner manner;
    int64_t due_us; /* when connecting ends */
    size_t may_read, may_send;
    struct segment *first;
};

struct fv_sim_wire {
    struct {
        const char *name;
        struct fv_port_addr addr;
    } hosts[HOSTS];
    struct {
        struct fv_port_addr addr;
        const struct fv_sim_peer *peer;
    } listeners[LISTENERS];
    size_t host_count, listener_count;
    struct fv_sim_conn conns[FV_SIM_CONNECTIONS];
    unsigned begun;
};

static enum fv_err fail(struct fv_sim *s, enum fv_err err)
{
    s->last = err;
    return err;
}

static struct fv_sim_conn *conn_of(struct fv_sim *s, int sock)
{
    /* the handle is not open: a bug in the program under test */
    if (sock < 0 || sock >= FV_SIM_CONNECTIONS || !s->wire->conns[sock].sim)
        abort();
    return &s->wire->conns[sock];
}

/* --- The queue of what the client receives --- */

static void queue(struct fv_sim_conn *c, enum kind kind, int64_t us, const void *p, size_t n)
{
    struct segment *segment = fv_sim_room(1, sizeof *segment);
    struct segment **at = &c->first;

    segment->kind = kind;
    segment->us = us;
    segment->n = n;
    segment->bytes = fv_sim_room(n, 1);
    if (n)
        memcpy(segment->bytes, p, n);
    while (*at)
        at = &(*at)->next;
    *at = segment;
}

static void drop_first(struct fv_sim_conn *c)
{
    struct segment *segment = c->first;

    c->first = segment->next;
    free(segment->bytes);
    free(segment);
}

void fv_sim_send(struct fv_sim_conn *c, const void *p, size_t n)
{
    if (n)
        queue(c, DATA, 0, p, n);
}

void fv_sim_send_text(struct fv_sim_conn *c, const char *text)
{
    fv_sim_send(c, text, strlen(text));
}

void fv_sim_pause(struct fv_sim_conn *c, int64_t us)
{
    queue(c, SILENCE, us, NULL, 0);
}

void fv_sim_end(struct fv_sim_conn *c)
{
    queue(c, END, 0, NULL, 0);
}

void fv_sim_reset(struct fv_sim_conn *c)
{
    queue(c, RESET, 0, NULL, 0);
}

void fv_sim_stall(struct fv_sim_conn *c, bool stalled)
{
    c->stalled = stalled;
}

/* Remove silences that have ended. Return what the client receives now; NULL if it is nothing. */
static struct segment *due(struct fv_sim_conn *c)
{
    while (c->first && c->first->kind == SILENCE) {
        if (!c->first->begun) {
            c->first->begun = true;
            c->first->us += c->sim->now_us;
        }
        if (c->first->us > c->sim->now_us)
            return NULL;
        drop_first(c);
    }
    return c->first;
}

static void renew_allowances(struct fv_sim_conn *c)
{
    c->may_read = c->peer && c->peer->piece ? c->peer->piece : SIZE_MAX;
    c->may_send = c->peer && c->peer->window ? c->peer->window : SIZE_MAX;
}

/* --- Connecting --- */

static bool same_place(const struct fv_port_addr *a, const struct fv_port_addr *b)
{
    return a->family == b->family && a->port == b->port &&
           memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : 16) == 0;
}

/* End connecting if its time has come. */
static void settle(struct fv_sim_conn *c)
{
    if (c->up || c->failed || c->manner == FV_SIM_SILENT || c->due_us > c->sim->now_us)
        return;
    c->failed = c->manner == FV_SIM_REFUSE;
    c->up = !c->failed;
    if (c->up && c->peer->accepted)
        c->peer->accepted(c->peer->arg, c);
}

static enum fv_err net_resolve(void *ctx, const char *host, uint16_t port, struct fv_port_addr *out,
                               size_t cap, size_t *count, int64_t deadline_us)
{
    struct fv_sim *s = ctx;
    size_t found = 0;
    enum fv_err err = fv_sim_net_op(s);

    if (err != FV_OK)
        return err;
    if (fv_sim_stopped(s))
        return FV_E_CANCELLED;
    if (s->resolve_us > 0 && deadline_us - s->now_us < s->resolve_us) {
        fv_sim_pass(s, deadline_us);
        return fail(s, FV_E_TIMEOUT);
    }
    fv_sim_pass(s, s->now_us + s->resolve_us);
    for (size_t i = 0; i < s->wire->host_count && found < cap; i++) {
        if (strcmp(s->wire->hosts[i].name, host) == 0) {
            out[found] = s->wire->hosts[i].addr;
            out[found++].port = port;
        }
    }
    if (found == 0)
        return fail(s, FV_E_RESOLVE);
    *count = found;
    return FV_OK;
}

static enum fv_err net_open(void *ctx, const struct fv_port_addr *addr, int *sock)
{
    struct fv_sim *s = ctx;
    enum fv_err err = fv_sim_net_op(s);
    int i = 0;
    struct fv_sim_conn *c;
    int64_t connect_us = 0;

    if (err != FV_OK)
        return err;
    while (i < FV_SIM_CONNECTIONS && s->wire->conns[i].sim)
        i++;
    if (i == FV_SIM_CONNECTIONS)
        return fail(s, FV_E_NETWORK);
    c = &s->wire->conns[i];
    memset(c, 0, sizeof *c);
    c->sim = s;
    c->manner = FV_SIM_REFUSE;
    for (size_t k = 0; k < s->wire->listener_count; k++) {
        if (same_place(&s->wire->listeners[k].addr, addr))
            c->peer = s->wire->listeners[k].peer;
    }
    if (c->peer) {
        c->manner = c->peer->manner;
        connect_us = c->peer->connect_us;
        if (c->peer->met)
            c->peer->met(c->peer->arg, &c->manner, &connect_us);
    }
    c->due_us = s->now_us + connect_us;
    renew_allowances(c);
    s->wire->begun++;
    *sock = i;
    return FV_OK;
}

static enum fv_err net_connected(void *ctx, int sock)
{
    struct fv_sim_conn *c = conn_of(ctx, sock);
    enum fv_err err = fv_sim_net_op(ctx);

    if (err != FV_OK)
        return err;
    settle(c);
    if (c->failed)
        return fail(ctx, FV_E_CONNECT);
    return c->up ? FV_OK : FV_AGAIN;
}

/* --- Waiting --- */

static uint8_t readiness(struct fv_sim_conn *c)
{
    const struct segment *next;
    uint8_t ready = 0;

    settle(c);
    if (c->failed)
        return FV_PORT_READ | FV_PORT_WRITE;
    if (!c->up)
        return 0;
    next = due(c);
    if (next && next->kind == RESET)
        return FV_PORT_READ | FV_PORT_WRITE;
    if (next)
        ready |= FV_PORT_READ;
    if (!c->stalled)
        ready |= FV_PORT_WRITE;
    return ready;
}

/* Return the time at which the state of c may change by itself; INT64_MAX: never. */
static int64_t next_instant(const struct fv_sim_conn *c)
{
    if (!c->up && !c->failed && c->manner != FV_SIM_SILENT)
        return c->due_us;
    return c->up && c->first && c->first->kind == SILENCE ? c->first->us : INT64_MAX;
}

static bool look(struct fv_sim *s, struct fv_port_event *events, size_t count, int64_t *next)
{
    bool any = false;

    *next = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        struct fv_sim_conn *c = conn_of(s, events[i].sock);

        events[i].ready = readiness(c) & events[i].want;
        any = any || events[i].ready;
        if (next_instant(c) < *next)
            *next = next_instant(c);
    }
    return any;
}

static enum fv_err net_wait(void *ctx, struct fv_port_event *events, size_t count,
                            int64_t deadline_us)
{
    struct fv_sim *s = ctx;
    enum fv_err err = fv_sim_net_op(s);
    int64_t next;

    if (err != FV_OK)
        return err;
    if (fv_sim_stopped(s))
        return FV_E_CANCELLED;
    for (size_t i = 0; i < count; i++)
        renew_allowances(conn_of(s, events[i].sock));
    while (!look(s, events, count, &next)) {
        if (next == INT64_MAX && deadline_us == INT64_MAX) {
            s->hung = true;
            return fail(s, FV_E_NETWORK);
        }
        if (next > deadline_us || deadline_us <= s->now_us) {
            fv_sim_pass(s, deadline_us);
            return fail(s, FV_E_TIMEOUT);
        }
        fv_sim_pass(s, next);
    }
    fv_sim_pass(s, s->now_us + s->wait_us);
    return FV_OK;
}

/* --- Bytes --- */

static enum fv_err net_send(void *ctx, int sock, const uint8_t *p, size_t n, size_t *sent)
{
    struct fv_sim_conn *c = conn_of(ctx, sock);
    enum fv_err err = fv_sim_net_op(ctx);
    const struct segment *next;

    if (err != FV_OK)
        return err;
    settle(c);
    if (c->failed)
        return fail(ctx, FV_E_RESET);
    next = due(c);
    if (next && next->kind == RESET)
        return fail(ctx, FV_E_RESET);
    if (!c->up || c->stalled || c->may_send == 0)
        return FV_AGAIN;
    if (n > c->may_send)
        n = c->may_send;
    if (c->may_send != SIZE_MAX)
        c->may_send -= n;
    *sent = n;
    if (c->peer->received)
        c->peer->received(c->peer->arg, c, p, n);
    return FV_OK;
}

static enum fv_err net_recv(void *ctx, int sock, uint8_t *p, size_t n, size_t *got)
{
    struct fv_sim_conn *c = conn_of(ctx, sock);
    enum fv_err err = fv_sim_net_op(ctx);
    struct segment *next;
    size_t have = 0;

    if (err != FV_OK)
        return err;
    settle(c);
    next = due(c);
    if (c->failed || (next && next->kind == RESET))
        return fail(ctx, FV_E_RESET);
    if (!c->up || !next || c->may_read == 0)
        return FV_AGAIN;
    if (n > c->may_read)
        n = c->may_read;
    while (have < n && (next = due(c)) != NULL && next->kind == DATA) {
        size_t part = next->n - next->used < n - have ? next->n - next->used : n - have;

        memcpy(p + have, next->bytes + next->used, part);
        next->used += part;
        have += part;
        if (next->used == next->n)
            drop_first(c);
    }
    if (c->may_read != SIZE_MAX)
        c->may_read -= have;
    *got = have;
    return FV_OK;
}

static void forget(struct fv_sim_conn *c)
{
    while (c->first)
        drop_first(c);
    c->sim = NULL;
}

static void net_close(void *ctx, int sock)
{
    struct fv_sim_conn *c = conn_of(ctx, sock);

    if (c->up && c->peer->closed)
        c->peer->closed(c->peer->arg, c);
    forget(c);
}

static int32_t net_last_error(void *ctx)
{
    const struct fv_sim *s = ctx;

    return s->last;
}

/* --- The whole --- */

void fv_sim_net_init(struct fv_sim *s)
{
    s->wire = fv_sim_room(1, sizeof *s->wire);
    s->net = (struct fv_port_net){
        .ctx = s,
        .resolve = net_resolve,
        .open = net_open,
        .connected = net_connected,
        .wait = net_wait,
        .send = net_send,
        .recv = net_recv,
        .close = net_close,
        .last_error = net_last_error,
    };
}

void fv_sim_net_cut(struct fv_sim *s)
{
    for (size_t i = 0; i < FV_SIM_CONNECTIONS; i++)
        forget(&s->wire->conns[i]);
}

void fv_sim_net_free(struct fv_sim *s)
{
    fv_sim_net_cut(s);
    free(s->wire);
    s->wire = NULL;
}

unsigned fv_sim_net_handles(const struct fv_sim *s)
{
    unsigned count = 0;

    for (size_t i = 0; i < FV_SIM_CONNECTIONS; i++)
        count += s->wire->conns[i].sim != NULL;
    return count;
}

unsigned fv_sim_connections(const struct fv_sim *s)
{
    return s->wire->begun;
}

unsigned fv_sim_conn_number(const struct fv_sim_conn *c)
{
    return (unsigned)(c - c->sim->wire->conns);
}

struct fv_port_addr fv_sim_addr4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port)
{
    return (struct fv_port_addr){.family = 4, .bytes = {a, b, c, d}, .port = port};
}

void fv_sim_host(struct fv_sim *s, const char *host, struct fv_port_addr addr)
{
    if (s->wire->host_count == HOSTS)
        abort();
    s->wire->hosts[s->wire->host_count].name = host;
    s->wire->hosts[s->wire->host_count++].addr = addr;
}

void fv_sim_listen(struct fv_sim *s, struct fv_port_addr addr, const struct fv_sim_peer *peer)
{
    if (s->wire->listener_count == LISTENERS)
        abort();
    s->wire->listeners[s->wire->listener_count].addr = addr;
    s->wire->listeners[s->wire->listener_count++].peer = peer;
}
