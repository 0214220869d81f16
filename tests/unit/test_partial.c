/* SPDX-License-Identifier: MIT */
#include "store/commit.h"

#include "port/sim/sim.h"
#include "support/commit_one.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DATE INT64_C(1617371078000000)
#define PATH "org/study/delivery/name"
#define URL "https://host/file_1"
#define PIECE 4096

static struct fv_sim sim;
static struct fv_store store;
static struct fv_ledger ledger;
static struct fv_table_page page;
static struct fv_partial partial;
static struct committed committed;
static uint8_t bytes[3 * PIECE + 100]; /* of version 'a', 'b', ... */

static const struct fv_partial_id id = {{PATH, sizeof PATH - 1}, {URL, sizeof URL - 1}, DATE};

static void open_all(void)
{
    assert_int_equal(fv_store_open(&store, &sim.storage, &sim.clock), FV_OK);
    assert_int_equal(fv_ledger_open(&ledger, &page, &store), FV_OK);
}

static void close_all(void)
{
    enum fv_err err = fv_ledger_close(&ledger);
    (void)err;
    fv_store_close(&store);
}

static int setup(void **state)
{
    (void)state;
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    open_all();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    close_all();
    assert_int_equal(fv_sim_handles(&sim), 0);
    fv_sim_free(&sim);
    return 0;
}

static void fresh(enum fv_sim_medium medium, uint64_t seed)
{
    close_all();
    fv_sim_free(&sim);
    fv_sim_init(&sim, medium, seed);
    open_all();
}

static const uint8_t *content(char version)
{
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(version + i * 7 + i / 251);
    }
    return bytes;
}

static bool is_content(const char *path, char version)
{
    size_t n = 0;
    const uint8_t *p = fv_sim_get(&sim, path, &n);
    return p != NULL && n == sizeof bytes && memcmp(p, content(version), n) == 0;
}

/* Push what is missing up to `end`, a piece at a time; with each the clock goes on by step. */
static enum fv_err push_to(char version, size_t end, int64_t step)
{
    const uint8_t *p = content(version);
    while (partial.offset < end) {
        size_t at = (size_t)partial.offset;
        size_t n = end - at < PIECE ? end - at : PIECE;
        sim.now_us += step;
        enum fv_err err = fv_partial_push(&partial, p + at, n);
        if (err != FV_OK) {
            return err;
        }
    }
    return FV_OK;
}

/* Fetch the whole: what is there is continued if the validator is still the version's. */
static enum fv_err fetch(const struct fv_partial_id *what, char version, int64_t step)
{
    const char validator[] = {'"', version, '"', '\0'};
    enum fv_err err = fv_partial_begin(&partial, &store, what);
    if (err != FV_OK) {
        return err;
    }
    if (strcmp(partial.validator, validator) != 0) {
        err = fv_partial_restart(&partial);
    }
    if (err == FV_OK) {
        err = fv_partial_expect(&partial, sizeof bytes, fv_slice_of(validator));
    }
    if (err == FV_OK) {
        err = push_to(version, sizeof bytes, step);
    }
    if (err != FV_OK) {
        enum fv_err kept = fv_partial_keep(&partial);
        (void)kept;
        return err;
    }
    return commit_one(&partial, &ledger, what->url, &committed);
}

static enum fv_err begin(void)
{
    return fv_partial_begin(&partial, &store, &id);
}

static unsigned strays;

static enum fv_err count_stray(void *arg, const char *name)
{
    struct fv_slice text = fv_slice_of(name);
    (void)arg;
    strays += text.len >= 16 ? 1 : 0; /* KEY, or an index that is being made */
    return FV_OK;
}

/* Files of downloads that are under way. */
static unsigned count_strays(void)
{
    strays = 0;
    assert_int_equal(sim.storage.list_dir(sim.storage.ctx, ".fluxvision", count_stray, NULL),
                     FV_OK);
    return strays;
}

static void test_commit(void **state)
{
    struct fv_ledger_record r;
    struct fv_port_stat st;
    uint8_t sha256[FV_SHA256_SIZE];
    bool found = false;
    bool current = false;
    (void)state;
    assert_int_equal(fetch(&id, 'a', 0), FV_OK);
    assert_true(is_content(PATH, 'a'));
    assert_int_equal(count_strays(), 0);
    assert_int_equal(sim.storage.stat(sim.storage.ctx, PATH, &st), FV_OK);
    assert_int_equal(st.modified_us, DATE);
    assert_int_equal(fv_ledger_find(&ledger, id.path, &r, &found), FV_OK);
    assert_true(found && r.size == sizeof bytes && r.modified_us == DATE);
    fv_sha256_of(content('a'), sizeof bytes, sha256);
    assert_memory_equal(r.sha256, sha256, sizeof sha256);
    assert_int_equal(fv_store_current(&store, &r, &current), FV_OK);
    assert_true(current);
    fv_sim_put(&sim, PATH, bytes, sizeof bytes, DATE + 3000000);
    assert_int_equal(fv_store_current(&store, &r, &current), FV_OK);
    assert_false(current);
    fv_sim_put(&sim, PATH, bytes, 5, DATE);
    assert_int_equal(fv_store_current(&store, &r, &current), FV_OK);
    assert_false(current);
}

