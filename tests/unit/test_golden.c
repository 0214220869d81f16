/* SPDX-License-Identifier: MIT */
/*
 * The files of tests/golden/0.1.0, which version 0.1.0 has written: this version reads each of them, and writes the same bytes.
 * FLUXVISION_GOLDEN=DIR writes them to DIR. Do that for a new folder only, when a format has got a new version.
 */
#include "cli/outcome.h"
#include "store/commit.h"
#include "store/plan.h"

#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "tests/golden/0.1.0"
#define OWN ".fluxvision/"
#define API "https://10.0.2.100/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"
#define PLACE "HAUC/HAUC-3/HAUC-3-2/"
#define DATE INT64_C(1617371077293849) /* 2021-04-02T13:44:37.293849Z */
#define GENERATION ((uint64_t)DATE)    /* the instant at which the log was created */
#define KEY "09523477e577e665"
#define PART_SIZE 6000u
#define PART_BYTES 4000u
#define PART_URL API "f4"
#define ETAG "\"golden-4\""
#define PAGES 300u

static struct fv_sim sim;
static struct fv_store store;
static struct fv_ledger ledger;
static struct fv_table_page page;
static struct fv_partial partial;
static struct fv_plan plan;
static struct fv_out out;
static uint8_t content[8192];

struct known {
    const char *name, *url;
    int64_t modified_us, kept_us;
    uint64_t size;
    uint8_t marks;
};

/* `ledger`, with `ledger.index`: closed in order; its files are below PLACE. */
static const struct known plain[] = {
    {"f1", API "f1", DATE, 0, 1000, FV_LEDGER_BATCH},
    {"f2", API "f2", DATE + 2000000, 0, 2000, 0},
    {"\xC3\x89t\xC3\xA9.csv", API "%C3%89t%C3%A9.csv", DATE + 4000000, 0, 3000, 0},
};

/* `marks.ledger`: each mark; two records are dead, m1's first one and m0's, and so is the one that says that m0 was removed. */
static const struct known marks[] = {
    {"m1", API "m1?v=2", -1, 0, 1001, FV_LEDGER_HOOK},
    {"m2", API "m2", 0, 0, 0, FV_LEDGER_ADOPTED},
    {"m3", API "m3", DATE, 0, UINT64_C(0x100000001), FV_LEDGER_EDITED},
    {"m4", "", DATE, 0, 1004, FV_LEDGER_LOOSE | FV_LEDGER_BATCH},
    {"m5", API "m5", DATE, DATE - 293849, 1005, FV_LEDGER_KEPT},
};

/* Content of a file: any test can make it. */
static const uint8_t *content_of(const char *name, size_t size)
{
    assert_true(size <= sizeof content);
    for (size_t i = 0; i < size; i++) {
        content[i] = (uint8_t)((i * 7 + (uint8_t)name[strlen(name) - 1]) % 251);
    }
    return content;
}

static void digest_of(const struct known *k, uint8_t digest[FV_SHA256_SIZE])
{
    size_t size = k->size < sizeof content ? (size_t)k->size : 0;
    fv_sha256_of((const char *)content_of(k->name, size), size, digest);
}

static struct fv_slice path_of(const struct known *k)
{
    static char path[128];
    (void)snprintf(path, sizeof path, PLACE "%s", k->name);
    return fv_slice_of(path);
}

/* --- Files: `name` is a golden file, at `path` in the simulated storage --- */

static uint8_t *load(const char *name, size_t *n)
{
    static uint8_t bytes[131072];
    char path[128];
    (void)snprintf(path, sizeof path, FOLDER "/%s", name);
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        fail_msg("%s is missing; the tests run in the top folder", path);
    }
    *n = fread(bytes, 1, sizeof bytes, f);
    assert_int_equal(fclose(f), 0);
    return bytes;
}

static void bring(const char *name, const char *path)
{
    size_t n = 0;
    const uint8_t *bytes = load(name, &n);
    fv_sim_put(&sim, path, bytes, n, DATE);
}

/* What was just written must be the golden file. */
static void same(const char *name, const void *p, size_t n)
{
    char path[256];
    size_t golden = 0;
    const char *folder = getenv("FLUXVISION_GOLDEN");
    assert_non_null(p);
    if (folder != NULL) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, name);
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(p, 1, n, f), n);
        assert_int_equal(fclose(f), 0);
        return;
    }
    const uint8_t *bytes = load(name, &golden);
    print_message("%s\n", name);
    assert_int_equal(n, golden);
    assert_memory_equal(p, bytes, n);
}

