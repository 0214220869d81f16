/* SPDX-License-Identifier: MIT */
/* What is measured of a medium, when it is measured again, and what that costs; which names
 * ooFatFs treats as one. */
#include "store/medium.h"

#include "port/fat/fat.h"
#include "port/sim/sim.h"
#include "store/fold.h"
#include "store/store.h"
#include "support/ram_block.h"
#include "support/vfat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <ff.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct fv_sim sim;
static struct fv_store store;

/* As a run that makes its ledger does. */
static void open_store(void)
{
    assert_int_equal(fv_store_open(&store, &sim.storage, &sim.clock), FV_OK);
    assert_int_equal(fv_store_sync_made(&store), FV_OK);
}

/* --- Measuring --- */

static const struct {
    enum fv_sim_medium medium;
    bool names_fold;
    enum fv_sim_times times;
    bool folds, fat, exact;
} media[] = {
    {FV_SIM_POSIX, false, FV_SIM_TIMES_KEPT, false, false, true},
    {FV_SIM_POSIX, true, FV_SIM_TIMES_KEPT, true, false, true},
    {FV_SIM_POSIX, false, FV_SIM_TIMES_IGNORED, false, false, false},
    {FV_SIM_POSIX, true, FV_SIM_TIMES_CLAMPED, true, false, true},
    {FV_SIM_VFAT, false, FV_SIM_TIMES_KEPT, true, true, true},
    {FV_SIM_VFAT, false, FV_SIM_TIMES_IGNORED, true, true, false},
    {FV_SIM_FAT, false, FV_SIM_TIMES_KEPT, true, false, true},
    {FV_SIM_LITTLEFS, false, FV_SIM_TIMES_KEPT, false, false, true},
};

static void test_what_is_found_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(media); i++) {
        fv_sim_init(&sim, media[i].medium, 1);
        sim.folds = media[i].names_fold;
        sim.times = media[i].times;
        for (unsigned run = 0; run < 2; run++) {
            open_store();
            assert_int_equal(store.medium.folds, media[i].folds);
            assert_int_equal(store.medium.fat, media[i].fat);
            assert_int_equal(store.medium.exact, media[i].exact);
            assert_false(store.medium.lost);
            /* Where names fold, the ledger has to be looked at before. */
            assert_int_equal(store.medium.fresh,
                             media[i].folds && run == 0 && sim.storage.identity != NULL);
            assert_int_equal(fv_medium_keep(&store.medium, store.io), FV_OK);
            fv_store_close(&store);
        }
        fv_sim_free(&sim);
    }
}

static const struct {
    int64_t us;
    bool alters;
} dates[] = {
    {INT64_C(-62135596800000000), true}, {-1, true},
    {INT64_C(315532800000000), true},    {INT64_C(315619200000000), false},
    {INT64_C(1617371077293849), false},  {INT64_C(2145916799999999), false},
    {INT64_C(2145916800000000), true},   {INT64_C(253402300799000000), true},
};

static void test_dates_that_are_read_back(void **state)
{
    struct fv_medium m = {.exact = true};
    (void)state;
    for (size_t i = 0; i < COUNT(dates); i++) {
        m.exact = true;
        assert_int_equal(fv_medium_alters(&m, dates[i].us), dates[i].alters);
        m.exact = false;
        assert_true(fv_medium_alters(&m, dates[i].us));
    }
}

static enum fv_err other_device(void *ctx, const char *path, uint64_t *id)
{
    (void)ctx;
    (void)path;
    *id = 2;
    return FV_OK;
}

static enum fv_err another_device(void *ctx, const char *path, uint64_t *id)
{
    enum fv_err err = other_device(ctx, path, id);
    *id = 3;
    return err;
}

/* Begin a run; returns how many operations it took to find out about the medium. */
static uint64_t another_run(void)
{
    uint64_t before = sim.ops;
    assert_int_equal(fv_store_open(&store, &sim.storage, &sim.clock), FV_OK);
    uint64_t ops = sim.ops - before;
    assert_int_equal(fv_store_sync_made(&store), FV_OK);
    fv_store_close(&store);
    return ops;
}

