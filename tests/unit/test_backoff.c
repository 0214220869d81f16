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

static void spends_its_budget(void **state)
{
    (void)state;
    struct fv_backoff b;
    uint32_t delay = 0;
    fv_backoff_init(&b, 2);
    assert_int_equal(fv_backoff_next(&b, FV_E_RESET, &entropy, &delay), FV_OK);
    assert_int_equal(fv_backoff_next(&b, FV_E_RESET, &entropy, &delay), FV_OK);
    assert_int_equal(fv_backoff_next(&b, FV_E_RESET, &entropy, &delay), FV_E_RESET);
    fv_backoff_progress(&b);
    assert_int_equal(fv_backoff_next(&b, FV_E_RESET, &entropy, &delay), FV_OK);
}

static void gives_up_what_cannot_pass(void **state)
{
    (void)state;
    static const enum fv_err errors[] = {FV_E_AUTH,      FV_E_FORBIDDEN, FV_E_HTTP_STATUS,
                                         FV_E_TLS_TRUST, FV_E_FULL,      FV_E_JSON,
                                         FV_E_CANCELLED};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct fv_backoff b;
        uint32_t delay = 77;
        fv_backoff_init(&b, 9);
        assert_int_equal(fv_backoff_next(&b, errors[i], &entropy, &delay), errors[i]);
        assert_int_equal(delay, 77);
    }
}

/* Without entropy the delay is the limit itself, which shows the limits. */
static void doubles_up_to_the_cap(void **state)
{
    (void)state;
    static const uint32_t limits[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
    struct fv_backoff b;
    fv_backoff_init(&b, 100);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        uint32_t delay = 0;
        assert_int_equal(fv_backoff_next(&b, FV_E_TIMEOUT, &broken, &delay), FV_OK);
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
        fv_backoff_init(&b, 1);
        assert_int_equal(fv_backoff_next(&b, FV_E_CONNECT, &entropy, &delay), FV_OK);
        assert_true(delay <= FV_BACKOFF_FIRST_MS);
    }
}

static void obeys_retry_after_once(void **state)
{
    (void)state;
    struct fv_backoff b;
    uint32_t delay = 0;
    fv_backoff_init(&b, 9);
    b.retry_after_s = 7;
    assert_int_equal(fv_backoff_next(&b, FV_E_HTTP_RETRY, &broken, &delay), FV_OK);
    assert_int_equal(delay, 7000);
    assert_int_equal(fv_backoff_next(&b, FV_E_HTTP_RETRY, &broken, &delay), FV_OK);
    assert_int_equal(delay, 1000);
    b.retry_after_s = INT64_MAX;
    assert_int_equal(fv_backoff_next(&b, FV_E_HTTP_RETRY, &broken, &delay), FV_OK);
    assert_int_equal(delay, FV_RETRY_AFTER_CAP_S * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spends_its_budget),      cmocka_unit_test(gives_up_what_cannot_pass),
        cmocka_unit_test(doubles_up_to_the_cap),  cmocka_unit_test(jitter_is_full),
        cmocka_unit_test(obeys_retry_after_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