static void same_file(const char *name, const char *path)
{
    size_t n = 0;
    const uint8_t *p = fv_sim_get(&sim, path, &n);
    same(name, p, n);
}

static int setup(void **state)
{
    (void)state;
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    sim.wall_us = DATE - sim.now_us;
    memset(&plan, 0, sizeof plan);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(fv_sim_handles(&sim), 0);
    fv_sim_free(&sim);
    return 0;
}

static void open_ledger(bool reader)
{
    enum fv_err err = reader ? fv_store_open_reader(&store, &sim.storage, &sim.clock)
                             : fv_store_open(&store, &sim.storage, &sim.clock);
    assert_int_equal(err, FV_OK);
    assert_int_equal(fv_ledger_open(&ledger, &page, &store), FV_OK);
}

static void close_ledger(void)
{
    assert_int_equal(fv_ledger_close(&ledger), FV_OK);
    fv_store_close(&store);
}

static void put(const struct known *k)
{
    struct fv_ledger_record r = {.path = path_of(k),
                                 .url = fv_slice_of(k->url),
                                 .modified_us = k->modified_us,
                                 .size = k->size,
                                 .marks = k->marks,
                                 .kept_us = k->kept_us};
    digest_of(k, r.sha256);
    assert_int_equal(fv_ledger_put(&ledger, &r), FV_OK);
}

static struct known page_file(unsigned i, char name[16])
{
    (void)snprintf(name, 16, "p%03u", i);
    return (struct known){name, "", DATE + (int64_t)i, 0, i, 0};
}

/* --- Reading --- */

static void is_there(const struct known *k)
{
    struct fv_ledger_record r;
    uint8_t digest[FV_SHA256_SIZE];
    bool found = false;
    print_message("%s\n", k->name);
    assert_int_equal(fv_ledger_find(&ledger, path_of(k), &r, &found), FV_OK);
    assert_true(found);
    assert_true(fv_slice_eq(r.path, path_of(k)));
    assert_true(fv_slice_eq(r.url, fv_slice_of(k->url)));
    assert_true(r.modified_us == k->modified_us && r.kept_us == k->kept_us && r.size == k->size);
    assert_int_equal(r.marks, k->marks);
    digest_of(k, digest);
    assert_memory_equal(r.sha256, digest, sizeof digest);
}

static enum fv_err count(void *arg, const struct fv_ledger_record *r)
{
    (void)r;
    ++*(size_t *)arg;
    return FV_OK;
}

/* The ledger has these records and no others, for a reader and for a writer; with its index, and without it. */
static void holds(const char *name, const char *index, const struct known *known, size_t n,
                  uint64_t generation)
{
    for (unsigned way = 0; way < 4; way++) {
        size_t seen = 0;
        bool reader = way % 2 == 0;
        print_message("%s: %s, %s index\n", name, reader ? "reader" : "writer",
                      way < 2 ? "with its" : "without an");
        bring(name, OWN "ledger");
        fv_sim_drop(&sim, OWN "ledger.index");
        if (way < 2) {
            bring(index, OWN "ledger.index");
        }
        open_ledger(reader);
        assert_int_equal(ledger.corrupt, 0);
        assert_true(ledger.generation == generation);
        for (size_t i = 0; i < n; i++) {
            is_there(&known[i]);
        }
        assert_int_equal(fv_ledger_each(&ledger, count, &seen), FV_OK);
        assert_int_equal(seen, n);
        close_ledger();
    }
}

static void test_a_ledger_is_read(void **state)
{
    (void)state;
    holds("ledger", "ledger.index", plain, 3, GENERATION);
    open_ledger(true);
    assert_true(ledger.indexed); /* it is the index that answers, no search */
    close_ledger();
}

static void test_each_mark_is_read(void **state)
{
    (void)state;
    holds("marks.ledger", "marks.index", marks, 5, GENERATION);
}

/* More than half of it was dead: it was written again. */
static void test_a_folded_ledger_is_read(void **state)
{
    (void)state;
    holds("folded.ledger", "folded.index", plain, 3, GENERATION + 1);
}

static void test_a_new_ledger_is_read(void **state)
{
    (void)state;
    holds("new.ledger", "torn.index", NULL, 0, GENERATION);
}

