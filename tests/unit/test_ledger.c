/* SPDX-License-Identifier: MIT */
#include "store/ledger.h"

#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LOG ".fluxvision/ledger"
#define INDEX ".fluxvision/ledger.index"

static struct fv_sim sim;
static struct fv_store store;
static struct fv_ledger ledger;
static struct fv_table_page page;

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
    assert_int_equal(store.fault.err, FV_OK);
    fv_store_close(&store);
}

static void open_again(bool reader)
{
    close_ledger();
    open_ledger(reader);
}

static int setup(void **state)
{
    (void)state;
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    open_ledger(false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    close_ledger();
    assert_int_equal(fv_sim_handles(&sim), 0);
    fv_sim_free(&sim);
    return 0;
}

static struct fv_slice path_of(unsigned i)
{
    static char text[32];
    snprintf(text, sizeof text, "org/study/delivery/%u", i);
    return fv_slice_of(text);
}

static enum fv_err try_put(unsigned i, uint64_t version, bool hook)
{
    char url[64];
    snprintf(url, sizeof url, "https://host/%u/%u", i, (unsigned)version);
    struct fv_ledger_record r = {.path = path_of(i),
                                 .url = fv_slice_of(url),
                                 .modified_us = (int64_t)version - 5,
                                 .size = version,
                                 .marks = hook ? FV_LEDGER_HOOK : 0};
    memset(r.sha256, (int)i, sizeof r.sha256);
    return fv_ledger_put(&ledger, &r);
}

static void put(unsigned i, uint64_t version)
{
    assert_int_equal(try_put(i, version, false), FV_OK);
}

static bool find(unsigned i, struct fv_ledger_record *r)
{
    bool found = false;
    assert_int_equal(fv_ledger_find(&ledger, path_of(i), r, &found), FV_OK);
    return found;
}

/* Version 0: not known. */
static void expect(unsigned i, uint64_t version)
{
    struct fv_ledger_record r;
    char url[64];
    snprintf(url, sizeof url, "https://host/%u/%u", i, (unsigned)version);
    bool found = find(i, &r);
    assert_int_equal(found, version != 0);
    if (found) {
        assert_true(fv_slice_eq(r.path, path_of(i)));
        assert_true(fv_slice_eq(r.url, fv_slice_of(url)));
        assert_int_equal(r.modified_us, (int64_t)version - 5);
        assert_int_equal(r.size, version);
        assert_int_equal(r.sha256[31], i % 256);
    }
}

struct seen {
    unsigned count;
    uint64_t sum;
    unsigned stop_after; /* 0: never */
    bool remove;
};

static enum fv_err visit(void *arg, const struct fv_ledger_record *r)
{
    struct seen *seen = arg;
    char path[FV_CAP_PATH + 1];
    struct fv_slice copy = {path, r->path.len};
    seen->count++;
    seen->sum += r->size;
    assert_int_equal(fv_store_path(r->path, path), FV_OK);
    if (seen->remove) {
        assert_int_equal(fv_ledger_remove(&ledger, copy), FV_OK);
    }
    return seen->count == seen->stop_after ? FV_E_CANCELLED : FV_OK;
}

static struct seen all(void)
{
    struct seen seen = {0};
    assert_int_equal(fv_ledger_each(&ledger, visit, &seen), FV_OK);
    return seen;
}

static void test_put_and_find(void **state)
{
    (void)state;
    expect(1, 0);
    for (unsigned i = 1; i <= 1000; i++) {
        put(i, i);
    }
    for (int round = 0; round < 3; round++) { /* as written; closed and opened; for reading */
        for (unsigned i = 1; i <= 1000; i++) {
            expect(i, i);
        }
        for (unsigned i = 1000; i > 7; i -= 7) {
            expect(i, i);
        }
        expect(1001, 0);
        struct seen seen = all();
        assert_int_equal(seen.count, 1000);
        assert_int_equal(seen.sum, 500500);
        open_again(round == 1);
    }
}

static void test_replace_and_remove(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 20; i++) {
        put(i, 1);
    }
    put(3, 2);
    put(3, 3);
    assert_int_equal(fv_ledger_remove(&ledger, path_of(5)), FV_OK);
    assert_int_equal(fv_ledger_remove(&ledger, path_of(5)), FV_OK);
    assert_int_equal(fv_ledger_remove(&ledger, path_of(99)), FV_OK);
    assert_int_equal(fv_ledger_remove(&ledger, path_of(6)), FV_OK);
    put(6, 4);
    for (int round = 0; round < 3; round++) {
        expect(3, 3);
        expect(5, 0);
        expect(6, 4);
        expect(7, 1);
        struct seen seen = all();
        assert_int_equal(seen.count, 19);
        assert_int_equal(seen.sum, 17 + 3 + 4);
        open_again(round == 1);
    }
}

