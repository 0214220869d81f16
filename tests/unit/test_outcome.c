/* SPDX-License-Identifier: MIT */
/* How a run ended, as text and back: .fluxvision/last.json. */
#include "cli/outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1617378277293849) /* 2021-04-02T15:44:37.293849Z */

static struct fv_out out;

static struct fv_slice text_of(const struct fv_outcome *o)
{
    out.len = 0;
    fv_outcome_write(&out, o, ",\n");
    fv_out_text(&out, "\n");
    return fv_out_waiting(&out);
}

static struct fv_outcome some(void)
{
    struct fv_outcome o;
    fv_outcome_init(&o);
    o.exit = 1;
    o.began_us = NOW - 1500000;
    o.ended_us = NOW;
    o.success_us = 0;
    o.certificate_end_us = NOW * 2;
    o.summary.downloaded = UINT64_MAX - 2;
    o.summary.resumed = 2;
    o.summary.failed = 3;
    o.summary.bytes = UINT64_C(1) << 40;
    o.summary.elapsed_us = 1500000;
    o.summary.requests = UINT32_MAX;
    o.dry_run = true;
    strcpy(o.error, "f \"1\" \\ \xC3\x84: gone");
    return o;
}

static void test_text_and_back(void **state)
{
    (void)state;
    const struct fv_outcome o = some();
    struct fv_outcome again;
    struct fv_slice text = text_of(&o);
    static const char begin[] =
        "{\"event\":\"summary\",\n\"time\":\"2021-04-02T15:44:37.293849Z\",\n\"exit\":1,\n"
        "\"error\":\"f \\\"1\\\" \\\\ \xC3\x84: gone\",\n\"dry_run\":true,\n"
        "\"downloaded\":18446744073709551615,\n";
    assert_memory_equal(text.ptr, begin, sizeof begin - 1);
    assert_true(fv_outcome_read(text, &again));
    assert_memory_equal(&again, &o, sizeof o);
}

static void test_nothing_known(void **state)
{
    (void)state;
    struct fv_outcome o, again;
    fv_outcome_init(&o);
    assert_true(fv_outcome_read(text_of(&o), &again));
    assert_memory_equal(&again, &o, sizeof o);
}

static void test_the_longest(void **state)
{
    (void)state;
    struct fv_outcome o = some();
    memset(o.error, '\x01', sizeof o.error - 1);
    assert_true(text_of(&o).len <= FV_OUTCOME_TEXT);
    memset(o.error, '"', sizeof o.error - 1);
    struct fv_outcome again;
    assert_true(fv_outcome_read(text_of(&o), &again));
    assert_memory_equal(&again, &o, sizeof o);
}

static void test_cut_anywhere(void **state)
{
    (void)state;
    const struct fv_outcome o = some();
    struct fv_outcome again;
    struct fv_slice text = text_of(&o);
    for (size_t n = 0; n < text.len; n++) {
        char *copy = malloc(n + 1);
        memcpy(copy, text.ptr, n);
        assert_false(fv_outcome_read((struct fv_slice){copy, n}, &again));
        free(copy);
    }
}

