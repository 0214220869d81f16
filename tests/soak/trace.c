/* SPDX-License-Identifier: MIT */
#include "soak/world.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const rules[RULE_COUNT] = {"none",  "content", "ledger",  "lost",    "again",
                                              "event", "exit",    "healthy", "unnamed", "missing",
                                              "stray", "secret",  "request", "storm",   "hung",
                                              "calm",  "settled", "crash"};
static const char *const times[] = {"", ", ignores times", ", clamps times", ", loses times"};
static const char *const media[] = {"POSIX", "FAT", "littlefs", "VFAT"};
static const char *const odds[] = {
    "", ", name null", ", no name", ", impossible date", ", foreign URL", ", wrong kind"};
static const char *const ways[] = {"", ", redirected here", ", redirected to the storage",
                                   ", redirected here and to the storage"};
static const char *const validators[] = {"ETag", "ETag and date", "date", "weak ETag",
                                         "no validator"};
static const char *const framings[] = {"", ", chunked", ", until close"};
static const char *const changes[] = {
    "new version",           "new version, old date", "new date",           "other URL",
    "listed or no longer",   "removed by the user",   "edited by the user", "a byte rots",
    "the ledger is damaged", "the ledger is cut",     "the ledger is lost"};
static const char *const nodes[] = {"listing",
                                    "file",
                                    "here",
                                    "storage",
                                    "connection",
                                    "connection to the storage",
                                    "connection to the proxy",
                                    "proxy"};
static const char *const kinds[] = {"status",      "late",     "late body", "drip",
                                    "cut",         "short",    "instead",   "close",
                                    "framing",     "redirect", "range",     "validator",
                                    "new version", "surplus",  "interim",   "left out",
                                    "listing",     "coded",    "huge",      "connecting"};

const char *soak_rule_name(enum soak_rule rule)
{
    return rules[rule];
}

const char *soak_change_name(enum soak_change_kind kind)
{
    return changes[kind];
}

static void show_run(const struct soak_run *r, size_t i)
{
    const struct {
        const char *name;
        unsigned long value;
    } numbers[] = {
        {"scope", r->scope},
        {"others", r->others},
        {"max-size", r->max_size},
        {"filter", r->filter},
        {"latest", r->latest},
        {"once", r->once},
        {"checksum", r->checksum},
        {"adopt", r->adopt},
        {"prune", r->prune},
        {"max-delete+1", r->max_delete},
        {"dry-run", r->dry_run},
        {"hook fails", r->hook_fails},
        {"proxy", r->proxy},
        {"past it", r->proxy ? r->direct : 0},
        {"order", r->order},
        {"piece", r->piece},
        {"window", r->window},
        {"min-free", r->min_free},
        {"space", r->space},
        {"max-time ms", r->max_time_ms},
        {"rate", r->rate},
        {"wait us", r->wait_us},
        {"clock unknown", r->unknown_wall},
        {"storage fails at", r->storage_fault},
        {"with", r->storage_fault ? r->storage_err : 0},
        {"and on", r->storage_fault && r->storage_stays},
        {"network fails at", r->net_fault},
        {"cancel at", r->cancel},
        {"power cut at", r->power},
        {"power cut by rename", r->power_rename},
        {"behind it", r->power_rename ? r->power_behind : 0},
        {"read-only", r->readonly},
        {"syncs lie", r->lies},
        {"harsh", r->harsh},
    };

    printf("run %zu: jobs %d, pipeline %d, retries %d", i, r->jobs, r->pipeline, r->retries);
    for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
        if (numbers[k].value)
            printf(", %s %lu", numbers[k].name, numbers[k].value);
    }
    if (r->wall_jump)
        printf(", clock jumps %d days", r->wall_jump);
    putchar('\n');
}

