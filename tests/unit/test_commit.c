/* SPDX-License-Identifier: MIT */
#include "store/commit.h"

#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DATE INT64_C(1617371078000000)
#define FILES 10 /* in two batches */
#define HALF (FILES / 2)
#define SIZE 700
#define LONG (FV_LEDGER_UNSYNCED / HALF - 100) /* of a URL */

static struct fv_sim sim;
static struct fv_store store;
static struct fv_ledger ledger;
static struct fv_table_page page;
static struct fv_partial partial;
static struct fv_commit batch;
static enum fv_err became[FILES];
static unsigned told;
static bool whole_only; /* the port has no sync of all */
static bool long_urls;
static uint64_t claimed; /* size that the next record tells; 0: the file's */

/* Two directories, in turn. */
static const char *path_of(unsigned i)
{
    static char path[16];
    snprintf(path, sizeof path, "o/%u/f%u", i % 2, i);
    return path;
}

static void fill(unsigned i, char version, uint8_t bytes[SIZE])
{
    for (size_t k = 0; k < SIZE; k++) {
        bytes[k] = (uint8_t)(version + (int)(k * 7 + i));
    }
}

static bool has(unsigned i, char version)
{
    uint8_t bytes[SIZE];
    size_t n = 0;
    const uint8_t *p = fv_sim_get(&sim, path_of(i), &n);
    fill(i, version, bytes);
    return p != NULL && n == SIZE && memcmp(p, bytes, n) == 0;
}

static void hear(void *arg, const struct fv_commit_file *file)
{
    (void)arg;
    became[file->record->path.ptr[5] - '0'] = file->err;
    told++;
}

static enum fv_err open_all(void)
{
    enum fv_err err = fv_store_open(&store, &sim.storage, &sim.clock);
    return err == FV_OK ? fv_ledger_open(&ledger, &page, &store) : err;
}

static void close_all(void)
{
    enum fv_err err = fv_ledger_close(&ledger);
    (void)err;
    fv_store_close(&store);
}

static void fresh(uint64_t seed)
{
    fv_sim_init(&sim, FV_SIM_POSIX, seed);
    sim.harsh = true;
    if (whole_only) {
        sim.storage.sync_all = NULL;
    }
    batch = (struct fv_commit){.count = 0};
    assert_int_equal(open_all(), FV_OK);
}

static enum fv_err add(unsigned i, char version)
{
    uint8_t bytes[SIZE];
    struct fv_ledger_record record;
    struct fv_commit_how how = {.resumed = false};
    static char url[LONG + 1] = "https://h/x";
    memset(url + 11, 'x', long_urls ? LONG - 11 : 0);
    url[long_urls ? LONG : 11] = '\0';
    const struct fv_partial_id id = {fv_slice_of(path_of(i)), fv_slice_of(url),
                                     DATE + version * 1000000};
    fill(i, version, bytes);
    enum fv_err err = fv_partial_begin(&partial, &store, &id);
    if (err != FV_OK) {
        return err;
    }
    err = fv_partial_expect(&partial, SIZE, FV_SLICE("\"a\""));
    err = err == FV_OK ? fv_partial_push(&partial, bytes, SIZE) : err;
    if (err != FV_OK) {
        fv_partial_abort(&partial);
        return err;
    }
    err = fv_commit_end_file(&partial, id.url, false, &record, &how.alone);
    record.size = claimed > 0 ? claimed : record.size;
    return err == FV_OK ? fv_commit_add(&batch, &ledger, &partial, &record, &how) : err;
}

static enum fv_err commit(void)
{
    const struct fv_commit_visitor visitor = {hear, NULL};
    told = 0;
    return fv_commit_all(&batch, &store, &ledger, &visitor);
}

static enum fv_err step(void)
{
    const struct fv_commit_visitor visitor = {hear, NULL};
    return fv_commit_step(&batch, &store, &ledger, &visitor);
}

