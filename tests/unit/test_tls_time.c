/* SPDX-License-Identifier: MIT */
/* The gmtime_r() of mbedTLS (net/tls_time.c) gives the same as the libc's, for the years that
 * certificates can name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <mbedtls/platform_time.h>
#include <mbedtls/platform_util.h>
#include <cmocka.h>

#define FIRST INT64_C(-62167219200) /* 0000-01-01T00:00:00Z */
#define LAST INT64_C(253402300799)  /* 9999-12-31T23:59:59Z */

static void check(int64_t seconds)
{
    time_t t = (time_t)seconds;
    struct tm expected;
    struct tm got;
    assert_non_null(gmtime_r(&t, &expected));
    assert_ptr_equal(mbedtls_platform_gmtime_r(&t, &got), &got);
    assert_int_equal(got.tm_year, expected.tm_year);
    assert_int_equal(got.tm_mon, expected.tm_mon);
    assert_int_equal(got.tm_mday, expected.tm_mday);
    assert_int_equal(got.tm_hour, expected.tm_hour);
    assert_int_equal(got.tm_min, expected.tm_min);
    assert_int_equal(got.tm_sec, expected.tm_sec);
}

static void test_as_the_libc(void **state)
{
    (void)state;
    const int64_t step = 13 * 86400 + 3677; /* every hour, minute and second has its turn */
    for (int64_t t = FIRST; t <= LAST; t += step) {
        check(t);
    }
    check(LAST);
    check(INT32_MAX);
    check((int64_t)INT32_MAX + 1);
}

static void test_outside(void **state)
{
    (void)state;
    const int64_t outside[] = {INT64_MIN, FIRST - 1, LAST + 1, INT64_MAX, INT64_MAX / 1000000 + 1};
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        time_t t = (time_t)outside[i];
        struct tm out;
        assert_null(mbedtls_platform_gmtime_r(&t, &out));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_the_libc),
        cmocka_unit_test(test_outside),
    };
    return cmocka_run_group_tests_name("gmtime", tests, NULL, NULL);
}
