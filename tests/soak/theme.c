/* SPDX-License-Identifier: MIT */
#include "soak/draw.h"

/* A plan about one thing: scenes of several steps that plans of all kinds meet too rarely. What
 * was drawn for the plan stays, except for what would prevent the scene. */

/* --- What is in the way --- */

static void clear_entry(struct draw *d, size_t i)
{
    struct soak_entry *e = &d->p->entry[i];

    e->odd = ODD_NONE;
    e->same_as = (uint8_t)i;
    e->name = (uint8_t)(i < 12 ? i : SOAK_ENTRIES + i - 10); /* not in capitals */
    e->late = false;
    e->ranges = true;
    e->way = soak_often(d, 80) ? WAY_DIRECT : e->way;
    e->validator = soak_often(d, 60) ? VALID_BOTH : VALID_TAG;
    e->framing = soak_often(d, 80) ? FRAMED_LENGTH : e->framing;
}

static void clear_run(struct soak_run *r, bool on)
{
    *r = (struct soak_run){.on = on,
                           .jobs = r->jobs,
                           .pipeline = r->pipeline,
                           .retries = r->retries,
                           .order = r->order,
                           .piece = r->piece,
                           .window = r->window,
                           .harsh = r->harsh};
}

/* Of entries there are least at least, most at most. */
static void clear(struct draw *d, size_t runs, unsigned least, unsigned most)
{
    struct soak_plan *p = d->p;

    p->faults = p->changes = 0;
    p->dead_address = false;
    p->expires_s = 0;
    p->entries = least + soak_below(d, most - least + 1);
    for (size_t i = 0; i < p->entries; i++) {
        if (!p->entry[i].on)
            p->entry[i] = p->entry[0];
        clear_entry(d, i);
    }
    for (size_t r = 0; r < SOAK_RUNS; r++)
        clear_run(&p->run[r], r < runs);
}

static void same_sizes(struct soak_entry *e, unsigned size)
{
    for (size_t v = 0; v < SOAK_VERSIONS; v++)
        e->size[v] = (uint16_t)size;
}

static void add_change(struct draw *d, size_t run, size_t entry, enum soak_change_kind kind)
{
    struct soak_plan *p = d->p;

    if (p->changes < SOAK_CHANGES)
        p->change[p->changes++] = (struct soak_change){true, (uint8_t)run, (uint8_t)entry, kind};
}

static struct soak_fault *add(struct draw *d, size_t run, size_t entry, unsigned nth,
                              enum soak_kind kind)
{
    static struct soak_fault spare;
    struct soak_plan *p = d->p;
    struct soak_fault *f = p->faults < SOAK_FAULTS ? &p->fault[p->faults++] : &spare;

    *f = (struct soak_fault){.on = true,
                             .run = (uint8_t)run,
                             .node = NODE_FILE,
                             .entry = (uint8_t)entry,
                             .nth = (uint8_t)nth,
                             .kind = kind,
                             .a = (uint16_t)soak_below(d, 16),
                             .c = (uint16_t)soak_below(d, 2)};
    return f;
}

static void add_cut(struct draw *d, size_t run, size_t entry, unsigned nth)
{
    struct soak_fault *f = add(d, run, entry, nth, KIND_CUT);

    f->a = (uint16_t)(100 + soak_below(d, 850));
    f->b = (uint16_t)soak_below(d, 3);
}

/* --- Themes --- */

static void resume_entry(struct draw *d, size_t run, size_t i)
{
    unsigned first = 0;

    if (soak_often(d, 40))
        *add(d, run, i, SOAK_EACH, KIND_DRIP) =
            (struct soak_fault){true,
                                (uint8_t)run,
                                NODE_FILE,
                                (uint8_t)i,
                                SOAK_EACH,
                                KIND_DRIP,
                                (uint16_t)(20 + soak_below(d, 300)),
                                1,
                                0};
    if (soak_often(d, 15))
        add(d, run, i, first, KIND_RENEW);
    if (soak_often(d, 65))
        add(d, run, i, first++, KIND_RANGE);
    if (soak_often(d, 40))
        add_cut(d, run, i, first);
}