static void test_round(void **state)
{
    static const struct {
        int64_t us;
        uint32_t step;
        int64_t rounded;
    } cases[] = {
        {1234567, 1, 1234567},     {1234567, 1000000, 1000000},         {3999999, 2000000, 2000000},
        {-1, 2000000, -2000000},   {-2000000, 2000000, -2000000},       {5, 0, INT64_MIN},
        {INT64_MIN, 2, INT64_MIN}, {INT64_MIN + 1, 2000000, INT64_MIN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(fv_store_round(cases[i].us, cases[i].step) == cases[i].rounded);
    }
}

static void test_resume(void **state)
{
    static const struct {
        const char *label;
        struct fv_partial_id id;
        const char *validator;
        uint64_t resumed; /* 0: from the start */
    } cases[] = {
        {"the same", {{PATH, sizeof PATH - 1}, {URL, sizeof URL - 1}, DATE}, "\"a\"", 5000},
        {"no validator", {{PATH, sizeof PATH - 1}, {URL, sizeof URL - 1}, DATE}, "", 0},
        {"another date", {{PATH, sizeof PATH - 1}, {URL, sizeof URL - 1}, DATE + 1}, "\"a\"", 0},
        {"another URL", {{PATH, sizeof PATH - 1}, {URL, sizeof URL - 2}, DATE}, "\"a\"", 0},
        {"another path", {{PATH, sizeof PATH - 2}, {URL, sizeof URL - 1}, DATE}, "\"a\"", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool exists = false;
        print_message("%s\n", cases[i].label);
        fresh(FV_SIM_POSIX, 1);
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(partial.offset, 0);
        assert_int_equal(fv_partial_expect(&partial, sizeof bytes, fv_slice_of(cases[i].validator)),
                         FV_OK);
        assert_int_equal(push_to('a', 5000, 0), FV_OK);
        assert_int_equal(fv_partial_keep(&partial), FV_OK);
        assert_int_equal(fv_partial_exists(&store, id.path, &exists), FV_OK);
        assert_int_equal(exists, cases[i].validator[0] != '\0');
        close_all();
        fv_sim_power_cut(&sim);
        open_all();
        assert_int_equal(fv_partial_begin(&partial, &store, &cases[i].id), FV_OK);
        assert_int_equal(partial.offset, cases[i].resumed);
        assert_string_equal(partial.validator, cases[i].resumed > 0 ? "\"a\"" : "");
        assert_true(partial.total == (cases[i].resumed > 0 ? sizeof bytes : UINT64_MAX));
        fv_partial_abort(&partial);
        assert_int_equal(fetch(&cases[i].id, 'b', 0), FV_OK);
    }
}

static void test_resumed_to_the_end(void **state)
{
    (void)state;
    assert_int_equal(begin(), FV_OK);
    assert_int_equal(fv_partial_expect(&partial, sizeof bytes, FV_SLICE("\"a\"")), FV_OK);
    assert_int_equal(push_to('a', PIECE + 10, 0), FV_OK);
    assert_int_equal(fv_partial_keep(&partial), FV_OK);
    sim.fault = (struct fv_sim_fault){.at = 0};
    assert_int_equal(fetch(&id, 'a', 0), FV_OK);
    assert_true(is_content(PATH, 'a'));
    assert_int_equal(count_strays(), 0);
}

static void test_abort_and_nothing_to_keep(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(begin(), FV_OK);
        if (i == 0) {
            assert_int_equal(fv_partial_keep(&partial), FV_OK);
        } else {
            assert_int_equal(fv_partial_expect(&partial, 9, FV_SLICE("\"a\"")), FV_OK);
            assert_int_equal(push_to('a', 5, 0), FV_OK);
            fv_partial_abort(&partial);
        }
        assert_int_equal(count_strays(), 0);
    }
}

static void test_checkpoints(void **state)
{
    static const struct {
        const char *label;
        uint64_t bytes;
        size_t piece;
        int64_t step; /* of the clock, with each piece */
        const char *validator;
        uint64_t durable; /* what a power cut leaves, at least */
    } cases[] = {
        {"by size", 2 * FV_CAP_BATCH_BYTES + (1u << 20) + 5, 1u << 20, 0, "\"a\"",
         2 * FV_CAP_BATCH_BYTES},
        {"by time", 10 * PIECE, PIECE, 1000000, "\"a\"", 10 * PIECE},
        {"small and fast", 10 * PIECE, PIECE, 1000, "\"a\"", 0},
        {"without validator", 10 * PIECE, PIECE, 6000000, "", 0},
    };
    static uint8_t block[1u << 20];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].label);
        fresh(FV_SIM_POSIX, 1);
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, UINT64_MAX, fv_slice_of(cases[i].validator)),
                         FV_OK);
        while (partial.offset < cases[i].bytes) {
            uint64_t left = cases[i].bytes - partial.offset;
            sim.now_us += cases[i].step;
            size_t n = left < cases[i].piece ? (size_t)left : cases[i].piece;
            assert_int_equal(fv_partial_push(&partial, block, n), FV_OK);
        }
        sim.fault =
            (struct fv_sim_fault){.at = sim.ops + 1, .stays = true, .storage = FV_E_STORAGE};
        close_all();
        fv_sim_power_cut(&sim);
        open_all();
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(partial.offset, cases[i].durable);
        fv_partial_abort(&partial);
    }
}

static struct fv_port_storage plain;
static unsigned syncs, syncs_of_all;

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
    syncs_of_all++;
    return plain.sync_all(ctx);
}

/* With sync_all, one sync; otherwise that of the part, that of the state, and that of the new
 * state's name. The same when the user stops. */
static void test_the_price_of_a_checkpoint(void **state)
{
    (void)state;
    for (int all = 0; all < 2; all++) {
        fresh(FV_SIM_POSIX, 1);
        plain = sim.storage;
        sim.storage.sync = count_sync;
        sim.storage.sync_dir = count_dir;
        sim.storage.sync_all = all ? count_all : NULL;
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, sizeof bytes, FV_SLICE("\"a\"")), FV_OK);
        syncs = syncs_of_all = 0;
        for (unsigned i = 1; i <= 3; i++) {
            if (i < 3) {
                assert_int_equal(push_to('a', i * PIECE, FV_PARTIAL_US), FV_OK);
            } else {
                assert_int_equal(push_to('a', i * PIECE, 0), FV_OK);
                assert_int_equal(fv_partial_keep(&partial), FV_OK);
            }
            assert_int_equal(partial.durable, i * PIECE);
            assert_int_equal(syncs, all ? 0 : 2 * i + 1);
            assert_int_equal(syncs_of_all, all ? i : 0);
        }
    }
}

/* --- What waits to be written together --- */

#define GATHER 1000

static uint8_t gather[GATHER];
static unsigned writes;
static enum fv_err (*true_write)(void *ctx, int file, uint64_t offset, const void *p, size_t n);

static enum fv_err count_write(void *ctx, int file, uint64_t offset, const void *p, size_t n)
{
    writes++;
    return true_write(ctx, file, offset, p, n);
}

static void lend(size_t size)
{
    store.gather->memory = gather;
    store.gather->size = size;
    true_write = sim.storage.write;
    sim.storage.write = count_write;
    writes = 0;
}

/* Push the bytes from `from` to `to`, n at a time. */
static enum fv_err push_by(struct fv_partial *p, size_t from, size_t to, size_t n)
{
    enum fv_err err = FV_OK;
    for (size_t at = from; at < to && err == FV_OK; at += n) {
        err = fv_partial_push(p, bytes + at, to - at < n ? to - at : n);
    }
    return err;
}

static const struct {
    size_t room, piece;
    uint64_t total;
    unsigned writes;
} gathered[] = {
    {0, 100, sizeof bytes, (sizeof bytes + 99) / 100}, /* no memory for it */
    {GATHER, 100, sizeof bytes, (sizeof bytes + GATHER - 1) / GATHER},
    {GATHER, 7, sizeof bytes, (sizeof bytes + GATHER - 1) / GATHER},
    {GATHER, 999, UINT64_MAX, (sizeof bytes + GATHER - 1) / GATHER},
    {GATHER, GATHER, sizeof bytes, (sizeof bytes + GATHER - 1) / GATHER}, /* as they come */
    {GATHER, sizeof bytes, sizeof bytes, 1},
};

