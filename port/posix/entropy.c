/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "port/posix/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#define RETRY_US 50000

/* Kernels before 3.17 have no getrandom(), and sandboxes may refuse it. /dev/random becomes
 * readable when the generator was seeded. If there is only the other device, that cannot be
 * known. */
static enum fv_err fill_from_device(uint8_t *p, size_t n, int64_t deadline_us)
{
    struct pollfd fds[2] = {{0}};
    enum fv_err err = FV_OK;
    int fd = open("/dev/random", O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        fds[1].fd = fd;
        fds[1].events = POLLIN;
        err = fv_posix_poll(fds, 2, deadline_us);
        close(fd);
    }
    if (err != FV_OK)
        return err;

    fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return FV_E_NETWORK;
    while (n > 0) {
        ssize_t got = read(fd, p, n);

        if (got <= 0 && !(got < 0 && errno == EINTR))
            break;
        if (got > 0) {
            p += got;
            n -= (size_t)got;
        }
    }
    close(fd);
    return n > 0 ? FV_E_NETWORK : FV_OK;
}

static enum fv_err entropy_fill(void *ctx, uint8_t *p, size_t n)
{
    const struct fv_posix *posix = ctx;
    struct pollfd none;
    int64_t deadline_us = posix->entropy_until_us;
    int64_t own_us = fv_posix_now() + (int64_t)posix->entropy_ms * 1000;

    if (posix->entropy_ms > 0 && own_us < deadline_us)
        deadline_us = own_us;
    while (n > 0) {
        ssize_t got = getrandom(p, n, GRND_NONBLOCK);

        if (got > 0) {
            p += got;
            n -= (size_t)got;
        } else if (got < 0 && errno == EAGAIN) {
            /* Not seeded yet, soon after power-on. This wait can be ended by a signal; one in
             * the kernel could not. */
            enum fv_err err = fv_posix_poll(&none, 1, fv_posix_now() + RETRY_US);

            if (err != FV_E_TIMEOUT || fv_posix_now() >= deadline_us)
                return err;
        } else if (got == 0 || errno != EINTR) {
            return fill_from_device(p, n, deadline_us);
        }
    }
    return FV_OK;
}

void fv_posix_entropy_init(struct fv_posix *p)
{
    p->entropy_until_us = INT64_MAX;
    p->entropy_ms = 0;
    p->entropy = (struct fv_port_entropy){.ctx = p, .fill = entropy_fill};
}