/* What is dead is counted to the byte, by those who write and those who build the index anew. */
static void test_dead_bytes(void **state)
{
    (void)state;
    put(1, 1);
    put(2, 1);
    put(3, 1);
    put(4, 1);
    uint64_t each = (ledger.log.size - FV_LOG_HEADER) / 4;
    assert_int_equal(ledger.dead, 0);
    put(1, 2);
    assert_int_equal(ledger.dead, each);
    uint64_t before = ledger.log.size;
    assert_int_equal(fv_ledger_remove(&ledger, path_of(2)), FV_OK);
    uint64_t tombstone = ledger.log.size - before;
    assert_int_equal(ledger.dead, 2 * each + tombstone);
    assert_int_equal(fv_ledger_remove(&ledger, path_of(2)), FV_OK); /* nothing is written */
    assert_int_equal(fv_ledger_remove(&ledger, path_of(9)), FV_OK);
    assert_int_equal(ledger.log.size, before + tombstone);
    uint64_t dead = ledger.dead;
    put(2, 2); /* the tombstone was dead before */
    assert_int_equal(ledger.dead, dead);
    open_again(false);
    assert_int_equal(ledger.dead, dead);
    close_ledger();
    fv_sim_put(&sim, INDEX, "", 0, 0);
    open_ledger(false);
    assert_int_equal(ledger.dead, dead);
}

static void test_hook(void **state)
{
    struct fv_ledger_record r;
    (void)state;
    assert_int_equal(try_put(1, 9, true), FV_OK);
    assert_true(find(1, &r) && (r.marks & FV_LEDGER_HOOK) != 0);
    open_again(false);
    assert_true(find(1, &r) && (r.marks & FV_LEDGER_HOOK) != 0);
    assert_int_equal(fv_ledger_mark(&ledger, path_of(1), FV_LEDGER_HOOK, 0), FV_OK);
    assert_int_equal(fv_ledger_mark(&ledger, path_of(1), FV_LEDGER_HOOK, 0), FV_OK);
    assert_int_equal(fv_ledger_mark(&ledger, path_of(2), FV_LEDGER_HOOK, 0), FV_OK);
    expect(1, 9);
    open_again(false);
    assert_true(find(1, &r) && (r.marks & FV_LEDGER_HOOK) == 0);
    expect(1, 9);
}

static void test_each_stops_and_removes(void **state)
{
    struct seen seen = {.stop_after = 3};
    (void)state;
    for (unsigned i = 1; i <= 50; i++) {
        put(i, 1);
    }
    assert_int_equal(fv_ledger_each(&ledger, visit, &seen), FV_E_CANCELLED);
    assert_int_equal(seen.count, 3);
    seen = (struct seen){.remove = true};
    assert_int_equal(fv_ledger_each(&ledger, visit, &seen), FV_OK);
    assert_int_equal(seen.count, 50);
    assert_int_equal(all().count, 0);
}