/* Files that are begun, and gone on with when something else is there, or comes. */
static void resume(struct draw *d)
{
    struct soak_plan *p = d->p;
    bool tight = soak_often(d, 30);

    clear(d, 3, 1, tight ? 2 : 5);
    for (size_t i = 0; i < p->entries; i++) {
        unsigned size = tight ? 9000 + soak_below(d, 12000) : 100 + soak_below(d, 5000);

        if (tight || soak_often(d, 60))
            same_sizes(&p->entry[i], size);
        if (soak_often(d, 10))
            p->entry[i].validator = VALID_WEAK;
        add_cut(d, 0, i, soak_often(d, 25) ? SOAK_EACH : 0);
        if (soak_often(d, 30))
            add_change(d, 1, i, soak_often(d, 50) ? CHANGE_SAME_DATE : CHANGE_VERSION);
        for (size_t r = 1; r < 3; r++)
            resume_entry(d, r, i);
    }
    p->run[0].retries = (uint8_t)(soak_often(d, 75) ? 0 : 1);
    if (tight)
        p->run[1].space = (uint16_t)(4 + soak_below(d, 24));
    if (tight || soak_often(d, 40))
        return;
    if (soak_often(d, 40))
        p->run[1].power = 1 + soak_below(d, 30); /* before anything is asked for, perhaps */
    else
        p->run[1].power = 1 + soak_below(d, 200);
}

/* One that is begun anew, and then the power goes: what told of its beginning may be back. */
static void tear(struct draw *d)
{
    static const uint8_t wrong[] = {0, 1, 3, 6, 7, 8, 9};
    struct soak_plan *p = d->p;

    clear(d, 2, 1, 2);
    if (p->medium != FV_SIM_VFAT)
        p->medium = FV_SIM_POSIX;
    for (size_t i = 0; i < p->entries; i++) {
        struct soak_fault *drip;

        same_sizes(&p->entry[i], 600 + soak_below(d, 5000));
        add_cut(d, 0, i, 0);
        drip = add(d, 1, i, SOAK_EACH, KIND_DRIP);
        drip->a = (uint16_t)(100 + soak_below(d, 300));
        drip->b = 1;
        add(d, 1, i, 0, KIND_RANGE)->a = wrong[soak_below(d, sizeof wrong)];
    }
    p->run[0].retries = 0;
    p->run[1].power = 20 + soak_below(d, 60);
}

/* A file of which all is there but its name, for want of time, and then it is another one. */
static void miss(struct draw *d)
{
    struct soak_plan *p = d->p;

    clear(d, 2, 1, 3);
    for (size_t i = 0; i < p->entries; i++) {
        p->entry[i].framing = FRAMED_LENGTH;
        for (size_t v = 0; v < SOAK_VERSIONS; v++)
            p->entry[i].size[v] = (uint16_t)(900 + soak_below(d, 1000));
        if (soak_often(d, 80))
            add_change(d, 1, i, CHANGE_SAME_DATE);
        add(d, 1, i, 0, KIND_RANGE)->a = (uint16_t)(soak_often(d, 70) ? 10 : soak_below(d, 12));
    }
    p->run[0].jobs = 1;
    p->run[0].piece = 0;
    p->run[0].rate = 200 + soak_below(d, 500);
    p->run[0].max_time_ms = 300 + soak_below(d, 1000);
}

/* Hooks that failed, and run while nothing else is written, perhaps right after the ledger was
 * rewritten. */
static void catch_up(struct draw *d)
{
    struct soak_plan *p = d->p;
    bool rewritten = soak_often(d, 50);

    clear(d, rewritten ? 4 : 2, 3, SOAK_ENTRIES);
    p->hook = true;
    p->run[rewritten].hook_fails = true;
    for (size_t i = 0; rewritten && i < p->entries; i++) {
        if (soak_often(d, 80))
            add_change(d, 1, i, CHANGE_VERSION);
    }
    p->run[rewritten ? 3 : 1].power = 1 + soak_below(d, rewritten ? 60 : 250);
}

