/* SPDX-License-Identifier: MIT */
#include "client/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Patterns: "+glob" includes, "-glob" excludes, up to a NULL. */
struct row {
    const char *patterns[4];
    const char *name, *path;
    bool passes;
};

static const struct row rows[] = {
    {{NULL}, "a.zip", "O/S/D/a.zip", true},
    {{"+*.zip"}, "a.zip", "O/S/D/a.zip", true},
    {{"+*.zip"}, "a.pdf", "O/S/D/a.pdf", false},
    {{"-*.zip"}, "a.zip", "O/S/D/a.zip", false},
    {{"-*.zip"}, "a.pdf", "O/S/D/a.pdf", true},
    {{"+a*", "-*.zip"}, "a.zip", "O/S/D/a.zip", true},
    {{"-*.zip", "+a*"}, "a.zip", "O/S/D/a.zip", false},
    {{"-*.zip", "+a*"}, "b.pdf", "O/S/D/b.pdf", false},
    {{"+O/S/*/a.zip"}, "a.zip", "O/S/D/a.zip", true},
    {{"+O/*/a.zip"}, "a.zip", "O/S/D/a.zip", false},
    {{"+O/**/a.zip"}, "a.zip", "O/S/D/a.zip", true},
    {{"+O/**"}, "a.zip", "O/S/D/a.zip", true},
    {{"-O/S/**"}, "a.zip", "O/S/D/a.zip", false},
};

static void patterns(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fv_settings s;
        fv_settings_init(&s);
        for (size_t k = 0; k < 4 && rows[i].patterns[k] != NULL; k++) {
            s.patterns[k].include = rows[i].patterns[k][0] == '+';
            s.patterns[k].glob = fv_slice_of(rows[i].patterns[k] + 1);
            s.pattern_count = k + 1;
        }
        bool passes = fv_filter_passes(&s, fv_slice_of(rows[i].name), fv_slice_of(rows[i].path), 0);
        if (passes != rows[i].passes) {
            fail_msg("row %zu", i);
        }
    }
}

static void dates(void **state)
{
    (void)state;
    struct fv_settings s;
    fv_settings_init(&s);
    s.since_us = 100;
    s.until_us = 200;
    static const struct {
        int64_t us;
        bool passes;
    } cases[] = {{99, false}, {100, true},  {150, true},
                 {200, true}, {201, false}, {INT64_MIN, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(fv_filter_passes(&s, FV_SLICE("n"), FV_SLICE("O/S/D/n"), cases[i].us),
                         cases[i].passes);
    }
}

static void names_the_bad_pattern(void **state)
{
    (void)state;
    struct fv_settings s;
    size_t bad = 9;
    fv_settings_init(&s);
    s.patterns[0].glob = FV_SLICE("*.zip");
    s.patterns[1].glob = FV_SLICE("[a");
    s.pattern_count = 2;
    assert_int_equal(fv_filter_check(&s, &bad), FV_E_USAGE);
    assert_int_equal(bad, 1);
    s.pattern_count = 1;
    assert_int_equal(fv_filter_check(&s, &bad), FV_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(patterns), cmocka_unit_test(dates),
                                       cmocka_unit_test(names_the_bad_pattern)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