static void test_limits(void **state)
{
    static char text[FV_CAP_URL + 2];
    struct fv_ledger_record r = {.size = 1};
    bool found = false;
    (void)state;
    memset(text, 'x', FV_CAP_URL + 1);
    const struct fv_slice long_path = {text, FV_CAP_PATH};
    r.path = (struct fv_slice){text, FV_CAP_PATH + 1};
    assert_int_equal(fv_ledger_put(&ledger, &r), FV_E_CAPACITY);
    r.path = FV_SLICE_NONE;
    assert_int_equal(fv_ledger_put(&ledger, &r), FV_E_CAPACITY);
    r.path = long_path;
    r.url = (struct fv_slice){text, FV_CAP_URL + 1};
    assert_int_equal(fv_ledger_put(&ledger, &r), FV_E_CAPACITY);
    r.url.len = FV_CAP_URL;
    assert_int_equal(fv_ledger_put(&ledger, &r), FV_OK);
    put(1, 1);
    assert_int_equal(fv_ledger_find(&ledger, long_path, &r, &found), FV_OK);
    assert_true(found && r.url.len == FV_CAP_URL);
    close_ledger();
    fv_sim_put(&sim, INDEX, "", 0, 0);
    sim.readonly = true; /* without an index */
    open_ledger(true);
    assert_int_equal(all().count, 2);
    assert_int_equal(fv_ledger_find(&ledger, long_path, &r, &found), FV_OK);
    assert_true(found && r.url.len == FV_CAP_URL);
    sim.readonly = false;
    open_again(false);
    assert_int_equal(all().count, 2);
}

static void test_rewrite_when_half_is_dead(void **state)
{
    size_t before = 0;
    size_t after = 0;
    (void)state;
    for (unsigned version = 1; version <= 5; version++) {
        for (unsigned i = 1; i <= 100; i++) {
            put(i, version);
        }
    }
    assert_int_equal(fv_ledger_remove(&ledger, path_of(50)), FV_OK);
    (void)fv_sim_get(&sim, LOG, &before);
    open_again(false);
    (void)fv_sim_get(&sim, LOG, &after);
    assert_true(after < before / 4);
    for (unsigned i = 1; i <= 100; i++) {
        expect(i, i == 50 ? 0 : 5);
    }
    assert_int_equal(all().count, 99);
    assert_int_equal(ledger.dead, 0);
    struct fv_ledger_record r;
    bool found = true;
    assert_int_equal(fv_ledger_doubt(&ledger, &r, &found), FV_OK);
    assert_false(found); /* the index was closed in order as well */
    put(50, 6);
    open_again(false);
    expect(50, 6);
}

static void test_damage(void **state)
{
    /* Ten records of one size; what is overwritten, and which of them are still found. */
    static const struct {
        const char *label;
        size_t record, offset; /* record 10: the first line */
        unsigned lost;         /* 0: none */
        unsigned corrupt;      /* without the index, which knows where the log ends */
    } cases[] = {
        {"marker", 3, 0, 4, 1},
        {"length", 3, 4, 4, 1},
        {"check", 3, 8, 4, 1},
        {"type", 3, 16, 4, 1},
        {"path length", 3, 19, 4, 1},
        {"date", 3, 22, 4, 1},
        {"path", 3, 75, 4, 1},
        {"url", 3, 100, 4, 1},
        {"first", 0, 20, 1, 1},
        {"last", 9, 20, 10, 0},
        {"first line", 10, 3, 0, 1},
        {"generation", 10, 25, 0, 0},
        {"end of the line", 10, 36, 0, 1},
    };
    (void)state;
    for (size_t n = 0; n < 2 * sizeof cases / sizeof cases[0]; n++) {
        size_t size = 0;
        size_t k = n / 2;
        bool indexed = n % 2 == 1;
        print_message("%s%s\n", cases[k].label, indexed ? ", with an index" : "");
        close_ledger();
        fv_sim_free(&sim);
        fv_sim_init(&sim, FV_SIM_POSIX, 1);
        open_ledger(false);
        for (unsigned i = 1; i <= 10; i++) {
            put(i, 7);
        }
        close_ledger();
        const uint8_t *p = fv_sim_get(&sim, LOG, &size);
        size_t each = (size - FV_LOG_HEADER - 1) / 10; /* the tenth has one byte more */
        size_t at =
            cases[k].offset + (cases[k].record < 10 ? FV_LOG_HEADER + cases[k].record * each : 0);
        fv_sim_spoil(&sim, LOG, at, p[at] ^ 0x55);
        if (!indexed) {
            fv_sim_drop(&sim, INDEX); /* it is built anew from what is left */
        }
        unsigned corrupt = indexed && cases[k].lost > 0 ? 1 : cases[k].corrupt;
        open_ledger(true);
        assert_int_equal(all().count, cases[k].lost > 0 ? 9 : 10);
        assert_int_equal(ledger.corrupt, corrupt);
        open_again(false);
        for (unsigned i = 1; i <= 10; i++) {
            expect(i, i == cases[k].lost ? 0 : 7);
        }
        assert_int_equal(ledger.corrupt, corrupt);
        size_t bad = 0;
        assert_true((fv_sim_get(&sim, ".fluxvision/ledger.bad", &bad) != NULL) == (corrupt > 0));
        assert_true(corrupt == 0 || bad == size);
        put(11, 8);
        open_again(true);
        assert_int_equal(all().count, cases[k].lost > 0 ? 10 : 11);
        assert_int_equal(ledger.corrupt, 0);
        open_again(false);
        expect(11, 8);
        expect(1, cases[k].lost == 1 ? 0 : 7);
    }
}

