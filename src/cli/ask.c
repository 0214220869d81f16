/* SPDX-License-Identifier: MIT */
#include "cli/ask.h"

#include "port/posix/posix.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define PATIENCE_MS 2000 /* time for the reply, after the command was told to end */

static bool put(int fd, const void *bytes, size_t n, int flags)
{
    ssize_t done;
    do {
        done = send(fd, bytes, n, flags | MSG_NOSIGNAL);
    } while (done < 0 && errno == EINTR);
    return done == (ssize_t)n;
}

static bool put_ask(int fd, const struct fv_ask *ask)
{
    return put(fd, ask, offsetof(struct fv_ask, text) + ask->path_len + ask->url_len, 0);
}

static bool take_reply(int fd, int *status)
{
    ssize_t got;
    do {
        got = recv(fd, status, sizeof *status, 0);
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof *status;
}

/* Wait for the reply of a command that was told to end. */
static bool take_last(int fd, int *status)
{
    const struct fv_ask stop = {.kind = FV_ASK_STOP};
    struct pollfd reply = {.fd = fd, .events = POLLIN};
    if (!put_ask(fd, &stop)) {
        return false;
    }
    int ready;
    do {
        ready = poll(&reply, 1, PATIENCE_MS);
    } while (ready < 0 && errno == EINTR);
    return ready > 0 && take_reply(fd, status);
}

/* Have a command run, and wait for its end. */
static enum fv_err run(int fd, const struct fv_ask *ask, int64_t deadline_us, int *status)
{
    *status = 126;
    if (!put_ask(fd, ask)) {
        return FV_E_HOOK;
    }
    enum fv_err err = fv_posix_await(fd, false, deadline_us);
    bool replied = err == FV_OK ? take_reply(fd, status) : take_last(fd, status);
    if (replied && *status == 0) {
        return FV_OK; /* it may have ended just before the time was over */
    }
    if (fv_posix_signal() != 0) {
        return FV_E_CANCELLED; /* the parent may have ended it because of the signal */
    }
    return err == FV_E_TIMEOUT ? err : FV_E_HOOK;
}

enum fv_err fv_ask_hook(int fd, const struct fv_file *file, int64_t deadline_us, int *status)
{
    struct fv_ask ask = {
        .kind = FV_ASK_HOOK,
        .reason = file->reason,
        .modified_us = file->modified_us,
        .size = file->size,
        .path_len = file->path.len,
        .url_len = file->url.len,
    };
    memcpy(ask.text, file->path.ptr, file->path.len);
    memcpy(ask.text + file->path.len, file->url.ptr, file->url.len);
    if (file->sha256 != NULL) {
        memcpy(ask.sha256, file->sha256, sizeof ask.sha256);
    }
    return run(fd, &ask, deadline_us, status);
}

enum fv_err fv_ask_end(int fd, const struct fv_summary *summary, int exit, int64_t deadline_us,
                       int *status)
{
    const struct fv_ask ask = {.kind = FV_ASK_END, .summary = *summary, .exit = exit};
    return run(fd, &ask, deadline_us, status);
}

enum fv_err fv_ask_take(int fd, struct fv_ask *ask)
{
    const size_t head = offsetof(struct fv_ask, text);
    ssize_t got = recv(fd, ask, sizeof *ask, MSG_DONTWAIT);
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR ? FV_AGAIN : FV_E_CLOSED;
    }
    if (got == 0) {
        return FV_E_CLOSED;
    }
    bool whole = (size_t)got >= head && ask->kind <= FV_ASK_STOP &&
                 ask->reason <= FV_REASON_EDITED && ask->path_len <= sizeof ask->text &&
                 ask->url_len <= sizeof ask->text &&
                 (size_t)got == head + ask->path_len + ask->url_len;
    return whole ? FV_OK : FV_E_USAGE;
}

void fv_ask_reply(int fd, int status)
{
    (void)put(fd, &status, sizeof status, MSG_DONTWAIT);
}
