/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "port/posix/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Signal handlers have no context argument, so this state is global. */
static volatile sig_atomic_t first;
static int wake[2] = {-1, -1};  /* the user asked to stop */
static int ended[2] = {-1, -1}; /* a child has ended */

static void note(int fd)
{
    int saved = errno;

    /* if the pipe is full, it is readable anyway */
    if (write(fd, "", 1) < 0)
        errno = saved;
}

/* The byte is never read, so the pipe stays readable. */
static void remember(int number)
{
    if (!first)
        first = number;
    note(wake[1]);
}

static void child_ended(int number)
{
    (void)number;
    note(ended[1]);
}

static bool set_action(int number, void (*handler)(int))
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, NULL) == 0;
}

/* Return whether a signal is ignored: nohup(1) ignores SIGHUP for the programs that it starts. */
static bool is_ignored(int number)
{
    struct sigaction action;

    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void mask_stops(int how)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaddset(&set, numbers[i]);
    sigprocmask(how, &set, NULL);
}

static void close_pair(int pair[2])
{
    if (pair[0] >= 0) {
        close(pair[0]);
        close(pair[1]);
    }
    pair[0] = pair[1] = -1;
}

enum fv_err fv_posix_signals_install(void)
{
    if (wake[0] < 0 && pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0)
        return FV_E_USAGE;
    set_action(SIGPIPE, SIG_IGN);
    set_action(SIGXFSZ, SIG_IGN);
    set_action(SIGCHLD, SIG_DFL);
    set_action(SIGINT, remember);
    set_action(SIGTERM, remember);
    if (!is_ignored(SIGHUP))
        set_action(SIGHUP, remember);
    mask_stops(SIG_UNBLOCK);
    return FV_OK;
}

pid_t fv_posix_fork(void)
{
    pid_t child;

    /* a handler in the child must not write to the parent's pipe */
    mask_stops(SIG_BLOCK);
    child = fv_posix_split();
    if (child == 0) {
        close_pair(wake);
        close_pair(ended);
        set_action(SIGCHLD, SIG_DFL);
        if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0)
            _exit(126);
        if (first)
            note(wake[1]);
    }
    mask_stops(SIG_UNBLOCK);
    return child;
}

enum fv_err fv_posix_children_watch(int *fd)
{
    if (ended[0] < 0 && pipe2(ended, O_CLOEXEC | O_NONBLOCK) < 0)
        return FV_E_USAGE;
    *fd = ended[0];
    return set_action(SIGCHLD, child_ended) ? FV_OK : FV_E_USAGE;
}

void fv_posix_stop(int number)
{
    remember(number);
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
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ, SIGCHLD};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i] != SIGHUP || !is_ignored(SIGHUP))
            set_action(numbers[i], SIG_DFL);
    }
    close_pair(wake);
    close_pair(ended);
    first = 0;
}