/* What goes wrong at the proxy. */
static void tunnel(struct draw *d)
{
    struct soak_plan *p = d->p;
    size_t runs = 1 + soak_below(d, 2);

    clear(d, runs, 1, 5);
    for (size_t r = 0; r < runs; r++) {
        p->run[r].proxy = true;
        p->run[r].piece = soak_often(d, 60) ? 0 : p->run[r].piece;
        for (unsigned nth = 0; nth < 4; nth++) {
            struct soak_fault *f;

            if (!soak_often(d, 40))
                continue;
            f = add(d, r, 0, nth, KIND_STATUS);
            f->node = NODE_PROXY;
            f->b = (uint16_t)(soak_often(d, 60) ? 1 + soak_below(d, 8) : 0);
            if (soak_often(d, 50))
                f->a = (uint16_t)soak_below(d, 4); /* those that pass */
            if (soak_often(d, 35))
                f->kind = soak_often(d, 50) ? KIND_SURPLUS : KIND_INSTEAD;
        }
    }
}

/* Hooks that are due, files that are removed, and the ledger's small changes, with a power cut
 * after them. */
static void leave(struct draw *d)
{
    struct soak_plan *p = d->p;
    size_t runs = 3 + soak_below(d, 2), cut = 1 + soak_below(d, (unsigned)runs - 1);
    unsigned gone = 0;

    clear(d, runs, 2, SOAK_ENTRIES);
    p->hook = soak_often(d, 60);
    for (size_t i = 0; i < p->entries; i++) {
        if (!soak_often(d, 45))
            continue;
        if (soak_often(d, 20))
            add_change(d, 1, i, soak_often(d, 70) ? CHANGE_EDITED : CHANGE_DELETED);
        add_change(d, 1, i, soak_often(d, 70) ? CHANGE_GONE : CHANGE_VERSION);
        gone += p->change[p->changes - 1].kind == CHANGE_GONE;
    }
    p->run[0].hook_fails = p->hook && soak_often(d, 60);
    if (soak_often(d, 20))
        p->entry[soak_below(d, (unsigned)p->entries)].odd =
            (enum soak_odd)(1 + soak_below(d, ODD_COUNT - 1));
    for (size_t r = 1; r < runs; r++) {
        p->run[r].prune = soak_often(d, 70);
        if (p->run[r].prune && soak_often(d, 30)) /* + 1, and right at the limit or one below */
            p->run[r].max_delete = (uint8_t)(gone + soak_below(d, 2));
    }
    if (soak_often(d, 70))
        p->run[cut].power = 1 + soak_below(d, soak_often(d, 50) ? 40 : 200);
}

/* Files that the user moves away once they are there. */
static void once(struct draw *d)
{
    struct soak_plan *p = d->p;

    clear(d, 3, 1, 8);
    for (size_t i = 0; i < p->entries; i++) {
        if (soak_often(d, 60))
            add_change(d, 1 + soak_below(d, 2), i, CHANGE_DELETED);
    }
    for (size_t r = 1; r < 3; r++)
        p->run[r].once = soak_often(d, 80);
}

/* Files that there is no room for. */
static void refuse(struct draw *d)
{
    struct soak_plan *p = d->p;
    bool huge = soak_often(d, 60);

    clear(d, 1, huge ? 5 : 9, SOAK_ENTRIES);
    for (size_t i = 0; i < p->entries; i++) {
        p->entry[i].framing = FRAMED_LENGTH;
        if (huge && soak_often(d, 75))
            add(d, 0, i, SOAK_EACH, KIND_HUGE);
        if (!huge)
            same_sizes(&p->entry[i], 4000 + soak_below(d, 8000));
    }
    p->run[0].space = (uint16_t)(huge ? 150 + soak_below(d, 150) : 60 + soak_below(d, 60));
    p->run[0].min_free = (uint16_t)(huge && soak_often(d, 60) ? 0 : 10 + soak_below(d, 50));
}

