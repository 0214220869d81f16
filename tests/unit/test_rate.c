/* SPDX-License-Identifier: MIT */
#include "client/rate_limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static int64_t now_us;

static int64_t now(void *ctx)
{
    (void)ctx;
    return now_us;
}

static enum fv_err sleep_until(void *ctx, int64_t deadline_us)
{
    (void)ctx;
    now_us = deadline_us;
    return FV_OK;
}

static const struct fv_port_clock clock_of_test = {.now = now, .sleep = sleep_until};

static const struct fv_rate_limit no_limit = {.clock = &clock_of_test};

static void limits_the_rate(void **state)
{
    (void)state;
    struct fv_rate_limit r = {.clock = &clock_of_test};
    now_us = 1000000;
    r.bytes_per_s = 100000;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(fv_rate_limit_pay(&r, 16384, INT64_MAX), FV_OK);
    }
    int64_t wanted_us = 100 * INT64_C(16384) * 10;
    assert_true(now_us - 1000000 >= wanted_us - 60000);
    assert_true(now_us - 1000000 <= wanted_us);
}

static void pauses_earn_nothing(void **state)
{
    (void)state;
    struct fv_rate_limit r = {.clock = &clock_of_test};
    now_us = 1000000;
    r.bytes_per_s = 1000;
    assert_int_equal(fv_rate_limit_pay(&r, 10, INT64_MAX), FV_OK);
    now_us += 3600 * INT64_C(1000000);
    int64_t start = now_us;
    assert_int_equal(fv_rate_limit_pay(&r, 5000, INT64_MAX), FV_OK);
    assert_int_equal(now_us - start, 5000000);
}

/* A wait for each of many small pieces would cost more than it is worth. */
static void small_pieces_are_not_waited_for(void **state)
{
    (void)state;
    struct fv_rate_limit r = {.clock = &clock_of_test, .bytes_per_s = 10000};
    now_us = 1000000;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(fv_rate_limit_pay(&r, 100, INT64_MAX), FV_OK);
        assert_int_equal(now_us, 1000000);
    }
    assert_int_equal(fv_rate_limit_pay(&r, 100, INT64_MAX), FV_OK);
    assert_int_equal(now_us, 1060000);
}

/* The whole command may have to end before as many bytes may come. */
static void ends_with_the_command(void **state)
{
    (void)state;
    struct fv_rate_limit r = {.clock = &clock_of_test, .bytes_per_s = 1000};
    now_us = 1000000;
    assert_int_equal(fv_rate_limit_pay(&r, 5000, 6000000), FV_OK);
    assert_int_equal(now_us, 6000000);
    assert_int_equal(fv_rate_limit_pay(&r, 5000, 8000000), FV_E_TIMEOUT);
    assert_int_equal(now_us, 8000000);
}

static void no_limit_no_wait(void **state)
{
    (void)state;
    struct fv_rate_limit limit = {.clock = &clock_of_test};
    struct fv_rate_floor floor = {.clock = &clock_of_test, .limit = &limit};
    now_us = 5;
    fv_rate_begin(&floor);
    fv_rate_resume(&floor);
    assert_int_equal(fv_rate_limit_pay(&limit, 1u << 30, INT64_MAX), FV_OK);
    assert_int_equal(now_us, 5);
    now_us = 3600 * INT64_C(1000000);
    assert_int_equal(fv_rate_watch(&floor, 0), FV_OK);
}

/* What the user's own limit makes slow, for this transfer or for another one, is not slow. */
static void the_limit_is_no_floor_s_business(void **state)
{
    (void)state;
    struct fv_rate_limit limit = {.clock = &clock_of_test, .bytes_per_s = 1000};
    struct fv_rate_floor mine = {.clock = &clock_of_test,
                                 .limit = &limit,
                                 .bytes_per_s = 900,
                                 .window_ms = 2000};
    struct fv_rate_floor other = mine;
    now_us = 1000000;
    fv_rate_begin(&mine);
    fv_rate_resume(&mine);
    fv_rate_begin(&other);
    fv_rate_resume(&other);
    for (unsigned i = 0; i < 100; i++) {
        now_us += 1000;
        assert_int_equal(fv_rate_watch(&mine, 500), FV_OK);
        assert_int_equal(fv_rate_limit_pay(&limit, 500, INT64_MAX), FV_OK);
        assert_int_equal(fv_rate_watch(&other, 2), FV_OK);
        assert_int_equal(fv_rate_limit_pay(&limit, 2, INT64_MAX), FV_OK);
    }
    assert_true(now_us > 40000000);
    now_us += 3000000;
    assert_int_equal(fv_rate_watch(&other, 1), FV_E_SLOW);
}

/* One byte each 100 ms keeps every stall time-out quiet. */
static void finds_a_trickle(void **state)
{
    (void)state;
    struct fv_rate_floor r = {.clock = &clock_of_test, .limit = &no_limit};
    enum fv_err err = FV_OK;
    now_us = 0;
    r.bytes_per_s = 100;
    r.window_ms = 10000;
    fv_rate_begin(&r);
    fv_rate_resume(&r);
    while (err == FV_OK && now_us < 60000000) {
        now_us += 100000;
        err = fv_rate_watch(&r, 1);
    }
    assert_int_equal(err, FV_E_SLOW);
    assert_int_equal(now_us, 10000000);
}

