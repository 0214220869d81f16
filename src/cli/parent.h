/* SPDX-License-Identifier: MIT */
/*
 * The parent of runs. `sync --every`, and a sync with --exec or --exec-end, do their work in a
 * worker, one process for each run. The parent only waits, starts the next worker, and runs the
 * commands. So each run begins like a new program: it uses the settings, the CA bundle, the
 * resolver and the directory as they are then, and is confined to them (port/posix/confine.h).
 *
 * When the user asks to stop, the parent ends the worker and the command. A worker does not outlive
 * its parent.
 */
#ifndef FV_CLI_PARENT_H
#define FV_CLI_PARENT_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct fv_out;

/* What the parent needs from the program. ctx is passed to all callbacks. */
struct fv_parent {
    void *ctx;
    const char *exec, *exec_end,
        /* commands and their directory; empty: none. Borrowed; prepare may change the texts. */
        *dir;
    int64_t every_us; /* from the beginning of a run to the beginning of the next; 0: one run */
    bool quiet;
    struct fv_out *err;
    /* Read settings and credentials for the next run. last is the exit status of the run before.
     * Return 0; or, after printing the reason, the exit status of a run that is not possible. May
     * change every_us and quiet. */
    int (*prepare)(void *ctx, int last);
    /* Forget secrets and settings of the run that was started. Called in the parent for each
     * run. */
    void (*forget)(void *ctx);
    /* A run has ended with status, or could not begin. Return its final exit status. */
    int (*over)(void *ctx, int status);
    /* Do one run; called in the worker. ask: see cli/ask.h. Return the exit status. */
    int (*work)(void *ctx, int ask);
    /* The next run begins at until_us, an instant of fv_posix_now(). Called about once a second;
     * with 0 when it begins. */
    void (*waits)(void *ctx, int64_t until_us);

    /* Private. */
    uint64_t runs; /* runs begun so far */
    /* of a run: an unnamed file to which the worker writes the input of exec_end; -1: none */
    int lines;
};

/* Run workers until the user asks to stop or there are no more runs. prepared is what prepare
 * returned for the first run; if it is 2 (usage), there are no more runs. Return the exit
 * status. */
int fv_parent_run(struct fv_parent *p, int prepared);

#endif
