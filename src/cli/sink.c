/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "cli/sink.h"

#include "base/writer.h"
#include "port/posix/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define TERMINAL_PIECE 256   /* bytes that a terminal usually accepts at once when it is ready */
#define READER_STEP_US 50000 /* no event tells that a FIFO has got a reader */

static int open_again(int fd)
{
    char path[32];
    struct fv_writer w;
    fv_writer_init(&w, path, sizeof path);
    fv_writer_text(&w, "/proc/self/fd/");
    fv_writer_u64(&w, (uint64_t)fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void fv_sink_init(struct fv_sink *s, int fd, const char *name)
{
    struct stat st;
    bool known = fstat(fd, &st) == 0;
    bool pipe = known && S_ISFIFO(st.st_mode);
    bool terminal = known && S_ISCHR(st.st_mode) && isatty(fd) != 0;
    *s = (struct fv_sink){.name = name, .fd = fd, .until_us = INT64_MAX, .own = -1};
    s->most = SSIZE_MAX;
    s->socket = known && S_ISSOCK(st.st_mode);
    if ((pipe || terminal) && (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0) {
        s->own = open_again(fd);
        s->asks = s->own < 0;
    }
    if (s->asks) {
        s->most = pipe ? PIPE_BUF : TERMINAL_PIECE;
    }
}

/* Wait for a while. FV_OK: try again. */
static enum fv_err wait_for_reader(int64_t until_us)
{
    int64_t next_us = fv_posix_now() + READER_STEP_US;
    if (next_us >= until_us) {
        return fv_posix_await(-1, false, until_us);
    }
    enum fv_err err = fv_posix_await(-1, false, next_us);
    return err == FV_E_TIMEOUT ? FV_OK : err;
}

enum fv_err fv_sink_open(struct fv_sink *s, const char *path, int64_t until_us)
{
    struct stat st;
    *s = (struct fv_sink){.name = path, .until_us = until_us, .own = -1, .most = SSIZE_MAX};
    while (s->err == FV_OK) {
        s->fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (s->fd >= 0) {
            return FV_OK;
        }
        s->error = errno;
        bool no_reader = errno == ENXIO && stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
        s->err = no_reader ? wait_for_reader(until_us) : FV_E_STORAGE;
    }
    return s->err;
}

void fv_sink_close(struct fv_sink *s)
{
    if (s->fd >= 0) {
        (void)close(s->fd);
    }
    s->fd = -1;
}

static void fail(struct fv_sink *s, enum fv_err err, int error)
{
    s->err = err;
    s->error = error;
}

enum fv_err fv_sink_write(struct fv_sink *s, const char *p, size_t n)
{
    const int fd = s->own >= 0 ? s->own : s->fd;
    bool wait = s->asks;
    while (n > 0 && s->err == FV_OK) {
        enum fv_err err = wait ? fv_posix_await(fd, true, s->until_us) : FV_OK;
        if (err != FV_OK) {
            fail(s, err, 0);
            break;
        }
        size_t most = n < s->most ? n : s->most;
        ssize_t done =
            s->socket ? send(fd, p, most, MSG_DONTWAIT | MSG_NOSIGNAL) : write(fd, p, most);
        wait = s->asks || (done < 0 && errno == EAGAIN);
        if (done > 0) {
            p += done;
            n -= (size_t)done;
        } else if (done < 0 && errno != EINTR && errno != EAGAIN) {
            fail(s, errno == ENOSPC || errno == EDQUOT ? FV_E_FULL : FV_E_STORAGE, errno);
        }
    }
    enum fv_err err = s->err;
    if (s->lossy && (err == FV_E_CANCELLED || err == FV_E_TIMEOUT)) {
        s->err = FV_OK;
    }
    return err;
}

bool fv_sink_takes(const struct fv_sink *s)
{
    struct pollfd p = {.fd = s->own >= 0 ? s->own : s->fd, .events = POLLOUT};
    return poll(&p, 1, 0) > 0;
}

bool fv_sink_closed(const struct fv_sink *s)
{
    struct stat st;
    bool hung_up =
        s->error == EIO && fstat(s->fd, &st) == 0 && S_ISCHR(st.st_mode); /* a terminal */
    return s->err == FV_E_STORAGE && (s->error == EPIPE || s->error == ECONNRESET || hung_up);
}
