/*
 * The parent of runs. `sync --every` and a sync with --exec do their work in a worker, one process for each run; the parent only
 * waits, starts the next one and runs --exec's commands. So each run begins as a new program does: with the settings, the CA
 * bundle, the resolver and the directory as they are then, confined to them (port/posix/confine.h).
 *
 * The parent ends the worker and a command that runs when the user asks to stop. A worker does not outlive its parent.
 */
#ifndef FV_CLI_PARENT_H
#define FV_CLI_PARENT_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct fv_out;

/* What the parent asks of the program; ctx is passed to all. */
struct fv_parent {
    void *ctx;
    const char *exec, *dir; /* for commands; exec empty: none */
    int64_t every_us;       /* begin a run that long after the last one began; 0: one run */
    bool quiet;
    struct fv_out *err;
    /* Read the settings for the next run. False, after saying what is wrong: there is no run this time. */
    bool (*prepare)(void *ctx);
    /* Forget secrets and settings of the run that was started. */
    void (*forget)(void *ctx);
    /* Do a run, in the worker. ask: cli/ask.h. Returns the exit status. */
    int (*work)(void *ctx, int ask);
    /* Keep what was typed in for all runs. */
    void (*keep)(void *ctx, struct fv_slice user, struct fv_slice password);
};

/* Run workers until the user asks to stop, or until there is no further run. The first run must be prepared. A first run that ends
 * with 2 (usage) is the last. Returns the exit status. */
int fv_parent_run(const struct fv_parent *p);

#endif