static void test_pieces_are_written_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof gathered / sizeof gathered[0]; i++) {
        fresh(FV_SIM_POSIX, 1);
        content('a');
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, gathered[i].total, FV_SLICE("\"a\"")), FV_OK);
        lend(gathered[i].room);
        assert_int_equal(push_by(&partial, 0, sizeof bytes, gathered[i].piece), FV_OK);
        assert_int_equal(fv_partial_arrived(&partial), sizeof bytes);
        bool told = gathered[i].total == UINT64_MAX;
        assert_int_equal(partial.offset, told ? sizeof bytes / GATHER * GATHER : sizeof bytes);
        assert_int_equal(fv_partial_settle(&partial), FV_OK);
        assert_int_equal(partial.offset, sizeof bytes);
        assert_int_equal(writes, gathered[i].writes);
        assert_int_equal(commit_one(&partial, &ledger, id.url, &committed), FV_OK);
        assert_true(is_content(PATH, 'a'));
        assert_null(store.gather->owner);
    }
}

/* One file at a time has the memory; what another one gets is written as it comes. */
static void test_two_files_and_one_memory(void **state)
{
    static struct fv_partial other;
    const struct fv_partial_id second = {FV_SLICE("org/study/delivery/other"), id.url, DATE};
    (void)state;
    content('a');
    assert_int_equal(begin(), FV_OK);
    assert_int_equal(fv_partial_begin(&other, &store, &second), FV_OK);
    assert_int_equal(fv_partial_expect(&partial, sizeof bytes, FV_SLICE("\"a\"")), FV_OK);
    assert_int_equal(fv_partial_expect(&other, sizeof bytes, FV_SLICE("\"a\"")), FV_OK);
    lend(GATHER);
    for (size_t at = 0; at < sizeof bytes; at += 300) {
        size_t n = sizeof bytes - at < 300 ? sizeof bytes - at : 300;
        assert_int_equal(fv_partial_push(&partial, bytes + at, n), FV_OK);
        assert_int_equal(fv_partial_push(&other, bytes + at, n), FV_OK);
        assert_int_equal(fv_partial_arrived(&other), at + n);
    }
    assert_int_equal(commit_one(&other, &ledger, id.url, &committed), FV_OK);
    assert_int_equal(commit_one(&partial, &ledger, id.url, &committed), FV_OK);
    assert_true(is_content(PATH, 'a') && is_content("org/study/delivery/other", 'a'));
}

/* Buffered content is written when the file is kept; if it cannot be written, only that is lost,
 * and is fetched again. */
static void test_what_waits_is_kept_or_lost_alone(void **state)
{
    (void)state;
    for (int fails = 0; fails < 2; fails++) {
        fresh(FV_SIM_POSIX, 1);
        content('a');
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, sizeof bytes, FV_SLICE("\"a\"")), FV_OK);
        lend(GATHER);
        assert_int_equal(push_by(&partial, 0, 2300, 100), FV_OK);
        assert_int_equal(partial.offset, 2000);
        assert_int_equal(fv_partial_arrived(&partial), 2300);
        sim.fault = (struct fv_sim_fault){.at = fails ? sim.ops + 1 : 0, .storage = FV_E_STORAGE};
        assert_int_equal(fv_partial_keep(&partial), FV_OK);
        sim.fault = (struct fv_sim_fault){.at = 0};
        assert_null(store.gather->owner);
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(partial.offset, fails ? 2000 : 2300);
        sim.fault = (struct fv_sim_fault){.at = sim.ops + 1, .storage = FV_E_STORAGE};
        assert_int_equal(push_by(&partial, (size_t)partial.offset, sizeof bytes, 100),
                         FV_E_STORAGE);
        sim.fault = (struct fv_sim_fault){.at = 0};
        assert_int_equal(fv_partial_arrived(&partial), fails ? 2000 : 2300);
        assert_int_equal(push_by(&partial, (size_t)partial.offset, 5050, 100), FV_OK);
        assert_int_equal(fv_partial_restart(&partial), FV_OK); /* another content */
        assert_int_equal(fv_partial_arrived(&partial), 0);
        assert_int_equal(fv_partial_expect(&partial, sizeof bytes, FV_SLICE("\"a\"")), FV_OK);
        assert_int_equal(push_by(&partial, 0, sizeof bytes, 100), FV_OK);
        assert_int_equal(commit_one(&partial, &ledger, id.url, &committed), FV_OK);
        assert_true(is_content(PATH, 'a'));
    }
}

/* A slow file has its checkpoints, although little of it comes at a time. */
static void test_a_checkpoint_of_what_waits(void **state)
{
    (void)state;
    content('a');
    assert_int_equal(begin(), FV_OK);
    assert_int_equal(fv_partial_expect(&partial, sizeof bytes, FV_SLICE("\"a\"")), FV_OK);
    lend(GATHER);
    assert_int_equal(push_by(&partial, 0, 200, 100), FV_OK);
    assert_int_equal(partial.sequence, 0);
    sim.now_us += FV_PARTIAL_US;
    assert_int_equal(push_by(&partial, 200, 300, 100), FV_OK);
    assert_int_equal(partial.sequence, 1);
    assert_int_equal(partial.durable, 300);
    fv_partial_abort(&partial);
}

/* The power fails while content and state are made durable at the same time: the last checkpoint
 * counts, or the one before. */
static void test_a_cut_within_a_checkpoint(void **state)
{
    unsigned last = 0;
    unsigned before = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        fresh(FV_SIM_POSIX, seed);
        sim.harsh = true;
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, sizeof bytes, FV_SLICE("\"a\"")), FV_OK);
        assert_int_equal(push_to('a', 2 * PIECE, FV_PARTIAL_US), FV_OK);
        assert_int_equal(partial.sequence, 2);
        sim.now_us += FV_PARTIAL_US;
        sim.cut_at = sim.storage_ops + 5; /* write, open, write, close, sync of all */
        assert_true(fv_partial_push(&partial, bytes + 2 * PIECE, PIECE) != FV_OK);
        fv_partial_abort(&partial);
        close_all();
        fv_sim_power_cut(&sim);
        open_all();
        assert_int_equal(begin(), FV_OK);
        assert_true(partial.offset == 3 * PIECE || partial.offset == 2 * PIECE);
        last += partial.offset == 3 * PIECE;
        before += partial.offset == 2 * PIECE;
        assert_int_equal(push_to('a', sizeof bytes, FV_PARTIAL_US), FV_OK);
        assert_int_equal(commit_one(&partial, &ledger, id.url, &committed), FV_OK);
        assert_true(is_content(PATH, 'a'));
    }
    print_message("%u, %u\n", last, before);
    assert_true(last > 0 && before > 0);
}

static void test_space(void **state)
{
    static const struct {
        const char *label;
        uint64_t space, min_free, total;
        enum fv_err err;
    } cases[] = {
        {"fits", 200000, 0, 100000, FV_OK},
        {"too large", 100000, 0, 200000, FV_E_FULL},
        {"absurd", 100000, 0, UINT64_MAX - 1, FV_E_FULL},
        {"leaves enough", 200000, 50000, 100000, FV_OK},
        {"leaves too little", 140000, 50000, 100000, FV_E_FULL},
        {"unknown size", 100000, 10000, UINT64_MAX, FV_OK},
        {"unknown size, too little already", 100000, 200000, UINT64_MAX, FV_E_FULL},
        {"limits add up to too much", 100000, UINT64_MAX, 5, FV_E_FULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].label);
        fresh(FV_SIM_POSIX, 1);
        sim.space = cases[i].space;
        store.min_free = cases[i].min_free;
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, cases[i].total, FV_SLICE("\"a\"")),
                         cases[i].err);
        assert_int_equal(store.fault.err, cases[i].err);
        fv_partial_abort(&partial);
        assert_int_equal(count_strays(), 0);
    }
}