static const struct {
    const char *members;
    bool fine;
} rows[] = {
    {"\"time\":null,\n\"exit\":0", true},
    {"\"exit\":0,\n\"time\":null", true},
    {"\"time\":null,\n\"exit\":0,\n\"later\":[{}]", true},
    {"\"time\":null,\n\"exit\":0,\n\"error\":\"\\u0001\"", true},
    {"\"time\":null", false},
    {"\"exit\":0", false},
    {"\"time\":null,\n\"exit\":null", false},
    {"\"time\":null,\n\"exit\":\"0\"", false},
    {"\"time\":null,\n\"exit\":1.5", false},
    {"\"time\":null,\n\"exit\":18446744073709551616", false},
    {"\"time\":0,\n\"exit\":0", false},
    {"\"time\":\"\",\n\"exit\":0", false},
    {"\"time\":\"2021-02-30T00:00:00Z\",\n\"exit\":0", false},
    {"\"time\":null,\n\"exit\":0,\n", false},
    {"\"time\":null,\n\n\"exit\":0", false},
    {"\"time\":null\n\"exit\":0", false},
    {"\"time\":null,\n\"exit\":0,\n\"exit\":0", false},
    {"\"time\":null,\n\"exit\":0,\n\"dry_run\":1", false},
    {"\"time\":null,\n\"exit\":0,\n\"resumed\":1", false},
    {"\"time\":null,\n\"exit\":0,\n\"resumed\":1,\n\"downloaded\":1", true},
    {"\"time\":null,\n\"exit\":0,\n\"retries\":4294967296", false},
    {"\"time\":null,\n\"exit\":0,\n\"seconds\":1", false},
    {"\"time\":null,\n\"exit\":0,\n\"seconds\":1.5", false},
    {"\"time\":null,\n\"exit\":0,\n\"seconds\":.500", false},
    {"\"time\":null,\n\"exit\":0,\n\"error\":\"\"", false},
    {"\"time\":null,\n\"exit\":0,\n\"error\":\"a\"b\"", false},
    {"\"time\":null,\n\"exit\":0,\n\"error\":\"\x1b[0m\"", false},
    {"\"time\":null,\n\"exit\":0,\n\"error\":\"\x7f\"", false},
    {"\"time\":null,\n\"exit\":0,\n\"error\":\"", false},
    {"\"time\":null,\n\"exit\":0,\n\"error\"", false},
    {"\"time\":null,\n\"exit\":0,\nerror:\"x\"", false},
    {" \"time\":null,\n\"exit\":0", false},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fv_outcome o;
        out.len = 0;
        fv_out_text(&out, "{\"event\":\"summary\",\n");
        fv_out_text(&out, rows[i].members);
        fv_out_text(&out, "}\n");
        if (fv_outcome_read(fv_out_waiting(&out), &o) != rows[i].fine) {
            print_error("row %zu: %s\n", i, rows[i].members);
            fail();
        }
    }
}

static void test_what_follows(void **state)
{
    (void)state;
    struct fv_outcome before = some();
    struct fv_outcome now;
    fv_outcome_init(&now);
    now.ended_us = NOW + 5;
    now.exit = 3;
    fv_outcome_follow(&now, &before);
    assert_int_equal(now.success_us, before.success_us);
    assert_int_equal(now.certificate_end_us, before.certificate_end_us);
    now.exit = 0;
    now.certificate_end_us = 7;
    fv_outcome_follow(&now, &before);
    assert_int_equal(now.success_us, NOW + 5);
    assert_int_equal(now.certificate_end_us, 7);
    now.dry_run = true; /* is no run */
    fv_outcome_follow(&now, &before);
    assert_int_equal(now.success_us, before.success_us);
    now.dry_run = false;
    now.ended_us = INT64_MIN; /* nobody knows when */
    fv_outcome_follow(&now, &before);
    assert_int_equal(now.success_us, before.success_us);
}

static void test_numbers(void **state)
{
    (void)state;
    const struct fv_summary s = {.downloaded = 1,
                                 .resumed = 2,
                                 .removed = 4,
                                 .adopted = 8,
                                 .unchanged = 16,
                                 .bytes = 3,
                                 .elapsed_us = 1999};
    struct fv_outcome o;
    fv_outcome_init(&o);
    fv_outcome_count(&o, &s);
    assert_int_equal(o.summary.downloaded, 1);
    assert_int_equal(o.summary.elapsed_us, 1999);
    assert_int_equal(o.certificate_end_us, INT64_MIN);
    o.dry_run = true;
    fv_outcome_count(&o, &s);
    assert_int_equal(o.planned, 13);
    assert_int_equal(o.summary.downloaded + o.summary.adopted + o.summary.removed, 0);
    assert_int_equal(o.summary.unchanged, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_and_back), cmocka_unit_test(test_nothing_known),
        cmocka_unit_test(test_the_longest),   cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_rows),          cmocka_unit_test(test_what_follows),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
