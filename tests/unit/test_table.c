/* SPDX-License-Identifier: MIT */
#include "store/table.h"

#include "base/sha256.h"
#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PATH "table"
#define MAGIC "FVTABLE1"
#define MIX UINT64_C(0x9E3779B97F4A7C15)

static struct fv_sim sim;
static struct fv_table t;
static struct fv_table_page page;

static int setup(void **state)
{
    (void)state;
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    assert_int_equal(fv_table_create(&t, &page, &sim.storage, PATH), FV_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fv_table_close(&t);
    assert_int_equal(fv_sim_handles(&sim), 0);
    fv_sim_free(&sim);
    return 0;
}

/* The number of values of key, the sum of them in *sum. */
static unsigned values(uint64_t key, uint64_t *sum)
{
    struct fv_table_cursor c;
    unsigned n = 0;
    *sum = 0;
    fv_table_search(&t, key, &c);
    for (;;) {
        uint64_t value = 0;
        bool found = false;
        assert_int_equal(fv_table_next(&t, &c, &value, &found), FV_OK);
        if (!found) {
            return n;
        }
        n++;
        *sum += value;
    }
}

static void fill(uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        assert_int_equal(fv_table_put(&t, i * MIX, i), FV_OK);
    }
}

static void check(uint64_t from, uint64_t to)
{
    uint64_t sum = 0;
    for (uint64_t i = from; i < to; i++) {
        assert_int_equal(values(i * MIX, &sum), 1);
        assert_int_equal(sum, i);
    }
}

static void test_several_values_of_a_key(void **state)
{
    static const uint64_t keys[] = {0, 1, UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 63};
    uint64_t sum = 0;
    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_int_equal(values(keys[i], &sum), 0);
        assert_int_equal(fv_table_put(&t, keys[i], 10 + i), FV_OK);
        assert_int_equal(fv_table_put(&t, keys[i], 20 + i), FV_OK);
        assert_int_equal(values(keys[i], &sum), 2);
        assert_int_equal(sum, 30 + 2 * i);
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_int_equal(values(keys[i], &sum), 2);
    }
}

static void test_set(void **state)
{
    struct fv_table_cursor c;
    uint64_t value = 0;
    uint64_t sum = 0;
    bool found = false;
    (void)state;
    assert_int_equal(fv_table_put(&t, UINT64_MAX, 1),
                     FV_OK); /* the last slot: the next one is the first */
    assert_int_equal(fv_table_put(&t, UINT64_MAX, 2), FV_OK);
    fv_table_search(&t, UINT64_MAX, &c);
    do {
        assert_int_equal(fv_table_next(&t, &c, &value, &found), FV_OK);
        assert_true(found);
    } while (value != 1);
    assert_int_equal(fv_table_set(&t, &c, 7), FV_OK);
    assert_int_equal(values(UINT64_MAX, &sum), 2);
    assert_int_equal(sum, 9);
}

/* Entries that wait in a room are found like those in the file, and are written to it in the
 * end. Half of the keys are few, so that they share values. */
static void test_room(void **state)
{
    static struct fv_room room;
    struct fv_table_cursor c;
    uint64_t value = 0;
    uint64_t sum = 0;
    bool found = false;
    (void)state;
    fv_table_lend(&t, &room);
    fill(1, 1000); /* more than waits at once */
    check(1, 1000);
    assert_int_equal(values(1000 * MIX, &sum), 0);
    for (unsigned times = 0; times < 2; times++) { /* one that waits, then one that is written */
        fv_table_search(&t, 999 * MIX, &c);
        assert_int_equal(fv_table_next(&t, &c, &value, &found), FV_OK);
        assert_true(found && value == 999 + times);
        assert_int_equal(fv_table_set(&t, &c, 1000 + times), FV_OK);
        assert_int_equal(fv_table_drain(&t), FV_OK);
        assert_int_equal(values(999 * MIX, &sum), 1);
        assert_int_equal(sum, 1000 + times);
    }
    assert_int_equal(fv_table_put(&t, MIX, 5), FV_OK); /* beside the one in the file */
    assert_int_equal(values(MIX, &sum), 2);
    assert_int_equal(sum, 6);
    assert_int_equal(fv_table_drain(&t), FV_OK);
    assert_int_equal(fv_table_mark(&t), FV_OK);
    fv_table_close(&t);
    assert_int_equal(fv_table_open(&t, &page, &sim.storage, PATH, false), FV_OK);
    check(2, 999);
    assert_int_equal(values(MIX, &sum), 2);
    fv_table_lend(&t, &room); /* one that is not empty */
    check(2, 999);
    fill(2000, 2100);
    check(2, 999);
    check(2000, 2100);
}