/* A portal that takes one request in a while. */
static void slow_down(struct draw *d)
{
    struct soak_plan *p = d->p;

    clear(d, 1, 4, SOAK_ENTRIES);
    p->limit_ms = (uint16_t)(300 + soak_below(d, 1700));
    p->run[0].jobs = 1;
    p->run[0].retries = 5;
}

/* A portal that answers the first of several requests, and goes on as if nothing had been. */
static void swallow(struct draw *d)
{
    struct soak_plan *p = d->p;

    clear(d, 1, 4, SOAK_ENTRIES);
    p->swallows = true;
    p->faults = 0;
    p->run[0].window = 0;
    p->run[0].retries = (uint8_t)(1 + soak_below(d, 5));
}

/* Files on the storage node, so that several redirects are followed at a time, and the faults of
 * portal and storage with them. */
static void elsewhere(struct draw *d)
{
    static const enum soak_kind kinds[] = {KIND_STATUS,   KIND_CUT,     KIND_SHORT,    KIND_INSTEAD,
                                           KIND_CLOSE,    KIND_FRAMING, KIND_REDIRECT, KIND_SURPLUS,
                                           KIND_SURPLUS,  KIND_CODED,   KIND_RENEW,    KIND_LATE,
                                           KIND_LEFT_OUT, KIND_LEFT_OUT};
    struct soak_plan *p = d->p;
    unsigned trouble = soak_often(d, 25) ? 0 : soak_below(d, 40);

    clear(d, 1, 5, SOAK_ENTRIES);
    p->dated = soak_often(d, 60);
    p->same_second = p->same_second && !p->dated;
    p->store_swallows = !p->dated && soak_often(d, 10);
    p->run[0].window = p->store_swallows ? 0 : p->run[0].window;
    p->run[0].jobs = (uint8_t)(soak_often(d, 80) ? 1 : p->run[0].jobs);
    p->run[0].pipeline = soak_often(d, 80) ? 64 : p->run[0].pipeline;
    p->run[0].piece = soak_often(d, 70) ? 0 : p->run[0].piece;
    p->run[0].retries = (uint8_t)(1 + soak_below(d, 5));
    for (size_t i = 0; i < p->entries; i++) {
        p->entry[i].way = soak_often(d, 90) ? WAY_STORE : (enum soak_way)soak_below(d, WAY_COUNT);
        p->entry[i].validator = p->dated ? VALID_BOTH : p->entry[i].validator;
        if (soak_often(d, 50))
            same_sizes(&p->entry[i], 20 + soak_below(d, 900));
        for (unsigned nth = 0; nth < 2; nth++) {
            struct soak_fault *f;

            if (!soak_often(d, trouble))
                continue;
            f = add(d, 0, i, nth, kinds[soak_below(d, sizeof kinds / sizeof kinds[0])]);
            f->node = soak_often(d, 70) ? NODE_STORE : NODE_FILE;
            if (f->kind == KIND_RENEW && p->dated) /* its date is no longer the listing's */
                f->kind = KIND_LATE;
            f->b = (uint16_t)soak_below(d, 3);
            f->a = (uint16_t)(f->kind == KIND_CUT || f->kind == KIND_SHORT ? soak_below(d, 1001)
                              : f->kind == KIND_INSTEAD                    ? soak_below(d, 3)
                                                                           : f->a);
        }
    }
}

/* A storage that serves one connection at a time, and nothing else goes wrong. */
static void crowd_store(struct draw *d)
{
    struct soak_plan *p = d->p;

    clear(d, 1, 4, SOAK_ENTRIES);
    p->store_full = (uint8_t)(1 + soak_below(d, 3));
    p->same_second = false;
    p->run[0].jobs = (uint8_t)(2 + soak_below(d, 15));
    p->run[0].proxy = p->run[0].harsh = false;
    for (size_t i = 0; i < p->entries; i++) {
        p->entry[i].framing = FRAMED_LENGTH;
        p->entry[i].way = soak_often(d, 80) ? WAY_STORE : WAY_DIRECT;
        p->entry[i].validator = VALID_BOTH;
    }
}

