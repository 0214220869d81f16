/* SPDX-License-Identifier: MIT */
/*
 * A sync that fails may have lost what it was to write, and is the only one that tells of it: until
 * the power goes all of that can be read. What a run finds in the ledger is there after a power cut
 * all the same, and no later sync is taken for a success.
 */
#include "port/sim/sim.h"
#include "store/commit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LOG ".fluxvision/ledger"
#define PATHS 12u /* so many that the log is not written anew at close */

static struct fv_sim sim;
static struct fv_store store;
static struct fv_ledger ledger;
static struct fv_table_page page;

static enum fv_err open_all(void)
{
    memset(&page, 0, sizeof page);
    enum fv_err err = fv_store_open(&store, &sim.storage, &sim.clock);
    if (err != FV_OK) {
        return err;
    }
    err = fv_ledger_open(&ledger, &page, &store);
    if (err != FV_OK) {
        fv_store_close(&store);
    }
    return err;
}

static enum fv_err close_all(void)
{
    enum fv_err err = fv_ledger_close(&ledger);
    fv_store_close(&store);
    return err;
}

static struct fv_slice path_of(unsigned i)
{
    static char text[32];
    snprintf(text, sizeof text, "org/study/delivery/%u", i);
    return fv_slice_of(text);
}

static enum fv_err put(unsigned i, uint64_t size)
{
    const struct fv_ledger_record r = {.path = path_of(i),
                                       .url = FV_SLICE("https://host/1"),
                                       .size = size};
    return fv_ledger_put(&ledger, &r);
}

/* The size of what the ledger knows of i; 0: nothing. */
static uint64_t size_of(unsigned i)
{
    struct fv_ledger_record r;
    bool found = false;
    assert_int_equal(fv_ledger_find(&ledger, path_of(i), &r, &found), FV_OK);
    return found ? r.size : 0;
}

static void fail_at(uint64_t n, bool stays, enum fv_err err)
{
    sim.fired = 0;
    sim.fault =
        (struct fv_sim_fault){.at = n > 0 ? sim.ops + n : 0, .stays = stays, .storage = err};
}

/* --- No later sync --- */

static void test_no_sync_succeeds_after_one_that_failed(void **state)
{
    (void)state;
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    assert_int_equal(open_all(), FV_OK);
    assert_int_equal(put(0, 10), FV_OK);
    fail_at(1, false, FV_E_FULL);
    assert_int_equal(fv_ledger_sync(&ledger), FV_E_FULL);
    assert_int_equal(sim.fired, 1);
    assert_int_equal(fv_ledger_sync(&ledger), FV_E_FULL);
    assert_string_equal(store.fault.subject, LOG);
    assert_int_equal(put(1, 11), FV_OK);
    assert_int_equal(fv_ledger_sync(&ledger), FV_E_FULL);
    assert_int_equal(close_all(), FV_E_FULL);
    assert_int_equal(open_all(), FV_OK);
    assert_int_equal(fv_ledger_sync(&ledger), FV_OK);
    assert_int_equal(close_all(), FV_OK);
    fv_sim_free(&sim);
}

static void test_a_sync_that_was_stopped_has_lost_nothing(void **state)
{
    (void)state;
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    assert_int_equal(open_all(), FV_OK);
    assert_int_equal(put(0, 10), FV_OK);
    fail_at(1, false, FV_E_CANCELLED);
    assert_int_equal(fv_ledger_sync(&ledger), FV_E_CANCELLED);
    assert_int_equal(close_all(), FV_OK);
    fv_sim_power_cut(&sim);
    assert_int_equal(open_all(), FV_OK);
    assert_int_equal(size_of(0), 10);
    assert_int_equal(close_all(), FV_OK);
    fv_sim_free(&sim);
}

static void test_no_mark_speaks_of_slots_that_a_sync_lost(void **state)
{
    struct fv_table_page own = {.owner = NULL};
    struct fv_table table;
    (void)state;
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    assert_int_equal(fv_table_create(&table, &own, &sim.storage, "table"), FV_OK);
    assert_int_equal(fv_table_mark(&table), FV_OK);
    assert_int_equal(fv_table_put(&table, 7, 8), FV_OK);
    table.tag[0] = 9;
    fail_at(2, false, FV_E_STORAGE); /* behind the write of its page */
    assert_int_equal(fv_table_mark(&table), FV_E_STORAGE);
    assert_int_equal(sim.fired, 1);
    assert_int_equal(fv_table_mark(&table), FV_E_STORAGE);
    fv_table_close(&table);
    assert_int_equal(fv_table_open(&table, &own, &sim.storage, "table", true), FV_OK);
    assert_int_equal(table.tag[0], 0);
    fv_table_close(&table);
    assert_int_equal(fv_sim_handles(&sim), 0);
    fv_sim_free(&sim);
}

/* --- What is found is there --- */

/* A run in which something fails. */
static void spoiled_run(void)
{
    if (open_all() != FV_OK) {
        return;
    }
    for (unsigned i = 0; i < PATHS; i++) {
        enum fv_err err = put(i, i + 10);
        if (err == FV_OK && i % 3 != 1) { /* some are synced with the next one */
            err = fv_ledger_sync(&ledger);
        }
        (void)err; /* whatever it is: the ledger is to know what is true */
    }
    enum fv_err closed = close_all();
    (void)closed;
}

