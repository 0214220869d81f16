/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#include "port/posix/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum fv_err fail(struct fv_posix_reader *r, int code)
{
    r->error = code;
    return fv_posix_storage_err(code);
}

enum fv_err fv_posix_reader_open(struct fv_posix_reader *r, const char *path)
{
    struct stat st;

    r->position = 0;
    r->until_us = INT64_MAX;
    r->error = 0;
    /* O_NONBLOCK: the wait for the writer of a FIFO happens at the first read */
    r->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (r->fd < 0)
        return fail(r, errno);
    if (fstat(r->fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        fv_posix_reader_close(r);
        return fail(r, EISDIR);
    }
    return FV_OK;
}

/* Read once at offset, or the next bytes of a pipe (a shell's <(...), /dev/stdin). */
static ssize_t read_once(struct fv_posix_reader *r, uint64_t offset, uint8_t *p, size_t n,
                         enum fv_err *err)
{
    ssize_t done;

    if (offset > (uint64_t)INT64_MAX)
        return 0;
    done = pread(r->fd, p, n, (off_t)offset);
    if (done >= 0 || errno != ESPIPE || offset != r->position)
        return done;
    *err = fv_posix_await(r->fd, false, r->until_us);
    done = *err == FV_OK ? read(r->fd, p, n) : 0;
    if (done > 0)
        r->position += (uint64_t)done;
    return done;
}

enum fv_err fv_posix_reader_read(void *ctx, uint64_t offset, void *p, size_t n, size_t *got)
{
    struct fv_posix_reader *r = ctx;
    uint8_t *to = p;
    size_t have = 0;

    while (have < n) {
        enum fv_err err = FV_OK;
        ssize_t done = read_once(r, offset + have, to + have, n - have, &err);

        if (err != FV_OK)
            return err;
        if (done < 0 && errno != EINTR && errno != EAGAIN)
            return fail(r, errno);
        if (done == 0)
            break;
        if (done > 0)
            have += (size_t)done;
    }
    *got = have;
    return FV_OK;
}

void fv_posix_reader_close(struct fv_posix_reader *r)
{
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
}
