/*
 * --exec: a shell command for each complete file.
 *
 * The command is started by a helper process, forked before this one confines itself (port/posix/confine.h) and opens anything:
 * the command may do all that the user may, while the process that reads from the network can start nothing. All that it can ask
 * of the helper is this one command, with other values in the environment.
 */
#ifndef FV_CLI_HOOK_H
#define FV_CLI_HOOK_H

#include "fluxvision.h"

#include <sys/types.h>

struct fv_hook {
    int fd; /* to the helper; -1: none */
    pid_t pid;
};

/* Fork the helper, which calls forget(ctx) first: it has no use for secrets. command and dir are borrowed by it alone. False:
 * no process or socket to be had. */
bool fv_hook_start(struct fv_hook *h, const char *command, const char *dir,
                   void (*forget)(void *ctx), void *ctx);

/* Have it run `/bin/sh -c command` with FLUXVISION_PATH (dir and the file's path), _URL, _SHA256, _MODIFIED, _SIZE in its
 * environment, its standard output being our standard error, its standard input empty, and wait for the end. A signal that asks
 * us to stop is passed on to its process group, which is ended if it does not follow within half a second.
 * FV_OK; FV_E_HOOK with its status in *status (128 + signal if one ended it; 126 if it could not be run); FV_E_CANCELLED: it was
 * stopped with us. */
enum fv_err fv_hook_run(struct fv_hook *h, const struct fv_file *file, int *status);

/* End the helper, if there is one. */
void fv_hook_stop(struct fv_hook *h);

#endif