/* What could not be written waits on, and nothing is written twice. */
static void test_room_where_an_operation_fails(void **state)
{
    static struct fv_room room;
    uint64_t sum = 0;
    unsigned failed = 0;
    (void)state;
    for (unsigned at = 1; at == failed + 1; at++) {
        fv_table_close(&t);
        memset(&page, 0, sizeof page);
        assert_int_equal(fv_table_create(&t, &page, &sim.storage, PATH), FV_OK);
        fv_table_lend(&t, &room);
        fill(1, 300);
        sim.fault = (struct fv_sim_fault){.at = sim.ops + at, .storage = FV_E_FULL};
        enum fv_err err = fv_table_drain(&t);
        bool fired = sim.ops >= sim.fault.at;
        sim.fault = (struct fv_sim_fault){.at = 0};
        failed = fired ? at : failed;
        if (err != FV_OK && t.is_open) { /* a table that grew and can't be opened is closed */
            check(1, 300);
            assert_int_equal(fv_table_drain(&t), FV_OK);
        }
        if (t.is_open) {
            check(1, 300);
            assert_int_equal(values(0, &sum), 0);
        }
    }
    assert_true(failed > 5);
}

static void test_growth(void **state)
{
    (void)state;
    fill(1, 20000);
    assert_int_equal(t.used, 19999);
    assert_int_equal(t.capacity, 65536);
    check(1, 20000);
}

static void test_open_again(void **state)
{
    (void)state;
    fill(1, 1000);
    for (size_t i = 0; i < FV_TABLE_TAGS; i++) {
        t.tag[i] = 77 + i;
    }
    assert_int_equal(fv_table_mark(&t), FV_OK);
    fv_table_close(&t);
    for (int reader = 0; reader < 2; reader++) {
        assert_int_equal(fv_table_open(&t, &page, &sim.storage, PATH, reader != 0), FV_OK);
        for (size_t i = 0; i < FV_TABLE_TAGS; i++) {
            assert_int_equal(t.tag[i], 77 + i);
        }
        check(1, 1000);
        fv_table_close(&t);
    }
    assert_int_equal(fv_table_create(&t, &page, &sim.storage, PATH), FV_OK);
    for (size_t i = 0; i < FV_TABLE_TAGS; i++) {
        assert_int_equal(t.tag[i], 0);
    }
    assert_int_equal(t.used, 0);
}

/* After a power cut at any point, whatever arrived, there is a table with the old tags or with
 * the new ones. */
static void test_tags_of_a_table_made_anew_outlive_a_cut(void **state)
{
    uint64_t cuts = 0;
    (void)state;
    fv_table_close(&t);
    for (uint64_t seed = 1; seed <= 8; seed++) {
        bool done = false;
        for (uint64_t n = 1; !done; n++) {
            fv_sim_free(&sim);
            fv_sim_init(&sim, FV_SIM_POSIX, seed);
            assert_int_equal(fv_table_create(&t, &page, &sim.storage, PATH), FV_OK);
            t.tag[0] = 1;
            assert_int_equal(fv_table_mark(&t), FV_OK);
            assert_int_equal(sim.storage.sync_dir(&sim, ""), FV_OK);
            fv_table_close(&t);
            t.tag[0] = 2;
            sim.cut_at = sim.storage_ops + n;
            enum fv_err err = fv_table_renew(&t, &page, &sim.storage, PATH, false);
            done = !fv_sim_dark(&sim);
            assert_int_equal(err == FV_OK, done);
            fv_table_close(&t);
            fv_sim_power_cut(&sim);
            assert_int_equal(fv_table_open(&t, &page, &sim.storage, PATH, false), FV_OK);
            assert_in_range(t.tag[0], 1, 2);
            fv_table_close(&t);
            cuts += done ? 0 : 1;
        }
    }
    assert_in_range(cuts, 40, 100);
}