/* A log that is shorter than the index says was cut. More bytes after its last record than a
 * torn record can have are damage. */
static void test_cut_and_garbage(void **state)
{
    static const struct {
        const char *label;
        size_t keep, garbage; /* records, bytes */
        bool indexed;
        unsigned corrupt;
    } cases[] = {
        {"half of it", 5, 0, true, 1},
        {"half of it, and nobody knows", 5, 0, false, 0},
        {"all but the first line", 0, 0, true, 1},
        {"torn", 9, 20, false, 0},
        {"torn, and known to be whole", 9, 20, true, 1},
        {"a little more", 10, 20, true, 1},
        {"garbage", 10, FV_LOG_RECORD, false, 1},
        {"nothing is wrong", 10, 0, true, 0},
    };
    (void)state;
    for (size_t k = 0; k < 2 * sizeof cases / sizeof cases[0]; k++) {
        static uint8_t copy[FV_LOG_HEADER + 20 * FV_LOG_RECORD];
        bool reader = k % 2 == 0;
        size_t n = 0;
        print_message("%s\n", cases[k / 2].label);
        close_ledger();
        fv_sim_free(&sim);
        fv_sim_init(&sim, FV_SIM_POSIX, 1);
        open_ledger(false);
        for (unsigned i = 1; i <= 10; i++) {
            put(i % 10, 7);
        }
        close_ledger();
        const uint8_t *p = fv_sim_get(&sim, LOG, &n);
        memcpy(copy, p, n);
        n = FV_LOG_HEADER + (n - FV_LOG_HEADER) / 10 * cases[k / 2].keep;
        memset(copy + n, 'x', cases[k / 2].garbage);
        fv_sim_put(&sim, LOG, copy, n + cases[k / 2].garbage, 0);
        if (!cases[k / 2].indexed) {
            fv_sim_drop(&sim, INDEX);
        }
        open_ledger(reader);
        assert_int_equal(all().count, cases[k / 2].keep);
        assert_int_equal(ledger.corrupt, cases[k / 2].corrupt);
        if (!reader) {
            open_again(true);
            assert_int_equal(all().count, cases[k / 2].keep);
            assert_int_equal(ledger.corrupt, 0);
        }
    }
    for (size_t n = 0; n < FV_LOG_HEADER; n += 12) { /* no first line, though there was more */
        open_again(false);
        put(1, 7);
        close_ledger();
        fv_sim_put(&sim, LOG, "fluxvision ledger 1 0123456789abcdef", n, 0);
        open_ledger(true);
        assert_int_equal(ledger.corrupt, 1);
        open_again(false);
        assert_int_equal(ledger.corrupt, 1);
        open_again(false);
        assert_int_equal(ledger.corrupt, 0);
    }
}

/* A reader without an index reads all, the last record of each path alone, and writes nothing. */
static void test_each_without_an_index(void **state)
{
    static const unsigned counts[] = {1, 511, 512, 513, 1024, 1500};
    (void)state;
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        for (unsigned i = 1; i <= counts[k]; i++) {
            put(i, i);
            put(1 + i / 3, 7 + i);
        }
        assert_int_equal(fv_ledger_remove(&ledger, path_of(2)), FV_OK);
        struct seen want = all();
        close_ledger();
        fv_sim_drop(&sim, INDEX);
        open_ledger(true);
        struct seen got = all();
        assert_int_equal(got.count, want.count);
        assert_int_equal(got.sum, want.sum);
        size_t n = 0;
        assert_null(fv_sim_get(&sim, INDEX, &n));
        open_again(false);
    }
}

