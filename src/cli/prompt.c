/* SPDX-License-Identifier: MIT */
#include "cli/prompt.h"

#include "cli/sink.h"
#include "port/posix/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* attempts to come to the foreground, for a job that is continued in the background */
#define TRIES 100

/* A signal handler has no argument. It restores `before` before the process stops, and sets
 * `hidden` again when the process goes on. */
static struct {
    int tty;
    struct termios before, hidden;
    const char *question;
} asking;

/* Signals that stop or end the process at once. All others are recorded and end the wait
 * (port/posix/signal.c). */
static const int stops[] = {SIGTSTP, SIGQUIT};
#define STOPS (sizeof stops / sizeof stops[0])

static void set_stop(int number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, NULL);
}

/* Stop a background job until it comes to the foreground. The system would do that in each call,
 * and again after each signal, so that a request to stop would never be noticed. Return false
 * after such a request. */
static bool in_front(int tty, int number)
{
    for (int tries = 0; tries < TRIES && tcgetpgrp(tty) != getpgrp(); tries++) {
        if (fv_posix_signal() != 0) {
            return false;
        }
        (void)raise(number); /* the system ignores it for orphaned process groups */
    }
    return true;
}

/* Set the terminal, and drop input: it was already echoed, or is a part of a password. Not
 * TCSAFLUSH, which waits for a terminal that takes no output. */
static bool set_terminal(const struct termios *mode)
{
    if (!in_front(asking.tty, SIGTTOU)) {
        return false;
    }
    (void)tcsetattr(asking.tty, TCSANOW, mode);
    (void)tcflush(asking.tty, TCIFLUSH);
    return true;
}

static void stopped(int number)
{
    int saved = errno;
    sigset_t this_one;
    (void)sigemptyset(&this_one);
    (void)sigaddset(&this_one, number);
    (void)set_terminal(&asking.before);
    set_stop(number, SIG_DFL);
    (void)raise(number);
    (void)sigprocmask(SIG_UNBLOCK, &this_one, NULL); /* the process stops or ends here */
    set_stop(number, stopped);
    if (set_terminal(&asking.hidden)) {
        (void)!write(asking.tty, asking.question, strlen(asking.question));
    }
    errno = saved;
}

/* Read to the end of the line, including what does not fit: the shell must not get the rest of a
 * password. */
static enum fv_err read_line(int tty, char *out, size_t size, int64_t until_us)
{
    size_t len = 0;
    for (;;) {
        char c = 0;
        enum fv_err err = fv_posix_await(tty, false, until_us);
        if (err != FV_OK) {
            return err;
        }
        if (!in_front(tty, SIGTTIN)) {
            return FV_E_CANCELLED;
        }
        ssize_t n = read(tty, &c, 1);
        if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
            return FV_E_CLOSED;
        }
        if (n == 1 && (c == '\n' || c == '\r')) {
            out[len < size ? len : 0] = '\0';
            return len < size ? FV_OK : FV_E_CAPACITY;
        }
        if (n == 1 && len < size) {
            out[len] = c;
            len++; /* len == size: too long */
        }
    }
}

static enum fv_err ask_hidden(struct fv_sink *to, char *out, size_t size)
{
    struct sigaction before;
    enum fv_err err = FV_E_CLOSED;
    if (tcgetattr(to->fd, &asking.before) != 0) {
        return err;
    }
    asking.tty = to->fd;
    asking.hidden = asking.before;
    asking.hidden.c_lflag &= ~(tcflag_t)ECHO;
    bool ours[STOPS];
    for (size_t i = 0; i < STOPS; i++) {
        ours[i] = sigaction(stops[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL;
        if (ours[i]) {
            set_stop(stops[i], stopped);
        }
    }
    err = set_terminal(&asking.hidden) ? fv_sink_write(to, asking.question, strlen(asking.question))
                                       : FV_E_CANCELLED;
    if (err == FV_OK) {
        err = read_line(to->fd, out, size, to->until_us);
    }
    for (size_t i = 0; i < STOPS; i++) {
        if (ours[i]) {
            set_stop(stops[i], SIG_DFL);
        }
    }
    bool front = err == FV_OK; /* input after the line is for the shell */
    if (front) {
        (void)tcsetattr(asking.tty, TCSANOW, &asking.before);
    } else {
        front = set_terminal(&asking.before);
    }
    if (front) {
        (void)fv_sink_write(to, "\n", 1);
    }
    return err;
}

FV_COLD enum fv_err fv_prompt(const char *question, bool hidden, char *out, size_t size,
                              int64_t until_us)
{
    struct fv_sink to;
    int tty = open("/dev/tty", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (tty < 0) {
        return FV_E_NOT_FOUND;
    }
    fv_sink_init(&to, tty, "/dev/tty");
    to.until_us = until_us;
    enum fv_err err = FV_OK;
    if (hidden) {
        asking.question = question;
        err = ask_hidden(&to, out, size);
    } else {
        err = fv_sink_write(&to, question, strlen(question));
        if (err == FV_OK) {
            err = read_line(to.fd, out, size, until_us);
        }
    }
    fv_sink_close(&to);
    return err;
}
