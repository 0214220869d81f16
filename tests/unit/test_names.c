/* SPDX-License-Identifier: MIT */
#include "store/names.h"

#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define LONG60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG240 LONG60 LONG60 LONG60 LONG60

static struct fv_sim sim;
static struct fv_names names;
static struct fv_table_page page;
static char out[FV_CAP_PATH + 1];

static int setup(void **state)
{
    (void)state;
    fv_sim_init(&sim, FV_SIM_FAT, 1);
    assert_int_equal(sim.storage.make_dir(sim.storage.ctx, ".fluxvision"), FV_OK);
    memset(&names, 0, sizeof names);
    fv_names_close(&names);
    assert_int_equal(fv_names_begin(&names, &page, &sim.storage, false), FV_OK);
    return 0;
}

static int teardown(void **state)
{
    size_t n = 0;
    (void)state;
    fv_names_close(&names);
    fv_names_close(&names);
    assert_int_equal(fv_sim_handles(&sim), 0);
    assert_null(fv_sim_get(&sim, ".fluxvision/names", &n));
    fv_sim_free(&sim);
    return 0;
}

static void check_choice(unsigned choice, const char *path, const char *url, const char *expected)
{
    assert_int_equal(fv_names_write(&names, choice, fv_slice_of(path), fv_slice_of(url), out),
                     FV_OK);
    assert_string_equal(out, expected);
}

