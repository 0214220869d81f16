/* SPDX-License-Identifier: MIT */
#include "soak/draw.h"

static uint16_t some_ms(struct draw *d)
{
    return (uint16_t)(soak_often(d, 60) ? soak_below(d, 900) : soak_below(d, 40000));
}

static void draw_kind(struct draw *d, struct soak_fault *f)
{
    unsigned which = soak_below(d, 100);

    f->a = (uint16_t)soak_below(d, 16);
    if (which < 34) {
        f->kind = KIND_STATUS;
        f->b = (uint16_t)(soak_often(d, 40) ? 1 + soak_below(d, 4) : 0);
        f->c = (uint16_t)soak_below(d, d->pipelined ? 8 : 4);
        if (soak_often(d, 8))
            f->c |= 8;
        if (soak_often(d, 60))
            f->a = (uint16_t)soak_below(d, 5); /* those that may pass, and 404 */
    } else if (which < 52) {
        f->kind = KIND_CUT;
        f->a = (uint16_t)(soak_often(d, 15) ? 1000 : soak_below(d, 1001));
        f->b = (uint16_t)soak_below(d, 3);
        if (f->a < 1000 && soak_often(d, 20)) {
            f->kind = KIND_SHORT;
            f->a = soak_often(d, 40) ? 0 : f->a;
        }
    } else if (which < 60) {
        f->kind = KIND_INSTEAD;
        f->a = (uint16_t)(soak_often(d, 75) ? soak_below(d, 2) : soak_below(d, 5));
        f->b = (uint16_t)(1 + soak_below(d, 9));
        f->c = (uint16_t)soak_below(d, 2);
    } else if (which < 66) {
        f->kind = soak_often(d, 50) ? KIND_LATE : KIND_BODY_LATE;
        f->a = some_ms(d);
    } else if (which < 71) {
        f->kind = KIND_DRIP;
        f->a = (uint16_t)(1 + soak_below(d, 400));
        f->b = (uint16_t)(1 + soak_below(d, soak_often(d, 90) ? 900 : 8000));
    } else {
        static const enum soak_kind rest[] = {KIND_CLOSE, KIND_FRAMING, KIND_REDIRECT,
                                              KIND_RANGE, KIND_RANGE,   KIND_VALIDATOR,
                                              KIND_RENEW, KIND_SURPLUS, KIND_INTERIM,
                                              KIND_CODED};

        f->kind = rest[soak_below(d, sizeof rest / sizeof rest[0])];
        f->c = (uint16_t)soak_below(d, 2);
    }
    if (f->node == NODE_LISTING &&
        (f->kind == KIND_RANGE || f->kind == KIND_VALIDATOR || f->kind == KIND_RENEW ||
         f->kind == KIND_CODED || soak_often(d, 15)))
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
        f->a = (uint16_t)(soak_often(d, 70) ? 0 : 1 + soak_below(d, 2));
    } else if (node == NODE_PROXY) {
        f->kind = soak_often(d, 60) ? KIND_STATUS : KIND_INSTEAD;
        f->a = (uint16_t)soak_below(d, 16);
        f->b = (uint16_t)(soak_often(d, 40) ? 1 + soak_below(d, 4) : 0);
    } else {
        draw_kind(d, f);
    }
}

static void draw_file_faults(struct draw *d, size_t run, size_t entry)
{
    static const enum soak_node nodes[] = {NODE_FILE, NODE_HERE, NODE_STORE};
    size_t hops = d->p->entry[entry].way == WAY_DIRECT ? 1 : 3;

    for (size_t n = 0; n < hops; n++) {
        if (soak_often(d, d->trouble / 6))
            add_fault(d, run, nodes[n], entry, SOAK_EACH);
        for (unsigned nth = 0; nth < 4; nth++) {
            if (soak_often(d, d->trouble))
                add_fault(d, run, nodes[n], entry, nth);
        }
    }
}

void soak_draw_faults(struct draw *d, size_t run)
{
    struct soak_plan *p = d->p;

    for (unsigned nth = 0; nth < 3; nth++) {
        if (soak_often(d, d->trouble / 3))
            add_fault(d, run, NODE_LISTING, 0, nth);
        if (soak_often(d, d->trouble / 6))
            add_fault(d, run, NODE_CONNECT, 0, nth + soak_below(d, 6));
        if (soak_often(d, d->trouble / 6))
            add_fault(d, run, NODE_CONNECT_STORE, 0, nth);
        if (p->run[run].proxy && soak_often(d, d->trouble / 2))
            add_fault(d, run, soak_often(d, 70) ? NODE_PROXY : NODE_CONNECT_PROXY, 0, nth);
    }
    for (size_t i = 0; i < p->entries; i++)
        draw_file_faults(d, run, i);
}
