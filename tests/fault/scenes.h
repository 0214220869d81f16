/* SPDX-License-Identifier: MIT */
/*
 * The states in which a run can begin: worlds that are ready for the run in which something goes
 * wrong.
 */
#ifndef TEST_SCENES_H
#define TEST_SCENES_H

#include "support/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct scene {
    const char *name;
    void (*prepare)(struct world *w);
    bool verify;     /* the run is verify, and sync ends it */
    bool whole_lost; /* one file may have to be fetched again from its start */
};

static inline void scene_run(struct world *w)
{
    world_sync(w);
    if (w->err != FV_OK) {
        fprintf(stderr, "preparing: %d %s\n", (int)w->err, w->fault.subject);
        abort();
    }
}

/* Return whether the hook must have run for file i when all is done; for no file had it run when
 * the scene was ready. */
static inline bool scene_wants_hook(const struct world *w, size_t i)
{
    const struct world_file *f = &w->files[i];
    return w->hook && f->listed && strncmp(f->dir, w->scope, strlen(w->scope)) == 0;
}

/* Files of all sizes, in directories that are not there yet. */
static inline void scene_empty(struct world *w)
{
    static const size_t sizes[] = {0, 1, 511, 4096, 9000, 45000};
    static const char *const dirs[] = {"o/s/d", "o/s/e", "o/t/d"};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        world_add(w, dirs[i % COUNT(dirs)], sizes[i]);
    }
}

/* The connection broke inside of two files, one of which has changed since. */
static inline void scene_resume(struct world *w)
{
    size_t a = world_add(w, "o/s/d", 45000);
    size_t b = world_add(w, "o/s/d", 40000);
    world_add(w, "o/s/d", 100);
    w->files[a].cut = 30000;
    w->files[b].cut = 20000;
    w->settings.retries = 0;
    world_sync(w);
    w->settings.retries = 2;
    w->files[a].cut = w->files[b].cut = 0;
    world_renew(w, b, 35000);
}

/* New versions: of another size, of the same, and of the same size and date under another URL. */
static inline void scene_replace(struct world *w)
{
    size_t a = world_add(w, "o/s/d", 3000);
    size_t b = world_add(w, "o/s/d", 30000);
    world_add(w, "o/s/d", 700);
    scene_run(w);
    world_renew(w, a, 9000);
    world_renew(w, b, 30000);
}

/* Gone from the portal: one of two in a directory, and all of another. */
static inline void scene_prune(struct world *w)
{
    size_t a = world_add(w, "o/s/d", 3000);
    world_add(w, "o/s/d", 300);
    size_t b = world_add(w, "o/s/e", 2000);
    size_t c = world_add(w, "o/s/e", 10);
    scene_run(w);
    w->files[a].listed = w->files[b].listed = w->files[c].listed = false;
    w->settings.prune = true;
    world_add(w, "o/s/d", 5000);
}

/* Fetched before, and moved away since. */
static inline void scene_once(struct world *w)
{
    size_t a = world_add(w, "o/s/d", 3000);
    size_t b = world_add(w, "o/s/d", 300);
    scene_run(w);
    fv_sim_drop(&w->sim, world_path(w, a));
    fv_sim_drop(&w->sim, world_path(w, b));
    w->settings.once = true;
    w->files[a].away = true;
    world_renew(w, b, 8000);
    world_add(w, "o/s/d", 5000);
}

/* Hooks that did not end well, and files that have none yet. */
static inline void scene_hook(struct world *w)
{
    world_add(w, "o/s/d", 3000);
    world_add(w, "o/s/d", 300);
    w->hook = true;
    w->hook_ends = FV_E_HOOK;
    world_sync(w);
    w->hook_ends = FV_OK;
    world_add(w, "o/s/d", 6000);
}

/* Most of the ledger is dead when it is closed. */
static inline void scene_compact(struct world *w)
{
    for (size_t i = 0; i < 6; i++) {
        world_add(w, "o/s/d", 100 * i);
    }
    scene_run(w);
    for (size_t i = 0; i < 6; i++) {
        world_renew(w, i, 150 * i);
    }
    world_add(w, "o/s/d", 10);
}

/* The index doubles. The files that fill it are of another scope. */
static inline void scene_double(struct world *w)
{
    for (size_t i = 0; i < 125; i++) {
        world_add(w, "o/x/y", 3);
    }
    scene_run(w);
    w->scope = "o/s";
    for (size_t i = 0; i < 6; i++) {
        world_add(w, "o/s/d", 400 * i);
    }
}

/* Twelve files, and all of the above. */
static inline void scene_all(struct world *w)
{
    for (size_t i = 0; i < 119; i++) {
        world_add(w, "o/x/y", 2);
    }
    size_t first = world_add(w, "o/s/d", 2000);
    for (size_t i = 1; i < 9; i++) {
        world_add(w, "o/s/d", 500 * i);
    }
    size_t cut = world_add(w, "o/s/d", 45000);
    w->files[cut].cut = 30000;
    w->hook = true;
    w->hook_ends = FV_E_HOOK;
    w->settings.retries = 0;
    world_sync(w);
    w->hook_ends = FV_OK;
    w->settings.retries = 2;
    w->files[cut].cut = 0;
    world_renew(w, first, 9000);
    world_renew(w, first + 1, 500);
    w->files[first + 2].listed = w->files[first + 3].listed = false;
    w->settings.prune = true;
    w->scope = "o/s";
    fv_sim_drop(&w->sim, world_path(w, first + 4));
    for (size_t i = 0; i < 4; i++) {
        world_add(w, i % 2 ? "o/s/e" : "o/s/d", 4000 * i);
    }
}

/* The same over several connections, with more sent ahead. */
static inline void scene_two_lanes(struct world *w)
{
    w->settings.jobs = 2;
    w->settings.pipeline = 8;
    scene_all(w);
}

static inline void scene_three_lanes(struct world *w)
{
    w->settings.jobs = 3;
    scene_all(w);
}

/* The index is gone, and a record of the ledger spoiled. */
static inline void scene_rebuild(struct world *w)
{
    for (size_t i = 0; i < 20; i++) {
        world_add(w, "o/s/d", 10 * i);
    }
    scene_run(w);
    fv_sim_drop(&w->sim, ".fluxvision/ledger.index");
}

static const struct scene scenes[] = {
    {"from empty", scene_empty, false, false},
    {"resume", scene_resume, false, false},
    {"replace", scene_replace, false, true},
    {"prune", scene_prune, false, false},
    {"once", scene_once, false, false},
    {"hook pending", scene_hook, false, false},
    {"ledger compaction", scene_compact, false, false},
    {"index doubling", scene_double, false, false},
    {"twelve files", scene_all, false, false},
    {"two lanes", scene_two_lanes, false, false},
    {"three lanes", scene_three_lanes, false, false},
    {"verify rebuilds the index", scene_rebuild, true, false},
};

#endif
