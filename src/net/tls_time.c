/* SPDX-License-Identifier: MIT */
/*
 * The calendar as mbedTLS asks for it, to compare with the validity of certificates (MBEDTLS_PLATFORM_GMTIME_R_ALT): the one that
 * the listing's times need anyway, half a kilobyte less than the libc's beside it. An instant that it does not hold is an error,
 * and no certificate is valid then.
 */
#include "parse/timestamp.h"

#include <mbedtls/platform_time.h>
#include <mbedtls/platform_util.h>

#define SECOND_US 1000000

struct tm *mbedtls_platform_gmtime_r(const mbedtls_time_t *t, struct tm *out)
{
    struct fv_civil c;
    if (*t < INT64_MIN / SECOND_US || *t > INT64_MAX / SECOND_US ||
        !fv_timestamp_civil((int64_t)*t * SECOND_US, &c)) {
        return NULL;
    }
    *out = (struct tm){
        .tm_year = c.year - 1900,
        .tm_mon = c.month - 1,
        .tm_mday = c.day,
        .tm_hour = c.hour,
        .tm_min = c.minute,
        .tm_sec = c.second,
    };
    return out;
}