static void test_opening_where_an_operation_fails(void **state)
{
    (void)state;
    for (int create = 0; create < 2; create++) {
        bool done = false;
        for (uint64_t n = 1; !done; n++) {
            fv_table_close(&t);
            sim.fault = (struct fv_sim_fault){.at = sim.ops + n, .storage = FV_E_DENIED};
            enum fv_err err = create ? fv_table_create(&t, &page, &sim.storage, PATH)
                                     : fv_table_open(&t, &page, &sim.storage, PATH, false);
            done = sim.ops < sim.fault.at;
            sim.fault = (struct fv_sim_fault){.at = 0};
            assert_int_equal(err, done ? FV_OK : FV_E_DENIED);
            assert_int_equal(t.is_open, done);
            assert_int_equal(fv_sim_handles(&sim), done ? 1 : 0);
            assert_true(n < 20);
        }
    }
}

static void test_not_a_table(void **state)
{
    static const struct {
        const char *label;
        size_t offset;
    } cases[] = {
        {"magic", 0}, {"capacity", 9}, {"used", 17}, {"tag", 40}, {"check", 60},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t n = 0;
        print_message("%s\n", cases[i].label);
        const uint8_t *p = fv_sim_get(&sim, PATH, &n);
        uint8_t was = p[cases[i].offset];
        fv_table_close(&t);
        fv_sim_spoil(&sim, PATH, cases[i].offset, was ^ 0x10);
        assert_int_equal(fv_table_open(&t, &page, &sim.storage, PATH, false), FV_E_CORRUPT);
        fv_sim_spoil(&sim, PATH, cases[i].offset, was);
    }
    fv_sim_put(&sim, PATH, "short", 5, 0);
    assert_int_equal(fv_table_open(&t, &page, &sim.storage, PATH, false), FV_E_CORRUPT);
    assert_int_equal(fv_table_open(&t, &page, &sim.storage, "none", false), FV_E_NOT_FOUND);
}

static void put_number(uint8_t *to, uint64_t value)
{
    for (size_t i = 0; i < 8; i++) {
        to[i] = (uint8_t)(value >> (8 * i));
    }
}

/* A table's file with a check that fits. The slots are of one key, and all in use or none. */
static void put_table(uint64_t capacity, uint64_t used, size_t slots, bool full, const char *magic)
{
    static uint8_t bytes[512 + 1024 * 16];
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, magic, 8);
    put_number(bytes + 8, capacity);
    put_number(bytes + 16, used);
    put_number(bytes + 56, fv_sha256_key(bytes, 56));
    for (size_t i = 0; i < slots && full; i++) {
        put_number(bytes + 512 + 16 * i, 5);
        put_number(bytes + 512 + 16 * i + 8, i + 1);
    }
    fv_sim_put(&sim, PATH, bytes, 512 + 16 * slots, 0);
}

/* The header is whole, and tells of a table that can't be. */
static void test_an_impossible_header(void **state)
{
    static const struct {
        const char *label;
        uint64_t capacity, used;
        size_t slots;
        enum fv_err err;
    } cases[] = {
        {"the least", 256, 0, 256, FV_OK},
        {"half full", 256, 128, 256, FV_OK},
        {"more than half full", 256, 129, 256, FV_E_CORRUPT},
        {"too small", 128, 0, 128, FV_E_CORRUPT},
        {"no slots", 0, 0, 0, FV_E_CORRUPT},
        {"no power of two", 384, 0, 384, FV_E_CORRUPT},
        {"too large", UINT64_C(1) << 32, 0, 256, FV_E_CORRUPT},
        {"a file too short", 512, 0, 511, FV_E_CORRUPT},
        {"a file too long", 512, 0, 513, FV_E_CORRUPT},
        {"a header alone", 256, 0, 0, FV_E_CORRUPT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].label);
        fv_table_close(&t);
        put_table(cases[i].capacity, cases[i].used, cases[i].slots, false, MAGIC);
        assert_int_equal(fv_table_open(&t, &page, &sim.storage, PATH, false), cases[i].err);
    }
    put_table(256, 0, 256, false, "FVTABLE2");
    assert_int_equal(fv_table_open(&t, &page, &sim.storage, PATH, false), FV_E_CORRUPT);
}