/* The index leads nowhere, or elsewhere: it is built anew, and the log is not to blame. */
static void test_damaged_index(void **state)
{
    size_t size = 0;
    (void)state;
    for (unsigned i = 1; i <= 40; i++) {
        put(i, 7);
    }
    close_ledger();
    const uint8_t *p = fv_sim_get(&sim, INDEX, &size);
    uint8_t *copy = malloc(size);
    memcpy(copy, p, size);
    for (size_t at = 512; at < size; at += 16) {
        if (copy[at + 8] == 0 && copy[at + 9] == 0) {
            continue;
        }
        fv_sim_put(&sim, INDEX, copy, size, 0);
        fv_sim_spoil(&sim, INDEX, at + 8, copy[at + 8] ^ 0x04);
        open_ledger(false);
        for (unsigned i = 1; i <= 40; i++) {
            expect(i, 7);
        }
        assert_int_equal(ledger.corrupt, 0);
        fv_sim_put(&sim, INDEX, copy, size, 0);
        fv_store_close(&store); /* left as it is */
        sim.storage.close(&sim, ledger.file);
        fv_table_close(&ledger.index);
    }
    free(copy);
    open_ledger(false);
}

/* With an index that fits, a damaged record is not believed either. */
static void test_damage_behind_the_index(void **state)
{
    (void)state;
    put(1, 1);
    put(2, 1);
    close_ledger();
    fv_sim_spoil(&sim, LOG, FV_LOG_HEADER + 30, 0xEE);
    open_ledger(false);
    expect(1, 0);
    expect(2, 1);
    assert_int_equal(all().count, 1);
    assert_int_equal(ledger.corrupt, 1);
    put(1, 2);
    expect(1, 2);
}

static void test_other_version(void **state)
{
    (void)state;
    put(1, 1);
    close_ledger();
    fv_sim_spoil(&sim, LOG, 18, '2');
    fv_sim_spoil(&sim, LOG, FV_LOG_HEADER + 3, 2); /* its records have another marker */
    assert_int_equal(fv_store_open(&store, &sim.storage, &sim.clock), FV_OK);
    assert_int_equal(fv_ledger_open(&ledger, &page, &store), FV_E_CORRUPT);
    fv_store_close(&store);
    fv_sim_spoil(&sim, LOG, FV_LOG_HEADER + 3, 1); /* this one's: the line is damaged */
    open_ledger(false);
    assert_int_equal(ledger.corrupt, 1);
    expect(1, 1);
}

/* The log cut at each length: what was whole is found, and the log can be continued. */
static void test_torn_at_each_byte(void **state)
{
    size_t size = 0;
    (void)state;
    put(1, 1);
    put(2, 1);
    put(3, 1);
    close_ledger();
    const uint8_t *p = fv_sim_get(&sim, LOG, &size);
    uint8_t *copy = malloc(size);
    memcpy(copy, p, size);
    size_t each = (size - FV_LOG_HEADER) / 3;
    for (size_t n = 0; n <= size; n++) {
        fv_sim_put(&sim, LOG, copy, n, 0);
        unsigned whole = n < FV_LOG_HEADER ? 0 : (unsigned)((n - FV_LOG_HEADER) / each);
        open_ledger(n % 2 == 0);
        for (unsigned i = 1; i <= 3; i++) {
            expect(i, i <= whole ? 1 : 0);
        }
        assert_int_equal(all().count, whole);
        if (n % 2 != 0) {
            put(4, 2);
            open_again(false);
            expect(4, 2);
            expect(1, whole > 0 ? 1 : 0);
        }
        close_ledger();
    }
    free(copy);
    open_ledger(false);
}

/* Bytes after the last whole record are cut off, so that they are not found after shorter
 * records later. */
