/* SPDX-License-Identifier: MIT */
/* How a connection asks after 429 and 503. */
#include "client/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SECOND INT64_C(1000000)

struct row {
    uint16_t status;
    int64_t retry_after_s; /* -1: it does not say */
    int64_t gap_us;
};

static const struct row rows[] = {
    {429, 1, SECOND},
    {429, 2, 2 * SECOND},
    {429, 3, 2 * SECOND}, /* at most that */
    {429, UINT32_MAX, 2 * SECOND},
    {429, 0, 0}, /* at once */
    {429, -1, SECOND},
    {503, 1, SECOND},
    {503, 120, 2 * SECOND},
    {503, 0, 0},
    {503, -1, 0}, /* it is out of order, not too much asked */
    {500, 5, 0},
    {408, 5, 0},
    {425, 5, 0},
};

static void test_gaps(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fv_pace p = {0};
        fv_pace_refused(&p, rows[i].status, rows[i].retry_after_s, 3 * SECOND);
        assert_true(p.gap_us == rows[i].gap_us);
        assert_int_equal(fv_pace_is_narrow(&p), rows[i].gap_us > 0);
        assert_int_equal(p.next_us > 3 * SECOND + rows[i].gap_us, rows[i].gap_us > 0);
        fv_pace_sent(&p, 5 * SECOND);
        if (rows[i].gap_us == 0) {
            assert_true(p.next_us == 0);
        } else { /* a little more: what is a second here may be less there */
            assert_in_range(p.next_us - 5 * SECOND - rows[i].gap_us, 1, 100000);
        }
    }
}

static void test_widens(void **state)
{
    (void)state;
    struct fv_pace p = {0};
    fv_pace_accepted(&p); /* without a limit this means nothing */
    fv_pace_refused(&p, 429, 1, 0);
    int64_t gap_us = SECOND;
    size_t good = 0;
    for (; fv_pace_is_narrow(&p) && good < 100; good++) {
        assert_true(p.gap_us == gap_us);
        fv_pace_accepted(&p);
        gap_us = good % FV_PACE_GOOD == FV_PACE_GOOD - 1 ? gap_us / 2 : gap_us;
    }
    assert_int_equal(good, 5 * FV_PACE_GOOD); /* 1, 0.5, 0.25, 0.125, 0.0625 s */
    fv_pace_sent(&p, SECOND);
    assert_true(p.next_us == 0);
}

static void test_refusal_begins_anew(void **state)
{
    (void)state;
    struct fv_pace p = {0};
    fv_pace_refused(&p, 429, 1, 0);
    for (size_t i = 0; i < FV_PACE_GOOD - 1; i++) {
        fv_pace_accepted(&p);
    }
    fv_pace_refused(&p, 503, 1, 0);
    fv_pace_accepted(&p);
    assert_true(p.gap_us == SECOND);
    fv_pace_refused(&p, 500, 1, 0); /* no such refusal, and no sign that it is better */
    assert_true(p.gap_us == SECOND);
    assert_int_equal(p.good, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_widens),
        cmocka_unit_test(test_refusal_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
