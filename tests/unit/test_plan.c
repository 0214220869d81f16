/* SPDX-License-Identifier: MIT */
#include "store/plan.h"

#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct fv_sim sim;
static struct fv_plan plan;
static struct fv_table_page page;
static char path_text[FV_CAP_PATH + 1], url_text[FV_CAP_URL + 1];
static const struct fv_plan_text text = {path_text, url_text};

static int setup(void **state)
{
    (void)state;
    fv_sim_init(&sim, FV_SIM_FAT, 1);
    memset(&plan, 0, sizeof plan);
    assert_int_equal(fv_plan_begin(&plan, &page, &sim.storage, false), FV_OK);
    return 0;
}

static int teardown(void **state)
{
    size_t n = 0;
    struct fv_port_stat st;
    (void)state;
    fv_plan_close(&plan);
    fv_plan_close(&plan);
    assert_int_equal(fv_sim_handles(&sim), 0);
    assert_null(fv_sim_get(&sim, ".fluxvision/plan", &n));
    assert_null(fv_sim_get(&sim, ".fluxvision/names", &n));
    assert_int_equal(sim.storage.stat(sim.storage.ctx, ".fluxvision", &st), FV_OK);
    assert_int_equal(st.kind, FV_PORT_NONE); /* as it was found */
    fv_sim_free(&sim);
    return 0;
}

static void add(const char *path, const char *url, int64_t modified_us)
{
    const struct fv_plan_record r = {.path = fv_slice_of(path),
                                     .url = fv_slice_of(url),
                                     .modified_us = modified_us};
    assert_int_equal(fv_plan_add(&plan, &r), FV_OK);
}

static void test_records(void **state)
{
    static char path[FV_CAP_PATH + 2];
    static char url[FV_CAP_URL + 2];
    uint64_t positions[500];
    struct fv_plan_record r;
    bool any = false;
    (void)state;
    memset(path, 'p', FV_CAP_PATH + 1);
    memset(url, 'u', FV_CAP_URL + 1);
    r = (struct fv_plan_record){.path = fv_slice_of(path)};
    assert_int_equal(fv_plan_add(&plan, &r), FV_E_CAPACITY);
    r = (struct fv_plan_record){.url = fv_slice_of(url)};
    assert_int_equal(fv_plan_add(&plan, &r), FV_E_CAPACITY);
    for (size_t i = 0; i < 500; i++) {
        add(path + (FV_CAP_PATH + 1 - i * 2), url + (FV_CAP_URL + 1 - i * 4), (int64_t)i - 250);
    }
    add(path + 1, url + 1, 250);
    assert_int_equal(fv_plan_finish(&plan), FV_OK);
    assert_int_equal(plan.total, 501);
    assert_int_equal(plan.kept, 501);
    for (size_t i = 0; i < 500; i++) {
        assert_int_equal(fv_plan_next(&plan, &r, &text, &any), FV_OK);
        assert_true(any);
        assert_int_equal(r.path.len, 2 * i);
        assert_int_equal(r.url.len, 4 * i);
        assert_int_equal(r.modified_us, (int64_t)i - 250);
        assert_false(r.dropped);
        positions[i] = r.position;
        assert_int_equal(fv_plan_read_at(&plan, positions[i / 2], &r, &text), FV_OK);
        assert_int_equal(r.url.len, 4 * (i / 2));
        assert_true(r.url.len == 0 || r.url.ptr[r.url.len - 1] == 'u');
    }
    assert_int_equal(fv_plan_next(&plan, &r, &text, &any), FV_OK);
    assert_int_equal(r.url.len, FV_CAP_URL);
    assert_int_equal(fv_plan_next(&plan, &r, &text, &any), FV_OK);
    assert_false(any);
    assert_int_equal(fv_plan_read_at(&plan, UINT64_C(1) << 40, &r, &text), FV_E_CORRUPT);
    assert_int_equal(fv_plan_read_at(&plan, UINT64_MAX, &r, &text), FV_E_CORRUPT);
}