static void test_what_is_torn_is_cut_off(void **state)
{
    static uint8_t copy[5000];
    size_t size = 0;
    size_t n = 0;
    (void)state;
    put(1, 1);
    close_ledger();
    const uint8_t *p = fv_sim_get(&sim, LOG, &size);
    memcpy(copy, p, size);
    memset(copy + size, 0xEE, sizeof copy - size);
    fv_sim_put(&sim, LOG, copy, sizeof copy, 0);
    open_ledger(true);
    (void)fv_sim_get(&sim, LOG, &n);
    assert_int_equal(n, sizeof copy); /* a reader leaves it */
    expect(1, 1);
    open_again(false);
    (void)fv_sim_get(&sim, LOG, &n);
    assert_int_equal(n, size);
    put(2, 1);
    open_again(false);
    assert_int_equal(ledger.corrupt, 0);
    expect(1, 1);
    expect(2, 1);
}

/* A cut has torn a record that was not the last. Whatever the run appends, the gap is no damage
 * for a later read of all records. */
static void test_what_was_torn_is_no_damage_later(void **state)
{
    static uint8_t copy[2][65536];
    static const char *const names[] = {LOG, INDEX};
    size_t size[2];
    (void)state;
    for (unsigned i = 1; i <= 103; i++) {
        put(i, 1);
    }
    for (size_t k = 0; k < 2; k++) { /* the index is not closed in order now */
        const uint8_t *p = fv_sim_get(&sim, names[k], &size[k]);
        assert_true(size[k] <= sizeof copy[k]);
        memcpy(copy[k], p, size[k]);
    }
    close_ledger();
    for (size_t k = 0; k < 2; k++) {
        fv_sim_put(&sim, names[k], copy[k], size[k], 0);
    }
    fv_sim_spoil(&sim, LOG, size[0] - size[0] / 103 * 3 / 2, 0xEE);
    open_ledger(false);
    expect(101, 1);
    expect(102, 0);
    expect(103, 1);
    for (unsigned i = 104; i <= 500; i++) { /* more than may be torn */
        put(i, 1);
    }
    assert_int_equal(all().count, 499);
    close_ledger();
    assert_int_equal(ledger.corrupt, 0);
    assert_null(fv_sim_get(&sim, ".fluxvision/ledger.bad", &size[0]));
    open_ledger(false);
    assert_int_equal(all().count, 499);
}

/* Records 1 to 60, of which some have a second version and some are gone. */
static void fill_ledger(void)
{
    for (unsigned i = 1; i <= 60; i++) {
        put(i, 1);
    }
    for (unsigned i = 5; i <= 60; i += 5) {
        put(i, 2);
    }
    for (unsigned i = 7; i <= 60; i += 7) {
        assert_int_equal(fv_ledger_remove(&ledger, path_of(i)), FV_OK);
    }
}

/* Open and look up. What fails says so: a file is not unknown since nobody could look. */
static enum fv_err look_up(bool reader)
{
    static const struct {
        unsigned i;
        uint64_t version;
    } wanted[] = {{1, 1}, {2, 1}, {10, 2}, {14, 0}, {59, 1}, {61, 0}};
    struct seen seen = {0};
    enum fv_err err = reader ? fv_store_open_reader(&store, &sim.storage, &sim.clock)
                             : fv_store_open(&store, &sim.storage, &sim.clock);
    if (err != FV_OK) {
        return err;
    }
    err = fv_ledger_open(&ledger, &page, &store);
    if (err != FV_OK) {
        fv_store_close(&store);
        return err;
    }
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0] && err == FV_OK; i++) {
        struct fv_slice path = path_of(wanted[i].i);
        struct fv_ledger_record r = {.size = 0};
        bool found = false;
        err = i % 2 == 0
                  ? fv_ledger_find(&ledger, path, &r, &found)
                  : fv_ledger_find_key(&ledger, fv_sha256_key(path.ptr, path.len), &r, &found);
        assert_true(err != FV_OK || (found ? r.size : 0) == wanted[i].version);
    }
    if (err == FV_OK) {
        err = fv_ledger_each(&ledger, visit, &seen);
        assert_true(err != FV_OK || (seen.count == 52 && seen.sum == 52 + 11));
    }
    enum fv_err closed = fv_ledger_close(&ledger);
    fv_store_close(&store);
    return err != FV_OK ? err : closed;
}