static void test_in_the_way(void **state)
{
    struct fv_partial_id below = id;
    (void)state;
    below.path = FV_SLICE(PATH "/below");
    fv_sim_put(&sim, PATH "/file", "x", 1, 0);
    assert_int_equal(begin(), FV_E_EXISTS); /* before anything is asked for */
    assert_int_equal(fetch(&id, 'a', 0), FV_E_EXISTS);
    fresh(FV_SIM_POSIX, 1);
    fv_sim_put_link(&sim, PATH);
    assert_int_equal(begin(), FV_E_DENIED);
    assert_int_equal(fetch(&id, 'a', 0), FV_E_DENIED);
    fresh(FV_SIM_POSIX, 1);
    fv_sim_put(&sim, PATH, "x", 1, 0);
    assert_true(fetch(&below, 'a', 0) != FV_OK);
    assert_int_equal(fetch(&id, 'a', 0), FV_OK); /* a file that nobody knows is replaced */
    assert_true(is_content(PATH, 'a'));
}

/* What the ledger says of the file, which is the one that is there. */
static void expect_record(const struct fv_partial_id *what, char version)
{
    struct fv_ledger_record r;
    uint8_t sha256[FV_SHA256_SIZE];
    bool found = false;
    assert_int_equal(fv_ledger_find(&ledger, what->path, &r, &found), FV_OK);
    assert_true(found);
    assert_true(fv_slice_eq(r.url, what->url));
    fv_sha256_of(content(version), sizeof bytes, sha256);
    assert_memory_equal(r.sha256, sha256, sizeof sha256);
}

/* The ledger kept the old digest: verify would have called the new file damaged. */
static void test_a_new_version_of_the_same_size_and_date_is_noted(void **state)
{
    static const struct fv_partial_id other = {{PATH, sizeof PATH - 1},
                                               {URL "x", sizeof URL},
                                               DATE};
    (void)state;
    assert_int_equal(fetch(&id, 'a', 0), FV_OK);
    expect_record(&id, 'a');
    assert_int_equal(fetch(&other, 'b', 0), FV_OK);
    assert_true(is_content(PATH, 'b'));
    expect_record(&other, 'b');
}

static void test_the_validator_is_the_last_response_s(void **state)
{
    static char longest[FV_CAP_VALIDATOR + 2];
    static const struct {
        const char *label, *before, *now, *kept;
    } cases[] = {
        {"another", "\"a\"", "\"b\"", "\"b\""},
        {"none", "\"a\"", "", ""},
        {"one that is too long", "\"a\"", longest, ""},
        {"the longest", "\"a\"", longest + 1, longest + 1},
    };
    (void)state;
    memset(longest, 'v', FV_CAP_VALIDATOR + 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].label);
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, 10, fv_slice_of(cases[i].before)), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, 10, fv_slice_of(partial.validator)), FV_OK);
        assert_string_equal(partial.validator, cases[i].before);
        assert_int_equal(fv_partial_expect(&partial, 10, fv_slice_of(cases[i].now)), FV_OK);
        assert_string_equal(partial.validator, cases[i].kept);
        fv_partial_abort(&partial);
    }
}

/* A write that fails may have written a part: what is behind the offset is no part of the file. */
static void test_commit_after_a_write_that_failed_half_way(void **state)
{
    size_t n = 0;
    (void)state;
    for (uint64_t seed = 1; seed < 8; seed++) {
        fresh(FV_SIM_POSIX, seed);
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, UINT64_MAX, FV_SLICE("\"a\"")), FV_OK);
        assert_int_equal(push_to('a', 5000, 0), FV_OK);
        sim.fault = (struct fv_sim_fault){.at = sim.ops + 1, .storage = FV_E_STORAGE};
        assert_int_equal(fv_partial_push(&partial, bytes + 5000, PIECE), FV_E_STORAGE);
        sim.fault = (struct fv_sim_fault){.at = 0};
        assert_int_equal(partial.offset, 5000);
        assert_int_equal(commit_one(&partial, &ledger, id.url, &committed), FV_OK);
        assert_non_null(fv_sim_get(&sim, PATH, &n));
        assert_int_equal(n, 5000);
    }
}

/* Storage changed what it had reported as durable, or an old state came back after a power cut:
 * nothing is resumed. */
static void test_no_resume_onto_another_content(void **state)
{
    char part[FV_PARTIAL_NAME];
    char name[FV_PARTIAL_NAME];
    (void)state;
    fv_state_names(id.path, part, name);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, sizeof bytes, FV_SLICE("\"a\"")), FV_OK);
        assert_int_equal(push_to('a', 5000, 0), FV_OK);
        assert_int_equal(fv_partial_keep(&partial), FV_OK);
        if (i < 2) {
            fv_sim_spoil(&sim, part, i * 4999, 0xEE);
        } else {
            fv_sim_put(&sim, part, content('a'), i == 2 ? 4999 : 5001, 0);
        }
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(partial.offset,
                         i == 3 ? 5000 : 0); /* bytes behind the durable ones are cut off */
        assert_int_equal(partial.validator[0] != '\0', i == 3);
        uint64_t size = 0;
        assert_int_equal(sim.storage.size(&sim, partial.file, &size), FV_OK);
        assert_int_equal(size, partial.offset);
        fv_partial_abort(&partial);
        assert_int_equal(count_strays(), 0);
    }
}

/* What an earlier attempt or run has reserved for a file is not missing when it goes on. */
static void test_space_that_is_reserved_already(void **state)
{
    (void)state;
    sim.space = 125000;
    for (int again = 0; again < 2; again++) {
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, 100000, FV_SLICE("\"a\"")), FV_OK);
        assert_int_equal(push_to('a', again ? 4000 : 2000, 0), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, 100000, FV_SLICE("\"a\"")), FV_OK);
        assert_int_equal(fv_partial_keep(&partial), FV_OK);
    }
    assert_int_equal(begin(), FV_OK);
    assert_int_equal(fv_partial_expect(&partial, 130000, FV_SLICE("\"a\"")), FV_E_FULL);
    fv_partial_abort(&partial);
    store.fault.err = FV_OK;
}