/* A position that is none, where the bytes look like a record's that goes on behind the end. */
static void test_a_record_that_is_cut(void **state)
{
    static const char bytes[17] =
        "\1\0\0\0\0\0\0\0\5\0\0\0\5\0\0"; /* date 1, path and URL of 5 bytes */
    struct fv_plan_record r = {.path = FV_SLICE("path"), .url = {bytes, 16}, .modified_us = 2};
    bool any = false;
    (void)state;
    assert_int_equal(fv_plan_add(&plan, &r), FV_OK);
    assert_int_equal(fv_plan_finish(&plan), FV_OK);
    assert_int_equal(fv_plan_next(&plan, &r, &text, &any), FV_OK);
    assert_int_equal(r.url.len, 16);
    assert_int_equal(fv_plan_read_at(&plan, plan.size - 16, &r, &text), FV_E_CORRUPT);
    assert_int_equal(fv_plan_read_at(&plan, plan.size - 15, &r, &text), FV_E_CORRUPT);
    assert_int_equal(fv_plan_read_at(&plan, plan.size, &r, &text), FV_E_CORRUPT);
}

static void test_latest(void **state)
{
    static const struct {
        const char *label;
        int64_t dates[6];
        uint64_t n;
        const char *kept; /* a letter for each record: k or - */
    } cases[] = {
        {"the later half", {1, 2, 3, 4, 5, 6}, 3, "---kkk"},
        {"unsorted", {5, 1, 6, 2, 4, 3}, 2, "k-k---"},
        {"all", {1, 2, 3, 4, 5, 6}, 6, "kkkkkk"},
        {"more than all", {1, 2, 3, 4, 5, 6}, 7, "kkkkkk"},
        {"one", {1, 2, 9, 4, 5, 6}, 1, "--k---"},
        {"all alike", {7, 7, 7, 7, 7, 7}, 2, "kk----"},
        {"ties at the cut", {3, 9, 3, 3, 9, 1}, 4, "kkk-k-"},
        {"ties above the cut", {9, 9, 9, 1, 2, 9}, 5, "kkk-kk"},
        {"before 1970", {-1, -2, 0, 1, -3, -4}, 3, "k-kk--"},
        {"far apart", {INT64_MIN, INT64_MAX, 0, -1, 1, INT64_MIN}, 5, "kkkkk-"},
        {"upper bytes", {1 << 16, 1 << 24, 1 << 8, 1, 0, 1 << 30}, 3, "kk---k"},
        {"real dates",
         {1617371077293849, 1617371077293850, 1617371078000000, 1600000000000000, 1617371077293848,
          1617371077293849},
         3,
         "kkk---"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].label);
        assert_int_equal(fv_plan_begin(&plan, &page, &sim.storage, false), FV_OK);
        for (size_t k = 0; k < 6; k++) {
            add("path", "url", cases[i].dates[k]);
        }
        assert_int_equal(fv_plan_finish(&plan), FV_OK);
        assert_int_equal(fv_plan_latest(&plan, cases[i].n), FV_OK);
        assert_int_equal(plan.kept, cases[i].n < 6 ? cases[i].n : 6);
        for (size_t k = 0; k < 6; k++) {
            struct fv_plan_record r;
            bool any = false;
            assert_int_equal(fv_plan_next(&plan, &r, &text, &any), FV_OK);
            assert_int_equal(r.dropped, cases[i].kept[k] != 'k');
        }
    }
}

