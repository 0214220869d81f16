/* SPDX-License-Identifier: MIT */
#include "soak/draw.h"

#include <string.h>

static uint64_t next(struct draw *d)
{
    uint64_t z = d->state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

unsigned soak_below(struct draw *d, unsigned limit)
{
    return (unsigned)(next(d) % limit);
}

bool soak_often(struct draw *d, unsigned percent)
{
    return soak_below(d, 100) < percent;
}

/* --- The tree --- */

static uint16_t draw_size(struct draw *d)
{
    unsigned which = soak_below(d, 100);

    if (which < 8)
        return 0;
    if (which < 20)
        return (uint16_t)(1 + soak_below(d, 8));
    if (which < 70)
        return (uint16_t)(10 + soak_below(d, 600));
    if (which < 93)
        return (uint16_t)(600 + soak_below(d, 3000));
    return (uint16_t)(which < 99 ? 3000 + soak_below(d, 7000)
                                 : 10000 + soak_below(d, SOAK_SIZE - 10000));
}

static void draw_sizes(struct draw *d, struct soak_entry *e)
{
    bool same = soak_often(d, d->replacing ? 70 : 25);

    e->size[0] = draw_size(d);
    for (size_t v = 1; v < SOAK_VERSIONS; v++)
        e->size[v] = same || soak_often(d, 15) ? e->size[0] : draw_size(d);
}

static void draw_entry(struct draw *d, size_t i, unsigned odd)
{
    struct soak_entry *e = &d->p->entry[i];

    *e = (struct soak_entry){.on = true, .same_as = (uint8_t)i, .ranges = !soak_often(d, 12)};
    e->dir = (uint8_t)(soak_often(d, 60) ? 0 : soak_below(d, 5));
    e->name = (uint8_t)i;
    if (i > 0 && soak_often(d, d->doubles)) {
        e->name = d->p->entry[i - 1].name;
        e->dir = d->p->entry[i - 1].dir;
    } else if (soak_often(d, d->doubles)) {
        e->name = (uint8_t)(SOAK_ENTRIES + soak_below(d, 10));
    }
    e->tail = (uint8_t)(soak_often(d, 70) ? 0 : soak_below(d, 6));
    e->spelling = (uint8_t)soak_below(d, 256);
    e->way = soak_often(d, d->redirects) ? (enum soak_way)soak_below(d, WAY_COUNT) : WAY_DIRECT;
    e->validator = d->p->mixed ? (enum soak_validator)soak_below(d, VALID_COUNT) : d->validator;
    e->framing = soak_often(d, 80) ? FRAMED_LENGTH : (enum soak_framing)soak_below(d, 3);
    e->late = soak_often(d, 12);
    draw_sizes(d, e);
    if (odd && soak_often(d, odd))
        e->odd = (enum soak_odd)(1 + soak_below(d, ODD_COUNT - 1));
    if (i > 0 &&
        soak_often(d, d->doubles / 3)) { /* an identical entry, or another name for the same URL */
        size_t of = d->p->entry[soak_below(d, (unsigned)i)].same_as;
        uint8_t name = soak_often(d, 50) ? d->p->entry[of].name : e->name;

        *e = d->p->entry[of];
        /* Not one that differs in case alone: A0, a1.CSV, A1 */
        if ((name < 12 || name > SOAK_ENTRIES) && (e->name < 12 || e->name > SOAK_ENTRIES))
            e->name = name;
        e->odd = ODD_NONE;
    }
}

static void draw_changes(struct draw *d)
{
    struct soak_plan *p = d->p;

    p->changes = d->runs > 0 ? soak_below(d, SOAK_CHANGES) : 0;
    for (size_t i = 0; i < p->changes; i++) {
        unsigned run = d->replacing ? 1 : 1 + soak_below(d, (unsigned)d->runs);
        bool url = d->replacing && soak_often(d, 50);

        p->change[i] =
            (struct soak_change){true, (uint8_t)run, (uint8_t)soak_below(d, (unsigned)p->entries),
                                 url ? CHANGE_URL
                                     : (enum soak_change_kind)soak_below(d, CHANGE_KINDS)};
    }
}

static void draw_tree(struct draw *d)
{
    struct soak_plan *p = d->p;
    unsigned odd = soak_often(d, 12) ? 20 : 0;

    p->entries = soak_often(d, d->pipelined ? 20 : 50) ? 1 + soak_below(d, 5)
                                                       : 1 + soak_below(d, SOAK_ENTRIES);
    p->same_second = soak_often(d, 50);
    p->hook = soak_often(d, 40);
    p->mixed = soak_often(d, 30);
    d->validator = soak_often(d, 70) ? VALID_BOTH : (enum soak_validator)soak_below(d, VALID_COUNT);
    p->spaced = soak_often(d, 20);
    p->user = !soak_often(d, 15);
    p->dead_address = soak_often(d, 5);
    p->expires_s = (uint8_t)(soak_often(d, 30) ? 1 + soak_below(d, 30) : 0);
    for (size_t i = 0; i < p->entries; i++)
        draw_entry(d, i, odd);
    draw_changes(d);
}

/* --- Options --- */

static uint32_t draw_operation(struct draw *d, unsigned percent, unsigned most)
{
    return soak_often(d, percent) ? 1 + soak_below(d, most) : 0;
}

static void draw_trouble(struct draw *d, struct soak_run *r, unsigned percent)
{
    unsigned most = soak_often(d, 50) ? 100 : 1500;

    r->storage_fault = draw_operation(d, percent, most);
    r->storage_err = (uint8_t)soak_below(d, 4);
    r->storage_stays = soak_often(d, 15);
    r->net_fault = draw_operation(d, percent, most);
    r->net_err = (uint8_t)soak_below(d, 3);
    r->cancel = draw_operation(d, percent, most);
    r->power = draw_operation(d, percent + 5, most);
    if (d->replacing || (r->power && soak_often(d, 50))) {
        r->power = 0;
        r->power_rename = (uint8_t)(1 + soak_below(d, d->replacing ? 3 : 6));
        r->power_behind = (uint8_t)(soak_often(d, 50) ? 1 : 1 + soak_below(d, 6));
    }
    r->readonly = soak_often(d, percent / 4);
    r->lies = (r->power || r->power_rename) && soak_often(d, 15);
    r->harsh = soak_often(d, 60);
    r->space = (uint16_t)(soak_often(d, percent / 2) ? 1 + soak_below(d, 80) : 0);
    r->min_free = (uint16_t)(r->space && soak_often(d, 50) ? 1 + soak_below(d, 60) : 0);
}

static void draw_run(struct draw *d, struct soak_run *r, bool troubled)
{
    *r = (struct soak_run){.on = true};
    r->jobs = (uint8_t)(soak_often(d, 50) ? 1 : 1 + soak_below(d, 4));
    r->pipeline = (uint8_t)(soak_often(d, 25)                       ? 64
                            : soak_often(d, d->pipelined ? 50 : 10) ? 2 + soak_below(d, 3)
                            : soak_often(d, d->pipelined ? 0 : 30)  ? 1
                                                                    : 1 + soak_below(d, 16));
    r->retries = (uint8_t)soak_below(d, 6);
    r->prune = soak_often(d, 30);
    r->piece = (uint16_t)(soak_often(d, 40)   ? 0
                          : soak_often(d, 40) ? 20 + soak_below(d, 300)
                                              : 1 + soak_below(d, 3000));
    r->window = (uint16_t)(soak_often(d, 85) ? 0 : 1 + soak_below(d, 400));
    r->wait_us =
        soak_often(d, 20) ? 1 + soak_below(d, troubled && soak_often(d, 50) ? 2000000 : 1000) : 0;
    r->order = (uint8_t)soak_below(d, 256);
    r->proxy = soak_often(d, 10);
    r->direct = r->order & 3; /* no draw of its own: the others stay what they are */
    r->rate = soak_often(d, 5) ? 1000 + soak_below(d, 5000) : 0;
    if (!troubled)
        return;
    r->scope = (uint8_t)(soak_often(d, 75) ? 0 : soak_below(d, 3));
    r->filter = (uint8_t)(soak_often(d, 75) ? 0 : soak_below(d, 6));
    r->latest = (uint8_t)(soak_often(d, 92) ? 0 : 1 + soak_below(d, 5));
    r->once = soak_often(d, 12);
    r->dry_run = soak_often(d, 5);
    r->max_delete = (uint8_t)(r->prune && soak_often(d, 25) ? 1 + soak_below(d, 3) : 0);
    r->hook_fails = d->p->hook && soak_often(d, 15);
    r->max_time_ms = soak_often(d, 5) ? 1000 + soak_below(d, 60000) : 0;
    r->wall_jump = (int8_t)(soak_often(d, 10) ? (int)soak_below(d, 200) - 100 : 0);
    r->unknown_wall = soak_often(d, 4);
    if (!d->replacing || r != d->p->run)
        draw_trouble(d, r, d->storage);
}

/* A seed is about one fault or about many: what is rare alone never happens where everything
 * goes wrong at once. */
static void draw_subject(struct draw *d)
{
    unsigned which = soak_below(d, 100);

    d->pipelined = which < 40;
    d->replacing = which >= 88;
    d->doubles = soak_often(d, 20) ? 20 : 0;
    d->redirects = soak_often(d, d->pipelined ? 25 : 50) ? 70 : 0;
    d->storage = which >= 40 && which < 65                        ? 25
                 : which >= 65 && which < 88 && soak_often(d, 50) ? 10
                                                                  : 0;
}

const char *const soak_parts[] = {"doubles", "odd",    "max-time", "storage",
                                  "power",   "scopes", "max-size", NULL};
unsigned soak_without;

/* Take out what is not wanted. Nothing is drawn here, so all else stays as the seed has it. */
static void leave_out(struct soak_plan *p)
{
    for (size_t i = 0; i < p->entries; i++) {
        if (soak_without & 1)
            p->entry[i].name = p->entry[i].same_as = (uint8_t)i;
        if ((soak_without & 1) && i >= 12)
            p->entry[i].name = (uint8_t)(SOAK_ENTRIES + i - 10); /* not in capitals */
        if (soak_without & 2)
            p->entry[i].odd = ODD_NONE;
    }
    for (size_t r = 0; r < SOAK_RUNS + SOAK_CALM; r++) {
        if (soak_without & 4)
            p->run[r].max_time_ms = 0;
        if (soak_without & 8)
            p->run[r].storage_fault = 0;
        if (soak_without & 16)
            p->run[r].power = p->run[r].power_rename = 0;
        if (soak_without & 32)
            p->run[r].others = 0;
        if (soak_without & 64)
            p->run[r].max_size = 0;
    }
}

static void add_fault(struct soak_plan *p, struct soak_fault fault)
{
    if (p->faults < SOAK_FAULTS)
        p->fault[p->faults++] = fault;
}

/* One of several listings is refused, sometimes after a part of it was received; and there is
 * something to remove. */
static void refuse_listing(struct draw *d, size_t run)
{
    uint8_t nth = (uint8_t)soak_below(d, 3);
    bool cut = soak_often(d, 50);

    d->p->run[run].prune = true;
    if (cut)
        add_fault(d->p, (struct soak_fault){true, (uint8_t)run, NODE_LISTING, 0, nth++, KIND_CUT,
                                            (uint16_t)(200 + soak_below(d, 800)), 0, 0});
    add_fault(d->p, (struct soak_fault){true, (uint8_t)run, NODE_LISTING, 0, nth, KIND_REDIRECT, 0,
                                        0, 0});
}

/* The last draw: all else is as it would be without. */
static void draw_scopes(struct draw *d)
{
    for (size_t r = 0; r < SOAK_RUNS; r++) {
        struct soak_run *run = &d->p->run[r];

        if (d->p->many)
            break; /* they are all in one scope, and small */
        if (soak_often(d, 20)) {
            run->others = (uint8_t)soak_below(d, 32);
            run->others &=
                soak_often(d, 50) ? 31 : (uint8_t)~4; /* half of them without one that fails */
            run->scope = (uint8_t)(soak_often(d, 40) ? 2 : run->scope);
            if (r > 0 && soak_often(d, 30))
                refuse_listing(d, r);
        }
        if (soak_often(d, 12))
            run->max_size = (uint16_t)(soak_often(d, 50) ? 1 + soak_below(d, 700)
                                                         : 1 + soak_below(d, SOAK_SIZE));
    }
}

void soak_plan(struct soak_plan *p, uint64_t seed)
{
    static const unsigned char troubles[] = {0, 3, 8, 15, 25, 40};
    struct draw d = {.state = seed * 0xd1342543de82ef95u + 1, .p = p};

    memset(p, 0, sizeof *p);
    p->seed = seed;
    draw_subject(&d);
    p->medium = (enum fv_sim_medium)(soak_often(&d, 50) ? FV_SIM_POSIX : soak_below(&d, 4));
    if (p->medium == FV_SIM_POSIX || p->medium == FV_SIM_VFAT) {
        p->folds = soak_often(&d, 25);
        p->times = (enum fv_sim_times)(soak_often(&d, 70) ? 0 : 1 + soak_below(&d, 3));
    }
    d.runs = soak_often(&d, 4) ? 0 : 1 + soak_below(&d, soak_often(&d, 60) ? 2 : SOAK_RUNS);
    d.runs = d.replacing ? 2 + soak_below(&d, 2) : d.runs;
    draw_tree(&d);
    for (size_t r = 0; r < SOAK_RUNS + SOAK_CALM; r++) {
        draw_run(&d, &p->run[r], r < SOAK_RUNS);
        p->run[r].on = r < d.runs || r >= SOAK_RUNS;
    }
    for (size_t r = 0; r < d.runs; r++) {
        d.trouble = d.replacing   ? 0
                    : d.pipelined ? 10 + soak_below(&d, 60)
                                  : troubles[soak_below(&d, sizeof troubles)];
        soak_draw_faults(&d, r);
    }
    if (soak_often(&d, 35))
        soak_draw_theme(&d);
    soak_draw_spoils(p);
    if (soak_below(&d, 200) == 0) /* the last draw: all other plans are as they would be without */
        soak_draw_many(&d);
    draw_scopes(&d);
    leave_out(p);
}