/* A portal that accepts one connection. Others are refused, or get nothing, or are accepted
 * late. */
static void crowd(struct draw *d)
{
    struct soak_plan *p = d->p;

    clear(d, 1, 2, SOAK_ENTRIES);
    p->crowded = true;
    p->same_second = false;
    p->run[0].jobs = (uint8_t)(2 + soak_below(d, 15));
    p->run[0].proxy = p->run[0].harsh = false;
    for (size_t i = 0; i < p->entries; i++) {
        p->entry[i].framing = FRAMED_LENGTH;
        p->entry[i].way = WAY_DIRECT;
        p->entry[i].validator = VALID_BOTH; /* a date that does not fit costs the connection */
    }
    for (unsigned nth = 1; nth < 48; nth++) {
        struct soak_fault *f = add(d, 0, 0, nth, KIND_REFUSE);

        f->node = NODE_CONNECT;
        f->a = (uint16_t)soak_below(d, 3);
    }
}

/* Answers that lack some bytes, and others that end in their first ones: as many, perhaps. */
static void tear_heads(struct draw *d)
{
    struct soak_plan *p = d->p;
    unsigned lacking = 1 + soak_below(d, 8);

    clear(d, 1, 2, 7);
    p->faults = 0;
    p->run[0].retries = (uint8_t)(2 + soak_below(d, 4));
    p->run[0].pipeline = soak_often(d, 80) ? 64 : p->run[0].pipeline;
    p->run[0].window = 0;
    for (size_t i = 0; i < p->entries; i++) {
        unsigned size = 20 + soak_below(d, 900);
        bool is_short = soak_often(d, 50);
        struct soak_fault *f = add(d, 0, i, soak_below(d, 2), is_short ? KIND_SHORT : KIND_INSTEAD);

        p->entry[i].framing = FRAMED_LENGTH;
        same_sizes(&p->entry[i], size);
        f->a = (uint16_t)(is_short ? ((size - lacking) * 1000 + size - 1) / size : 4);
        f->b = (uint16_t)lacking;
        f->c = 1;
    }
}

/* Little time, and a portal that wants to be asked later. */
static void hurry(struct draw *d)
{
    struct soak_plan *p = d->p;

    clear(d, 1, 1, 5);
    for (size_t i = 0; i < p->entries; i++) {
        struct soak_fault *f =
            add(d, 0, i, soak_often(d, 50) ? SOAK_EACH : soak_below(d, 2), KIND_STATUS);

        f->a = (uint16_t)(soak_often(d, 50) ? 0 : 3); /* 503, 429 */
        f->b = (uint16_t)(soak_often(d, 70) ? 1 + soak_below(d, 40) : 0);
    }
    p->run[0].max_time_ms = 500 + soak_below(d, 9000);
}

/* Connections that end in odd ways, or go on in them. */
static void mislead(struct draw *d)
{
    static const enum soak_kind kinds[] = {KIND_CLOSE, KIND_SURPLUS, KIND_CODED, KIND_CUT};
    struct soak_plan *p = d->p;

    clear(d, 1, 2, 8);
    p->run[0].pipeline = soak_often(d, 75) ? 1 : p->run[0].pipeline;
    p->run[0].piece = soak_often(d, 75) ? 0 : p->run[0].piece;
    for (size_t i = 0; i < p->entries; i++) {
        unsigned nth = soak_below(d, 2);

        if (soak_often(d, 25))
            add(d, 0, i, nth, KIND_FRAMING);
        if (soak_often(d, 60)) {
            struct soak_fault *f = add(d, 0, i, nth, kinds[soak_below(d, 4)]);

            f->b = (uint16_t)soak_below(d, 3);
            if (f->kind == KIND_CUT)
                f->a = (uint16_t)soak_below(d, 1001);
        }
    }
}