/* Whatever fails in the beginning says so, and what was held is still there for the next one. */
static void test_begin_where_an_operation_fails(void **state)
{
    bool done = false;
    (void)state;
    assert_int_equal(begin(), FV_OK);
    assert_int_equal(fv_partial_expect(&partial, sizeof bytes, FV_SLICE("\"a\"")), FV_OK);
    assert_int_equal(push_to('a', 5000, 0), FV_OK);
    assert_int_equal(fv_partial_keep(&partial), FV_OK);
    for (uint64_t n = 1; !done; n++) {
        store.fault.err = FV_OK;
        sim.fault = (struct fv_sim_fault){.at = sim.ops + n, .storage = FV_E_STORAGE};
        enum fv_err err = begin();
        done = sim.ops < sim.fault.at;
        sim.fault = (struct fv_sim_fault){.at = 0};
        assert_true(err == FV_OK || (err == FV_E_STORAGE && !done));
        assert_int_equal(store.fault.err, err);
        if (err == FV_OK) {
            assert_int_equal(partial.offset, 5000);
            assert_int_equal(fv_partial_keep(&partial), FV_OK);
        }
        assert_true(n < 60);
    }
    sim.cancelled = true;
    assert_int_equal(begin(), FV_E_CANCELLED);
    sim.cancelled = false;
    assert_int_equal(begin(), FV_OK);
    assert_int_equal(partial.offset, 5000);
    fv_partial_abort(&partial);
    store.fault.err = FV_OK;
}

static void test_exists(void **state)
{
    bool exists = true;
    (void)state;
    assert_int_equal(fv_partial_exists(&store, id.path, &exists), FV_OK);
    assert_false(exists);
    sim.fault = (struct fv_sim_fault){.at = sim.ops + 1, .storage = FV_E_NOT_FOUND};
    exists = true;
    assert_int_equal(fv_partial_exists(&store, id.path, &exists), FV_OK);
    assert_false(exists);
    assert_int_equal(store.fault.err, FV_OK);
    sim.fault = (struct fv_sim_fault){.at = sim.ops + 1, .storage = FV_E_DENIED};
    assert_int_equal(fv_partial_exists(&store, id.path, &exists), FV_E_DENIED);
    assert_int_equal(store.fault.err, FV_E_DENIED);
    store.fault.err = FV_OK;
}

/* One byte is worth keeping; to keep what is durable already costs nothing. */
static void test_keep(void **state)
{
    static const size_t sizes[] = {1, 5000, sizeof bytes};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, sizeof bytes, FV_SLICE("\"a\"")), FV_OK);
        assert_int_equal(push_to('a', sizes[i], 0), FV_OK);
        assert_int_equal(fv_partial_keep(&partial), FV_OK);
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(partial.offset, sizes[i]);
        uint64_t before = sim.ops;
        assert_int_equal(fv_partial_keep(&partial), FV_OK);
        assert_int_equal(sim.ops - before, 1); /* close */
        assert_int_equal(begin(), FV_OK);
        fv_partial_abort(&partial);
    }
}

/* A resumed file has no state of its own until its first checkpoint, in a file of its own. */
static void test_another_file_after_one_that_was_continued(void **state)
{
    static const struct fv_partial_id other = {{PATH "2", sizeof PATH},
                                               {URL, sizeof URL - 1},
                                               DATE};
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, sizeof bytes, FV_SLICE("\"a\"")), FV_OK);
        assert_int_equal(push_to('a', 1000 + (size_t)i, 0), FV_OK);
        assert_int_equal(fv_partial_keep(&partial), FV_OK);
    }
    assert_int_equal(fv_partial_begin(&partial, &store, &other), FV_OK);
    assert_int_equal(partial.sequence, 0);
    assert_false(partial.has_state);
    fv_partial_abort(&partial);
    assert_int_equal(fv_partial_begin(&partial, &store, &id), FV_OK);
    fv_partial_abort(&partial);
}

static void test_free_space_that_can_not_be_told(void **state)
{
    (void)state;
    assert_int_equal(begin(), FV_OK);
    sim.fault = (struct fv_sim_fault){.at = sim.ops + 1, .storage = FV_E_STORAGE};
    assert_int_equal(fv_partial_expect(&partial, 10, FV_SLICE("\"a\"")), FV_OK); /* not asked */
    assert_int_equal(fv_partial_expect(&partial, 65546, FV_SLICE("\"a\"")), FV_E_STORAGE);
    sim.fault = (struct fv_sim_fault){.at = 0};
    partial.offset = UINT64_MAX - 1; /* more than any size */
    assert_int_equal(fv_partial_push(&partial, bytes, 5), FV_E_FULL);
    fv_partial_abort(&partial);
    store.fault.err = FV_OK;
}

/* Right before its end a file needs no checkpoint. */
static void test_no_checkpoint_at_the_end(void **state)
{
    (void)state;
    assert_int_equal(begin(), FV_OK);
    assert_int_equal(fv_partial_expect(&partial, 6000, FV_SLICE("\"a\"")), FV_OK);
    assert_int_equal(push_to('a', 1000, 0), FV_OK);
    sim.now_us += 2 * FV_PARTIAL_US;
    uint64_t before = sim.ops;
    assert_int_equal(fv_partial_push(&partial, bytes + 1000, 5000), FV_OK);
    assert_int_equal(sim.ops - before, 1); /* write */
    fv_partial_abort(&partial);
}

/* The size is not told: what is left is looked at under way. */
static void test_space_under_way(void **state)
{
    static const struct {
        uint64_t left; /* beside what is there; min_free is 5,000 */
        enum fv_err err;
    } cases[] = {{5000, FV_OK}, {4999, FV_E_FULL}, {0, FV_E_FULL}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int validator = 0; validator < 2; validator++) {
            uint64_t left = 0;
            fresh(FV_SIM_POSIX, 1);
            assert_int_equal(begin(), FV_OK);
            assert_int_equal(fv_partial_expect(&partial, UINT64_MAX,
                                               fv_slice_of(validator ? "\"a\"" : "")),
                             FV_OK);
            assert_int_equal(push_to('a', 5000, 0), FV_OK);
            assert_int_equal(sim.storage.free_space(&sim, &left), FV_OK);
            sim.space = sim.space - left + 100 + cases[i].left;
            store.min_free = 5000;
            sim.now_us += 2 * FV_PARTIAL_US;
            assert_int_equal(fv_partial_push(&partial, bytes + 5000, 100), cases[i].err);
            fv_partial_abort(&partial);
            fv_partial_abort(&partial); /* it is closed */
        }
    }
}

/* Another program has filled the disk, and the file's own space is reserved: it goes on without
 * a checkpoint, and the next one is due after as many bytes as usual. */
