/* SPDX-License-Identifier: MIT */
/*
 * What must be durable when a function of the store returns: the power is cut right then, in many
 * ways (each seed loses another part of what was not synced), on each medium.
 */
#include "port/sim/sim.h"
#include "store/commit.h"
#include "support/commit_one.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS 24
#define PATH "org/study/delivery/name"
#define URL "https://host/file_1"
#define DATE INT64_C(1617371078000000)

static struct fv_sim sim;
static struct fv_store store;
static struct fv_ledger ledger;
static struct fv_table_page page;
static struct fv_partial partial;
static struct committed committed;
static uint8_t bytes[9000];
static char part[FV_PARTIAL_NAME];
static char state_name[FV_PARTIAL_NAME];

static const struct fv_partial_id id = {{PATH, sizeof PATH - 1}, {URL, sizeof URL - 1}, DATE};

static void open_all(void)
{
    assert_int_equal(fv_store_open(&store, &sim.storage, &sim.clock), FV_OK);
    assert_int_equal(fv_ledger_open(&ledger, &page, &store), FV_OK);
}

static void close_all(void)
{
    assert_int_equal(fv_ledger_close(&ledger), FV_OK);
    fv_store_close(&store);
}

/* The power goes now, and is back. */
static void cut(void)
{
    fv_sim_power_cut(&sim);
    memset(&page, 0, sizeof page);
    open_all();
}

static void each_cut(void (*test)(void))
{
    for (int medium = FV_SIM_POSIX; medium <= FV_SIM_VFAT; medium++) {
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            fv_sim_init(&sim, (enum fv_sim_medium)medium, seed);
            open_all();
            fv_state_names(id.path, part, state_name);
            for (size_t i = 0; i < sizeof bytes; i++) {
                bytes[i] = (uint8_t)(i * 7 + i / 251);
            }
            test();
            close_all();
            assert_int_equal(fv_sim_handles(&sim), 0);
            fv_sim_free(&sim);
        }
    }
}

static struct fv_ledger_record record_of(void)
{
    struct fv_ledger_record r = {.path = id.path,
                                 .url = id.url,
                                 .modified_us = DATE,
                                 .size = sizeof bytes};
    fv_sha256_of(bytes, sizeof bytes, r.sha256);
    return r;
}

static void put(struct fv_slice path, uint64_t size)
{
    const struct fv_ledger_record r = {.path = path,
                                       .url = id.url,
                                       .size = size,
                                       .marks = FV_LEDGER_HOOK};
    assert_int_equal(fv_ledger_put(&ledger, &r), FV_OK);
}

static bool find(struct fv_slice path, struct fv_ledger_record *r)
{
    bool found = false;
    assert_int_equal(fv_ledger_find(&ledger, path, r, &found), FV_OK);
    return found;
}

/* The final name holds the whole file, with its date. */
static void expect_whole(void)
{
    const struct fv_ledger_record r = record_of();
    bool current = false;
    size_t n = 0;
    const uint8_t *p = fv_sim_get(&sim, PATH, &n);
    assert_non_null(p);
    assert_int_equal(n, sizeof bytes);
    assert_memory_equal(p, bytes, n);
    assert_int_equal(fv_store_current(&store, &r, &current), FV_OK);
    assert_true(current);
}

static void begin_and_push(size_t n)
{
    assert_int_equal(fv_partial_begin(&partial, &store, &id), FV_OK);
    assert_int_equal(fv_partial_expect(&partial, sizeof bytes, FV_SLICE("\"a\"")), FV_OK);
    assert_int_equal(fv_partial_push(&partial, bytes, n), FV_OK);
}

static void commit(void)
{
    begin_and_push(sizeof bytes);
    assert_int_equal(commit_one(&partial, &ledger, id.url, &committed), FV_OK);
}

/* --- The ledger --- */

static void put_and_sync(void)
{
    struct fv_ledger_record r;
    put(FV_SLICE("a"), 1);
    assert_int_equal(fv_ledger_sync(&ledger), FV_OK);
    cut();
    assert_true(find(FV_SLICE("a"), &r) && r.size == 1);
}

static void test_a_record_that_was_synced_stays(void **state)
{
    (void)state;
    each_cut(put_and_sync);
}

/* Most of the ledger is dead, so closing rewrites it. */
static void make_rewrite(void)
{
    for (uint64_t version = 1; version < 6; version++) {
        put(FV_SLICE("a"), version);
        put(FV_SLICE("b"), version);
    }
    size_t before = 0, after = 0;
    (void)fv_sim_get(&sim, FV_STORE_DIR "/ledger", &before);
    close_all();
    (void)fv_sim_get(&sim, FV_STORE_DIR "/ledger", &after);
    assert_true(after < before / 2);
    open_all();
}

