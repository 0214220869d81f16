/* SPDX-License-Identifier: MIT */
/* What a build without a feature reports for each setting that needs it, through the library's
 * interface: client/features.c with nothing linked. */
#include "client/features.h"

#include "base/cap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#define fv_prune_linked false
#define fv_filter_linked false
#define fv_tls_pin_linked false
#define fv_rate_limit_linked false
#undef FV_CAP_COMPARE
#define FV_CAP_COMPARE 0
#define fv_features_check check_without
enum fv_err check_without(const struct fv_settings *s, struct fv_fault *fault);
#include "client/features.c"
#undef fv_features_check

#include <cmocka.h>

static void prune(struct fv_settings *s)
{
    s->prune = true;
}

static void max_delete(struct fv_settings *s)
{
    s->limit_deletes = true;
}

static void pattern(struct fv_settings *s)
{
    s->patterns[0] = (struct fv_pattern){FV_SLICE("*"), true};
    s->pattern_count = 1;
}

static void latest(struct fv_settings *s)
{
    s->latest = 1;
}

static void since(struct fv_settings *s)
{
    s->since_us = 0;
}

static void until(struct fv_settings *s)
{
    s->until_us = 0;
}

static void pins(struct fv_settings *s)
{
    s->pins = FV_SLICE("no pin at all");
}

static void rate(struct fv_settings *s)
{
    s->rate_limit = 1;
}

static void checksum(struct fv_settings *s)
{
    s->checksum = true;
}

static void adopt(struct fv_settings *s)
{
    s->adopt = true;
}

static void test_each_setting_is_refused_by_name(void **state)
{
    static const struct {
        void (*ask)(struct fv_settings *s);
        const char *name;
    } cases[] = {
        {prune, "prune"},       {max_delete, "max-delete"}, {pattern, "include, exclude"},
        {latest, "latest"},     {since, "since"},           {until, "until"},
        {pins, "pinnedpubkey"}, {rate, "limit-rate"},       {checksum, "checksum"},
        {adopt, "adopt"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fv_settings s;
        struct fv_fault fault = {.err = FV_OK};
        fv_settings_init(&s);
        assert_int_equal(check_without(&s, &fault), FV_OK);
        cases[i].ask(&s);
        assert_int_equal(check_without(&s, &fault), FV_E_USAGE);
        assert_int_equal(fault.err, FV_E_USAGE);
        assert_non_null(strstr(fault.subject, cases[i].name));
        assert_non_null(strstr(fault.subject, "this build does not have it"));
        fault = (struct fv_fault){.err = FV_OK};
        assert_int_equal(fv_features_check(&s, &fault), FV_OK); /* this build has them all */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_setting_is_refused_by_name)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