static void test_no_space_for_a_checkpoint(void **state)
{
    (void)state;
    for (uint64_t at = 2; at <= 7; at++) { /* write, then what the state takes */
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, 9000, FV_SLICE("\"a\"")), FV_OK);
        assert_int_equal(push_to('a', 1000, 0), FV_OK);
        sim.now_us += 2 * FV_PARTIAL_US;
        sim.fault = (struct fv_sim_fault){.at = sim.ops + at, .storage = FV_E_FULL};
        assert_int_equal(fv_partial_push(&partial, bytes + 1000, 1000), FV_OK);
        assert_int_equal(store.fault.err, FV_OK);
        assert_false(partial.has_state);
        assert_int_equal(partial.durable, 0);
        uint64_t before = sim.ops;
        assert_int_equal(fv_partial_push(&partial, bytes + 2000, 1000), FV_OK);
        assert_int_equal(sim.ops - before, 1); /* write */
        sim.now_us += 2 * FV_PARTIAL_US;
        assert_int_equal(fv_partial_push(&partial, bytes + 3000, 1000), FV_OK);
        assert_true(partial.has_state);
        assert_int_equal(partial.durable, 4000);
        fv_partial_abort(&partial);
    }
    assert_int_equal(begin(), FV_OK);
    assert_int_equal(fv_partial_expect(&partial, 9000, FV_SLICE("\"a\"")), FV_OK);
    sim.now_us += 2 * FV_PARTIAL_US;
    sim.fault = (struct fv_sim_fault){.at = sim.ops + 1, .storage = FV_E_FULL};
    assert_int_equal(fv_partial_push(&partial, bytes, 1000),
                     FV_E_FULL); /* content is another matter */
    fv_partial_abort(&partial);
    store.fault.err = FV_OK;
    sim.fault = (struct fv_sim_fault){.at = 0};
}

/* A sync that failed has lost data, whatever a later one returns: the file fails, and no part of
 * it is kept. */
static void test_a_sync_that_failed_is_not_asked_again(void **state)
{
    static const enum fv_err errors[] = {FV_E_FULL, FV_E_STORAGE};
    (void)state;
    for (size_t i = 0; i < 2 * (sizeof errors / sizeof errors[0]); i++) {
        bool exists = true;
        fresh(i < 2 ? FV_SIM_POSIX : FV_SIM_FAT, 1);
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, 9000, FV_SLICE("\"a\"")), FV_OK);
        assert_int_equal(push_to('a', 1000, 0), FV_OK);
        sim.now_us += 2 * FV_PARTIAL_US;
        bool all = sim.storage.sync_all != NULL; /* then the state is made and written before */
        sim.fault = (struct fv_sim_fault){.at = sim.ops + (all ? 9 : 2), .storage = errors[i % 2]};
        assert_int_equal(fv_partial_push(&partial, bytes + 1000, 1000), errors[i % 2]);
        assert_int_equal(fv_partial_keep(&partial), FV_OK);
        assert_int_equal(fv_partial_exists(&store, FV_SLICE(PATH), &exists), FV_OK);
        assert_false(exists);
        store.fault.err = FV_OK;
        sim.fault = (struct fv_sim_fault){.at = 0};
    }
}

/* After restart nothing of the old content is left, nor a state that tells of it. */
static void test_restart(void **state)
{
    bool exists = true;
    uint64_t size = 0;
    (void)state;
    assert_int_equal(begin(), FV_OK);
    assert_int_equal(fv_partial_expect(&partial, sizeof bytes, FV_SLICE("\"a\"")), FV_OK);
    assert_int_equal(push_to('a', 5000, 3000000), FV_OK); /* with a checkpoint */
    assert_true(partial.has_state && partial.sequence == 1 && partial.durable == 5000);
    assert_int_equal(fv_partial_exists(&store, id.path, &exists), FV_OK);
    assert_true(exists);
    assert_int_equal(fv_partial_restart(&partial), FV_OK);
    assert_int_equal(fv_partial_exists(&store, id.path, &exists), FV_OK);
    assert_false(exists);
    assert_int_equal(partial.offset, 0);
    assert_true(partial.total == UINT64_MAX && partial.validator[0] == '\0');
    assert_int_equal(sim.storage.size(&sim, partial.file, &size), FV_OK);
    assert_int_equal(size, 0);
    fv_partial_abort(&partial);
}

/* A record is in the ledger, its file is not there: is the part what the record says? */
static void test_recover(void **state)
{
    static const struct {
        const char *label;
        size_t size; /* of the part; SIZE_MAX: none, 0: a directory */
        char version;
        bool done;
    } cases[] = {
        {"it is", sizeof bytes, 'a', true},
        {"there is none", SIZE_MAX, 'a', false},
        {"another content", sizeof bytes, 'b', false},
        {"shorter", sizeof bytes - 1, 'a', false},
        {"longer", sizeof bytes, 'a', false},
        {"a directory", 0, 'a', false},
    };
    char part[FV_PARTIAL_NAME];
    char name[FV_PARTIAL_NAME];
    (void)state;
    fv_state_names(id.path, part, name);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fv_ledger_record r = {.path = id.path, .modified_us = DATE, .size = sizeof bytes};
        static uint8_t longer[sizeof bytes + 1];
        struct fv_port_stat st;
        bool current = false;
        bool done = true;
        size_t n = 0;
        print_message("%s\n", cases[i].label);
        fresh(FV_SIM_POSIX, 1);
        fv_sha256_of(content('a'), sizeof bytes, r.sha256);
        memcpy(longer, content(cases[i].version), sizeof bytes);
        if (cases[i].size == 0) {
            fv_sim_put(&sim, ".fluxvision/directory", "x", 1, 0);
            char below[FV_PARTIAL_NAME + 8];
            snprintf(below, sizeof below, "%s/below", part);
            fv_sim_put(&sim, below, "x", 1, 0);
        } else if (cases[i].size != SIZE_MAX) {
            bool more = strcmp(cases[i].label, "longer") == 0;
            fv_sim_put(&sim, part, longer, cases[i].size + (more ? 1 : 0), 0);
        }
        fv_sim_put(&sim, name, "x", 1, 0);
        assert_int_equal(fv_commit_recover(&store, &r, NULL, false, &done), FV_OK);
        assert_int_equal(done, cases[i].done);
        assert_int_equal(fv_sim_get(&sim, PATH, &n) != NULL, cases[i].done);
        assert_int_equal(fv_sim_get(&sim, name, &n) == NULL, cases[i].done);
        assert_int_equal(sim.storage.stat(&sim, part, &st), FV_OK);
        assert_int_equal(st.kind, cases[i].done || cases[i].size == SIZE_MAX ? FV_PORT_NONE
                                  : cases[i].size == 0                       ? FV_PORT_DIR
                                                                             : FV_PORT_FILE);
        assert_int_equal(fv_store_current(&store, &r, &current), FV_OK);
        assert_int_equal(current, cases[i].done);
        assert_int_equal(store.fault.err, FV_OK);
    }
}

/* Whatever fails, recover tells of it and loses nothing; the next one ends it. */
static void test_recover_where_an_operation_fails(void **state)
{
    bool failed = true;
    (void)state;
    for (uint64_t n = 1; failed; n++) {
        struct fv_ledger_record r = {.path = id.path, .modified_us = DATE, .size = sizeof bytes};
        char part[FV_PARTIAL_NAME];
        char name[FV_PARTIAL_NAME];
        bool done = false;
        fresh(FV_SIM_POSIX, n);
        fv_state_names(id.path, part, name);
        fv_sha256_of(content('a'), sizeof bytes, r.sha256);
        fv_sim_put(&sim, part, bytes, sizeof bytes, 0);
        fv_sim_put(&sim, name, "x", 1, 0);
        sim.fault = (struct fv_sim_fault){.at = sim.ops + n, .storage = FV_E_DENIED};
        enum fv_err err = fv_commit_recover(&store, &r, NULL, false, &done);
        failed = sim.fired > 0;
        sim.fault = (struct fv_sim_fault){.at = 0};
        assert_true(err == FV_OK ? done : err == FV_E_DENIED && !done);
        assert_int_equal(store.fault.err, err);
        if (!done && fv_sim_get(&sim, part, &(size_t){0}) != NULL) {
            assert_int_equal(fv_commit_recover(&store, &r, NULL, false, &done), FV_OK);
            assert_true(done);
        }
        assert_true(is_content(PATH, 'a'));
        assert_int_equal(fv_store_current(&store, &r, &done), FV_OK);
        assert_true(done);
        store.fault.err = FV_OK;
        assert_true(n < 62);
    }
}