/* Regression: the new ledger's name was not durable, so the records after the rewrite were lost
 * with it, and a hook ran again. */
static void note_after_rewrite(void)
{
    struct fv_ledger_record r;
    make_rewrite();
    put(FV_SLICE("c"), 7);
    assert_int_equal(fv_ledger_mark(&ledger, FV_SLICE("a"), FV_LEDGER_HOOK, 0), FV_OK);
    assert_int_equal(fv_ledger_remove(&ledger, FV_SLICE("b")), FV_OK);
    assert_int_equal(fv_ledger_sync(&ledger), FV_OK);
    cut();
    assert_true(find(FV_SLICE("a"), &r) && r.size == 5 && (r.marks & FV_LEDGER_HOOK) == 0);
    assert_false(find(FV_SLICE("b"), &r));
    assert_true(find(FV_SLICE("c"), &r) && r.size == 7);
}

static void test_a_record_after_a_rewrite_stays(void **state)
{
    (void)state;
    each_cut(note_after_rewrite);
}

/* The rewrite itself loses nothing. */
static void cut_after_rewrite(void)
{
    struct fv_ledger_record r;
    make_rewrite();
    cut();
    assert_true(find(FV_SLICE("a"), &r) && r.size == 5);
    assert_true(find(FV_SLICE("b"), &r) && r.size == 5);
}

static void test_a_rewrite_loses_nothing(void **state)
{
    (void)state;
    each_cut(cut_after_rewrite);
}

/* A new record marks a cleanly closed index as unusable before the log has the record: otherwise
 * the record would not be found. */
static void put_after_close(void)
{
    struct fv_ledger_record r;
    bool found = false;
    put(FV_SLICE("a"), 1);
    close_all();
    open_all();
    put(FV_SLICE("a"), 2);
    assert_int_equal(fv_ledger_sync(&ledger), FV_OK);
    cut();
    assert_true(find(FV_SLICE("a"), &r) && r.size == 2);
    assert_int_equal(fv_ledger_doubt(&ledger, &r, &found), FV_OK);
    assert_true(found && fv_slice_eq(r.path, FV_SLICE("a")));
}

static void test_a_record_in_doubt_is_known_after_a_cut(void **state)
{
    (void)state;
    each_cut(put_after_close);
}

/* The index has the new offset of a record, but the log lost that record: the old one must be
 * found. */
static void index_ahead_of_log(void)
{
    struct fv_ledger_record r;
    char path[32];
    for (unsigned i = 0; i < 300; i++) { /* an index of several pages */
        snprintf(path, sizeof path, "%u", i);
        put(fv_slice_of(path), 1);
    }
    close_all();
    open_all();
    put(FV_SLICE("7"), 2);
    for (unsigned i = 0; i < 300;
         i += 10) { /* other pages come, so that the changed one is written */
        snprintf(path, sizeof path, "%u", i);
        assert_true(find(fv_slice_of(path), &r));
    }
    cut();
    for (unsigned i = 300; i-- > 0;) { /* not in the log's order: that would do without the index */
        snprintf(path, sizeof path, "%u", i);
        assert_true(find(fv_slice_of(path), &r));
    }
}

static void test_an_index_that_is_ahead_of_its_log(void **state)
{
    (void)state;
    each_cut(index_ahead_of_log);
}

/* --- Files --- */

static void commit_and_cut(void)
{
    struct fv_ledger_record r;
    size_t n = 0;
    commit();
    cut();
    expect_whole();
    assert_true(find(id.path, &r) && r.size == sizeof bytes);
    assert_null(fv_sim_get(&sim, part, &n));
}

static void test_a_committed_file_stays(void **state)
{
    (void)state;
    each_cut(commit_and_cut);
}

static void keep_and_cut(void)
{
    begin_and_push(5000);
    assert_int_equal(fv_partial_keep(&partial), FV_OK);
    cut();
    assert_int_equal(fv_partial_begin(&partial, &store, &id), FV_OK);
    assert_int_equal(partial.offset, 5000);
    assert_string_equal(partial.validator, "\"a\"");
    assert_int_equal(fv_partial_push(&partial, bytes + 5000, 100), FV_OK);
    assert_int_equal(fv_partial_keep(&partial), FV_OK); /* the second slot */
    cut();
    assert_int_equal(fv_partial_begin(&partial, &store, &id), FV_OK);
    assert_int_equal(partial.offset, 5100);
    fv_partial_abort(&partial);
}

static void test_what_was_kept_stays(void **state)
{
    (void)state;
    each_cut(keep_and_cut);
}

/* A run was killed before its commit, without a power cut: the part is whole, but neither its
 * content nor its date is synced. The ledger's record has the SHA-256 of that content. The
 * rename must not be durable before them. */
