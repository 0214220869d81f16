/* SPDX-License-Identifier: MIT */
/*
 * --exec: a shell command for each complete file; --exec-end: one at the end of a run. They are
 * started by the parent process (cli/parent.h), which is not confined.
 */
#ifndef FV_CLI_HOOK_H
#define FV_CLI_HOOK_H

#include "fluxvision.h"

#include <sys/types.h>

struct fv_hook {
    const char *command;
    const char *dir;
    /* --exec: sets FLUXVISION_PATH (dir and the file's path), _ORG, _STUDY, _DELIVERY (from the
     * path), _URL, _SHA256, _MODIFIED, _SIZE, _REASON (empty when the command is run again after
     * it failed). NULL: --exec-end. */
    const struct fv_file *file;
    /* --exec-end: sets FLUXVISION_DIR, _EXIT, _SECONDS, and a variable for each number of
     * fv_outcome_number(), except RETRIES, which is an option. */
    const struct fv_summary *summary;
    int exit;
    int input; /* its standard input; -1: empty */
};

/* Start `/bin/sh -c command` with these variables in its environment; its standard output is
 * this process's standard error. Return its process, which leads a session of its own; or -1
 * with errno if no process could be created. It ends with the shell's exit status; or with 126,
 * after printing the reason, if the environment is too large. */
pid_t fv_hook_start(const struct fv_hook *hook);

/* Send a signal to all processes that the command started and that are still in its session;
 * without /proc, to its process group. */
void fv_hook_signal(pid_t hook, int number);
/* Return whether any of these processes is still running. Without /proc: false. */
bool fv_hook_works(pid_t hook);

/* Return the exit status that a shell shows for a result of waitpid(): 128 plus the number if a
 * signal ended the process. */
int fv_hook_status(int result);

#endif
