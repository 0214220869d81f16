#define _GNU_SOURCE
#include "port/posix/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A handler has no argument of ours, so this is the one thing that is not in a context. */
static volatile sig_atomic_t first;
static int wake[2] = {-1, -1};

static void remember(int number)
{
    int saved = errno;

    if (!first)
        first = number;
    /* The byte is never read, so the pipe stays readable. A full one is as good. */
    if (write(wake[1], "", 1) < 0)
        errno = saved;
}

static void set_action(int number, void (*handler)(int))
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

enum fv_err fv_posix_signals_install(void)
{
    if (wake[0] < 0 && pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0)
        return FV_E_USAGE;
    set_action(SIGPIPE, SIG_IGN);
    set_action(SIGXFSZ, SIG_IGN); /* ulimit -f: a write says EFBIG then */
    set_action(SIGINT, remember);
    set_action(SIGTERM, remember);
    return FV_OK;
}

int fv_posix_signal(void)
{
    return (int)first;
}

int fv_posix_signal_fd(void)
{
    return wake[0];
}

void fv_posix_signals_restore(void)
{
    set_action(SIGINT, SIG_DFL);
    set_action(SIGTERM, SIG_DFL);
    set_action(SIGPIPE, SIG_DFL);
    set_action(SIGXFSZ, SIG_DFL);
    if (wake[0] >= 0) {
        close(wake[0]);
        close(wake[1]);
    }
    wake[0] = wake[1] = -1;
    first = 0;
}