static void recover_and_cut(void)
{
    const struct fv_ledger_record r = record_of();
    bool done = false;
    int file = -1;
    size_t n = 0;
    assert_int_equal(fv_ledger_put(&ledger, &r), FV_OK);
    assert_int_equal(fv_ledger_sync(&ledger), FV_OK);
    assert_int_equal(sim.storage.open(&sim, part, FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(sim.storage.write(&sim, file, 0, bytes, sizeof bytes), FV_OK);
    assert_int_equal(sim.storage.close(&sim, file), FV_OK);
    assert_int_equal(fv_commit_recover(&store, &r, NULL, false, &done), FV_OK);
    assert_true(done);
    cut();
    expect_whole();
    assert_null(fv_sim_get(&sim, part, &n));
}

static void test_a_recovered_file_has_its_content_and_date(void **state)
{
    (void)state;
    each_cut(recover_and_cut);
}

/* --- A rename between directories is two changes --- */

/* On vfat and ext2 the old name is removed by the sync of its own directory: until then a power
 * cut may leave the file under both names, and a write to the part would change the final file.
 * port/sim loses the old name with the sync of the new one's directory; here the old one is put
 * back. */
static struct {
    enum fv_err (*rename)(void *ctx, const char *from, const char *to);
    enum fv_err (*sync_dir)(void *ctx, const char *path);
    char from[FV_CAP_PATH + 1]; /* may be there again */
} names;

static enum fv_err note_rename(void *ctx, const char *from, const char *to)
{
    snprintf(names.from, sizeof names.from, "%s", from);
    return names.rename(ctx, from, to);
}

static enum fv_err note_sync_dir(void *ctx, const char *path)
{
    if (strncmp(names.from, path, strlen(path)) == 0) {
        names.from[0] = '\0';
    }
    return names.sync_dir(ctx, path);
}

static void watch_names(void)
{
    names.rename = sim.storage.rename;
    names.sync_dir = sim.storage.sync_dir;
    names.from[0] = '\0';
    sim.storage.rename = note_rename;
    sim.storage.sync_dir = note_sync_dir;
    sim.storage.sync_all = NULL;
}

static void commit_without_a_second_name(void)
{
    watch_names();
    commit();
    assert_string_equal(names.from, "");
}

static void recover_without_a_second_name(void)
{
    const struct fv_ledger_record r = record_of();
    bool done = false;
    watch_names();
    fv_sim_put(&sim, part, bytes, sizeof bytes, 0);
    assert_int_equal(fv_commit_recover(&store, &r, NULL, false, &done), FV_OK);
    assert_true(done);
    assert_string_equal(names.from, "");
}

static void test_a_committed_file_has_no_second_name(void **state)
{
    (void)state;
    each_cut(commit_without_a_second_name);
    each_cut(recover_without_a_second_name);
}

/* --- A state that comes back --- */

/* The removal of the state is not synced: after a cut it may be there again, and describe a
 * content that its part no longer has. */
static void state_of_another_content(void)
{
    static uint8_t other[sizeof bytes];
    memset(other, 0x5A, sizeof other);
    begin_and_push(5000);
    assert_int_equal(fv_partial_keep(&partial), FV_OK);
    assert_int_equal(fv_partial_begin(&partial, &store, &id), FV_OK);
    assert_int_equal(fv_partial_restart(&partial), FV_OK);
    assert_int_equal(fv_partial_expect(&partial, sizeof other, FV_SLICE("\"b\"")), FV_OK);
    assert_int_equal(fv_partial_push(&partial, other, 6000), FV_OK);
    assert_int_equal(sim.storage.sync(&sim, partial.file),
                     FV_OK); /* as the system may at any moment */
    sim.cut_at = sim.storage_ops + 1;
    fv_partial_abort(&partial);
    cut();
    assert_int_equal(fv_partial_begin(&partial, &store, &id), FV_OK);
    assert_int_equal(partial.offset, 0);
    assert_string_equal(partial.validator, "");
    fv_partial_abort(&partial);
}

static void test_a_state_that_comes_back_fits_no_other_content(void **state)
{
    (void)state;
    each_cut(state_of_another_content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_that_was_synced_stays),
        cmocka_unit_test(test_a_record_after_a_rewrite_stays),
        cmocka_unit_test(test_a_rewrite_loses_nothing),
        cmocka_unit_test(test_a_record_in_doubt_is_known_after_a_cut),
        cmocka_unit_test(test_an_index_that_is_ahead_of_its_log),
        cmocka_unit_test(test_a_committed_file_stays),
        cmocka_unit_test(test_what_was_kept_stays),
        cmocka_unit_test(test_a_recovered_file_has_its_content_and_date),
        cmocka_unit_test(test_a_committed_file_has_no_second_name),
        cmocka_unit_test(test_a_state_that_comes_back_fits_no_other_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