/* No limit, and the lowest one. */
static void one_byte_a_second_is_a_limit(void **state)
{
    static const struct {
        uint64_t bytes_per_s;
        size_t bytes;
        enum fv_err want;
    } rows[] = {{0, 0, FV_OK}, {1, 9, FV_E_SLOW}, {1, 10, FV_OK}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fv_rate_floor r = {.clock = &clock_of_test,
                                  .limit = &no_limit,
                                  .bytes_per_s = rows[i].bytes_per_s,
                                  .window_ms = 10000};
        now_us = 0;
        fv_rate_begin(&r);
        fv_rate_resume(&r);
        now_us = 10000000;
        assert_int_equal(fv_rate_watch(&r, rows[i].bytes), rows[i].want);
    }
}

static void forgives_a_slow_start(void **state)
{
    (void)state;
    struct fv_rate_floor r = {.clock = &clock_of_test, .limit = &no_limit};
    now_us = 0;
    r.bytes_per_s = 100;
    r.window_ms = 10000;
    fv_rate_begin(&r);
    fv_rate_resume(&r);
    now_us = 9000000;
    assert_int_equal(fv_rate_watch(&r, 1000), FV_OK);
    now_us = 10000000;
    assert_int_equal(fv_rate_watch(&r, 1), FV_OK);
}

/* A server that breaks off each time before the window is full must not evade the limit; the
 * pauses between do not count. */
static void attempts_share_a_window(void **state)
{
    (void)state;
    struct fv_rate_floor r = {.clock = &clock_of_test, .limit = &no_limit};
    enum fv_err err = FV_OK;
    unsigned attempts = 0;
    now_us = 0;
    r.bytes_per_s = 100;
    r.window_ms = 10000;
    fv_rate_begin(&r);
    while (err == FV_OK && attempts < 100) {
        fv_rate_resume(&r);
        now_us += 1000000;
        err = fv_rate_watch(&r, 3);
        fv_rate_pause(&r);
        now_us += 60000000;
        attempts++;
    }
    assert_int_equal(err, FV_E_SLOW);
    assert_int_equal(attempts, 10);
}

/* A floor that has served before begins anew, at rest. */
static void begins_at_rest(void **state)
{
    (void)state;
    struct fv_rate_floor r = {.clock = &clock_of_test,
                              .limit = &no_limit,
                              .bytes_per_s = 100,
                              .window_ms = 10000};
    now_us = 0;
    fv_rate_begin(&r);
    fv_rate_resume(&r);
    now_us = 9000000;
    assert_int_equal(fv_rate_watch(&r, 1), FV_OK);
    fv_rate_begin(&r);
    now_us = 90000000;
    fv_rate_resume(&r);
    now_us = 95000000;
    assert_int_equal(fv_rate_watch(&r, 1), FV_OK);
    now_us = 100000000;
    assert_int_equal(fv_rate_watch(&r, 998), FV_E_SLOW);
}

/* What passes without content at the end of an attempt is its own. */
static void silence_counts_up_to_the_pause(void **state)
{
    (void)state;
    struct fv_rate_floor r = {.clock = &clock_of_test,
                              .limit = &no_limit,
                              .bytes_per_s = 100,
                              .window_ms = 10000};
    now_us = 0;
    fv_rate_begin(&r);
    fv_rate_resume(&r);
    now_us = 9000000;
    fv_rate_pause(&r);
    now_us = 80000000;
    fv_rate_resume(&r);
    now_us = 81000000;
    assert_int_equal(fv_rate_watch(&r, 999), FV_E_SLOW);
}

/* Each window counts for itself, up to its last microsecond and byte. */
static void windows_do_not_help_each_other(void **state)
{
    static const struct {
        unsigned first, second; /* bytes */
        enum fv_err want[2];
    } rows[] = {
        {5000, 999, {FV_OK, FV_E_SLOW}},
        {5000, 1000, {FV_OK, FV_OK}},
        {999, 1000, {FV_E_SLOW, FV_OK}},
        {999, 999, {FV_E_SLOW, FV_E_SLOW}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fv_rate_floor r = {.clock = &clock_of_test,
                                  .limit = &no_limit,
                                  .bytes_per_s = 100,
                                  .window_ms = 10000};
        now_us = 0;
        fv_rate_begin(&r);
        fv_rate_resume(&r);
        for (int64_t k = 0; k < 2; k++) {
            now_us = (k + 1) * 10000000 - 1;
            assert_int_equal(fv_rate_watch(&r, 0), FV_OK);
            now_us++;
            assert_int_equal(fv_rate_watch(&r, k == 0 ? rows[i].first : rows[i].second),
                             rows[i].want[k]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_the_rate),
        cmocka_unit_test(ends_with_the_command),
        cmocka_unit_test(pauses_earn_nothing),
        cmocka_unit_test(begins_at_rest),
        cmocka_unit_test(silence_counts_up_to_the_pause),
        cmocka_unit_test(small_pieces_are_not_waited_for),
        cmocka_unit_test(no_limit_no_wait),
        cmocka_unit_test(finds_a_trickle),
        cmocka_unit_test(one_byte_a_second_is_a_limit),
        cmocka_unit_test(windows_do_not_help_each_other),
        cmocka_unit_test(forgives_a_slow_start),
        cmocka_unit_test(attempts_share_a_window),
        cmocka_unit_test(the_limit_is_no_floor_s_business),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
