/* SPDX-License-Identifier: MIT */
/* Sizes, rates, durations and moments of the command line. */
#include "parse/quantity.h"

#include "parse/timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BAD INT64_MIN
#define UNTOUCHED 987654321
#define NOW INT64_C(1617378277293849) /* 2021-04-02T15:44:37.293849Z */

struct case_size {
    const char *text;
    enum fv_err err;
    uint64_t bytes;
};

struct case_signed {
    const char *text;
    int64_t value;
};

static const struct case_size sizes[] = {
    {"0", FV_OK, 0},
    {"1", FV_OK, 1},
    {"007", FV_OK, 7},
    {"1k", FV_OK, 1024},
    {"1K", FV_OK, 1024},
    {"3M", FV_OK, UINT64_C(3145728)},
    {"4G", FV_OK, UINT64_C(4294967296)},
    {"5T", FV_OK, UINT64_C(5497558138880)},
    {"0T", FV_OK, 0},
    {"18446744073709551615", FV_OK, UINT64_MAX},
    {"18446744073709551616", FV_E_USAGE, 0},
    {"18014398509481983k", FV_OK, UINT64_C(18446744073709550592)},
    {"18014398509481984k", FV_E_USAGE, 0},
    {"16777215T", FV_OK, UINT64_C(18446742974197923840)},
    {"16777216T", FV_E_USAGE, 0},
    {"99999999999999999999999", FV_E_USAGE, 0},
    {"", FV_E_USAGE, 0},
    {"k", FV_E_USAGE, 0},
    {"1kk", FV_E_USAGE, 0},
    {"1kB", FV_OK, 1000},
    {"1MB", FV_OK, 1000000},
    {"2TB", FV_OK, UINT64_C(2000000000000)},
    {"7B", FV_OK, 7},
    {"10m", FV_OK, UINT64_C(10485760)},
    {"1g", FV_OK, UINT64_C(1073741824)},
    {"10MiB", FV_OK, UINT64_C(10485760)},
    {"10mib", FV_OK, UINT64_C(10485760)},
    {"1KIB", FV_OK, 1024},
    {"1.5G", FV_OK, UINT64_C(1610612736)},
    {"0.5M", FV_OK, 524288},
    {"0.000001T", FV_OK, 1099511},
    {"16777215.999999T", FV_OK, UINT64_C(18446744073708452104)},
    {"18446744073709551615.5k", FV_E_USAGE, 0},
    {"1.5", FV_E_USAGE, 0},
    {"1.5B", FV_E_USAGE, 0},
    {"1.0000001k", FV_E_USAGE, 0},
    {"1.k", FV_E_USAGE, 0},
    {".5k", FV_E_USAGE, 0},
    {"1ki", FV_E_USAGE, 0},
    {"1KiBs", FV_E_USAGE, 0},
    {"1k1k", FV_E_USAGE, 0},
    {"1x", FV_E_USAGE, 0},
    {"10Mbit", FV_E_USAGE, 0},
    {"1 k", FV_E_USAGE, 0},
    {" 1", FV_E_USAGE, 0},
    {"1.5k", FV_OK, 1536},
    {"-1", FV_E_USAGE, 0},
    {"+1", FV_E_USAGE, 0},
    {"0x10", FV_E_USAGE, 0},
};

static const struct case_signed seconds[] = {
    {"0", 0},
    {"2", 2000},
    {"0.5", 500},
    {"0.05", 50},
    {"0.005", 5},
    {"1.250", 1250},
    {"1.000", 1000},
    {"10.9", 10900},
    {"4233600", INT64_C(4233600000)},
    {"4233600.000", INT64_C(4233600000)},
    {"4233600.001", BAD},
    {"4233601", BAD},
    {"4294967.296", BAD},
    {"18446744073709551617", BAD},
    {"0.0005", BAD},
    {"1.", BAD},
    {".5", BAD},
    {".", BAD},
    {"", BAD},
    {"1.2.3", BAD},
    {"1,5", BAD},
    {"1s", 1000},
    {"1m", 60000},
    {"1m30s", 90000},
    {"0.5m", 30000},
    {"49d", INT64_C(4233600000)},
    {"49d1s", BAD},
    {"1m30", BAD},
    {"1 m", BAD},
    {"1M", BAD},
    {"-1", BAD},
    {"1.-5", BAD},
    {" 1", BAD},
    {"1e3", BAD},
};