void soak_show(const struct soak_plan *p)
{
    printf("seed %llu: %s%s%s%s%s%s%s\n", (unsigned long long)p->seed, media[p->medium],
           p->folds ? ", folds names" : "", times[p->times],
           p->same_second ? ", all dates alike" : "", p->user ? "" : ", no user",
           p->dead_address ? ", a dead address" : "", p->hook ? ", hook" : "");
    if (p->crowded)
        printf("the portal has one connection to give\n");
    if (p->swallows)
        printf("the portal swallows what is sent ahead\n");
    if (p->store_swallows)
        printf("the storage swallows what is sent ahead\n");
    if (p->store_full)
        printf("the storage has one connection to give\n");
    if (p->dated)
        printf("answers may come in a wrong number\n");
    if (p->limit_ms)
        printf("the portal answers one file in %d ms\n", p->limit_ms);
    if (p->many)
        printf("many: %d%s, new versions of %d %%, %d + %d requests on a connection%s, %d per "
               "mille busy\n",
               p->many, p->many_tags ? " with ETag" : "", p->many_renewed, p->per_line,
               p->per_line_more, p->per_line_told ? ", told" : "", p->busy);
    for (size_t i = 0; i < p->breaks; i++) {
        if (p->cut[i].on)
            printf("run %d: connection %d breaks at byte %u: %d\n", p->cut[i].run, p->cut[i].line,
                   p->cut[i].at, p->cut[i].how);
    }
    for (size_t i = 0; i < p->entries; i++) {
        const struct soak_entry *e = &p->entry[i];

        if (e->on)
            printf("f%zu: %s/%s, %s, sizes %d %d %d%s%s%s%s%s\n", i, soak_dir(p, i),
                   soak_name(p, i), validators[e->validator], e->size[0], e->size[1], e->size[2],
                   ways[e->way], framings[e->framing], odds[e->odd], e->ranges ? "" : ", no ranges",
                   e->late ? ", not in the first run" : "");
        if (e->on && e->same_as != i)
            printf("    with the URL of f%d\n", e->same_as);
    }
    for (size_t i = 0; i < p->changes; i++) {
        if (p->change[i].on)
            printf("before run %d: f%d: %s\n", p->change[i].run, p->change[i].entry,
                   changes[p->change[i].kind]);
    }
    for (size_t i = 0; i < SOAK_RUNS + SOAK_CALM; i++) {
        if (p->run[i].on)
            show_run(&p->run[i], i);
    }
    for (size_t i = 0; i < p->faults; i++) {
        const struct soak_fault *f = &p->fault[i];

        if (f->on && f->nth == SOAK_EACH)
            printf("run %d: each request of %s f%d: %s %d %d %d\n", f->run, nodes[f->node],
                   f->entry, kinds[f->kind], f->a, f->b, f->c);
        else if (f->on)
            printf("run %d: request %d of %s f%d: %s %d %d %d\n", f->run, f->nth, nodes[f->node],
                   f->entry, kinds[f->kind], f->a, f->b, f->c);
    }
}

unsigned soak_ignored;

void soak_wrong(struct soak_world *w, enum soak_rule rule, const char *format, ...)
{
    va_list list;
    int n;

    if (w->rule != RULE_NONE || soak_ignored >> rule & 1)
        return;
    w->rule = rule;
    n = snprintf(w->wrong, sizeof w->wrong, "run %zu%s: ", w->run, w->calm ? " (calm)" : "");
    va_start(list, format);
    vsnprintf(w->wrong + n, sizeof w->wrong - (size_t)n, format, list);
    va_end(list);
    soak_say(w, "WRONG: %s: %s", soak_rule_name(rule), w->wrong);
}

void soak_say(const struct soak_world *w, const char *format, ...)
{
    va_list list;

    if (!w->tracing)
        return;
    printf("%9.3f s  op %-5llu ", (double)(w->sim.now_us - w->began_us) / 1e6,
           (unsigned long long)w->sim.ops);
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    putchar('\n');
}
