/* SPDX-License-Identifier: MIT */
/*
 * The time as mbedTLS asks for it (fv_mbedtls.h of the boards names these): validity of certificates, age of tickets.
 * mbedTLS is told that there is a clock only when there is one: fv_tls_open() refuses to begin without.
 */
#include "port/bare/bare.h"

#include <time.h>

time_t fv_bare_time(time_t *out);
int64_t mbedtls_ms_time(void);

time_t fv_bare_time(time_t *out)
{
    int64_t wall_us = fv_bare_clock.wall(fv_bare_clock.ctx);
    time_t t = wall_us == INT64_MIN ? 0 : (time_t)(wall_us / 1000000);

    if (out != NULL) {
        *out = t;
    }
    return t;
}

int64_t mbedtls_ms_time(void)
{
    return fv_bare_now() / 1000;
}