static void test_looking_up_where_an_operation_fails(void **state)
{
    (void)state;
    for (int how = 0; how < 4; how++) { /* a writer or a reader, with an index and without */
        fill_ledger();
        close_ledger();
        bool done = false;
        for (uint64_t n = 1; !done; n++) {
            if (how % 2 == 1) {
                fv_sim_put(&sim, INDEX, "", 0, 0);
            }
            sim.fault = (struct fv_sim_fault){.at = sim.ops + n, .storage = FV_E_DENIED};
            enum fv_err err = look_up(how < 2);
            done = sim.ops < sim.fault.at;
            assert_true(err == FV_OK || (err == FV_E_DENIED && !done));
            assert_int_equal(fv_sim_handles(&sim), 0);
            assert_true(n < 2000);
        }
        sim.fault = (struct fv_sim_fault){.at = 0};
        assert_int_equal(look_up(true), FV_OK);
        open_ledger(false);
    }
}

/* What was not recorded because one operation failed is not recorded for the next run either,
 * which builds the index anew. */
static void test_a_record_that_could_not_be_put(void **state)
{
    bool failed = true;
    (void)state;
    for (uint64_t n = 1; failed; n++) {
        close_ledger();
        fv_sim_free(&sim);
        fv_sim_init(&sim, FV_SIM_POSIX, n);
        open_ledger(false);
        put(1, 1);
        open_again(false);
        sim.fault = (struct fv_sim_fault){.at = sim.ops + n, .storage = FV_E_STORAGE};
        failed = try_put(1, 2, false) != FV_OK;
        sim.fault = (struct fv_sim_fault){.at = 0};
        store.fault = (struct fv_fault){.err = FV_OK};
        put(2, 7);
        open_again(false);
        expect(1, failed ? 1 : 2);
        expect(2, 7);
        assert_true(n < 50);
    }
}

static void test_reader(void **state)
{
    static const bool indexed[] = {true, false};
    (void)state;
    for (unsigned i = 1; i <= 30; i++) {
        put(i, 1);
    }
    put(4, 2);
    assert_int_equal(fv_ledger_remove(&ledger, path_of(8)), FV_OK);
    for (size_t k = 0; k < 2; k++) {
        close_ledger();
        if (!indexed[k]) {
            fv_sim_put(&sim, INDEX, "", 0, 0);
        }
        sim.readonly = true;
        assert_int_equal(fv_store_open_reader(&store, &sim.storage, &sim.clock), FV_OK);
        assert_int_equal(fv_ledger_open(&ledger, &page, &store), FV_OK);
        assert_int_equal(ledger.indexed, indexed[k]);
        expect(4, 2);
        expect(8, 0);
        expect(9, 1);
        assert_int_equal(all().count, 29);
        close_ledger();
        sim.readonly = false;
        open_ledger(false);
    }
}

static void test_reader_where_nothing_is(void **state)
{
    struct fv_port_stat st;
    (void)state;
    close_ledger();
    fv_sim_free(&sim);
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    open_ledger(true);
    expect(1, 0);
    assert_int_equal(all().count, 0);
    assert_int_equal(fv_ledger_remove(&ledger, path_of(1)), FV_OK);
    assert_int_equal(fv_ledger_sync(&ledger), FV_OK);
    assert_int_equal(sim.storage.stat(sim.storage.ctx, ".fluxvision", &st), FV_OK);
    assert_int_equal(st.kind, FV_PORT_NONE);
}

static void test_busy(void **state)
{
    struct fv_store other;
    (void)state;
    assert_int_equal(fv_store_open(&other, &sim.storage, &sim.clock), FV_E_BUSY);
    assert_int_equal(fv_store_open_reader(&other, &sim.storage, &sim.clock), FV_E_BUSY);
}