static void test_a_ledger_of_several_pages_is_read(void **state)
{
    static struct known files[PAGES];
    static char names[PAGES][16];
    (void)state;
    for (unsigned i = 0; i < PAGES; i++) {
        files[i] = page_file(i, names[i]);
    }
    holds("pages.ledger", "pages.index", files, PAGES, GENERATION);
}

/* The power went: the last record is half there, and the index was not closed. It is no damage. */
static void test_a_torn_ledger_is_read(void **state)
{
    (void)state;
    holds("torn.ledger", "torn.index", plain, 2, GENERATION);
    size_t n = 0;
    size_t torn = 0;
    (void)load("torn.ledger", &torn);
    (void)fv_sim_get(&sim, OWN "ledger", &n);
    assert_true(n < torn); /* the writer has cut it off */
}

static const struct fv_partial_id id = {{PLACE "f4", sizeof PLACE "f4" - 1},
                                        {PART_URL, sizeof PART_URL - 1},
                                        DATE + 6000000};

static void test_a_partial_file_is_resumed(void **state)
{
    struct fv_state slot;
    char path[FV_CAP_PATH + 1];
    size_t len = 0;
    (void)state;
    bring(KEY ".part", OWN KEY ".part");
    bring(KEY ".state", OWN KEY ".state");
    open_ledger(false);
    assert_int_equal(fv_state_read(&store, OWN KEY ".state", UINT32_MAX, &slot), FV_OK);
    assert_int_equal(slot.sequence, 2);
    assert_true(slot.total == PART_SIZE && slot.durable == PART_BYTES);
    assert_string_equal(slot.validator, ETAG);
    assert_int_equal(fv_state_read(&store, OWN KEY ".state", 2, &slot), FV_OK); /* the one before */
    assert_int_equal(slot.sequence, 1);
    assert_int_equal(slot.durable, 2000);
    assert_int_equal(fv_state_path(&store, OWN KEY ".state", path, &len), FV_OK);
    assert_string_equal(path, PLACE "f4");
    assert_int_equal(fv_partial_begin(&partial, &store, &id), FV_OK);
    assert_int_equal(partial.offset, PART_BYTES);
    assert_int_equal(partial.total, PART_SIZE);
    assert_string_equal(partial.validator, ETAG);
    assert_int_equal(fv_partial_close(&partial), FV_OK);
    close_ledger();
}

static struct fv_outcome outcome_of(void)
{
    struct fv_outcome o;
    fv_outcome_init(&o);
    o.exit = 1;
    o.ended_us = DATE;
    o.began_us = DATE - 1500000;
    o.success_us = DATE - INT64_C(86400000000);
    o.certificate_end_us = DATE + INT64_C(2592000000000);
    o.summary = (struct fv_summary){.downloaded = 3,
                                    .resumed = 1,
                                    .unchanged = 2,
                                    .skipped = 4,
                                    .removed = 5,
                                    .failed = 6,
                                    .adopted = 7,
                                    .exec_failed = 8,
                                    .unattempted = 9,
                                    .listed = 37,
                                    .unusable = 1,
                                    .bytes = UINT64_C(0x100000002),
                                    .listing_bytes = 12345,
                                    .requests = 14,
                                    .retries = 15,
                                    .elapsed_us = 1500000};
    o.planned = 16;
    (void)snprintf(o.error, sizeof o.error, "f \"1\" \\ \xC3\x84: 404 Not Found");
    return o;
}

static void test_the_last_run_is_read(void **state)
{
    struct fv_outcome o;
    const struct fv_outcome wanted = outcome_of();
    (void)state;
    bring("last.json", FV_LAST_NAME);
    assert_int_equal(fv_outcome_last(&sim.storage, &o), FV_OK);
    assert_memory_equal(&o, &wanted, sizeof o);
}

/* --- Writing: the same bytes as the version that wrote them first --- */

static void test_a_ledger_is_written(void **state)
{
    (void)state;
    open_ledger(false);
    same_file("new.ledger", OWN "ledger");
    for (size_t i = 0; i < 3; i++) {
        put(&plain[i]);
    }
    assert_int_equal(fv_ledger_sync(&ledger), FV_OK);
    same_file("torn.index", OWN "ledger.index"); /* of a ledger that is being written */
    size_t n = 0;
    const uint8_t *p = fv_sim_get(&sim, OWN "ledger", &n);
    same("torn.ledger", p, n - 20);
    close_ledger();
    same_file("ledger", OWN "ledger");
    same_file("ledger.index", OWN "ledger.index");
    open_ledger(false);
    for (size_t i = 0; i < 9; i++) { /* each record three times more */
        struct known k = plain[i % 3];
        k.size += i < 6 ? 1 : 0;
        put(&k);
    }
    close_ledger();
    same_file("folded.ledger", OWN "ledger");
    same_file("folded.index", OWN "ledger.index");
}