/* The largest table there may be would have a file of 32 GiB: it is told by its size alone. */
static enum fv_err (*true_size)(void *ctx, int file, uint64_t *size);

static enum fv_err size_of_largest(void *ctx, int file, uint64_t *size)
{
    enum fv_err err = true_size(ctx, file, size);
    *size = 512 + (UINT64_C(1) << 31) * 16;
    return err;
}

static void test_a_table_of_the_largest_size_does_not_grow(void **state)
{
    (void)state;
    fv_table_close(&t);
    put_table(UINT64_C(1) << 31, UINT64_C(1) << 30, 256, false, MAGIC);
    true_size = sim.storage.size;
    sim.storage.size = size_of_largest;
    assert_int_equal(fv_table_open(&t, &page, &sim.storage, PATH, false), FV_OK);
    assert_int_equal(fv_table_put(&t, 1, 1), FV_E_CAPACITY);
    assert_int_equal(t.used, UINT64_C(1) << 30);
    sim.storage.size = true_size;
}

/* A damaged table without an empty slot: a search ends, and nothing is added. */
static void test_no_empty_slot(void **state)
{
    uint64_t sum = 0;
    (void)state;
    fv_table_close(&t);
    put_table(256, 100, 256, true, MAGIC);
    assert_int_equal(fv_table_open(&t, &page, &sim.storage, PATH, false), FV_OK);
    assert_int_equal(values(5, &sum), 256);
    assert_int_equal(values(6, &sum), 0);
    assert_int_equal(fv_table_put(&t, 7, 1), FV_E_CORRUPT);
}

/* A page that can't be read leaves none in memory under the name of the one that was there. */
static void test_a_page_that_is_cut_off(void **state)
{
    static uint8_t copy[512 + 1024 * 16];
    uint64_t value = 0;
    uint64_t sum = 0;
    size_t n = 0;
    bool found = false;
    struct fv_table_cursor c;
    (void)state;
    fill(1, 300);                           /* 1,024 slots in four pages */
    const uint64_t low = UINT64_C(1) << 40; /* in the first page and in the last one */
    assert_int_equal(fv_table_put(&t, low, 1), FV_OK);
    assert_int_equal(fv_table_put(&t, UINT64_MAX - low, 2), FV_OK);
    assert_int_equal(values(low, &sum), 1); /* now the first page is in memory, and written */
    assert_null(
        fv_sim_get(&sim, PATH ".2.new", &n)); /* a table without tags has its name at once */
    const uint8_t *p = fv_sim_get(&sim, PATH, &n);
    assert_int_equal(n, sizeof copy);
    memcpy(copy, p, n);
    assert_int_equal(sim.storage.truncate(&sim, t.file, n - 16), FV_OK);
    fv_table_search(&t, UINT64_MAX - low, &c);
    assert_int_equal(fv_table_next(&t, &c, &value, &found), FV_E_CORRUPT);
    assert_int_equal(values(low, &sum), 1);
    assert_int_equal(sum, 1);
}

/* Whatever operation of a growing table fails: what was there before is there after it. */
static void test_growth_that_fails(void **state)
{
    bool done = false;
    (void)state;
    fv_table_close(&t);
    for (uint64_t n = 1; !done; n++) {
        size_t size = 0;
        assert_int_equal(fv_table_create(&t, &page, &sim.storage, PATH), FV_OK);
        t.tag[0] = 1;
        fill(1, 129); /* half full */
        sim.fault = (struct fv_sim_fault){.at = sim.ops + n, .storage = FV_E_FULL};
        enum fv_err err = fv_table_put(&t, 129 * MIX, 129);
        done = sim.ops < sim.fault.at;
        sim.fault = (struct fv_sim_fault){.at = 0};
        assert_int_equal(fv_sim_get(&sim, PATH ".new", &size) != NULL, err == FV_OK);
        if (err == FV_OK) { /* of the old file closing may fail */
            assert_int_equal(t.capacity, 512);
            check(1, 130);
        } else {
            assert_false(done);
            assert_int_equal(err, FV_E_FULL);
            assert_int_equal(t.used, 128);
            if (!t.is_open) { /* whichever file is there under the name has all of it */
                assert_int_equal(fv_table_open(&t, &page, &sim.storage, PATH, false), FV_OK);
            }
            check(1, 129);
        }
        fv_table_close(&t);
        assert_int_equal(fv_sim_handles(&sim), 0);
        assert_true(n < 200);
    }
}

