/* SPDX-License-Identifier: MIT */
/*
 * Draws a plan from its seed: plan.c; trouble.c for what goes wrong in responses, theme.c for plans
 * about one thing.
 */
#ifndef TESTS_SOAK_DRAW_H
#define TESTS_SOAK_DRAW_H

#include "soak/soak.h"

/* What goes wrong, and how often: some seeds are calm, some are all trouble. */
struct draw {
    uint64_t state;
    struct soak_plan *p;
    size_t runs;
    unsigned trouble;                     /* of a hundred answers */
    unsigned doubles, redirects, storage; /* of a hundred entries, entries, runs */
    bool pipelined;                       /* about many requests at once */
    bool replacing; /* about files that take the place of others while the power goes */
    enum soak_validator validator;
};

unsigned soak_below(struct draw *d, unsigned limit);
bool soak_often(struct draw *d, unsigned percent);

/* Draw what goes wrong in the answers of a run. */
void soak_draw_faults(struct draw *d, size_t run);
/* Add --checksum, --adopt and what they are for: spoil.c. */
void soak_draw_spoils(struct soak_plan *p);
/* Make it one of a long listing. */
void soak_draw_many(struct draw *d);
/* Make the plan one about a single thing. */
void soak_draw_theme(struct draw *d);

#endif
