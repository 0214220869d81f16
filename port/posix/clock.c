/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64 /* needs the line above; 32-bit machines must pass 2038 */
#include "port/posix/inside.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

/* 2020-01-01T00:00:00Z. A gateway without a battery starts in 1970. A clock with an earlier time
 * than this project is wrong. */
#define FIRST_CREDIBLE_S 1577836800

/* with an idle function, longest time between two calls of it */
#define PIECE_US 500000

/* One for all instances, because signal handlers and waits have no struct fv_posix. */
static struct fv_port_idle_call idle;

static int64_t microseconds(clockid_t which)
{
    struct timespec t;

    if (clock_gettime(which, &t) < 0)
        return INT64_MIN;
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t fv_posix_now(void)
{
    return microseconds(CLOCK_MONOTONIC);
}

static int64_t clock_now(void *ctx)
{
    (void)ctx;
    return fv_posix_now();
}

static int64_t clock_wall(void *ctx)
{
    int64_t now = microseconds(CLOCK_REALTIME);

    (void)ctx;
    return now < (int64_t)FIRST_CREDIBLE_S * 1000000 ? INT64_MIN : now;
}

/* Milliseconds for poll(), rounded up so that a wait never ends before its deadline. */
static int poll_timeout(int64_t deadline_us)
{
    int64_t now, left;

    if (deadline_us == INT64_MAX)
        return -1;
    now = fv_posix_now();
    if (deadline_us <= now)
        return 0;
    left = deadline_us - now;
    return left > (int64_t)INT_MAX * 1000 ? INT_MAX : (int)((left + 999) / 1000);
}

void fv_posix_idle(void)
{
    if (idle.call)
        idle.call(idle.ctx);
}

/* Return the end of the next piece of a wait. */
static int64_t piece(int64_t deadline_us)
{
    int64_t until = fv_posix_now() + PIECE_US;

    return idle.call && until < deadline_us ? until : deadline_us;
}

enum fv_err fv_posix_poll(struct pollfd *fds, nfds_t n, int64_t deadline_us)
{
    for (;;) {
        int ready, timeout;

        fv_posix_idle();

        fds[0].fd = fv_posix_signal_fd();
        fds[0].events = POLLIN;
        timeout = poll_timeout(piece(deadline_us));
        ready = poll(fds, n, timeout);
        if (fv_posix_signal())
            return FV_E_CANCELLED;
        if (ready > 0)
            return FV_OK;
        if (ready < 0 && errno != EINTR)
            return FV_E_NETWORK;
        /* the deadline may be later than the longest time-out that poll() takes */
        if (ready == 0 && timeout >= 0 && poll_timeout(deadline_us) == 0)
            return FV_E_TIMEOUT;
    }
}

static enum fv_err clock_sleep(void *ctx, int64_t deadline_us)
{
    enum fv_err err = fv_posix_await(-1, false, deadline_us);

    (void)ctx;
    return err == FV_E_CANCELLED ? err : FV_OK;
}

static int clock_cancelled(void *ctx)
{
    (void)ctx;
    return fv_posix_signal();
}

void fv_posix_clock_init(struct fv_posix *p)
{
    p->clock = (struct fv_port_clock){
        .ctx = p,
        .now = clock_now,
        .wall = clock_wall,
        .sleep = clock_sleep,
        .cancelled = clock_cancelled,
        .idle = &idle,
    };
}
