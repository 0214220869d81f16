/* SPDX-License-Identifier: MIT */
/*
 * A library that a dynamic program for 32-bit glibc loads first: the clock is in 2045 there. Who asks
 * with a time of 32 bits gets what such a call gives after 2038: an error.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LATER 2366841600 /* 2045-01-01 */
#define REALTIME 0

struct wide {
    int64_t sec;
    int32_t nsec, unused;
};

int __clock_gettime64(int clock, struct wide *out)
{
    if (syscall(SYS_clock_gettime64, clock, out) != 0) {
        return -1;
    }
    if (clock == REALTIME) {
        out->sec = LATER;
    }
    return 0;
}

int64_t __time64(int64_t *out)
{
    if (out) {
        *out = LATER;
    }
    return LATER;
}

static int too_late(void)
{
    errno = EOVERFLOW;
    return -1;
}

int clock_gettime(int clock, void *out)
{
    (void)clock, (void)out;
    return too_late();
}

int32_t time(int32_t *out)
{
    (void)out;
    return too_late();
}
