/* SPDX-License-Identifier: MIT */
#include "soak/world.h"

#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECONDS 20 /* a plan that plays longer hangs */

enum soak_rule soak_try(const struct soak_plan *p)
{
    static struct soak_world w;
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        alarm(SECONDS);
        (void)close(STDERR_FILENO);
        soak_play(&w, p, false);
        _exit((int)w.rule);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
        WEXITSTATUS(status) >= RULE_COUNT)
        return RULE_CRASH;
    return (enum soak_rule)WEXITSTATUS(status);
}

struct shrinking {
    struct soak_plan *p;
    enum soak_rule rule;
    double until;
    bool any; /* something went in this round */
};

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Keep what was tried if it fails in the same way. */
static bool keep(struct shrinking *s, const struct soak_plan *tried)
{
    if (memcmp(tried, s->p, sizeof *tried) == 0 || now() > s->until || soak_try(tried) != s->rule)
        return false;
    *s->p = *tried;
    s->any = true;
    return true;
}

/* --- Parts that go --- */

static void drop_faults(struct shrinking *s)
{
    for (size_t step = s->p->faults; step > 0; step /= 2) {
        for (size_t at = 0; at < s->p->faults; at += step) {
            struct soak_plan tried = *s->p;

            for (size_t i = at; i < at + step && i < tried.faults; i++)
                tried.fault[i].on = false;
            (void)keep(s, &tried);
        }
    }
}

static void drop_parts(struct shrinking *s)
{
    for (size_t i = 0; i < SOAK_RUNS + SOAK_CALM; i++) {
        struct soak_plan tried = *s->p;

        tried.run[i].on = false;
        (void)keep(s, &tried);
    }
    for (size_t i = 0; i < s->p->changes; i++) {
        struct soak_plan tried = *s->p;

        tried.change[i].on = false;
        (void)keep(s, &tried);
    }
    for (size_t i = 0; i < s->p->entries; i++) {
        struct soak_plan tried = *s->p;

        tried.entry[i].on = false;
        (void)keep(s, &tried);
    }
}

/* Fewer files of many, and whole connections. */
static void drop_many(struct shrinking *s)
{
    for (unsigned many = 0; many < s->p->many; many = many ? many * 2 : 1) {
        struct soak_plan tried = *s->p;

        tried.many = (uint16_t)many;
        if (keep(s, &tried))
            break;
    }
    for (size_t i = 0; i < s->p->breaks; i++) {
        struct soak_plan tried = *s->p;

        tried.cut[i].on = false;
        (void)keep(s, &tried);
    }
}

/* --- What becomes simpler --- */

static void simplify_run(struct soak_run *r, unsigned how)
{
    const struct soak_run plain = {.on = r->on,
                                   .jobs = r->jobs,
                                   .pipeline = r->pipeline,
                                   .retries = r->retries};
    struct soak_run before = *r;

    switch (how) {
    case 0: /* all but its troubles */
        *r = plain;
        r->storage_fault = before.storage_fault;
        r->storage_err = before.storage_err;
        r->net_fault = before.net_fault;
        r->cancel = before.cancel;
        r->power = before.power;
        r->power_rename = before.power_rename;
        r->power_behind = before.power_behind;
        r->harsh = before.harsh;
        break;
    case 1:
        *r = plain;
        break;
    case 2:
        r->jobs = 1;
        break;
    case 3:
        r->pipeline = 1;
        break;
    case 4:
        r->pipeline = r->pipeline > 2 ? 2 : r->pipeline;
        break;
    case 5:
        r->retries = 0;
        break;
    case 6:
        r->retries = r->retries > 1 ? 1 : r->retries;
        break;
    case 7:
        r->scope = r->filter = r->latest = r->max_delete = r->others = 0;
        r->max_size = 0;
        break;
    case 8:
        r->once = r->prune = r->dry_run = r->hook_fails = r->proxy = false;
        r->direct = 0;
        r->checksum = r->adopt = false;
        break;
    case 9:
        r->piece = r->window = r->order = r->min_free = r->space = 0;
        break;
    case 10:
        r->max_time_ms = r->rate = r->wait_us = 0;
        r->wall_jump = 0;
        r->unknown_wall = 0;
        break;
    case 11:
        r->storage_fault = r->net_fault = 0;
        r->storage_stays = false;
        break;
    case 12:
        r->cancel = 0;
        break;
    default:
        r->power = r->power_rename = 0;
        r->lies = r->readonly = r->harsh = false;
        break;
    }
}

static void simplify_entry(struct soak_entry *e, unsigned how)
{
    switch (how) {
    case 0:
        e->way = WAY_DIRECT;
        break;
    case 1:
        e->framing = FRAMED_LENGTH;
        break;
    case 2:
        e->validator = VALID_TAG;
        e->ranges = true;
        break;
    case 3:
        e->late = false;
        break;
    case 4:
        e->odd = ODD_NONE;
        break;
    case 5:
        e->spelling = e->tail = 0;
        break;
    case 6:
        e->dir = 0;
        break;
    default:
        for (size_t v = 0; v < SOAK_VERSIONS; v++)
            e->size[v] = (uint16_t)(e->size[v] > 100 ? 100 + v : e->size[v]);
        break;
    }
}

static void simplify(struct shrinking *s)
{
    struct soak_plan tried = *s->p;

    tried.medium = FV_SIM_POSIX;
    (void)keep(s, &tried);
    tried = *s->p;
    tried.folds = false;
    (void)keep(s, &tried);
    tried = *s->p;
    tried.times = FV_SIM_TIMES_KEPT;
    (void)keep(s, &tried);
    tried = *s->p;
    tried.user = true;
    tried.spaced = tried.dead_address = false;
    tried.expires_s = 0;
    tried.limit_ms = 0;
    tried.swallows = tried.store_swallows = false;
    tried.store_full = 0;
    tried.per_line = tried.busy = tried.many_renewed = 0;
    (void)keep(s, &tried);
    tried = *s->p;
    tried.hook = false;
    (void)keep(s, &tried);
    for (size_t i = 0; i < SOAK_RUNS + SOAK_CALM; i++) {
        for (unsigned how = 0; s->p->run[i].on && how < 14; how++) {
            tried = *s->p;
            simplify_run(&tried.run[i], how);
            (void)keep(s, &tried);
        }
    }
    for (size_t i = 0; i < s->p->entries; i++) {
        for (unsigned how = 0; s->p->entry[i].on && how < 8; how++) {
            tried = *s->p;
            simplify_entry(&tried.entry[i], how);
            (void)keep(s, &tried);
        }
    }
}

void soak_shrink(struct soak_plan *p, enum soak_rule rule, double seconds)
{
    struct shrinking s = {.p = p, .rule = rule, .until = now() + seconds, .any = true};

    while (s.any && now() < s.until) {
        s.any = false;
        drop_faults(&s);
        drop_parts(&s);
        drop_many(&s);
        simplify(&s);
    }
}