/* The medium sets no times: a power cut has lost the time that the part had when its record was
 * announced. Its time now is recorded. */
static void test_recover_notes_the_time(void **state)
{
    struct fv_ledger_record r = {.path = id.path,
                                 .url = id.url,
                                 .modified_us = DATE,
                                 .size = sizeof bytes,
                                 .marks = FV_LEDGER_KEPT,
                                 .kept_us = DATE + 1};
    char part[FV_PARTIAL_NAME];
    char name[FV_PARTIAL_NAME];
    bool done = false;
    (void)state;
    close_all();
    fv_sim_free(&sim);
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    sim.times = FV_SIM_TIMES_IGNORED;
    open_all();
    fv_state_names(id.path, part, name);
    fv_sha256_of(content('a'), sizeof bytes, r.sha256);
    assert_int_equal(fv_ledger_put(&ledger, &r), FV_OK);
    fv_sim_put(&sim, part, bytes, sizeof bytes, DATE + 2);
    assert_int_equal(fv_commit_recover(&store, &r, &ledger, false, &done), FV_OK);
    assert_true(done);
    assert_int_equal(fv_ledger_find(&ledger, id.path, &r, &done), FV_OK);
    assert_true(done);
    assert_int_equal(r.marks, FV_LEDGER_KEPT);
    assert_int_equal(fv_store_current(&store, &r, &done), FV_OK);
    assert_true(done);
}

/* The last record of a ledger that was not closed: its file is there, or its part, or neither. */
static void test_the_end_of_doubt(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct fv_ledger_record r;
        char part[FV_PARTIAL_NAME];
        char name[FV_PARTIAL_NAME];
        bool found = false;
        bool hook = i == 1; /* the one for the file that was there before has run */
        fresh(FV_SIM_POSIX, 1);
        assert_int_equal(fetch(&id, 'a', 0), FV_OK);
        sim.cut_at = sim.storage_ops + 1; /* no close in order */
        close_all();
        sim.cut_at = 0;
        fv_sim_power_cut(&sim);
        fv_state_names(id.path, part, name);
        if (i > 0) {
            fv_sim_drop(&sim, PATH);
        }
        if (i == 1 || i == 2) {
            fv_sim_put(&sim, part, content('a'), sizeof bytes, 0);
        }
        open_all();
        assert_int_equal(fv_ledger_doubt(&ledger, &r, &found), FV_OK);
        assert_true(found);
        assert_int_equal(fv_commit_end_doubt(&store, &ledger), FV_OK);
        assert_int_equal(fv_ledger_find(&ledger, id.path, &r, &found), FV_OK);
        assert_int_equal(found, i < 3);
        if (i == 1 || i == 2) { /* its turn comes */
            bool done = false;
            assert_false(is_content(PATH, 'a'));
            assert_int_equal(fv_commit_recover(&store, &r, &ledger, hook, &done), FV_OK);
            assert_true(done);
            assert_int_equal(fv_ledger_find(&ledger, id.path, &r, &found), FV_OK);
        }
        assert_int_equal(found && (r.marks & FV_LEDGER_HOOK) != 0, hook);
        assert_int_equal(is_content(PATH, 'a'), i < 3);
        assert_int_equal(fv_ledger_doubt(&ledger, &r, &found), FV_OK);
        assert_false(found);
        assert_int_equal(fv_commit_end_doubt(&store, &ledger), FV_OK);
        close_all();
        open_all();
        assert_int_equal(fv_ledger_doubt(&ledger, &r, &found), FV_OK);
        assert_false(found);
    }
}

/* Something took the file's name while it was fetched: the ledger has no record of a file that
 * did not get its name. */
static void test_in_the_way_at_commit(void **state)
{
    static const char *const there[] = {PATH "/file", "org"};
    (void)state;
    for (size_t i = 0; i < sizeof there / sizeof there[0]; i++) {
        struct fv_ledger_record r;
        bool found = true;
        fresh(FV_SIM_POSIX, 1);
        assert_int_equal(begin(), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, sizeof bytes, FV_SLICE("\"a\"")), FV_OK);
        assert_int_equal(push_to('a', sizeof bytes, 0), FV_OK);
        fv_sim_put(&sim, there[i], "x", 1, 0);
        assert_int_equal(commit_one(&partial, &ledger, id.url, &committed), FV_E_EXISTS);
        assert_int_equal(fv_ledger_find(&ledger, id.path, &r, &found), FV_OK);
        assert_false(found);
        assert_int_equal(committed.sha256[0], 0);
        assert_int_equal(store.fault.err, FV_E_EXISTS);
    }
}

static enum fv_err keep_none(void *arg, struct fv_slice path, bool *wanted)
{
    unsigned *asked = arg;
    assert_true(fv_slice_starts(path, FV_SLICE("dir/")));
    ++*asked;
    *wanted = false;
    return FV_OK;
}

static enum fv_err keep_even(void *arg, struct fv_slice path, bool *wanted)
{
    unsigned *asked = arg;
    ++*asked;
    *wanted = (path.ptr[path.len - 1] - '0') % 2 == 0;
    return FV_OK;
}

static void test_clean(void **state)
{
    unsigned asked = 0;
    char path[32];
    (void)state;
    for (unsigned i = 0; i < 50; i++) {
        struct fv_partial_id one = {{path, 0}, {URL, sizeof URL - 1}, DATE};
        snprintf(path, sizeof path, "dir/%u", i);
        one.path.len = strlen(path);
        assert_int_equal(fv_partial_begin(&partial, &store, &one), FV_OK);
        assert_int_equal(fv_partial_expect(&partial, 9, FV_SLICE("\"a\"")), FV_OK);
        assert_int_equal(push_to('a', 5, 0), FV_OK);
        assert_int_equal(fv_partial_keep(&partial), FV_OK);
    }
    fv_sim_put(&sim, ".fluxvision/0123456789abcdef.part", "x", 1, 0);
    fv_sim_put(&sim, ".fluxvision/0123456789abcdee.state", "x", 1, 0);
    fv_sim_put(&sim, ".fluxvision/ledger.index.new", "x", 1, 0);
    assert_int_equal(count_strays(), 103);
    assert_int_equal(fv_partial_clean(&store, &ledger, keep_even, &asked), FV_OK);
    assert_int_equal(asked, 50);
    assert_int_equal(count_strays(), 50);
    asked = 0;
    assert_int_equal(fv_partial_clean(&store, &ledger, keep_none, &asked), FV_OK);
    assert_int_equal(asked, 25);
    assert_int_equal(count_strays(), 0);
}