/* Let half of the files wait. */
static enum fv_err fetch_half(unsigned first, char version)
{
    enum fv_err err = FV_OK;
    for (unsigned i = first; i < first + HALF && err == FV_OK; i++) {
        err = add(i, version);
    }
    return err;
}

/* In two batches. */
static enum fv_err fetch_all(char version)
{
    for (unsigned i = 0; i < FILES; i++) {
        became[i] = FV_E_RESET; /* not told of */
    }
    enum fv_err err = fetch_half(0, version);
    if (err == FV_OK) {
        err = step();
    }
    if (err == FV_OK) {
        err = fetch_half(HALF, version);
    }
    return err == FV_OK ? commit() : err;
}

static uint64_t syncs;
static struct fv_port_storage plain;

static enum fv_err count_sync(void *ctx, int file)
{
    syncs++;
    return plain.sync(ctx, file);
}

static enum fv_err count_dir(void *ctx, const char *path)
{
    syncs++;
    return plain.sync_dir(ctx, path);
}

static enum fv_err count_all(void *ctx)
{
    syncs++;
    return plain.sync_all(ctx);
}

/* The cost of two batches: one sync_all each, and one after the last; or one sync for each part,
 * and for each batch one of the ledger and of each directory. */
static void test_the_price(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        whole_only = i == 1;
        fresh(1);
        assert_int_equal(fetch_all('a'), FV_OK); /* the directories are there then */
        plain = sim.storage;
        sim.storage.sync = count_sync;
        sim.storage.sync_dir = count_dir;
        sim.storage.sync_all = whole_only ? NULL : count_all;
        syncs = 0;
        assert_int_equal(fetch_all('b'), FV_OK);
        assert_int_equal(syncs, whole_only ? FILES + 2 * (1 + 2 + 1) : 3);
        assert_int_equal(told, whole_only ? HALF : FILES);
        for (unsigned k = 0; k < FILES; k++) {
            assert_true(has(k, 'b') && became[k] == FV_OK);
        }
        close_all();
        fv_sim_free(&sim);
    }
}

/* No file has its name before it is durable and whole; none is reported before its name is
 * durable; and nothing of an old file is lost. */
static void test_names_come_with_the_commit(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        whole_only = kind == 1;
        fresh(1);
        for (unsigned i = 0; i < HALF; i++) {
            struct fv_ledger_record r;
            bool found = true;
            assert_int_equal(add(i, 'a'), FV_OK);
            assert_false(has(i, 'a'));
            assert_int_equal(fv_ledger_find(&ledger, fv_slice_of(path_of(i)), &r, &found), FV_OK);
            assert_false(found);
        }
        assert_int_equal(batch.count, HALF);
        assert_true(fv_commit_until(&batch) > sim.now_us);
        assert_int_equal(fv_commit_until(&batch) - sim.now_us, FV_CAP_BATCH_MS * INT64_C(1000));
        sim.now_us += 1000000;
        told = 0;
        assert_int_equal(step(), FV_OK);
        assert_int_equal(batch.count, 0);
        for (unsigned i = 0; i < HALF; i++) {
            assert_true(has(i, 'a'));
        }
        if (whole_only) {
            assert_int_equal(told, HALF);
        } else {
            /* the next sync of all makes them durable, in 2 s at most, whether anything comes or
             * not */
            assert_int_equal(told, 0);
            assert_int_equal(batch.named, HALF);
            assert_int_equal(fv_commit_until(&batch) - sim.now_us, FV_CAP_BATCH_MS * INT64_C(1000));
            sim.now_us += 1000000;
            assert_int_equal(add(HALF, 'a'), FV_OK);
            assert_int_equal(fv_commit_until(&batch) - sim.now_us,
                             FV_CAP_BATCH_MS * INT64_C(1000) - 1000000);
            assert_int_equal(step(), FV_OK);
            assert_int_equal(told, HALF);
            assert_int_equal(batch.named, 1);
            told = 0;
            assert_int_equal(step(), FV_OK);
            assert_int_equal(told, 1);
        }
        assert_int_equal(fv_commit_until(&batch), INT64_MAX);
        sim.cut_at = sim.storage_ops + 1;
        close_all();
        fv_sim_power_cut(&sim);
        for (unsigned i = 0; i < HALF; i++) {
            assert_true(has(i, 'a'));
        }
        fv_sim_free(&sim);
    }
}

