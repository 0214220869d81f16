/* SPDX-License-Identifier: MIT */
#include "client/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static uint8_t byte;

static enum fv_err fill(void *ctx, uint8_t *p, size_t n)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++) {
        p[i] = byte;
    }
    return FV_OK;
}

static enum fv_err no_entropy(void *ctx, uint8_t *p, size_t n)
{
    (void)ctx;
    (void)p;
    (void)n;
    return FV_E_NETWORK;
}

static const struct fv_port_entropy entropy = {NULL, fill};
static const struct fv_port_entropy broken = {NULL, no_entropy};

static enum fv_err fill_four(void *ctx, uint8_t *p, size_t n)
{
    static const uint8_t bytes[] = {0x78, 0x56, 0x34, 0x12};
    (void)ctx;
    assert_int_equal(n, sizeof(bytes));
    for (size_t i = 0; i < n; i++) {
        p[i] = bytes[i];
    }
    return FV_OK;
}

/* All four bytes count: as many clients as there are have as many pauses. */
static void every_random_byte_counts(void **state)
{
    static const struct fv_port_entropy four = {NULL, fill_four};
    (void)state;
    struct fv_backoff b;
    uint32_t delay = 0;
    fv_backoff_init(&b, 2, 4096);
    assert_true(fv_backoff_next(&b, &four, &delay));
    assert_int_equal(delay, 0x12345678 % 501);
    assert_true(fv_backoff_next(&b, &four, &delay));
    assert_int_equal(delay, 0x12345678 % 1001);
}

/* Servers round a part of a second down to none. */
static void at_once_is_believed_once(void **state)
{
    (void)state;
    struct fv_backoff b;
    uint32_t delay = 1;
    byte = 1;
    fv_backoff_init(&b, 3, 4096);
    b.retry_after_s = 0;
    assert_true(fv_backoff_next(&b, &entropy, &delay));
    assert_int_equal(delay, 0);
    b.retry_after_s = 0;
    assert_true(fv_backoff_next(&b, &entropy, &delay));
    assert_int_equal(delay, 0x01010101 % 1001);
    b.retry_after_s = 7;
    assert_true(fv_backoff_next(&b, &entropy, &delay));
    assert_int_equal(delay, 7000);
}

static void spends_its_budget(void **state)
{
    (void)state;
    struct fv_backoff b;
    uint32_t delay = 0;
    fv_backoff_init(&b, 2, 4096);
    assert_true(fv_backoff_next(&b, &entropy, &delay));
    assert_true(fv_backoff_next(&b, &entropy, &delay));
    assert_false(fv_backoff_next(&b, &entropy, &delay));
    fv_backoff_progress(&b, 4096, true);
    assert_true(fv_backoff_next(&b, &entropy, &delay));
}

static void few_bytes_are_no_progress(void **state)
{
    (void)state;
    struct fv_backoff b;
    uint32_t delay = 0;
    fv_backoff_init(&b, 3, 4096);
    for (uint64_t offset = 3; offset <= 9; offset += 3) {
        assert_true(fv_backoff_next(&b, &entropy, &delay));
        fv_backoff_progress(&b, offset, true);
    }
    assert_false(fv_backoff_next(&b, &entropy, &delay));
    fv_backoff_progress(&b, 4096, true);
    assert_int_equal(b.spent, 0);
    fv_backoff_progress(&b, 0, true); /* nothing is there */
    assert_true(fv_backoff_next(&b, &entropy, &delay));
    fv_backoff_progress(&b, 4096, true);
    assert_int_equal(b.spent, 1);
}

/* Each attempt begins anew and comes further than the one before: what it brings is thrown away. */
static void beginning_anew_is_no_progress(void **state)
{
    (void)state;
    struct fv_backoff b;
    uint32_t delay = 0;
    fv_backoff_init(&b, 2, 4096);
    for (uint64_t offset = 5000; offset <= 15000; offset += 5000) {
        fv_backoff_progress(&b, offset, false);
        assert_int_equal(fv_backoff_next(&b, &entropy, &delay), offset < 15000);
    }
    fv_backoff_progress(&b, 19095, true);
    assert_false(fv_backoff_next(&b, &entropy, &delay));
    fv_backoff_progress(&b, 19096, true);
    assert_true(fv_backoff_next(&b, &entropy, &delay));
}

/* Without entropy the delay is the limit itself, which shows the limits. */
static void doubles_up_to_the_cap(void **state)
{
    (void)state;
    static const uint32_t limits[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
    struct fv_backoff b;
    fv_backoff_init(&b, 100, 4096);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        uint32_t delay = 0;
        assert_true(fv_backoff_next(&b, &broken, &delay));
        assert_int_equal(delay, limits[i]);
    }
}

static void jitter_is_full(void **state)
{
    (void)state;
    for (unsigned v = 0; v < 256; v++) {
        struct fv_backoff b;
        uint32_t delay = 0;
        byte = (uint8_t)v;
        fv_backoff_init(&b, 1, 4096);
        assert_true(fv_backoff_next(&b, &entropy, &delay));
        assert_true(delay <= FV_BACKOFF_FIRST_MS);
    }
}

static void obeys_retry_after_once(void **state)
{
    (void)state;
    struct fv_backoff b;
    uint32_t delay = 0;
    fv_backoff_init(&b, 9, 4096);
    b.retry_after_s = 7;
    assert_true(fv_backoff_next(&b, &broken, &delay));
    assert_int_equal(delay, 7000);
    assert_true(fv_backoff_next(&b, &broken, &delay));
    assert_int_equal(delay, 1000);
    b.retry_after_s = INT64_MAX;
    assert_true(fv_backoff_next(&b, &broken, &delay));
    assert_int_equal(delay, FV_RETRY_AFTER_CAP_S * 1000);
}

/* Whatever the response before it asked for, and though there was progress since. */
static void forgets_retry_after(void **state)
{
    struct fv_backoff b;
    uint32_t delay_ms = 0;
    (void)state;
    fv_backoff_init(&b, 5, 100);
    b.retry_after_s = 7;
    assert_true(fv_backoff_next(&b, &broken, &delay_ms));
    assert_int_equal(delay_ms, 7000);
    fv_backoff_progress(&b, 100, true);
    assert_true(fv_backoff_next(&b, &broken, &delay_ms));
    assert_int_equal(delay_ms, FV_BACKOFF_FIRST_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_random_byte_counts),
        cmocka_unit_test(spends_its_budget),
        cmocka_unit_test(at_once_is_believed_once),
        cmocka_unit_test(few_bytes_are_no_progress),
        cmocka_unit_test(beginning_anew_is_no_progress),
        cmocka_unit_test(doubles_up_to_the_cap),
        cmocka_unit_test(jitter_is_full),
        cmocka_unit_test(obeys_retry_after_once),
        cmocka_unit_test(forgets_retry_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
