#define _GNU_SOURCE /* explicit_bzero */
#include "cli/ask.h"

#include "port/posix/posix.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define PATIENCE_MS 2000 /* for the answer, after the command was to be ended */

static void fill(struct fv_ask *ask, struct fv_slice first, struct fv_slice second)
{
    ask->first_len = first.len;
    ask->second_len = second.len;
    memcpy(ask->text, first.ptr, first.len);
    memcpy(ask->text + first.len, second.ptr, second.len);
}

static bool put(int fd, const void *bytes, size_t n)
{
    ssize_t done;
    do {
        done = send(fd, bytes, n, MSG_NOSIGNAL);
    } while (done < 0 && errno == EINTR);
    return done == (ssize_t)n;
}

static bool put_ask(int fd, const struct fv_ask *ask)
{
    return put(fd, ask, offsetof(struct fv_ask, text) + ask->first_len + ask->second_len);
}

static bool take_answer(int fd, int *status)
{
    ssize_t got;
    do {
        got = recv(fd, status, sizeof *status, 0);
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof *status;
}

/* Wait for the answer of a command that has been told to end. */
static bool take_last(int fd, int *status)
{
    const struct fv_ask stop = {.kind = FV_ASK_STOP};
    struct pollfd answer = {.fd = fd, .events = POLLIN};
    if (!put_ask(fd, &stop)) {
        return false;
    }
    int ready;
    do {
        ready = poll(&answer, 1, PATIENCE_MS);
    } while (ready < 0 && errno == EINTR);
    return ready > 0 && take_answer(fd, status);
}

enum fv_err fv_ask_hook(int fd, const struct fv_file *file, int64_t deadline_us, int *status)
{
    struct fv_ask ask = {.kind = FV_ASK_HOOK, .modified_us = file->modified_us, .size = file->size};
    fill(&ask, file->path, file->url);
    if (file->sha256 != NULL) {
        memcpy(ask.sha256, file->sha256, sizeof ask.sha256);
    }
    *status = 126;
    if (!put_ask(fd, &ask)) {
        return FV_E_HOOK;
    }
    enum fv_err err = fv_posix_await(fd, FV_PORT_READ, deadline_us);
    bool answered = err == FV_OK ? take_answer(fd, status) : take_last(fd, status);
    if (answered && *status == 0) {
        return FV_OK; /* in its last moments, perhaps */
    }
    return err == FV_E_CANCELLED || err == FV_E_TIMEOUT ? err : FV_E_HOOK;
}

void fv_ask_keep(int fd, struct fv_slice user, struct fv_slice password)
{
    struct fv_ask ask = {.kind = FV_ASK_KEEP};
    fill(&ask, user, password);
    (void)put_ask(fd, &ask);
    explicit_bzero(&ask, sizeof ask);
}

bool fv_ask_take(int fd, struct fv_ask *ask)
{
    const size_t head = offsetof(struct fv_ask, text);
    ssize_t got = recv(fd, ask, sizeof *ask, MSG_DONTWAIT);
    return got >= (ssize_t)head && ask->first_len <= sizeof ask->text &&
           ask->second_len <= sizeof ask->text &&
           (size_t)got == head + ask->first_len + ask->second_len;
}

void fv_ask_answer(int fd, int status)
{
    (void)put(fd, &status, sizeof status); /* a worker that has gone wants none */
}