/* The new file is beside the old one, where cleaning finds it (store/partial.h) if the power
 * fails before it gets its name. */
static void test_growth_that_is_cut_leaves_the_new_file_beside(void **state)
{
    size_t n = 0;
    (void)state;
    fill(1, 129);
    sim.fault = (struct fv_sim_fault){.at = sim.ops + 20, .stays = true, .storage = FV_E_STORAGE};
    assert_int_equal(fv_table_put(&t, 129 * MIX, 129), FV_E_STORAGE);
    sim.fault = (struct fv_sim_fault){.at = 0};
    assert_non_null(fv_sim_get(&sim, PATH ".new", &n));
}

static void test_growth_of_a_file_that_is_cut(void **state)
{
    size_t n = 0;
    (void)state;
    fill(1, 129);
    assert_int_equal(fv_table_mark(&t), FV_OK);
    (void)fv_sim_get(&sim, PATH, &n);
    assert_int_equal(sim.storage.truncate(&sim, t.file, n - 16), FV_OK);
    assert_int_equal(fv_table_put(&t, 129 * MIX, 129), FV_E_CORRUPT);
    assert_int_equal(t.used, 128);
    assert_null(fv_sim_get(&sim, PATH ".new", &n));
}

/* A read that fails may have spoilt the memory that it was to fill. */
static enum fv_err (*true_read)(void *ctx, int file, uint64_t offset, void *p, size_t n,
                                size_t *got);

static enum fv_err spoil_and_fail(void *ctx, int file, uint64_t offset, void *p, size_t n,
                                  size_t *got)
{
    (void)ctx, (void)file, (void)offset, (void)got;
    memset(p, 0, n);
    return FV_E_STORAGE;
}

static void test_a_read_that_fails_leaves_no_page(void **state)
{
    struct fv_table_cursor c;
    uint64_t value = 0;
    bool found = false;
    (void)state;
    fill(1, 300); /* four pages */
    check(1, 2);
    true_read = sim.storage.read;
    for (uint64_t i = 1; i < 10; i++) {
        sim.storage.read = spoil_and_fail;
        fv_table_search(&t, i * MIX, &c);
        enum fv_err err = fv_table_next(&t, &c, &value, &found);
        assert_true(err == FV_OK || err == FV_E_STORAGE);
        sim.storage.read = true_read;
        check(1, 300);
    }
}

/* After a cut at any operation of mark: tags that are there speak of slots that are there. */
static void test_tags_are_not_durable_before_their_slots(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 150; seed++) {
        bool done = false;
        for (uint64_t n = 1; !done; n++) {
            uint64_t sum = 0;
            fv_table_close(&t);
            fv_sim_free(&sim);
            fv_sim_init(&sim, FV_SIM_POSIX, seed);
            memset(&page, 0, sizeof page);
            assert_int_equal(fv_table_create(&t, &page, &sim.storage, PATH), FV_OK);
            fill(1, 50);
            t.tag[1] = 1;
            assert_int_equal(fv_table_mark(&t), FV_OK);
            assert_int_equal(sim.storage.sync_dir(&sim, ""), FV_OK);
            fill(50, 120);
            t.tag[1] = 2;
            sim.cut_at = sim.storage_ops + n;
            enum fv_err err = fv_table_mark(&t);
            done = !fv_sim_dark(&sim);
            assert_int_equal(err == FV_OK, done);
            fv_sim_power_cut(&sim);
            memset(&page, 0, sizeof page);
            t.is_open = false;
            err = fv_table_open(&t, &page, &sim.storage, PATH, false);
            assert_int_equal(err, FV_OK); /* a header is in one sector */
            assert_true(t.tag[1] == 2 || (t.tag[1] == 1 && !done));
            for (uint64_t i = 1; i < (t.tag[1] == 2 ? 120 : 50); i++) {
                assert_int_equal(values(i * MIX, &sum), 1);
            }
        }
    }
}

/* The power fails at each operation of a table that grows twice and is marked then: what was
 * marked before is there, or all of it. */