/* The hashes are those of Python's hashlib. On FAT a "~" before a digit may be a short name's. */
static void test_choices(void **state)
{
    static const struct {
        unsigned choice;
        const char *path, *url, *plain, *fat;
    } cases[] = {
        {0, "o/s/d/x", "http://p/f", "o/s/d/x", "o/s/d/x"},
        {1, "o/s/d/x", "http://p/f", "o/s/d/x~f", "o/s/d/x~f"},
        {1, "o/s/d/x", "http://p/a/1?q=2", "o/s/d/x~1", "o/s/d/x%7E1"},
        {2, "o/s/d/x", "http://p/f", "o/s/d/x~f~92341f7c922ab63a", "o/s/d/x~f%7E92341f7c922ab63a"},
        {3, "o/s/d/x", "http://p/f", "o/s/d/x~f~92341f7c922ab63a~2",
         "o/s/d/x~f%7E92341f7c922ab63a~2"},
        {1, "o/s/d/x", "http://p/a/", "o/s/d/x~~081a00deec48d2bc", "o/s/d/x~%7E081a00deec48d2bc"},
        {1, "o/s/d/x", "no URL", "o/s/d/x~~c503930187d811c4", "o/s/d/x~~c503930187d811c4"},
        {1, "o/s/d/a%2Fb", "http://p/f", "o/s/d/a%2Fb~f", "o/s/d/a%2Fb~f"},
        {1, "o/s/d/%2E%2E", "http://p/f", "o/s/d/%2E%2E~f", "o/s/d/%2E%2E~f"},
        {1, "o/s/d/x", "http://p/%41%2f", "o/s/d/x~%2541%252f", "o/s/d/x~%2541%252f"},
        {1, "x", "http://p/f", "x~f", "x~f"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        names.fat = false;
        check_choice(cases[i].choice, cases[i].path, cases[i].url, cases[i].plain);
        names.fat = true;
        check_choice(cases[i].choice, cases[i].path, cases[i].url, cases[i].fat);
    }
}

/* A name that is almost as long as can be, and a URL's last segment that is longer, are cut with
 * a hash. */
static void test_long_choices(void **state)
{
    static char url[FV_CAP_URL + 1] = "http://p/";
    char seen[FV_NAMES_CHOICES][FV_CAP_PATH + 1];
    (void)state;
    memset(url + 9, 'u', 1000);
    check_choice(1, "o/s/d/" LONG240, "http://p/bbbbbbbbbbbbbbbbbbbb",
                 "o/s/d/" LONG60 LONG60 LONG60
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                 "~df2c67d7700c0be3");
    for (unsigned choice = 0; choice < FV_NAMES_CHOICES; choice++) {
        assert_int_equal(fv_names_write(&names, choice, FV_SLICE("o/s/d/" LONG240),
                                        fv_slice_of(url), seen[choice]),
                         FV_OK);
        assert_true(strlen(seen[choice]) <= 6 + FV_CAP_COMPONENT);
        for (unsigned other = 0; other < choice; other++) {
            assert_string_not_equal(seen[choice], seen[other]);
        }
    }
}

/* Claims in order, each with the path that it gets. */
static void test_claims(void **state)
{
    static const struct {
        const char *path, *url, *own;
        bool again, contested;
    } cases[] = {
        {"x", "http://p/a", "x", false, false},
        {"x", "http://p/a", "x", true, false},
        {"y", "http://p/a", "y", false, false},
        {"x", "http://p/b", "x~b", false, true},
        {"x", "http://p/b", "x~b", true, true},
        {"x", "http://p/a", "x", true, true},
        {"x", "http://p/q/b", "x~b~74e44ed0c409f853", false, true},
        {"x~b", "http://p/c", "x~b~c", false, true},
        {"x~b", "http://p/b", "x~b", true,
         true}, /* as if it were the same entry: one URL, one path */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool found = false;
        struct fv_slice path = fv_slice_of(cases[i].path), url = fv_slice_of(cases[i].url);
        strcpy(out, cases[i].path); /* it stays where that is the one */
        assert_int_equal(fv_names_claim(&names, path, url, out), FV_OK);
        assert_string_equal(out, cases[i].own);
        assert_int_equal(names.again, cases[i].again);
        assert_int_equal(names.contested, cases[i].contested);
        strcpy(out, cases[i].path);
        assert_int_equal(fv_names_find(&names, path, url, out, &found), FV_OK);
        assert_true(found);
        assert_string_equal(out, cases[i].own);
        assert_int_equal(fv_names_has(&names, fv_slice_of(out), &found), FV_OK);
        assert_true(found);
    }
    bool found = true;
    assert_int_equal(fv_names_has(&names, FV_SLICE("x~c"), &found), FV_OK);
    assert_false(found);
    assert_int_equal(fv_names_find(&names, FV_SLICE("x"), FV_SLICE("http://p/c"), out, &found),
                     FV_OK);
    assert_false(found);
    assert_int_equal(fv_names_begin(&names, &page, &sim.storage, true), FV_OK);
    assert_int_equal(fv_names_has(&names, FV_SLICE("x"), &found), FV_OK);
    assert_false(found || names.contested || names.again);
}

/* All paths of an entry are taken by names that look so. */
static void test_no_path_is_left(void **state)
{
    (void)state;
    for (unsigned choice = 0; choice < FV_NAMES_CHOICES; choice++) {
        bool own = false;
        check_choice(0, "x", "", "x");
        assert_int_equal(fv_names_write(&names, choice, FV_SLICE("x"), FV_SLICE("http://p/f"), out),
                         FV_OK);
        assert_int_equal(fv_names_take(&names, choice, fv_slice_of(out), FV_SLICE("http://p/g"),
                                       &own),
                         FV_OK);
        assert_true(own);
        assert_int_equal(fv_names_take(&names, choice, fv_slice_of(out), FV_SLICE("http://p/g"),
                                       &own),
                         FV_OK);
        assert_true(own);
        assert_int_equal(fv_names_take(&names, choice, fv_slice_of(out), FV_SLICE("http://p/f"),
                                       &own),
                         FV_OK);
        assert_false(own);
    }
    assert_int_equal(fv_names_claim(&names, FV_SLICE("x"), FV_SLICE("http://p/f"), out),
                     FV_E_EXISTS);
}

/* Where the port knows how names fold; unless the owner wants bytes to count. */
static void test_case_on_fat(void **state)
{
    struct fv_sim fat;
    struct fv_names mine = {.contested = false};
    struct fv_table_page own = {.owner = NULL};
    bool yes = false;
    (void)state;
    fv_sim_init(&fat, FV_SIM_FAT, 1);
    for (unsigned by_bytes = 0; by_bytes < 2; by_bytes++) {
        assert_int_equal(fat.storage.make_dir(&fat, ".fluxvision"), FV_OK);
        assert_int_equal(fv_names_begin(&mine, &own, &fat.storage, true), FV_OK);
        mine.by_bytes = by_bytes != 0;
        assert_int_equal(fv_names_claim(&mine, FV_SLICE("X"), FV_SLICE("http://p/a"), out), FV_OK);
        assert_int_equal(fv_names_claim(&mine, FV_SLICE("x"), FV_SLICE("http://p/b:"), out), FV_OK);
        assert_int_equal(mine.choice, by_bytes ? 0 : 1);
        assert_int_equal(fv_names_is_other(&mine, FV_SLICE("x"), FV_SLICE("http://p/a"), &yes),
                         FV_OK);
        assert_int_equal(yes, by_bytes);
        assert_int_equal(fv_names_has(&mine, FV_SLICE("X~B%3A"), &yes), FV_OK);
        assert_int_equal(yes, !by_bytes);
        fv_names_close(&mine);
    }
    fv_sim_free(&fat);
}

/* Any number of entries that want one path cost no more than as many that differ. */
static void test_many_of_one_name(void **state)
{
    char url[64];
    uint64_t ops = 0;
    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        ops = sim.ops;
        for (unsigned i = 0; i < 3000; i++) {
            snprintf(url, sizeof url, "http://p/%u/f", i);
            assert_int_equal(fv_names_claim(&names, FV_SLICE("x"), fv_slice_of(url), out), FV_OK);
            assert_int_equal(names.again, round == 1);
        }
        assert_true(sim.ops - ops < 3000 * 12);
    }
}