/* What is left out or was not read takes nobody's place among the latest, and counts nowhere. */
static void test_latest_of_what_is_left(void **state)
{
    static const struct {
        const char *label;
        uint8_t flags;
        enum fv_err err;
        int64_t modified_us;
        bool dropped; /* by latest 2, or before */
    } cases[] = {
        {"old", 0, FV_OK, 1, true},
        {"hidden by its name", FV_PLAN_HIDDEN, FV_OK, 9, true},
        {"hidden by its date", FV_PLAN_DATED, FV_OK, 9, true},
        {"latest", 0, FV_OK, 3, false},
        {"not read", FV_PLAN_UNREAD, FV_E_ENTRY_TIME, INT64_MIN, false},
        {"not fetchable, but late", 0, FV_E_ORIGIN, 2, false},
        {"not fetchable, but old", 0, FV_E_ORIGIN, 0, true},
        {"one too many", 0, FV_OK, 2, true},
    };
    struct fv_plan_record r;
    bool any = false;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        r = (struct fv_plan_record){.path = FV_SLICE("path"),
                                    .modified_us = cases[i].modified_us,
                                    .flags = cases[i].flags,
                                    .err = cases[i].err,
                                    .field = (uint8_t)i,
                                    .number = 0xFFFFFF00u + (uint32_t)i};
        assert_int_equal(fv_plan_add(&plan, &r), FV_OK);
    }
    assert_int_equal(fv_plan_finish(&plan), FV_OK);
    assert_int_equal(plan.total, 5);
    for (int latest = 0; latest < 2; latest++) {
        if (latest) {
            assert_int_equal(fv_plan_latest(&plan, 2), FV_OK);
        }
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            print_message("%s\n", cases[i].label);
            assert_int_equal(fv_plan_next(&plan, &r, &text, &any), FV_OK);
            assert_int_equal(r.err, cases[i].err);
            assert_int_equal(r.flags, cases[i].flags);
            assert_int_equal(r.field, i);
            assert_int_equal(r.number, 0xFFFFFF00u + (uint32_t)i);
            bool left_out = (r.flags & ~FV_PLAN_UNREAD) != 0;
            assert_int_equal(r.dropped, latest ? cases[i].dropped : left_out);
        }
        assert_int_equal(fv_plan_rewind(&plan), FV_OK);
    }
    assert_int_equal(plan.kept, 2);
}

/* A new date counts from then on. */
static void test_redated(void **state)
{
    struct fv_plan_record r;
    bool any = false;
    (void)state;
    for (int i = 0; i < 300; i++) { /* more than is kept in memory */
        add("some path", "http://p/some/url", i);
    }
    assert_int_equal(fv_plan_finish(&plan), FV_OK);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(fv_plan_next(&plan, &r, &text, &any), FV_OK);
        if (i % 100 == 0) {
            assert_int_equal(fv_plan_redate(&plan, &r, 1000 + i, i == 100), FV_OK);
        }
    }
    assert_int_equal(plan.total, 299);
    assert_int_equal(fv_plan_latest(&plan, 3), FV_OK);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(fv_plan_next(&plan, &r, &text, &any), FV_OK);
        assert_true(fv_slice_eq(r.path, FV_SLICE("some path")));
        assert_true(fv_slice_eq(r.url, FV_SLICE("http://p/some/url")));
        assert_int_equal(r.modified_us, i % 100 == 0 ? 1000 + i : i);
        assert_int_equal(r.dropped, i != 0 && i != 200 && i != 299);
    }
}

/* With settled names a record has the path that its URL has. */
static void test_settled(void **state)
{
    static const char *const urls[] = {"http://p/1", "http://p/2", "http://p/3"};
    static const char *const paths[] = {"o/s/d/x", "o/s/d/x~2", "o/s/d/x~3"};
    struct fv_plan_record r;
    char out[FV_CAP_PATH + 1];
    bool any = false;
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        add("o/s/d/x", urls[i], 0);
        assert_int_equal(fv_names_claim(&plan.names, FV_SLICE("o/s/d/x"), fv_slice_of(urls[i]),
                                        out),
                         FV_OK);
    }
    assert_int_equal(fv_plan_finish(&plan), FV_OK);
    plan.settled = true;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fv_plan_next(&plan, &r, &text, &any), FV_OK);
        assert_true(fv_slice_eq(r.path, fv_slice_of(paths[i])));
        assert_string_equal(text.path, paths[i]);
        assert_true(fv_slice_eq(r.url, fv_slice_of(urls[i])));
    }
}