static void test_a_cut_while_a_table_has_grown(void **state)
{
    unsigned old = 0;
    unsigned new = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        bool done = false;
        for (uint64_t n = 1 + seed % 7; !done; n += 7) {
            uint64_t sum = 0;
            fv_table_close(&t);
            fv_sim_free(&sim);
            fv_sim_init(&sim, FV_SIM_POSIX, seed);
            memset(&page, 0, sizeof page);
            assert_int_equal(fv_table_create(&t, &page, &sim.storage, PATH), FV_OK);
            fill(1, 50);
            t.tag[1] = 1;
            assert_int_equal(fv_table_mark(&t), FV_OK);
            assert_int_equal(sim.storage.sync_dir(&sim, ""), FV_OK);
            t.tag[1] = 2;
            sim.cut_at = sim.storage_ops + n;
            enum fv_err err = FV_OK;
            for (uint64_t i = 50; i < 400 && err == FV_OK; i++) {
                err = fv_table_put(&t, i * MIX, i);
            }
            err = err == FV_OK ? fv_table_mark(&t) : err;
            done = !fv_sim_dark(&sim);
            assert_int_equal(err == FV_OK, done);
            fv_sim_power_cut(&sim);
            memset(&page, 0, sizeof page);
            t.is_open = false;
            assert_int_equal(fv_table_open(&t, &page, &sim.storage, PATH, false), FV_OK);
            assert_in_range(t.tag[1], 1, 2);
            for (uint64_t i = 1; i < (t.tag[1] == 2 ? 400 : 50); i++) {
                assert_int_equal(values(i * MIX, &sum), 1);
            }
            old += t.tag[1] == 1;
            new += t.tag[1] == 2;
        }
    }
    assert_true(old > 100 && new > 10);
}

/* The entries that one table has not written yet are not lost when the other table needs the
 * room, nor when that fails. */
static void test_shared_page(void **state)
{
    static struct fv_table other;
    struct fv_table_cursor c;
    uint64_t value = 0;
    bool found = false;
    (void)state;
    fill(1, 100);
    assert_int_equal(fv_table_create(&other, &page, &sim.storage, "other"), FV_OK);
    check(1, 100);
    fv_table_close(&t);
    assert_int_equal(fv_table_create(&t, &page, &sim.storage, PATH), FV_OK);
    for (uint64_t i = 1; i < 2000; i++) {
        fill(i, i + 1);
        assert_int_equal(fv_table_put(&other, i * MIX, i + 1), FV_OK);
    }
    check(1, 2000);
    for (uint64_t i = 1; i < 2000; i++) {
        fv_table_search(&other, i * MIX, &c);
        assert_int_equal(fv_table_next(&other, &c, &value, &found), FV_OK);
        assert_true(found);
        assert_int_equal(value, i + 1);
    }
    assert_int_equal(fv_table_put(&other, 2000 * MIX, 2001), FV_OK);
    fv_table_search(&t, MIX, &c);
    sim.fault = (struct fv_sim_fault){.at = sim.ops + 1, .storage = FV_E_FULL};
    assert_int_equal(fv_table_next(&t, &c, &value, &found), FV_E_FULL);
    sim.fault = (struct fv_sim_fault){.at = 0};
    fv_table_close(&t);
    fv_table_search(&other, 2000 * MIX, &c);
    assert_int_equal(fv_table_next(&other, &c, &value, &found), FV_OK);
    assert_true(found && value == 2001);
    fv_table_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_several_values_of_a_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_set, setup, teardown),
        cmocka_unit_test_setup_teardown(test_room, setup, teardown),
        cmocka_unit_test_setup_teardown(test_room_where_an_operation_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_growth, setup, teardown),
        cmocka_unit_test_setup_teardown(test_open_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_a_table, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_impossible_header, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_table_of_the_largest_size_does_not_grow, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_no_empty_slot, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_page_that_is_cut_off, setup, teardown),
        cmocka_unit_test_setup_teardown(test_growth_that_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_opening_where_an_operation_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tags_of_a_table_made_anew_outlive_a_cut, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_growth_that_is_cut_leaves_the_new_file_beside, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_growth_of_a_file_that_is_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_read_that_fails_leaves_no_page, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tags_are_not_durable_before_their_slots, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_cut_while_a_table_has_grown, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shared_page, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
