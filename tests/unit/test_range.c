/* SPDX-License-Identifier: MIT */
/* Content-Range: what RFC 9110 14.4 allows, and everything else. */
#include "parse/range.h"

#include "support/exact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX UINT64_C(9223372036854775807)

struct case_good {
    const char *text;
    struct fv_content_range range;
};

static const struct case_good good[] = {
    {"bytes 0-0/1", {true, true, 0, 0, 1}},
    {"bytes 0-499/1234", {true, true, 0, 499, 1234}},
    {"BYTES 5-9/10", {true, true, 5, 9, 10}},
    {"bytes 5-9/*", {true, false, 5, 9, 0}},
    {"bytes */0", {false, true, 0, 0, 0}},
    {"bytes */1234", {false, true, 0, 0, 1234}},
    {"bytes 00005-0000000000000000000000009/0010", {true, true, 5, 9, 10}},
    {"bytes 9223372036854775806-9223372036854775806/9223372036854775807",
     {true, true, MAX - 1, MAX - 1, MAX}},
    {"bytes 0-9223372036854775807/*", {true, false, 0, MAX, 0}},
    {"bytes */9223372036854775807", {false, true, 0, 0, MAX}},
};

static const char *const bad[] = {
    "",
    "bytes",
    "bytes ",
    "bytes /",
    "bytes */",
    "bytes */*",
    "bytes /1",
    "bytes -/1",
    "bytes 0/1",
    "bytes 0-/1",
    "bytes -0/1",
    "bytes 0-0",
    "bytes 0-0/",
    "bytes 0-1/1",
    "bytes 0-0/0",
    "bytes 2-1/3",
    "bytes 2-1/*",
    "bytes 3-3/3",
    "bytes=0-0/1",
    "bytes: 0-0/1",
    "bytes  0-0/1",
    " bytes 0-0/1",
    "bytes 0-0/1 ",
    "bytes 0 - 0/1",
    "bytes 0-0 /1",
    "bytes 0-0/ 1",
    "bytes\t0-0/1",
    "byte 0-0/1",
    "items 0-0/1",
    "0-0/1",
    "bytes *-0/1",
    "bytes 0-*/1",
    "bytes **/1",
    "bytes */1/2",
    "bytes 0-0/1/2",
    "bytes 0-0-0/1",
    "bytes --0/1",
    "bytes -1-0/1",
    "bytes +0-0/1",
    "bytes 0x0-0/1",
    "bytes 0-0/0x1",
    "bytes 0-0/1,bytes 0-0/1",
    "bytes 0-0/9223372036854775808",
    "bytes 0-9223372036854775808/*",
    "bytes 9223372036854775808-9223372036854775809/*",
    "bytes 0-18446744073709551616/*",
    "bytes 18446744073709551616-0/1",
    "bytes */18446744073709551616",
};

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct fv_slice text = exact(good[i].text);
        struct fv_content_range r;
        assert_int_equal(fv_range_parse(text, &r), FV_OK);
        assert_int_equal(r.has_range, good[i].range.has_range);
        assert_int_equal(r.has_total, good[i].range.has_total);
        assert_true(r.first == good[i].range.first);
        assert_true(r.last == good[i].range.last);
        assert_true(r.total == good[i].range.total);
        exact_free(text);
    }
}

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct fv_slice text = exact(bad[i]);
        struct fv_content_range r = {.total = 77};
        if (fv_range_parse(text, &r) != FV_E_HTTP_RANGE) {
            fail_msg("not refused: %s", bad[i]);
        }
        assert_int_equal(r.total, 77);
        exact_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
