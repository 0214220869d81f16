/* SPDX-License-Identifier: MIT */
#include "port/sim/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_US 1000000
/* How much time goes by between two calls of clock.idle. */
#define PIECE_US 500000
/* 2024-01-01T00:00:00Z */
#define WALL_US 1704067200000000

void *fv_sim_room(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);

    if (!p) {
        fputs("sim: no memory\n", stderr);
        abort();
    }
    return p;
}

/* SplitMix64 */
static uint64_t draw(struct fv_sim *s)
{
    uint64_t z = s->random += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t fv_sim_pick(struct fv_sim *s, uint64_t limit)
{
    return draw(s) % limit;
}

bool fv_sim_stopped(const struct fv_sim *s)
{
    return s->cancelled || fv_sim_dark(s) || (s->cancel_at && s->ops >= s->cancel_at);
}

bool fv_sim_dark(const struct fv_sim *s)
{
    return s->cut_at && s->storage_ops >= s->cut_at;
}

static enum fv_err operation(struct fv_sim *s, enum fv_err err)
{
    bool hit;

    s->ops++;
    hit = s->fault.at && (s->ops == s->fault.at || (s->fault.stays && s->ops > s->fault.at));
    if (!hit || err == FV_OK)
        return FV_OK;
    s->fired++;
    s->last = err;
    return err;
}

void fv_sim_pass(struct fv_sim *s, int64_t until_us)
{
    fv_port_idle(&s->clock);
    while (s->now_us < until_us) {
        bool whole = !fv_port_has_idle(&s->clock) || until_us - s->now_us <= PIECE_US;

        s->now_us = whole ? until_us : s->now_us + PIECE_US;
        fv_port_idle(&s->clock);
    }
}

enum fv_err fv_sim_storage_op(struct fv_sim *s)
{
    fv_port_idle(&s->clock);
    s->storage_ops++;
    return fv_sim_dark(s) ? FV_E_STORAGE : operation(s, s->fault.storage);
}

enum fv_err fv_sim_net_op(struct fv_sim *s)
{
    return fv_sim_dark(s) ? FV_E_NETWORK : operation(s, s->fault.net);
}

int64_t fv_sim_wall(const struct fv_sim *s)
{
    return s->wall_us == INT64_MIN ? INT64_MIN : s->wall_us + s->now_us;
}

static int64_t clock_now(void *ctx)
{
    struct fv_sim *s = ctx;

    s->now_us += s->step_us;
    return s->now_us;
}

static int64_t clock_wall(void *ctx)
{
    return fv_sim_wall(ctx);
}

static enum fv_err clock_sleep(void *ctx, int64_t deadline_us)
{
    struct fv_sim *s = ctx;

    if (fv_sim_stopped(s))
        return FV_E_CANCELLED;
    if (deadline_us == INT64_MAX) {
        s->hung = true;
        return FV_E_CANCELLED;
    }
    fv_sim_pass(s, deadline_us);
    return FV_OK;
}

static int clock_cancelled(void *ctx)
{
    return fv_sim_stopped(ctx);
}

static enum fv_err entropy_fill(void *ctx, uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)draw(ctx);
    return FV_OK;
}

void fv_sim_init(struct fv_sim *s, enum fv_sim_medium medium, uint64_t seed)
{
    memset(s, 0, sizeof *s);
    s->medium = medium;
    s->model = &fv_sim_models[medium];
    s->random = seed;
    s->space = UINT64_MAX;
    s->now_us = START_US;
    s->wall_us = WALL_US;
    s->clock = (struct fv_port_clock){
        .ctx = s,
        .now = clock_now,
        .wall = clock_wall,
        .sleep = clock_sleep,
        .cancelled = clock_cancelled,
        .idle = &s->idle,
    };
    s->entropy = (struct fv_port_entropy){.ctx = s, .fill = entropy_fill};
    fv_sim_storage_init(s);
    fv_sim_net_init(s);
    s->port = (struct fv_port){
        .net = &s->net,
        .storage = &s->storage,
        .clock = &s->clock,
        .entropy = &s->entropy,
    };
}

void fv_sim_free(struct fv_sim *s)
{
    fv_sim_net_free(s);
    fv_sim_disk_free(s);
}

unsigned fv_sim_handles(const struct fv_sim *s)
{
    unsigned count = fv_sim_net_handles(s);

    for (size_t i = 0; i < FV_SIM_FILES; i++)
        count += s->disk->handles[i].node != NULL;
    return count;
}

void fv_sim_power_cut(struct fv_sim *s)
{
    memset(&s->fault, 0, sizeof s->fault);
    s->cancel_at = s->cut_at = s->cut_rename = 0;
    s->cancelled = false;
    fv_sim_net_cut(s);
    fv_sim_disk_cut(s);
}