static const struct case_signed spans[] = {
    {"0s", 0},
    {"1s", INT64_C(1000000)},
    {"90s", INT64_C(90000000)},
    {"1m", INT64_C(60000000)},
    {"36h", INT64_C(129600000000)},
    {"7d", INT64_C(604800000000)},
    {"2w", INT64_C(1209600000000)},
    {"9223372036854s", INT64_C(9223372036854000000)},
    {"9223372036855s", BAD},
    {"15250284w", INT64_C(9223371763200000000)},
    {"15250285w", BAD},
    {"99999999999999999999s", BAD},
    {"", BAD},
    {"7", BAD},
    {"d", BAD},
    {"7D", BAD},
    {"7y", BAD},
    {"7 d", BAD},
    {"1d12h", INT64_C(129600000000)},
    {"1.5h", INT64_C(5400000000)},
    {"90min", INT64_C(5400000000)},
    {"90sec", INT64_C(90000000)},
    {"90second", BAD},
    {"1d12", BAD},
    {"12", BAD},
    {"1d 12h", BAD},
    {"9223372036854s1s", BAD},
    {"-7d", BAD},
};

static const struct case_signed moments[] = {
    {"2021-04-01", INT64_C(1617235200000000)},
    {"2021-04-01T00:00:00Z", INT64_C(1617235200000000)},
    {"2021-04-01T02:00:00.5+02:00", INT64_C(1617235200500000)},
    {"0s", NOW},
    {"36h", NOW - INT64_C(129600000000)},
    {"7d", NOW - INT64_C(604800000000)},
    {"5000w", NOW - INT64_C(3024000000000000)},
    {"", BAD},
    {"yesterday", BAD},
    {"2021-04-31", BAD},
    {"2021-04-01T00:00:00", BAD},
    {"1617235200", BAD},
};

static struct fv_slice copy_of(const char *text)
{
    size_t len = strlen(text);
    char *p = malloc(len + (len == 0));
    assert_non_null(p);
    memcpy(p, text, len);
    return (struct fv_slice){p, len};
}

static void release(struct fv_slice s)
{
    char *p;
    memcpy(&p, &s.ptr, sizeof(p));
    free(p);
}

static void check(const struct case_signed *c, enum fv_err err, int64_t got)
{
    bool right =
        c->value == BAD ? err == FV_E_USAGE && got == UNTOUCHED : err == FV_OK && got == c->value;
    if (!right) {
        fail_msg("\"%s\": error %d, value %lld", c->text, (int)err, (long long)got);
    }
}

static void test_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct fv_slice text = copy_of(sizes[i].text);
        uint64_t bytes = UNTOUCHED;
        enum fv_err err = fv_quantity_size(text, &bytes);
        if (err != sizes[i].err || bytes != (err == FV_OK ? sizes[i].bytes : UNTOUCHED)) {
            fail_msg("\"%s\": error %d, %llu bytes", sizes[i].text, (int)err,
                     (unsigned long long)bytes);
        }
        release(text);
    }
}

static void test_seconds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        struct fv_slice text = copy_of(seconds[i].text);
        uint32_t ms = UNTOUCHED;
        enum fv_err err = fv_quantity_seconds(text, &ms);
        check(&seconds[i], err, ms);
        release(text);
    }
}

static void test_span(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        struct fv_slice text = copy_of(spans[i].text);
        int64_t us = UNTOUCHED;
        enum fv_err err = fv_quantity_span(text, &us);
        check(&spans[i], err, us);
        release(text);
    }
}

static void test_when(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        struct fv_slice text = copy_of(moments[i].text);
        int64_t us = UNTOUCHED;
        enum fv_err err = fv_quantity_when(text, NOW, false, &us);
        check(&moments[i], err, us);
        release(text);
    }
}

/* A day that is the last one is whole; of what is no day nothing changes. */
static void test_last_of_a_day(void **state)
{
    int64_t us = UNTOUCHED;
    (void)state;
    assert_int_equal(fv_quantity_when(FV_SLICE("2021-04-01"), NOW, true, &us), FV_OK);
    assert_true(us == INT64_C(1617235200000000) + INT64_C(86400000000) - 1);
    assert_int_equal(fv_quantity_when(FV_SLICE("2021-04-01T00:00:00Z"), NOW, true, &us), FV_OK);
    assert_true(us == INT64_C(1617235200000000));
    assert_int_equal(fv_quantity_when(FV_SLICE("36h"), NOW, true, &us), FV_OK);
    assert_true(us == NOW - INT64_C(129600000000));
}

/* A clock that stands before 1970 must not overflow. */
static void test_when_overflow(void **state)
{
    int64_t us = UNTOUCHED;
    (void)state;
    assert_int_equal(fv_quantity_when(FV_SLICE("9223372036854s"), INT64_C(-775808), true, &us),
                     FV_OK);
    assert_true(us == INT64_MIN);
    us = UNTOUCHED;
    assert_int_equal(fv_quantity_when(FV_SLICE("9223372036854s"), INT64_C(-775809), true, &us),
                     FV_E_USAGE);
    assert_int_equal(us, UNTOUCHED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size),          cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_span),          cmocka_unit_test(test_when),
        cmocka_unit_test(test_when_overflow), cmocka_unit_test(test_last_of_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
