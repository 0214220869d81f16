/* SPDX-License-Identifier: MIT */
/*
 * The clock functions for mbedTLS (named in the boards' fv_mbedtls.h): for the validity of
 * certificates and the age of tickets. mbedTLS uses the clock only if there is one: fv_tls_open()
 * fails without it.
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