/* Directories that are made while storage fails, and are to be there later. */
static void fail_once(struct draw *d)
{
    struct soak_plan *p = d->p;

    clear(d, 2, 1, 3);
    if (p->medium != FV_SIM_VFAT)
        p->medium = FV_SIM_POSIX;
    p->run[0].jobs = 1;
    p->run[0].piece = p->run[0].window = 0;
    p->run[0].storage_fault = 1 + soak_below(d, 100);
    p->run[0].storage_err = (uint8_t)soak_below(d, 4);
    p->run[1].power_rename = (uint8_t)(1 + soak_below(d, (unsigned)p->entries));
    p->run[1].power_behind = (uint8_t)(4 + soak_below(d, 12));
}

/* Connections that break among hundreds of requests, and a power that goes there. */
void soak_draw_many(struct draw *d)
{
    struct soak_plan *p = d->p;
    struct soak_run *r = p->run;

    clear(d, 1 + soak_below(d, 2), 1, 3);
    p->limit_ms = 0;
    p->swallows = p->crowded = p->mixed = p->hook = false;
    p->store_full = 0;
    p->many = (uint16_t)(300 + soak_below(d, SOAK_MANY - 299));
    p->many_renewed = (uint8_t)(soak_often(d, 50) ? soak_below(d, 101) : 0);
    p->many_tags = soak_often(d, 70);
    for (size_t i = 0; i < p->entries; i++)
        p->entry[i].validator = VALID_TAG; /* none has a date */
    for (size_t i = 0; i < SOAK_RUNS + SOAK_CALM; i++) {
        p->run[i].piece = p->run[i].window = 0;
        p->run[i].rate = 0;
        p->run[i].wait_us = 0;
        p->run[i].pipeline = (uint8_t)(soak_often(d, 75) ? UINT8_MAX : p->run[i].pipeline);
    }
    if (soak_often(d, 50))
        p->per_line = (uint8_t)(1 + soak_below(d, 120));
    p->per_line_more = (uint8_t)(soak_often(d, 30) ? 1 + soak_below(d, 40) : 0);
    p->per_line_told = soak_often(d, 50);
    p->busy = (uint8_t)(soak_often(d, 20) ? 1 + soak_below(d, 20) : 0);
    p->breaks = soak_often(d, 80) ? 1 + soak_below(d, SOAK_BREAKS) : 0;
    for (size_t i = 0; i < p->breaks; i++)
        p->cut[i] = (struct soak_break){true, (uint8_t)soak_below(d, 2), (uint8_t)soak_below(d, 8),
                                        (uint8_t)soak_below(d, 3),
                                        soak_below(d, soak_often(d, 30) ? 600 : 60000)};
    r += soak_often(d, 30) && p->run[1].on;
    if (soak_often(d, 35))
        r->power = 1 + soak_below(d, 9000);
    else if (soak_often(d, 20))
        r->cancel = 1 + soak_below(d, 15000);
    else if (soak_often(d, 20))
        r->storage_fault = 1 + soak_below(d, 9000);
    else if (soak_often(d, 20))
        r->net_fault = 1 + soak_below(d, 5000);
    r->storage_err = (uint8_t)soak_below(d, 4);
    r->net_err = (uint8_t)soak_below(d, 3);
}

void soak_draw_theme(struct draw *d)
{
    static void (*const themes[])(
        struct draw *) = {resume,   resume,   resume,     tear,      tear,      miss,
                          catch_up, catch_up, leave,      leave,     once,      slow_down,
                          hurry,    mislead,  fail_once,  fail_once, refuse,    refuse,
                          tunnel,   swallow,  tear_heads, crowd,     elsewhere, crowd_store};

    themes[soak_below(d, sizeof themes / sizeof themes[0])](d);
}