/* A session that puts, replaces, removes and syncs; what it got done is in *synced. */
static enum fv_err session(unsigned *synced)
{
    enum fv_err err = fv_store_open(&store, &sim.storage, &sim.clock);
    if (err != FV_OK) {
        return err;
    }
    err = fv_ledger_open(&ledger, &page, &store);
    if (err == FV_OK) {
        for (unsigned i = 1; i <= 12 && err == FV_OK; i++) {
            err = try_put(i % 4, i + 10, false);
            if (err == FV_OK) {
                err = fv_ledger_sync(&ledger);
            }
            *synced = err == FV_OK ? i : *synced;
        }
        enum fv_err closed = fv_ledger_close(&ledger);
        err = err == FV_OK ? closed : err;
    }
    fv_store_close(&store);
    return err;
}

/* The versions that must be there after i of the session's puts, or one more. */
static void check_session(unsigned synced)
{
    for (unsigned i = 0; i < 4; i++) {
        struct fv_ledger_record r = {.size = 0};
        uint64_t least = 0;
        for (unsigned k = 1; k <= synced; k++) {
            least = k % 4 == i ? k + 10 : least;
        }
        bool found = find(i, &r);
        assert_true(found || least == 0);
        assert_true(!found || r.size == least || r.size == synced + 11);
    }
}

static void run_with_faults(enum fv_sim_medium medium, bool cut)
{
    bool done = false;
    close_ledger();
    for (uint64_t n = 1; !done; n++) {
        unsigned synced = 0;
        fv_sim_free(&sim);
        fv_sim_init(&sim, medium, n);
        sim.fault = (struct fv_sim_fault){.at = n, .stays = cut, .storage = FV_E_STORAGE};
        enum fv_err err = session(&synced);
        done = sim.fired == 0;
        assert_true(!done || err == FV_OK);
        if (cut) {
            fv_sim_power_cut(&sim);
        } else {
            assert_int_equal(fv_sim_handles(&sim), 0);
        }
        sim.fault = (struct fv_sim_fault){.at = 0};
        open_ledger(false);
        check_session(synced);
        put(1, 99);
        open_again(false);
        expect(1, 99);
        close_ledger();
    }
    open_ledger(false);
}

static void test_each_operation_fails(void **state)
{
    (void)state;
    run_with_faults(FV_SIM_POSIX, false);
}

static void test_power_cuts(void **state)
{
    (void)state;
    run_with_faults(FV_SIM_POSIX, true);
    run_with_faults(FV_SIM_FAT, true);
    run_with_faults(FV_SIM_LITTLEFS, true);
}

/* The power fails before anything was synced but the log's first line, or what an earlier run
 * has put. The index shows that a run was writing, so the gaps that this leaves are no damage. */
static void test_a_cut_tears_the_first_records(void **state)
{
    unsigned torn = 0;
    (void)state;
    close_ledger();
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        fv_sim_free(&sim);
        fv_sim_init(&sim, FV_SIM_POSIX, seed);
        sim.harsh = true;
        open_ledger(false);
        if (seed % 2 == 0) {
            put(1, 1);
            close_ledger();
            fv_sim_drop(&sim, INDEX);
            open_ledger(false);
        }
        for (unsigned i = 2; i <= 9; i++) {
            put(i, 1);
        }
        sim.cut_at = sim.storage_ops + 1;
        enum fv_err closed = fv_ledger_close(&ledger);
        fv_store_close(&store);
        assert_int_not_equal(closed, FV_OK);
        fv_sim_power_cut(&sim);
        open_ledger(false);
        assert_int_equal(ledger.corrupt, 0);
        torn += ledger.rewrite;
        close_ledger();
    }
    assert_true(torn > 20);
    open_ledger(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_put_and_find, setup, teardown),
        cmocka_unit_test_setup_teardown(test_replace_and_remove, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dead_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hook, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_stops_and_removes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rewrite_when_half_is_dead, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_and_garbage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_without_an_index, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_index, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage_behind_the_index, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_version, setup, teardown),
        cmocka_unit_test_setup_teardown(test_torn_at_each_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_torn_is_cut_off, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_was_torn_is_no_damage_later, setup, teardown),
        cmocka_unit_test_setup_teardown(test_looking_up_where_an_operation_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_record_that_could_not_be_put, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reader, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reader_where_nothing_is, setup, teardown),
        cmocka_unit_test_setup_teardown(test_busy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_operation_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_power_cuts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_cut_tears_the_first_records, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