/* A large file gets its name at once, and so do the files after it, although it is not reported
 * yet. */
static void test_a_large_file_is_a_batch(void **state)
{
    (void)state;
    whole_only = false;
    fresh(1);
    claimed = FV_CAP_BATCH_BYTES;
    assert_int_equal(add(0, 'a'), FV_OK);
    claimed = 0;
    assert_int_equal(fv_commit_until(&batch), INT64_MIN);
    assert_int_equal(step(), FV_OK);
    assert_int_equal(batch.named, 1);
    assert_true(fv_commit_until(&batch) > sim.now_us);
    assert_int_equal(add(1, 'a'), FV_OK);
    assert_true(fv_commit_until(&batch) > sim.now_us);
    assert_int_equal(commit(), FV_OK);
    assert_int_equal(told, 2);
    close_all();
    fv_sim_free(&sim);
}

/* One that cannot have its name takes no directory of the others' away from what is synced. */
static void test_one_of_a_batch_is_refused(void **state)
{
    static const unsigned order[] = {0, 2, 4, 1};
    (void)state;
    whole_only = true;
    fresh(1);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        assert_int_equal(add(order[i], 'a'), FV_OK);
    }
    assert_int_equal(fv_store_make_parents(&store, "o/0/f0/x"), FV_OK);
    assert_int_equal(fv_store_make_parents(&store, "o/1/x"), FV_OK);
    plain = sim.storage;
    sim.storage.sync_dir = count_dir;
    syncs = 0;
    assert_int_equal(commit(), FV_OK);
    sim.storage.sync_dir = plain.sync_dir;
    assert_int_equal(became[0], FV_E_EXISTS);
    assert_int_equal(told, 4);
    assert_int_equal(syncs, 2 + 1); /* their own, and `.fluxvision` */
    close_all();
    fv_sim_free(&sim);
}

/* The state of the files from `first` to the one before `end`: which version is there, 0: none,
 * and whether the ledger has it. */
static void expect(unsigned first, unsigned end, char version, bool known)
{
    for (unsigned i = first; i < end; i++) {
        struct fv_ledger_record r;
        bool found = false;
        assert_int_equal(became[i], FV_E_STORAGE);
        assert_int_equal(has(i, version), version != 0);
        assert_int_equal(fv_ledger_find(&ledger, fv_slice_of(path_of(i)), &r, &found), FV_OK);
        assert_int_equal(found, known);
        assert_true(!found || r.modified_us == DATE + version * INT64_C(1000000));
    }
}

/* A sync fails: no part of the batch counts as durable, and the ledger has its old records. It
 * is not known whether the names of the batch before are durable: the ledger forgets them. */
static void test_a_sync_that_fails(void **state)
{
    (void)state;
    whole_only = false;
    for (int known = 0; known < 2; known++) {
        const char old = known ? 'a' : 0;
        fresh(7);
        if (known) {
            assert_int_equal(fetch_all('a'), FV_OK);
        }
        assert_int_equal(fetch_half(0, 'b'), FV_OK);
        assert_int_equal(step(), FV_OK);
        assert_int_equal(fetch_half(HALF, 'b'), FV_OK);
        sim.fault = (struct fv_sim_fault){.at = sim.ops + 1, .storage = FV_E_STORAGE};
        assert_int_equal(commit(), FV_OK);
        sim.fault.at = 0;
        assert_int_equal(told, FILES);
        assert_int_equal(fv_commit_until(&batch), INT64_MAX);
        expect(0, HALF, 'b', false);
        expect(HALF, FILES, old, known);
        /* A further one would succeed, and say nothing of what was lost. */
        assert_int_equal(fv_store_sync_all(&store), FV_E_STORAGE);
        assert_int_equal(fetch_half(HALF, 'c'), FV_OK);
        assert_int_equal(commit(), FV_OK);
        expect(HALF, FILES, old, known);
        close_all();
        store.fault.err = FV_OK;
        assert_int_equal(open_all(), FV_OK); /* so does the next run */
        assert_int_equal(fv_commit_end_doubt(&store, &ledger), FV_OK);
        expect(0, HALF, 'b', false);
        expect(HALF, FILES, old, known);
        close_all();
        fv_sim_free(&sim);
    }
}

