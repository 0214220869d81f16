/*
 * --exec: a shell command for each complete file, started by the parent process (cli/parent.h), which is not confined.
 */
#ifndef FV_CLI_HOOK_H
#define FV_CLI_HOOK_H

#include "fluxvision.h"

#include <sys/types.h>

/* Start `/bin/sh -c command` with FLUXVISION_PATH (dir and the file's path), _URL, _SHA256, _MODIFIED, _SIZE in its environment, its
 * standard output being our standard error, its standard input empty. Returns its process, which leads a session of its own; -1
 * with errno if no process can be had. It ends with status 126, after saying so, where the environment has no room for it, and with
 * the shell's status otherwise. */
pid_t fv_hook_start(const char *command, const char *dir, const struct fv_file *file);

/* Send a signal to all processes that the command started and that are still in its session;
 * without /proc, to its process group. */
void fv_hook_signal(pid_t hook, int number);
/* Return whether any of these processes is still running. Without /proc: false. */
bool fv_hook_works(pid_t hook);

/* Return the exit status that a shell shows for a result of waitpid(): 128 plus the number if a
 * signal ended the process. */
int fv_hook_status(int result);

#endif