static void test_when_it_is_found_out_again(void **state)
{
    (void)state;
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    uint64_t first = another_run();
    uint64_t known = another_run();
    assert_in_range(known, 1, 9);
    assert_true(first > known + 8);
    fv_sim_spoil(&sim, FV_STORE_LOCK, 20, 'x'); /* torn */
    assert_true(another_run() > known + 8);
    assert_int_equal(another_run(), known);
    sim.storage.identity = other_device;
    assert_true(another_run() > known + 8);
    assert_in_range(another_run(), 1, known);
    sim.folds = true; /* mounted with another option */
    assert_true(another_run() > known + 8);
    assert_true(store.medium.folds && store.medium.fresh);
    sim.folds = false;
    sim.lost_us = 3600000000;
    assert_true(another_run() > known + 8);
    assert_true(store.medium.lost);
    assert_in_range(another_run(), 1,
                    known); /* and it stays so, although the lock has its time again */
    assert_true(store.medium.lost);
    sim.storage.identity = another_device;
    assert_true(another_run() > known + 8);
    assert_false(store.medium.lost);
    fv_sim_free(&sim);
}

/* The power fails at each operation of the run that finds that times were lost: the next run
 * knows it all the same. */
static void test_a_cut_forgets_no_lost_time(void **state)
{
    static const enum fv_sim_medium posix[] = {FV_SIM_POSIX, FV_SIM_VFAT};
    (void)state;
    for (size_t i = 0; i < COUNT(posix); i++) {
        bool dark = true;
        for (uint64_t n = 1; dark; n++) {
            fv_sim_init(&sim, posix[i], n);
            open_store();
            assert_int_equal(fv_medium_keep(&store.medium, store.io), FV_OK);
            if (sim.storage.sync_all != NULL) {
                assert_int_equal(fv_store_sync_all(&store), FV_OK);
            }
            fv_store_close(&store);
            sim.lost_us = 3600000000;
            sim.cut_at = sim.storage_ops + n;
            if (fv_store_open(&store, &sim.storage, &sim.clock) == FV_OK) {
                enum fv_err err = fv_medium_keep(&store.medium, store.io);
                assert_true(err == FV_OK || fv_sim_dark(&sim));
                fv_store_close(&store);
            }
            dark = fv_sim_dark(&sim);
            fv_sim_power_cut(&sim);
            open_store();
            assert_true(store.medium.lost);
            fv_store_close(&store);
            fv_sim_free(&sim);
        }
    }
}

static enum fv_err (*set_time)(void *ctx, int file, int64_t modified_us);

/* The power has gone between what is written into the lock and its time, which follows at once. */
static bool between;

static enum fv_err set_time_or_not(void *ctx, int file, int64_t modified_us)
{
    struct fv_sim *s = ctx;
    enum fv_err err = set_time(ctx, file, modified_us);
    between = between || fv_sim_dark(s);
    return err;
}

/* The power fails at each operation of the first run, up to its first batch: the medium does not
 * count as one that loses times. */
static void test_a_cut_of_the_first_run(void **state)
{
    unsigned known = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        bool dark = true;
        for (uint64_t n = 1; dark; n++) {
            fv_sim_init(&sim, FV_SIM_POSIX, seed);
            sim.harsh = true;
            sim.cut_at = n;
            between = false;
            set_time = sim.storage.set_time;
            sim.storage.set_time = set_time_or_not;
            bool open = fv_store_open(&store, &sim.storage, &sim.clock) == FV_OK;
            if (open && fv_store_sync_made(&store) == FV_OK) {
                enum fv_err err = fv_store_sync_all(&store);
                assert_true(err == FV_OK || fv_sim_dark(&sim));
            }
            fv_store_close(&store);
            dark = fv_sim_dark(&sim);
            fv_sim_power_cut(&sim);
            sim.storage.set_time = set_time;
            uint64_t before = sim.ops;
            assert_int_equal(fv_store_open(&store, &sim.storage, &sim.clock), FV_OK);
            known += sim.ops - before < 10;
            assert_true(dark || sim.ops - before < 10);
            assert_true(!store.medium.lost || between);
            assert_true(store.medium.exact);
            fv_store_close(&store);
            fv_sim_free(&sim);
        }
    }
    assert_true(known > 60);
}

static void test_a_full_medium_is_no_error(void **state)
{
    (void)state;
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    sim.space = 0;
    open_store();
    assert_false(store.medium.exact || store.medium.fresh);
    fv_store_close(&store);
    sim.space = UINT64_MAX;
    open_store();
    assert_true(store.medium.exact);
    fv_store_close(&store);
    fv_sim_free(&sim);
}

/* --- ooFatFs --- */

static struct ram_block block;
static struct fv_fat fat;

static uint64_t key_of(const char *name)
{
    return fat.port.name_key(fat.port.ctx, fv_slice_of(name));
}