/* Records of full batches fill what may be unsynced, and none is synced later: the names of the
 * batch before are forgotten all the same. */
static void test_a_sync_that_fails_behind_long_records(void **state)
{
    (void)state;
    whole_only = false;
    fresh(7);
    assert_int_equal(fetch_half(0, 'b'), FV_OK);
    assert_int_equal(step(), FV_OK);
    long_urls = true;
    assert_int_equal(fetch_half(HALF, 'b'), FV_OK);
    long_urls = false;
    sim.fault = (struct fv_sim_fault){.at = sim.ops + 1, .storage = FV_E_STORAGE};
    assert_int_equal(commit(), FV_OK);
    sim.fault.at = 0;
    expect(0, HALF, 'b', false);
    close_all();
    fv_sim_free(&sim);
}

/* After a cut each file is the old one or the new one, and its record in the ledger is there, or
 * can be recovered, or was the old one's. */
static void look(unsigned i, unsigned *recovered)
{
    struct fv_ledger_record r;
    bool found = false;
    bool current = false;
    assert_true(has(i, 'a') || has(i, 'b'));
    assert_int_equal(fv_ledger_find(&ledger, fv_slice_of(path_of(i)), &r, &found), FV_OK);
    if (found) {
        assert_int_equal(fv_store_current(&store, &r, &current), FV_OK);
    }
    if (found && !current) {
        bool waits = false;
        r.path = fv_slice_of(path_of(i));
        assert_int_equal(fv_commit_waits(&store, &r, &waits), FV_OK);
        assert_true(waits);
        assert_int_equal(fv_commit_recover(&store, &r, NULL, false, &current), FV_OK);
        *recovered += current;
    }
    if (current) {
        assert_true(has(i, r.modified_us == DATE + 'a' * INT64_C(1000000) ? 'a' : 'b'));
    }
}

static void test_a_cut_at_every_operation(void **state)
{
    unsigned recovered = 0;
    unsigned whole = 0;
    unsigned early = 0; /* told of before the cut */
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        bool over = false;
        whole_only = kind == 1;
        for (uint64_t at = 1; !over; at++) {
            fresh(at);
            assert_int_equal(fetch_all('a'), FV_OK);
            sim.cut_at = sim.storage_ops + at;
            enum fv_err err = fetch_all('b');
            over = !fv_sim_dark(&sim);
            sim.cut_at = over ? sim.storage_ops + 1 : sim.cut_at;
            close_all();
            fv_sim_power_cut(&sim);
            batch = (struct fv_commit){.count = 0};
            assert_int_equal(open_all(), FV_OK);
            assert_int_equal(fv_commit_end_doubt(&store, &ledger), FV_OK);
            for (unsigned i = 0; i < FILES; i++) {
                assert_true(became[i] != FV_OK || has(i, 'b'));
                look(i, &recovered);
                whole += has(i, 'b');
                early += became[i] == FV_OK && err != FV_OK;
            }
            close_all();
            fv_sim_free(&sim);
        }
    }
    print_message("%u new ones, %u of them recovered, %u told of\n", whole, recovered, early);
    assert_true(recovered > 20 && early > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_price),
        cmocka_unit_test(test_names_come_with_the_commit),
        cmocka_unit_test(test_a_large_file_is_a_batch),
        cmocka_unit_test(test_one_of_a_batch_is_refused),
        cmocka_unit_test(test_a_sync_that_fails),
        cmocka_unit_test(test_a_sync_that_fails_behind_long_records),
        cmocka_unit_test(test_a_cut_at_every_operation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
