#include "soak/soak.h"

#include <string.h>

/* What goes wrong, and how often: some seeds are calm, some are all trouble. */
struct draw {
    uint64_t state;
    struct soak_plan *p;
    size_t runs;
    unsigned trouble;                     /* of a hundred answers */
    unsigned doubles, redirects, storage; /* of a hundred entries, entries, runs */
    bool pipelined;
    enum soak_validator validator;
};

static uint64_t next(struct draw *d)
{
    uint64_t z = d->state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static unsigned below(struct draw *d, unsigned limit)
{
    return (unsigned)(next(d) % limit);
}

static bool often(struct draw *d, unsigned percent)
{
    return below(d, 100) < percent;
}

/* --- The tree --- */

static uint16_t draw_size(struct draw *d)
{
    unsigned which = below(d, 100);

    if (which < 8)
        return 0;
    if (which < 20)
        return (uint16_t)(1 + below(d, 8));
    if (which < 70)
        return (uint16_t)(10 + below(d, 600));
    if (which < 93)
        return (uint16_t)(600 + below(d, 3000));
    return (uint16_t)(which < 99 ? 3000 + below(d, 7000) : 10000 + below(d, SOAK_SIZE - 10000));
}

static void draw_sizes(struct draw *d, struct soak_entry *e)
{
    bool same = often(d, 25);

    e->size[0] = draw_size(d);
    for (size_t v = 1; v < SOAK_VERSIONS; v++)
        e->size[v] = same || often(d, 15) ? e->size[0] : draw_size(d);
}

static void draw_entry(struct draw *d, size_t i, unsigned odd)
{
    struct soak_entry *e = &d->p->entry[i];

    *e = (struct soak_entry){.on = true, .same_as = (uint8_t)i, .ranges = !often(d, 12)};
    e->dir = (uint8_t)(often(d, 60) ? 0 : below(d, 5));
    e->name = (uint8_t)i;
    if (i > 0 && often(d, d->doubles)) {
        e->name = d->p->entry[i - 1].name;
        e->dir = d->p->entry[i - 1].dir;
    } else if (often(d, d->doubles)) {
        e->name = (uint8_t)(SOAK_ENTRIES + below(d, 10));
    }
    e->tail = (uint8_t)(often(d, 70) ? 0 : below(d, 6));
    e->spelling = (uint8_t)below(d, 256);
    e->way = often(d, d->redirects) ? (enum soak_way)below(d, WAY_COUNT) : WAY_DIRECT;
    e->validator = d->p->mixed ? (enum soak_validator)below(d, VALID_COUNT) : d->validator;
    e->framing = often(d, 80) ? FRAMED_LENGTH : (enum soak_framing)below(d, 3);
    e->late = often(d, 12);
    draw_sizes(d, e);
    if (odd && often(d, odd))
        e->odd = (enum soak_odd)(1 + below(d, ODD_COUNT - 1));
    if (i > 0 &&
        often(d, d->doubles / 3)) { /* an identical entry, or another name for the same URL */
        size_t of = d->p->entry[below(d, (unsigned)i)].same_as;
        uint8_t name = often(d, 50) ? d->p->entry[of].name : e->name;

        *e = d->p->entry[of];
        e->name = name;
        e->odd = ODD_NONE;
    }
}

static void draw_tree(struct draw *d)
{
    struct soak_plan *p = d->p;
    unsigned odd = often(d, 12) ? 20 : 0;

    p->entries = often(d, d->pipelined ? 20 : 50) ? 1 + below(d, 5) : 1 + below(d, SOAK_ENTRIES);
    p->same_second = often(d, 50);
    p->hook = often(d, 40);
    p->mixed = often(d, 30);
    d->validator = often(d, 70) ? VALID_BOTH : (enum soak_validator)below(d, VALID_COUNT);
    p->spaced = often(d, 20);
    p->user = !often(d, 15);
    p->dead_address = often(d, 5);
    p->expires_s = (uint8_t)(often(d, 30) ? 1 + below(d, 30) : 0);
    for (size_t i = 0; i < p->entries; i++)
        draw_entry(d, i, odd);
    p->changes = d->runs > 0 ? below(d, SOAK_CHANGES) : 0;
    for (size_t i = 0; i < p->changes; i++)
        p->change[i] = (struct soak_change){true, (uint8_t)(1 + below(d, (unsigned)d->runs)),
                                            (uint8_t)below(d, (unsigned)p->entries),
                                            (enum soak_change_kind)below(d, CHANGE_KINDS)};
}

/* --- Options --- */

static uint32_t draw_operation(struct draw *d, unsigned percent, unsigned most)
{
    return often(d, percent) ? 1 + below(d, most) : 0;
}

static void draw_trouble(struct draw *d, struct soak_run *r, unsigned percent)
{
    unsigned most = often(d, 50) ? 100 : 1500;

    r->storage_fault = draw_operation(d, percent, most);
    r->storage_err = (uint8_t)below(d, 4);
    r->storage_stays = often(d, 15);
    r->net_fault = draw_operation(d, percent, most);
    r->net_err = (uint8_t)below(d, 3);
    r->cancel = draw_operation(d, percent, most);
    r->power = draw_operation(d, percent + 5, most);
    r->readonly = often(d, percent / 4);
    r->lies = r->power && often(d, 6);
    r->harsh = r->power && often(d, 60);
    r->space = (uint16_t)(often(d, percent / 2) ? 1 + below(d, 80) : 0);
    r->min_free = (uint16_t)(r->space && often(d, 50) ? 1 + below(d, 60) : 0);
}

static void draw_run(struct draw *d, struct soak_run *r, bool troubled)
{
    *r = (struct soak_run){.on = true};
    r->jobs = (uint8_t)(often(d, 50) ? 1 : 1 + below(d, 4));
    r->pipeline = (uint8_t)(often(d, 25)                       ? 64
                            : often(d, d->pipelined ? 50 : 10) ? 2 + below(d, 3)
                            : often(d, d->pipelined ? 0 : 30)  ? 1
                                                               : 1 + below(d, 16));
    r->retries = (uint8_t)below(d, 6);
    r->prune = often(d, 30);
    r->piece = (uint16_t)(often(d, 40)   ? 0
                          : often(d, 40) ? 20 + below(d, 300)
                                         : 1 + below(d, 3000));
    r->window = (uint16_t)(often(d, 85) ? 0 : 1 + below(d, 400));
    r->wait_us = often(d, 20) ? 1 + below(d, troubled && often(d, 50) ? 2000000 : 1000) : 0;
    r->order = (uint8_t)below(d, 256);
    r->proxy = often(d, 10);
    r->rate = often(d, 5) ? 1000 + below(d, 5000) : 0;
    if (!troubled)
        return;
    r->scope = (uint8_t)(often(d, 75) ? 0 : below(d, 3));
    r->filter = (uint8_t)(often(d, 75) ? 0 : below(d, 6));
    r->latest = (uint8_t)(often(d, 92) ? 0 : 1 + below(d, 5));
    r->once = often(d, 12);
    r->dry_run = often(d, 5);
    r->max_delete = (uint8_t)(r->prune && often(d, 25) ? 1 + below(d, 3) : 0);
    r->hook_fails = d->p->hook && often(d, 15);
    r->max_time_ms = often(d, 5) ? 1000 + below(d, 60000) : 0;
    r->wall_jump = (int8_t)(often(d, 10) ? (int)below(d, 200) - 100 : 0);
    r->unknown_wall = often(d, 4);
    draw_trouble(d, r, d->storage);
}

/* --- What goes wrong in answers --- */

static uint16_t some_ms(struct draw *d)
{
    return (uint16_t)(often(d, 60) ? below(d, 900) : below(d, 40000));
}

static void draw_kind(struct draw *d, struct soak_fault *f)
{
    unsigned which = below(d, 100);

    f->a = (uint16_t)below(d, 16);
    if (which < 34) {
        f->kind = KIND_STATUS;
        f->b = (uint16_t)(often(d, 40) ? 1 + below(d, 4) : 0);
        f->c = (uint16_t)below(d, d->pipelined ? 8 : 4);
        if (often(d, 60))
            f->a = (uint16_t)below(d, 5); /* those that may pass, and 404 */
    } else if (which < 52) {
        f->kind = KIND_CUT;
        f->a = (uint16_t)(often(d, 15) ? 1000 : below(d, 1001));
        f->b = (uint16_t)below(d, 2);
    } else if (which < 60) {
        f->kind = KIND_INSTEAD;
        f->a = (uint16_t)(often(d, 80) ? below(d, 2) : below(d, 4));
    } else if (which < 66) {
        f->kind = often(d, 50) ? KIND_LATE : KIND_BODY_LATE;
        f->a = some_ms(d);
    } else if (which < 71) {
        f->kind = KIND_DRIP;
        f->a = (uint16_t)(1 + below(d, 400));
        f->b = (uint16_t)(1 + below(d, often(d, 90) ? 900 : 8000));
    } else {
        static const enum soak_kind rest[] = {KIND_CLOSE, KIND_FRAMING, KIND_REDIRECT,
                                              KIND_RANGE, KIND_RANGE,   KIND_VALIDATOR,
                                              KIND_RENEW, KIND_SURPLUS, KIND_INTERIM};

        f->kind = rest[below(d, sizeof rest / sizeof rest[0])];
    }
    if (f->node == NODE_LISTING && (f->kind == KIND_RANGE || f->kind == KIND_VALIDATOR ||
                                    f->kind == KIND_RENEW || often(d, 15)))
        f->kind = KIND_LISTING;
}

static void add_fault(struct draw *d, size_t run, enum soak_node node, size_t entry, unsigned nth)
{
    struct soak_plan *p = d->p;
    struct soak_fault *f;

    if (p->faults == SOAK_FAULTS)
        return;
    f = &p->fault[p->faults++];
    *f = (struct soak_fault){.on = true,
                             .run = (uint8_t)run,
                             .node = node,
                             .entry = (uint8_t)entry,
                             .nth = (uint8_t)nth};
    if (node == NODE_CONNECT || node == NODE_CONNECT_STORE || node == NODE_CONNECT_PROXY) {
        f->kind = KIND_REFUSE;
        f->a = (uint16_t)(often(d, 70) ? 0 : 1 + below(d, 2));
    } else if (node == NODE_PROXY) {
        f->kind = often(d, 60) ? KIND_STATUS : KIND_INSTEAD;
        f->a = (uint16_t)below(d, 16);
        f->b = (uint16_t)(often(d, 40) ? 1 + below(d, 4) : 0);
    } else {
        draw_kind(d, f);
    }
}

static void draw_file_faults(struct draw *d, size_t run, size_t entry)
{
    static const enum soak_node nodes[] = {NODE_FILE, NODE_HERE, NODE_STORE};
    size_t hops = d->p->entry[entry].way == WAY_DIRECT ? 1 : 3;

    for (size_t n = 0; n < hops; n++) {
        if (often(d, d->trouble / 6))
            add_fault(d, run, nodes[n], entry, SOAK_EACH);
        for (unsigned nth = 0; nth < 4; nth++) {
            if (often(d, d->trouble))
                add_fault(d, run, nodes[n], entry, nth);
        }
    }
}

static void draw_faults(struct draw *d, size_t run)
{
    struct soak_plan *p = d->p;

    for (unsigned nth = 0; nth < 3; nth++) {
        if (often(d, d->trouble / 3))
            add_fault(d, run, NODE_LISTING, 0, nth);
        if (often(d, d->trouble / 6))
            add_fault(d, run, NODE_CONNECT, 0, nth + below(d, 6));
        if (often(d, d->trouble / 6))
            add_fault(d, run, NODE_CONNECT_STORE, 0, nth);
        if (p->run[run].proxy && often(d, d->trouble / 2))
            add_fault(d, run, often(d, 70) ? NODE_PROXY : NODE_CONNECT_PROXY, 0, nth);
    }
    for (size_t i = 0; i < p->entries; i++)
        draw_file_faults(d, run, i);
}

/* A seed is about one thing or about many: what is rare alone is never met where everything goes wrong at once. */
static void draw_subject(struct draw *d)
{
    unsigned which = below(d, 100);

    d->pipelined = which < 40;
    d->doubles = often(d, 20) ? 20 : 0;
    d->redirects = often(d, d->pipelined ? 25 : 50) ? 70 : 0;
    d->storage = which >= 40 && which < 65 ? 25 : which >= 65 && often(d, 50) ? 10 : 0;
}

const char *const soak_parts[] = {"doubles", "odd", "max-time", "storage", "power", NULL};
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
            p->run[r].power = 0;
    }
}

void soak_plan(struct soak_plan *p, uint64_t seed)
{
    static const unsigned char troubles[] = {0, 3, 8, 15, 25, 40};
    struct draw d = {.state = seed * 0xd1342543de82ef95u + 1, .p = p};

    memset(p, 0, sizeof *p);
    p->seed = seed;
    draw_subject(&d);
    p->medium = (enum fv_sim_medium)(often(&d, 50) ? FV_SIM_POSIX : below(&d, 4));
    d.runs = often(&d, 4) ? 0 : 1 + below(&d, often(&d, 60) ? 2 : SOAK_RUNS);
    draw_tree(&d);
    for (size_t r = 0; r < SOAK_RUNS + SOAK_CALM; r++) {
        draw_run(&d, &p->run[r], r < SOAK_RUNS);
        p->run[r].on = r < d.runs || r >= SOAK_RUNS;
    }
    for (size_t r = 0; r < d.runs; r++) {
        d.trouble = d.pipelined ? 10 + below(&d, 60) : troubles[below(&d, sizeof troubles)];
        draw_faults(&d, r);
    }
    leave_out(p);
}
