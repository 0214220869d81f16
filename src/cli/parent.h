/* SPDX-License-Identifier: MIT */
/*
 * The parent of runs. `sync --every` and a sync with --exec or --exec-end do their work in a worker, one process for each run; the parent only
 * waits, starts the next one and runs their commands. So each run begins as a new program does: with the settings, the CA
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

/* What the parent needs from the program. ctx is passed to all callbacks. */
struct fv_parent {
    void *ctx;
    const char *exec, *exec_end,
        *dir;         /* for commands; empty: none. Borrowed; prepare may change their text */
    int64_t every_us; /* from the beginning of a run to the beginning of the next; 0: one run */
    bool quiet;
    struct fv_out *err;
    /* Read settings and credentials for the next run. last is the exit status of the run before.
     * Return 0; or, after printing the reason, the exit status of a run that is not possible. May
     * change every_us and quiet. */
    int (*prepare)(void *ctx, int last);
    /* Forget secrets and settings of the run that was started. Called in the parent, for each. */
    void (*forget)(void *ctx);
    /* A run has ended with status, or could not be. Returns what it counts as. */
    int (*over)(void *ctx, int status);
    /* Do one run; called in the worker. ask: see cli/ask.h. Return the exit status. */
    int (*work)(void *ctx, int ask);
    /* The next run begins at until_us, an instant of fv_posix_now(). Called about once a second, and with 0 when it begins. */
    void (*waits)(void *ctx, int64_t until_us);

    /* Private. */
    uint64_t runs; /* runs begun so far */
    int lines; /* of a run: a file without a name, for the input of exec_end; -1: none. A worker writes to it */
};

/* Run workers until the user asks to stop or there are no more runs. prepared is what prepare
 * returned for the first run; if it is 2 (usage), there are no more runs. Return the exit
 * status. */
int fv_parent_run(struct fv_parent *p, int prepared);

#endif