static bool is_there(const char *path)
{
    struct fv_port_stat st;
    assert_int_equal(fat.port.stat(fat.port.ctx, path, &st), FV_OK);
    return st.kind != FV_PORT_NONE;
}

static void make(const char *path)
{
    int file = -1;
    assert_int_equal(fat.port.open(fat.port.ctx, path, FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(fat.port.close(fat.port.ctx, file), FV_OK);
}

/* Two names are one key if and only if the one opens the other's file. */
static void compare(const char *one, const char *other)
{
    make(one);
    if (is_there(other) != (key_of(one) == key_of(other))) {
        print_error("%s and %s: %s\n", one, other, is_there(other) ? "one file" : "two files");
        fail();
    }
    assert_int_equal(fat.port.remove(fat.port.ctx, one), FV_OK);
}

static const char *const pairs[][2] = {
    {"\xc8\x98.csv", "\xc8\x99.csv"},           /* Romanian */
    {"\xe1\xba\xa0n.csv", "\xe1\xba\xa1n.csv"}, /* Vietnamese */
    {"\xd4\xb1.csv", "\xd5\xa1.csv"},           /* Armenian */
    {"\xef\xbc\xa1.csv", "\xef\xbd\x81.csv"},   /* full width */
    {"\xc3\xa9.csv", "e.csv"},
    {"\xc3\xa9.csv", "E.CSV"},
    {"\xc3\xa9.csv", "\xc3\x89.csv"},
    {"\xc3\xbf.csv", "\xc5\xb8.csv"},
    {"\xc3\xbf.csv", "y.csv"},
    {"\xc3\x9f.csv", "ss.csv"},
    {"\xc5\xbf.csv", "s.csv"},
    {"\xc4\xb1.csv", "i.csv"},
    {"K.csv", "\xe2\x84\xaa.csv"},
    {"a.csv", "A.CSV"},
    {"a.csv", "b.csv"},
    {"\xf0\x90\x90\x80", "\xf0\x90\x90\xa8"},
};

static void test_pairs_on_fat(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        compare(pairs[i][0], pairs[i][1]);
        compare(pairs[i][1], pairs[i][0]);
    }
}

static void utf8(uint32_t code, char *out)
{
    size_t n = 0;
    if (code < 0x80) {
        out[n++] = (char)code;
    } else if (code < 0x800) {
        out[n++] = (char)(0xc0 | code >> 6);
        out[n++] = (char)(0x80 | (code & 63));
    } else {
        out[n++] = (char)(0xe0 | code >> 12);
        out[n++] = (char)(0x80 | (code >> 6 & 63));
        out[n++] = (char)(0x80 | (code & 63));
    }
    memcpy(out + n, ".csv", 5);
}

/* Every letter of the BMP with what ooFatFs calls its upper case, and with its neighbour. */
static void test_all_letters_on_fat(void **state)
{
    unsigned folded = 0;
    (void)state;
    for (uint32_t code = 0x80; code < 0x10000; code++) {
        char name[16];
        char upper[16];
        if (code >= 0xd800 && code < 0xe000) {
            continue;
        }
        uint32_t to = (uint32_t)ff_wtoupper(code);
        utf8(code, name);
        utf8(to, upper);
        if (to != code) {
            compare(name, upper);
            assert_int_equal(key_of(name), key_of(upper));
            folded++;
        } else if (code < 0x250) {
            for (char c = 'a'; c <= 'z'; c++) {
                utf8((uint32_t)c, upper);
                compare(name, upper);
            }
        }
    }
    assert_true(folded > 800);
}

static int setup_fat(void **state)
{
    (void)state;
    ram_block_init(&block, 32768);
    vfat_format(&block, "-F 16");
    return fv_fat_open(&fat, &block.port, NULL) == FV_OK ? 0 : 1;
}

static int teardown_fat(void **state)
{
    (void)state;
    fv_fat_close(&fat);
    ram_block_free(&block);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_found_out),
        cmocka_unit_test(test_dates_that_are_read_back),
        cmocka_unit_test(test_when_it_is_found_out_again),
        cmocka_unit_test(test_a_cut_forgets_no_lost_time),
        cmocka_unit_test(test_a_cut_of_the_first_run),
        cmocka_unit_test(test_a_full_medium_is_no_error),
        cmocka_unit_test_setup_teardown(test_pairs_on_fat, setup_fat, teardown_fat),
        cmocka_unit_test_setup_teardown(test_all_letters_on_fat, setup_fat, teardown_fat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
