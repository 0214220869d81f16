/* SPDX-License-Identifier: MIT */
/* Damage to files and the ledger between runs: bytes change while the time stays, the ledger is
 * damaged or lost. */
#include "soak/draw.h"
#include "soak/world.h"

#include "base/num.h"

#include <stdlib.h>
#include <string.h>

#define LEDGER ".fluxvision/ledger"
#define INDEX ".fluxvision/ledger.index"

/* --- Drawing: from a number of its own, so that all other plans stay as they were --- */

void soak_draw_spoils(struct soak_plan *p)
{
    static const enum soak_change_kind kinds[] = {CHANGE_ROTTED,  CHANGE_ROTTED, CHANGE_ROTTED,
                                                  CHANGE_FLIPPED, CHANGE_CUT,    CHANGE_LOST};
    struct draw d = {.state = p->seed * 0x9fb21c651e98df25u + 7, .p = p};
    unsigned count;

    if (!soak_often(&d, 30))
        return;
    for (size_t r = 0; r <= SOAK_RUNS; r++) {
        p->run[r].checksum = soak_often(&d, 40);
        p->run[r].adopt = soak_often(&d, 40);
    }
    p->run[SOAK_RUNS + 1].checksum = p->run[SOAK_RUNS].checksum; /* all is settled then */
    p->run[SOAK_RUNS + 1].adopt = p->run[SOAK_RUNS].adopt;
    count = soak_below(&d, 5);
    for (unsigned i = 0; i < count && p->changes < SOAK_CHANGES; i++)
        p->change[p->changes++] =
            (struct soak_change){true, (uint8_t)(1 + soak_below(&d, SOAK_RUNS)),
                                 (uint8_t)soak_below(&d, (unsigned)p->entries),
                                 kinds[soak_below(&d, sizeof kinds / sizeof kinds[0])]};
}

/* --- Files --- */

bool soak_is_rotten(const struct soak_world *w, const uint8_t *bytes, size_t n)
{
    static uint8_t copy[SOAK_SIZE];

    if (!w->rotted || !bytes || n == 0 || n > sizeof copy)
        return false;
    memcpy(copy, bytes, n);
    copy[n - 1] ^= 1;
    for (int url = 0; url < (int)w->plan->entries * SOAK_GENERATIONS; url++) {
        if (soak_versions(w, url, copy, n))
            return true;
    }
    return false;
}

void soak_rot(struct soak_world *w, const char *path)
{
    static uint8_t copy[SOAK_SIZE];
    struct fv_port_stat st;
    size_t n = 0;
    const uint8_t *bytes = fv_sim_get(&w->sim, path, &n);

    if (!bytes || n == 0 || n > sizeof copy || soak_is_edited(bytes, n) ||
        w->sim.storage.stat(&w->sim, path, &st) != FV_OK)
        return;
    w->rotted = true;
    memcpy(copy, bytes, n);
    copy[n - 1] ^= 1;
    fv_sim_put(&w->sim, path, copy, n, st.modified_us);
    for (size_t i = 0; i < SOAK_DONE; i++) {
        if (w->done[i].on && soak_same_path(w, w->done[i].path, path))
            w->done[i].on = false;
    }
}

/* A file that was adopted may have any content of that size, until it is fetched or --checksum
 * has compared it. */
void soak_note_unsure(struct soak_world *w, const char *path, bool unsure)
{
    size_t spare = SOAK_DONE;

    for (size_t i = 0; i < SOAK_DONE; i++) {
        if (w->unsure[i][0] && soak_same_path(w, w->unsure[i], path))
            w->unsure[i][0] = '\0';
        if (!w->unsure[i][0])
            spare = i;
    }
    if (unsure && spare < SOAK_DONE)
        memcpy(w->unsure[spare], path, strlen(path) + 1);
}

bool soak_is_unsure(const struct soak_world *w, const char *path)
{
    size_t n = 0;
    const uint8_t *bytes = fv_sim_get((struct fv_sim *)(uintptr_t)&w->sim, path, &n);

    for (size_t i = 0; i < SOAK_DONE; i++) {
        if (w->unsure[i][0] && soak_same_path(w, w->unsure[i], path))
            return true;
    }
    return soak_is_rotten(w, bytes, n);
}

/* --- The ledger --- */

/* The index was closed in order, and knows the log's size. */
static bool is_known(struct soak_world *w, size_t size)
{
    size_t n = 0;
    const uint8_t *p = fv_sim_get(&w->sim, INDEX, &n);

    return p && n >= 64 && fv_num_get64(p + 24 + 8) == size && fv_num_get64(p + 24 + 24) != 0;
}

void soak_spoil_ledger(struct soak_world *w, enum soak_change_kind kind, unsigned how)
{
    static uint8_t copy[1 << 20];
    size_t n = 0;
    const uint8_t *p = fv_sim_get(&w->sim, LEDGER, &n);
    size_t keep = kind == CHANGE_CUT ? n * (how % 4) / 4 : n;

    if (!p || n <= 37 || n > sizeof copy)
        return;
    w->damaged = w->doubtful = true;
    memset(w->done, 0, sizeof w->done);
    memset(w->moved, 0, sizeof w->moved);
    memset(w->kept, 0, sizeof w->kept);
    memset(w->pruned, 0, sizeof w->pruned);
    memcpy(copy, p, n);
    if (kind == CHANGE_FLIPPED) {
        for (unsigned i = 0; i <= how % 3; i++)
            copy[37 + (how * 7919u + i * 104729u) % (n - 37)] ^= (uint8_t)(1 << how % 8);
    }
    w->untold = kind == CHANGE_CUT && keep < n && is_known(w, n);
    if (kind == CHANGE_LOST) {
        fv_sim_drop(&w->sim, LEDGER);
        if (how % 2)
            fv_sim_drop(&w->sim, INDEX);
    } else {
        fv_sim_put(&w->sim, LEDGER, copy, keep, 0);
    }
}

static void warned(void *ctx, const struct fv_fault *fault)
{
    struct soak_world *w = ctx;

    soak_say(w, "  warning: %s: %s", fault->subject, fv_err_text(fault->err));
    w->warned++;
    if (fault->err != FV_E_DAMAGED)
        soak_wrong(w, RULE_EVENT, "a warning of another kind: %d", fault->err);
    if (!w->damaged && !w->lied)
        soak_wrong(w, RULE_EVENT, "the ledger is said to be damaged, and is not");
}

void soak_hear_warnings(struct fv_events *events)
{
    events->warning = warned;
}

/* Behind a run: what was cut off is missed. */
void soak_judge_untold(struct soak_world *w)
{
    if (w->untold && w->err == FV_OK && !w->dark && !w->lied && w->warned == 0 && w->sim.fired == 0)
        soak_wrong(w, RULE_EVENT, "a part of the ledger was cut off, and nobody says so");
    if (!w->options->dry_run && (w->err == FV_OK || w->dark || w->sim.fired || w->warned))
        w->untold = false;
}