static void test_each_mark_is_written(void **state)
{
    (void)state;
    const struct known gone = {"m0", API "m0", DATE, 0, 1000, FV_LEDGER_BATCH};
    const struct known old = {"m1", API "m1", DATE, 0, 1000, 0};
    open_ledger(false);
    put(&gone);
    put(&old);
    assert_int_equal(fv_ledger_remove(&ledger, path_of(&gone)), FV_OK);
    for (size_t i = 0; i < 5; i++) {
        put(&marks[i]);
    }
    close_ledger();
    same_file("marks.ledger", OWN "ledger");
    same_file("marks.index", OWN "ledger.index");
}

static void test_several_pages_are_written(void **state)
{
    char name[16];
    (void)state;
    open_ledger(false);
    for (unsigned i = 0; i < PAGES; i++) {
        const struct known k = page_file(i, name);
        put(&k);
    }
    close_ledger();
    same_file("pages.ledger", OWN "ledger");
    same_file("pages.index", OWN "ledger.index");
}

static void test_a_partial_file_is_written(void **state)
{
    const uint8_t *bytes = content_of("f4", PART_SIZE);
    (void)state;
    open_ledger(false);
    assert_int_equal(fv_partial_begin(&partial, &store, &id), FV_OK);
    assert_int_equal(fv_partial_expect(&partial, PART_SIZE, FV_SLICE(ETAG)), FV_OK);
    assert_int_equal(fv_partial_push(&partial, bytes, 1000), FV_OK);
    sim.now_us += FV_PARTIAL_US;
    assert_int_equal(fv_partial_push(&partial, bytes + 1000, 1000), FV_OK); /* a checkpoint */
    assert_int_equal(fv_partial_push(&partial, bytes + 2000, 2000), FV_OK);
    assert_int_equal(fv_partial_keep(&partial), FV_OK);
    close_ledger();
    same_file(KEY ".part", OWN KEY ".part");
    same_file(KEY ".state", OWN KEY ".state");
}

static void test_a_plan_is_written(void **state)
{
    const struct fv_plan_record records[] = {
        {.path = FV_SLICE(PLACE "f1"), .url = FV_SLICE(API "f1"), .modified_us = DATE, .number = 1},
        {.path = FV_SLICE(PLACE "f2"),
         .url = FV_SLICE(API "f2"),
         .modified_us = -1,
         .flags = FV_PLAN_HIDDEN | FV_PLAN_DATED,
         .scope = 3,
         .number = 0x01020304},
        {.url = FV_SLICE("http://[/"),
         .flags = FV_PLAN_UNREAD,
         .err = FV_E_URL,
         .field = 5,
         .scope = 255,
         .number = 3},
    };
    (void)state;
    assert_int_equal(fv_plan_begin(&plan, &page, &sim.storage, false), FV_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(fv_plan_add(&plan, &records[i]), FV_OK);
    }
    assert_int_equal(fv_plan_finish(&plan), FV_OK);
    same_file("plan", OWN "plan");
    fv_plan_close(&plan);
}

static void test_the_last_run_is_written(void **state)
{
    const struct fv_outcome o = outcome_of();
    (void)state;
    out.len = 0;
    fv_outcome_write(&out, &o, ",\n");
    fv_out_text(&out, "\n");
    struct fv_slice text = fv_out_waiting(&out);
    same("last.json", text.ptr, text.len);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_ledger_is_written),
        TEST(test_each_mark_is_written),
        TEST(test_several_pages_are_written),
        TEST(test_a_partial_file_is_written),
        TEST(test_a_plan_is_written),
        TEST(test_the_last_run_is_written),
        TEST(test_a_ledger_is_read),
        TEST(test_each_mark_is_read),
        TEST(test_a_folded_ledger_is_read),
        TEST(test_a_new_ledger_is_read),
        TEST(test_a_ledger_of_several_pages_is_read),
        TEST(test_a_torn_ledger_is_read),
        TEST(test_a_partial_file_is_resumed),
        TEST(test_the_last_run_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
