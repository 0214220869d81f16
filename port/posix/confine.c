/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "port/posix/confine.h"

#include "port/posix/inside.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __SANITIZE_ADDRESS__

/* The directories that stay usable. */
struct places {
    const struct fv_posix_storage *storage, *scratch;
};

static unsigned by_landlock(const struct places *p)
{
    return fv_posix_landlock(p->storage, p->scratch);
}

static unsigned by_seccomp(const struct places *p)
{
    (void)p;
    return fv_posix_seccomp();
}

/* Return whether another filter is on this process. A kernel without filters returns "invalid". */
static bool filtered(void)
{
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 0 && errno != EINVAL;
}

/* Return the result of part in a child process, which may be killed: filters that end a process
 * for an unknown call (systemd's SystemCallFilter=@system-service and landlock_create_ruleset)
 * cannot be detected in any other way. */
static unsigned tried(unsigned (*part)(const struct places *), const struct places *p)
{
    /* if SIGCHLD were ignored, there would be no exit status */
    void (*old)(int) = signal(SIGCHLD, SIG_DFL);
    int status = 0;
    pid_t child = fv_posix_split();

    if (child == 0)
        _exit((int)part(p));
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (old != SIG_ERR)
        (void)signal(SIGCHLD, old);
    return child > 0 && WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : 0;
}

#endif

void fv_posix_confine(const struct fv_posix_storage *storage,
                      const struct fv_posix_storage *scratch, struct fv_posix_confined *out)
{
    *out = (struct fv_posix_confined){false, 0, false};
    /* The calls and files of a sanitiser, mainly at the end, cannot be known in advance. */
#ifndef __SANITIZE_ADDRESS__
    const struct places p = {storage, scratch};
    bool careful = filtered();

    out->no_new_privs = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    if (out->no_new_privs) {
        out->landlock = !careful || tried(by_landlock, &p) > 0 ? by_landlock(&p) : 0;
        out->seccomp = (!careful || tried(by_seccomp, &p) > 0) && by_seccomp(&p) > 0;
    }
#else
    (void)storage;
    (void)scratch;
#endif
}
