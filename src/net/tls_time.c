/* SPDX-License-Identifier: MIT */
/*
 * gmtime_r() for mbedTLS, which compares the validity of certificates with it
 * (MBEDTLS_PLATFORM_GMTIME_R_ALT). It uses the calendar of parse/timestamp, which is linked anyway;
 * the libc's would take half a kilobyte more. It returns NULL for an instant outside the years 0000
 * to 9999; mbedTLS then accepts no certificate.
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