/* Regression: an index that had grown was removed together with what other runs leave. Every run
 * built it anew; on FAT, where open files can be removed, what was written to it later went to
 * clusters of other files. */
static void test_clean_leaves_an_index_that_has_grown(void **state)
{
    static const enum fv_sim_medium media[] = {FV_SIM_POSIX, FV_SIM_FAT, FV_SIM_LITTLEFS};
    (void)state;
    for (size_t m = 0; m < sizeof media / sizeof media[0]; m++) {
        unsigned asked = 0;
        size_t n = 0;
        fresh(media[m], 1);
        fv_sim_put(&sim, ".fluxvision/names.new", "x", 1, 0);
        for (unsigned i = 0; i < 2000; i++) {
            char path[32];
            struct fv_ledger_record r = {.url = id.url, .modified_us = DATE};
            snprintf(path, sizeof path, "dir/%u", i);
            r.path = fv_slice_of(path);
            assert_int_equal(fv_ledger_put(&ledger, &r), FV_OK);
        }
        assert_true(ledger.index.beside != 0);
        assert_int_equal(fv_partial_clean(&store, &ledger, keep_none, &asked), FV_OK);
        assert_null(fv_sim_get(&sim, ".fluxvision/names.new", &n));
        close_all();
        assert_int_equal(count_strays(), 0);
        open_all();
        assert_false(ledger.changing); /* it was closed in order: nothing is built */
        assert_int_equal(ledger.index.used, 2000);
    }
}

/* What a run does with one file, as the client does it: unchanged, recovered or fetched. */
static enum fv_err run(const struct fv_partial_id *what, char version, bool *recovered)
{
    struct fv_ledger_record r;
    bool found = false;
    bool current = false;
    *recovered = false;
    enum fv_err err = fv_store_open(&store, &sim.storage, &sim.clock);
    if (err != FV_OK) {
        return err;
    }
    err = fv_ledger_open(&ledger, &page, &store);
    if (err == FV_OK) {
        err = fv_ledger_find(&ledger, what->path, &r, &found);
        if (err == FV_OK && found && r.modified_us == what->modified_us &&
            fv_slice_eq(r.url, what->url)) {
            err = fv_store_current(&store, &r, &current);
            if (err == FV_OK && !current) {
                err = fv_commit_recover(&store, &r, NULL, false, recovered);
            }
        }
        if (err == FV_OK && !current && !*recovered) {
            err = fetch(what, version, 3000000);
        }
        enum fv_err closed = fv_ledger_close(&ledger);
        err = err == FV_OK ? closed : err;
    }
    fv_store_close(&store);
    return err;
}

/* After fault or power cut number n the final name holds a whole version, and one more run ends
 * with the new one. */
static void run_with_faults(enum fv_sim_medium medium, bool cut, const struct fv_partial_id *second)
{
    unsigned asked = 0;
    unsigned recoveries = 0;
    uint64_t points = 0;
    bool done = false;
    close_all();
    for (uint64_t n = 1; !done; n++) {
        bool recovered = false;
        fv_sim_free(&sim);
        fv_sim_init(&sim, medium, n);
        assert_int_equal(run(&id, 'a', &recovered), FV_OK);
        sim.fault = (struct fv_sim_fault){.at = sim.ops + n, .stays = cut, .storage = FV_E_STORAGE};
        enum fv_err err = run(second, 'b', &recovered);
        done = sim.fired == 0;
        assert_true(!done || err == FV_OK);
        if (cut) {
            fv_sim_power_cut(&sim);
        }
        sim.fault = (struct fv_sim_fault){.at = 0};
        assert_int_equal(fv_sim_handles(&sim), 0);
        assert_true(is_content(PATH, 'a') || is_content(PATH, 'b'));
        assert_int_equal(run(second, 'b', &recovered), FV_OK);
        recoveries += recovered ? 1 : 0;
        assert_true(is_content(PATH, 'b'));
        open_all();
        assert_int_equal(fv_partial_clean(&store, &ledger, keep_none, &asked), FV_OK);
        assert_int_equal(count_strays(), 0);
        close_all();
        points++;
    }
    print_message("%u points, %u recoveries\n", (unsigned)points, recoveries);
    open_all();
}

static void test_faults_and_cuts(void **state)
{
    static const struct fv_partial_id later = {{PATH, sizeof PATH - 1},
                                               {URL, sizeof URL - 1},
                                               DATE + 10000000};
    static const struct fv_partial_id alike = {{PATH, sizeof PATH - 1},
                                               {URL "x", sizeof URL},
                                               DATE}; /* the same size and date */
    (void)state;
    for (int medium = FV_SIM_POSIX; medium <= FV_SIM_LITTLEFS; medium++) {
        for (int cut = 0; cut < 2; cut++) {
            run_with_faults((enum fv_sim_medium)medium, cut != 0, &later);
            run_with_faults((enum fv_sim_medium)medium, cut != 0, &alike);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_round, setup, teardown),
        cmocka_unit_test_setup_teardown(test_resume, setup, teardown),
        cmocka_unit_test_setup_teardown(test_resumed_to_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_abort_and_nothing_to_keep, setup, teardown),
        cmocka_unit_test_setup_teardown(test_checkpoints, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_price_of_a_checkpoint, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_cut_within_a_checkpoint, setup, teardown),
        cmocka_unit_test_setup_teardown(test_space, setup, teardown),
        cmocka_unit_test_setup_teardown(test_in_the_way, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_new_version_of_the_same_size_and_date_is_noted,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_validator_is_the_last_response_s, setup, teardown),
        cmocka_unit_test_setup_teardown(test_commit_after_a_write_that_failed_half_way, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_no_resume_onto_another_content, setup, teardown),
        cmocka_unit_test_setup_teardown(test_space_that_is_reserved_already, setup, teardown),
        cmocka_unit_test_setup_teardown(test_begin_where_an_operation_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_exists, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keep, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_file_after_one_that_was_continued, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_free_space_that_can_not_be_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_checkpoint_at_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_space_under_way, setup, teardown),
        cmocka_unit_test_setup_teardown(test_in_the_way_at_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_space_for_a_checkpoint, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_sync_that_failed_is_not_asked_again, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_recover, setup, teardown),
        cmocka_unit_test_setup_teardown(test_recover_where_an_operation_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_recover_notes_the_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pieces_are_written_together, setup, teardown),
        cmocka_unit_test_setup_teardown(test_two_files_and_one_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_waits_is_kept_or_lost_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_checkpoint_of_what_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_end_of_doubt, setup, teardown),
        cmocka_unit_test_setup_teardown(test_clean, setup, teardown),
        cmocka_unit_test_setup_teardown(test_clean_leaves_an_index_that_has_grown, setup, teardown),
        cmocka_unit_test_setup_teardown(test_faults_and_cuts, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
