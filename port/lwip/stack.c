/* SPDX-License-Identifier: MIT */
#include "port/lwip/inside.h"

bool fv_lwip_run(struct fv_lwip *l)
{
    return l->stack.turn(l->stack.ctx);
}

enum fv_err fv_lwip_until(struct fv_lwip *l, bool (*ready)(const void *arg), const void *arg,
                          int64_t deadline_us)
{
    for (;;) {
        bool more = fv_lwip_run(l);
        if (fv_port_cancelled(l->machine)) {
            return FV_E_CANCELLED;
        }
        if (ready(arg)) {
            return FV_OK;
        }
        if (l->machine->now(l->machine->ctx) >= deadline_us) {
            return FV_E_TIMEOUT;
        }
        if (!more && l->stack.idle != NULL) {
            l->stack.idle(l->stack.ctx);
        }
    }
}

enum fv_err fv_lwip_fail(struct fv_lwip *l, enum fv_err err, int32_t code)
{
    l->error = code;
    return err;
}

uint32_t fv_lwip_random(const struct fv_port_entropy *entropy)
{
    uint8_t bytes[4] = {0};
    (void)entropy->fill(entropy->ctx, bytes, sizeof bytes);
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static bool has_address(const void *arg)
{
    const struct fv_lwip *l = arg;
    return !ip4_addr_isany_val(*netif_ip4_addr(l->stack.netif));
}

enum fv_err fv_lwip_up(struct fv_lwip *l, int64_t deadline_us)
{
    enum fv_err err = fv_lwip_until(l, has_address, l, deadline_us);
    return err == FV_E_TIMEOUT ? fv_lwip_fail(l, FV_E_ADDRESS, 0) : err;
}

static bool never(const void *arg)
{
    (void)arg;
    return false;
}

enum fv_err fv_lwip_sleep(struct fv_lwip *l, int64_t deadline_us)
{
    enum fv_err err = fv_lwip_until(l, never, NULL, deadline_us);
    return err == FV_E_TIMEOUT ? FV_OK : err;
}

/* --- The tables --- */

static int32_t last_error(void *ctx)
{
    const struct fv_lwip *l = ctx;
    return l->error;
}

static int64_t clock_now(void *ctx)
{
    const struct fv_lwip *l = ctx;
    return l->machine->now(l->machine->ctx);
}

static int64_t clock_wall(void *ctx)
{
    const struct fv_lwip *l = ctx;
    return l->machine->wall(l->machine->ctx);
}

static enum fv_err clock_sleep(void *ctx, int64_t deadline_us)
{
    return fv_lwip_sleep(ctx, deadline_us);
}

static int clock_cancelled(void *ctx)
{
    const struct fv_lwip *l = ctx;
    return l->machine->cancelled(l->machine->ctx);
}

void fv_lwip_adopt(struct fv_lwip *l, const struct fv_lwip_stack *stack,
                   const struct fv_port_clock *clock, const struct fv_port_entropy *entropy)
{
    *l = (struct fv_lwip){.machine = clock, .entropy = entropy, .stack = *stack};
    l->net.ctx = l;
    l->net.last_error = last_error;
    l->clock = *clock;
    l->clock.ctx = l;
    l->clock.now = clock_now;
    l->clock.wall = clock_wall;
    l->clock.sleep = clock_sleep;
    l->clock.cancelled = clock_cancelled;
    fv_lwip_tcp_init(l);
    fv_lwip_resolve_init(l);
}