/* No operation that fails leaves a handle or a file. */
static void test_failures(void **state)
{
    bool done = false;
    (void)state;
    for (uint64_t n = 1; !done; n++) {
        char out[FV_CAP_PATH + 1];
        fv_plan_close(&plan);
        sim.fault = (struct fv_sim_fault){.at = sim.ops + n, .storage = FV_E_STORAGE};
        enum fv_err err = fv_plan_begin(&plan, &page, &sim.storage, false);
        if (err == FV_OK) {
            err = fv_names_claim(&plan.names, FV_SLICE("name"), FV_SLICE("url"), out);
        }
        if (err == FV_OK) {
            add("path", "url", 1);
            err = fv_plan_finish(&plan);
        }
        done = sim.ops < sim.fault.at;
        assert_int_equal(err, done ? FV_OK : FV_E_STORAGE);
    }
    sim.fault = (struct fv_sim_fault){.at = 0};
}

/* Records that were not read are not taken for none. */
static void test_reading_that_fails(void **state)
{
    bool done = false;
    (void)state;
    for (int64_t i = 0; i < 600; i++) {
        char name[32];
        snprintf(name, sizeof name, "path %u", (unsigned)i);
        add(name, "https://host/url", i * 7 % 300); /* each date twice */
    }
    assert_int_equal(fv_plan_finish(&plan), FV_OK);
    for (uint64_t n = 1; !done; n++) {
        struct fv_plan_record r;
        unsigned kept = 0;
        bool any = true;
        sim.fault = (struct fv_sim_fault){.at = sim.ops + n, .storage = FV_E_STORAGE};
        enum fv_err err = fv_plan_latest(&plan, 101);
        while (err == FV_OK && any) {
            err = fv_plan_next(&plan, &r, &text, &any);
            kept += err == FV_OK && any && !r.dropped ? 1 : 0;
        }
        done = sim.ops < sim.fault.at;
        assert_int_equal(err, done ? FV_OK : FV_E_STORAGE);
        assert_true(!done || kept == 101);
        assert_true(n < 1000);
    }
    sim.fault = (struct fv_sim_fault){.at = 0};
}

/* Requests that are sent ahead: entries that are read next are far from those that are read
 * again, and each block is read a few times at most. */
static void test_reading_ahead(void **state)
{
    enum { RECORDS = 2000, AHEAD = 64 };
    static uint64_t positions[RECORDS];
    struct fv_plan_record r;
    bool any = false;
    (void)state;
    for (unsigned i = 0; i < RECORDS; i++) {
        char path[32];
        snprintf(path, sizeof path, "o/s/d/%u", i);
        add(path, "https://host/some/path", i);
    }
    assert_int_equal(fv_plan_finish(&plan), FV_OK);
    uint64_t before = sim.ops;
    for (unsigned i = 0; i < RECORDS; i++) {
        assert_int_equal(fv_plan_next(&plan, &r, &text, &any), FV_OK);
        positions[i] = r.position;
        if (i >= AHEAD) {
            assert_int_equal(fv_plan_read_at(&plan, positions[i], &r, &text), FV_OK);
            assert_int_equal(r.modified_us, i);
            assert_int_equal(fv_plan_read_at(&plan, positions[i - AHEAD], &r, &text), FV_OK);
            assert_int_equal(r.modified_us, i - AHEAD);
        }
    }
    /* A record on two blocks has them read again. */
    assert_true(sim.ops - before <= 5 * (plan.size / FV_CAP_BLOCK + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_records, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_record_that_is_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_latest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_latest_of_what_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(test_redated, setup, teardown),
        cmocka_unit_test_setup_teardown(test_settled, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reading_that_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reading_ahead, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
