/*
 * The parent process. `sync --every` and `sync --exec` do each run in a worker, which is a process
 * of its own. The parent only waits, starts the next worker, and runs the commands of --exec. So
 * each run begins like a new program: it reads settings, CA bundle and resolver configuration,
 * opens the directory that is there at that time, and is confined to these (port/posix/confine.h).
 *
 * When the user asks to stop, the parent ends the worker and a running command. A worker does not
 * outlive its parent.
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
    const char *exec,
        *dir;         /* for commands; exec empty: none. Borrowed; prepare may change exec's text */
    int64_t every_us; /* from the beginning of a run to the beginning of the next; 0: one run */
    bool quiet;
    struct fv_out *err;
    /* Read settings and credentials for the next run. last is the exit status of the run before.
     * Return 0; or, after printing the reason, the exit status of a run that is not possible. May
     * change every_us and quiet. */
    int (*prepare)(void *ctx, int last);
    /* Forget the secrets and settings of the run that was started. */
    void (*forget)(void *ctx);
    /* Do one run; called in the worker. ask: see cli/ask.h. Return the exit status. */
    int (*work)(void *ctx, int ask);

    /* Private. */
    uint64_t runs; /* runs begun so far */
};

/* Run workers until the user asks to stop or there are no more runs. prepared is what prepare
 * returned for the first run; if it is 2 (usage), there are no more runs. Return the exit
 * status. */
int fv_parent_run(struct fv_parent *p, int prepared);

#endif