/* A run that looks, and puts one more. */
static void sound_run(uint64_t found[PATHS], bool puts)
{
    assert_int_equal(open_all(), FV_OK);
    assert_int_equal(ledger.corrupt, 0);
    for (unsigned i = 0; i < PATHS; i++) {
        found[i] = size_of(i);
    }
    if (puts) {
        assert_int_equal(put(1, 99), FV_OK);
        assert_int_equal(fv_ledger_sync(&ledger), FV_OK);
        found[1] = 99;
    }
}

static void check_after_cut(const uint64_t found[PATHS])
{
    uint64_t now[PATHS];
    fv_sim_power_cut(&sim);
    sound_run(now, false);
    assert_memory_equal(now, found, sizeof now);
    assert_int_equal(close_all(), FV_OK);
}

struct lost {
    bool stays;  /* nothing can be written until the run has ended */
    bool closes; /* the run that finds what there is ends in order */
    bool puts;
};

static void run_lost(enum fv_sim_medium medium, const struct lost *c)
{
    bool done = false;
    for (uint64_t n = 1; !done; n++) {
        uint64_t found[PATHS];
        fv_sim_init(&sim, medium, n);
        assert_int_equal(open_all(), FV_OK);
        assert_int_equal(put(0, 5), FV_OK);
        assert_int_equal(close_all(), FV_OK);
        fail_at(n, c->stays, FV_E_STORAGE);
        spoiled_run();
        done = sim.fired == 0;
        fail_at(0, false, FV_OK);
        sound_run(found, c->puts);
        if (c->closes) {
            assert_int_equal(close_all(), FV_OK);
        }
        check_after_cut(found);
        assert_int_equal(fv_sim_handles(&sim), 0);
        fv_sim_free(&sim);
    }
}

static void test_what_is_found_after_a_failed_sync_is_there(void **state)
{
    static const struct lost cases[] = {
        {.stays = false},
        {.stays = true},
        {.stays = true, .closes = true},
        {.stays = false, .closes = true, .puts = true},
        {.stays = true, .puts = true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int medium = FV_SIM_POSIX; medium <= FV_SIM_VFAT; medium++) {
            run_lost((enum fv_sim_medium)medium, &cases[i]);
        }
    }
}

static void test_without_space_the_log_is_written_in_its_place(void **state)
{
    uint64_t found[PATHS];
    uint64_t left = 0;
    (void)state;
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    assert_int_equal(open_all(), FV_OK);
    assert_int_equal(put(0, 5), FV_OK);
    assert_int_equal(fv_ledger_sync(&ledger), FV_OK);
    assert_int_equal(put(2, 6), FV_OK);
    fail_at(1, true, FV_E_STORAGE);
    assert_int_equal(close_all(), FV_E_STORAGE);
    fail_at(0, false, FV_OK);
    assert_int_equal(sim.storage.free_space(&sim, &left), FV_OK);
    sim.space = UINT64_MAX - left + 64; /* a copy is larger */
    sound_run(found, false);
    assert_int_equal(found[2], 6);
    sim.space = UINT64_MAX;
    check_after_cut(found);
    fv_sim_free(&sim);
}

static void test_a_first_line_that_was_lost_is_no_damage(void **state)
{
    bool done = false;
    (void)state;
    for (uint64_t n = 1; !done; n++) {
        uint64_t found[PATHS];
        fv_sim_init(&sim, FV_SIM_POSIX, n);
        fail_at(n, false, FV_E_STORAGE);
        enum fv_err err = open_all();
        done = sim.fired == 0;
        fail_at(0, false, FV_OK);
        if (err == FV_OK) {
            assert_int_equal(close_all(), FV_OK);
        }
        sound_run(found, true);
        check_after_cut(found);
        fv_sim_free(&sim);
    }
}

/* --- A file that waits for its name --- */

static void test_a_part_that_was_not_written_gets_no_name(void **state)
{
    static const char content[] = "the content of a file";
    struct fv_ledger_record r = {.path = path_of(1), .size = sizeof content};
    char part[FV_PARTIAL_NAME];
    char other[FV_PARTIAL_NAME];
    int file = -1;
    bool done = false;
    size_t n = 0;
    (void)state;
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    assert_int_equal(open_all(), FV_OK);
    fv_state_names(r.path, part, other);
    fv_sha256_of(content, sizeof content, r.sha256);
    const struct fv_port_storage *io = &sim.storage;
    assert_int_equal(io->open(io->ctx, part, FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(io->write(io->ctx, file, 0, content, sizeof content), FV_OK);
    fail_at(1, false, FV_E_STORAGE);
    assert_int_equal(io->sync(io->ctx, file), FV_E_STORAGE);
    assert_int_equal(io->close(io->ctx, file), FV_OK);
    assert_int_equal(fv_commit_recover(&store, &r, NULL, false, &done), FV_OK);
    assert_true(done);
    assert_int_equal(close_all(), FV_OK);
    fv_sim_power_cut(&sim);
    const uint8_t *there = fv_sim_get(&sim, "org/study/delivery/1", &n);
    assert_int_equal(n, sizeof content);
    assert_memory_equal(there, content, sizeof content);
    fv_sim_free(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_sync_succeeds_after_one_that_failed),
        cmocka_unit_test(test_a_sync_that_was_stopped_has_lost_nothing),
        cmocka_unit_test(test_no_mark_speaks_of_slots_that_a_sync_lost),
        cmocka_unit_test(test_what_is_found_after_a_failed_sync_is_there),
        cmocka_unit_test(test_without_space_the_log_is_written_in_its_place),
        cmocka_unit_test(test_a_first_line_that_was_lost_is_no_damage),
        cmocka_unit_test(test_a_part_that_was_not_written_gets_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
