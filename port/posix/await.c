/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "port/posix/inside.h"

enum fv_err fv_posix_await(int fd, bool writing, int64_t deadline_us)
{
    struct pollfd fds[2] = {{0}, {.fd = fd, .events = writing ? POLLOUT : POLLIN}};
    enum fv_err err = fv_posix_poll(fds, 2, deadline_us);

    if (err != FV_E_CANCELLED)
        return err == FV_E_NETWORK ? FV_OK : err;
    /* After a request to stop, output that needs no wait is still possible. */
    return poll(&fds[1], 1, 0) > 0 ? FV_OK : FV_E_CANCELLED;
}