/* Operations of storage of 1,000 finds of which none is found. */
static uint64_t cost_of_finds(void)
{
    char text[64];
    bool found = false;
    uint64_t before = sim.ops;
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "http://p/%u/f", i);
        assert_int_equal(fv_names_find(&names, FV_SLICE("y"), fv_slice_of(text), out, &found),
                         FV_OK);
        assert_false(found);
    }
    return sim.ops - before;
}

/* Until a URL has a path with a suffix, only one path is looked at. */
static void test_one_look_without_suffixes(void **state)
{
    char text[64];
    bool own = false;
    (void)state;
    for (unsigned i = 0; i < 1000; i++) { /* more than a page */
        snprintf(text, sizeof text, "x%u", i);
        assert_int_equal(fv_names_claim(&names, fv_slice_of(text), fv_slice_of(text), out), FV_OK);
    }
    assert_int_equal(fv_claims_settle(&names.claims), FV_OK);
    assert_in_range(cost_of_finds(), 0, 2); /* a page is written, and one is read */
    assert_int_equal(fv_names_write(&names, 1, FV_SLICE("y"), FV_SLICE("http://p/a"), out), FV_OK);
    assert_int_equal(fv_names_take(&names, 1, fv_slice_of(out), FV_SLICE("http://p/a"), &own),
                     FV_OK);
    assert_in_range(cost_of_finds(), 1000, UINT64_MAX);
    strcpy(text, "http://p/a");
    assert_int_equal(fv_names_find(&names, FV_SLICE("y"), fv_slice_of(text), out, &own), FV_OK);
    assert_true(own && names.choice == 1);
}

/* URLs that differ in two places where the hash takes in a word's last byte. */
static void test_no_two_urls_are_taken_for_one(void **state)
{
    char url[] = "http://p/------A/------B";
    (void)state;
    for (url[15] = '0'; url[15] < 'Z'; url[15]++) {
        for (url[23] = '0'; url[23] < 'Z'; url[23]++) {
            assert_int_equal(fv_names_claim(&names, FV_SLICE("x"), fv_slice_of(url), out), FV_OK);
            assert_false(names.again);
        }
    }
}

static void test_dates(void **state)
{
    static const struct {
        int64_t note, own, raised;
    } cases[] = {
        {5, 3, 5}, {4, 3, 5}, {4, 6, 6}, {9, 8, 9}, {-1, INT64_MIN, 9},
    };
    int64_t us = 7;
    (void)state;
    assert_int_equal(fv_names_raise_date(&names, FV_SLICE("x"), FV_SLICE("u"), &us), FV_OK);
    assert_int_equal(us, 7);
    for (size_t i = 0; i < COUNT(cases); i++) {
        us = cases[i].own;
        assert_int_equal(fv_names_note_date(&names, FV_SLICE("x"), FV_SLICE("u"), cases[i].note),
                         FV_OK);
        assert_int_equal(fv_names_raise_date(&names, FV_SLICE("x"), FV_SLICE("u"), &us), FV_OK);
        assert_int_equal(us, cases[i].raised);
    }
    assert_int_equal(fv_names_note_date(&names, FV_SLICE("y"), FV_SLICE("u"), -5), FV_OK);
    us = -7;
    assert_int_equal(fv_names_raise_date(&names, FV_SLICE("y"), FV_SLICE("u"), &us), FV_OK);
    assert_int_equal(us, -5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_choices, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_choices, setup, teardown),
        cmocka_unit_test_setup_teardown(test_claims, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_path_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(test_case_on_fat, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_of_one_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_look_without_suffixes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_two_urls_are_taken_for_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dates, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
