/* SPDX-License-Identifier: MIT */
/*
 * Tests what sync may do and must not do: pruning, --max-delete, --once, --dry-run, hooks, space.
 * The portal and the disk are simulated (support/world.h).
 */
#include "fault/plain_tls.h"
#include "fault/scenes.h"
#include "store/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct world w;

static int setup(void **state)
{
    (void)state;
    world_init(&w, FV_SIM_POSIX, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_free(&w);
    return 0;
}

/* A run that ends as it should, leaving nothing open or half done. */
static void sync_ends(enum fv_err err)
{
    world_forget(&w);
    world_sync(&w);
    if (w.err != err || world_wrong(&w, false)) {
        print_error("%d %s: %s\n", (int)w.err, w.fault.subject, world_wrong(&w, false));
    }
    assert_int_equal(w.err, err);
    assert_null(world_wrong(&w, false));
}

static bool is_there(size_t i)
{
    size_t n = 0;
    return fv_sim_get(&w.sim, world_path(&w, i), &n) != NULL;
}

/* What is only shown, by list, takes no room of a sync's. */
static void test_names_that_are_only_shown(void **state)
{
    static char listing[FV_CAP_OBJECT + 512];
    (void)state;
    world_add(&w, "o/s/d", 100);
    snprintf(listing, sizeof listing,
             "[{\"orga_name\":\"%0*d\",\"orga_code_ref\":\"o\",\"study_code_ref\":\"s\","
             "\"delivery_code_ref\":\"d\",\"file_name\":\"f0\",\"file_last_modified_date\":"
             "\"2024-01-01T00:01:00Z\",\"url\":\"http://p/o/s/d/f0\"}]",
             FV_CAP_OBJECT, 0);
    w.listing = listing;
    sync_ends(FV_OK);
    assert_true(is_there(0));
}

/* --- Pruning --- */

/* Five files, of which four are no longer listed. */
static void list_one_of_five(void)
{
    for (size_t i = 0; i < 5; i++) {
        world_add(&w, i < 3 ? "o/s/d" : "o/t/d", 100);
    }
    sync_ends(FV_OK);
    for (size_t i = 1; i < 5; i++) {
        w.files[i].listed = false;
    }
    w.settings.prune = true;
}

static void test_prune_keeps_what_is_not_its_own(void **state)
{
    (void)state;
    list_one_of_five();
    w.scope = "o/s";
    fv_sim_put(&w.sim, world_path(&w, 1), "mine", 4, 0);
    fv_sim_put(&w.sim, "o/s/d/f9", "mine", 4,
               0); /* no file of the portal's, but its name looks so */
    w.count = 9;
    w.files[8] = w.files[0];
    world_forget(&w);
    world_sync(&w);
    assert_int_equal(w.err, FV_OK);
    assert_true(is_there(0));
    assert_true(is_there(1)); /* modified */
    assert_false(is_there(2));
    assert_int_equal(w.files[2].removed, 1);
    assert_true(is_there(3) && is_there(4)); /* out of scope */
    size_t n = 0;
    assert_non_null(fv_sim_get(&w.sim, "o/s/d/f9", &n)); /* not in the ledger */
}

/* A link has replaced a fetched file. It is not what was fetched, so it stays; everything else
 * is pruned. */
static void test_prune_keeps_a_link(void **state)
{
    (void)state;
    list_one_of_five();
    fv_sim_drop(&w.sim, world_path(&w, 1));
    fv_sim_put_link(&w.sim, world_path(&w, 1));
    world_forget(&w);
    world_sync(&w);
    assert_int_equal(w.err, FV_OK);
    assert_int_equal(w.files[1].removed, 0);
    assert_false(is_there(2) || is_there(3) || is_there(4));
}

static void test_prune_only_after_a_complete_listing(void **state)
{
    static const char *const listings[] = {"", "[", "[{}]", "[] x", "{}", "<html>"};
    (void)state;
    list_one_of_five();
    w.cut_listing = true;
    sync_ends(FV_E_TRUNCATED);
    w.cut_listing = false;
    for (size_t i = 0; i < COUNT(listings); i++) {
        w.listing = listings[i];
        world_forget(&w);
        world_sync(&w);
        assert_int_not_equal(w.err, FV_OK);
        for (size_t k = 0; k < 5; k++) {
            assert_true(is_there(k));
        }
    }
    w.listing = NULL;
    sync_ends(FV_OK);
    assert_true(is_there(0) && !is_there(1) && !is_there(4));
}

static void test_prune_spares_what_a_filter_hides(void **state)
{
    (void)state;
    list_one_of_five();
    w.files[2].listed = true;
    w.settings.patterns[0] = (struct fv_pattern){FV_SLICE("f0"), true};
    w.settings.pattern_count = 1;
    sync_ends(FV_OK);
    assert_true(is_there(2)); /* listed, hidden */
    assert_false(is_there(1));
}

static void test_max_delete(void **state)
{
    (void)state;
    list_one_of_five();
    w.settings.limit_deletes = true;
    w.settings.max_delete = 3;
    sync_ends(FV_E_MAX_DELETE);
    assert_true(is_there(1) && is_there(2) && is_there(3) && is_there(4));
    w.settings.max_delete = 4;
    sync_ends(FV_OK);
    assert_false(is_there(1) || is_there(2) || is_there(3) || is_there(4));
}

/* The newest record of a file cannot be read: repairing the ledger brings back an older one.
 * This is found before anything is removed. */
static void test_max_delete_with_a_damaged_ledger(void **state)
{
    size_t n = 0;
    (void)state;
    list_one_of_five();
    w.settings.prune = false;
    sync_ends(FV_OK); /* the ledger notes that they are listed no longer */
    assert_non_null(fv_sim_get(&w.sim, ".fluxvision/ledger", &n));
    fv_sim_spoil(&w.sim, ".fluxvision/ledger", n - 1, 0xEE);
    w.settings.prune = true;
    w.settings.limit_deletes = true;
    w.settings.max_delete = 3;
    world_forget(&w);
    world_sync(&w);
    assert_int_equal(w.err, FV_E_MAX_DELETE);
    assert_true(is_there(1) && is_there(2) && is_there(3) && is_there(4));
}

/* What is moved away is no deletion, and forgotten. */
static void test_prune_forgets_what_was_moved_away(void **state)
{
    (void)state;
    list_one_of_five();
    for (size_t i = 1; i < 5; i++) {
        fv_sim_drop(&w.sim, world_path(&w, i));
    }
    w.settings.limit_deletes = true;
    sync_ends(FV_OK);
    world_verify(&w);
    assert_int_equal(w.err, FV_OK);
}

/* Regression: the record of a removal became durable before the removal, so that a power cut
 * brought the file back for ever. */
static void test_pruned_file_comes_back_after_a_power_cut(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        world_free(&w);
        world_init(&w, FV_SIM_POSIX, seed);
        list_one_of_five();
        sync_ends(FV_OK);
        fv_sim_power_cut(&w.sim);
        assert_null(world_wrong(&w, false));
        assert_true(is_there(0) && !is_there(1) && !is_there(2) && !is_there(3) && !is_there(4));
    }
}

/* --- Dry run --- */

static void test_dry_run_tells_beforehand(void **state)
{
    struct fv_sim scratch;
    unsigned planned[8];
    (void)state;
    list_one_of_five();
    world_renew(&w, 0, 300);
    world_add(&w, "o/s/d", 10);
    fv_sim_init(&scratch, FV_SIM_POSIX, 1);
    w.sim.port.scratch = &scratch.storage;
    w.settings.dry_run = true;
    uint64_t used = 0;
    uint64_t after = 0;
    w.sim.space = 1000000;
    assert_int_equal(w.sim.storage.free_space(&w.sim, &used), FV_OK);
    sync_ends(FV_OK);
    assert_int_equal(w.sim.storage.free_space(&w.sim, &after), FV_OK);
    assert_int_equal(used, after);
    for (size_t i = 0; i < w.count; i++) {
        planned[i] = w.files[i].planned;
        assert_true(i == 5 ? !is_there(i) : is_there(i));
    }
    w.settings.dry_run = false;
    sync_ends(FV_OK);
    for (size_t i = 0; i < w.count; i++) {
        assert_int_equal(planned[i], w.files[i].done + w.files[i].removed);
    }
    fv_sim_free(&scratch);
}

/* --- Once --- */

/* How many files tell of one that has been begun. */
static unsigned parts(void)
{
    char part[FV_PARTIAL_NAME];
    char state[FV_PARTIAL_NAME];
    size_t n = 0;
    fv_state_names(fv_slice_of(world_path(&w, 0)), part, state);
    return (fv_sim_get(&w.sim, part, &n) != NULL) + (fv_sim_get(&w.sim, state, &n) != NULL);
}

/* A file was moved away, its download began anew, and the file is put back: the download is not
 * resumed. */
static void test_what_was_begun_goes_when_the_file_is_put_back(void **state)
{
    uint8_t copy[9000];
    struct fv_port_stat st;
    size_t n = 0;
    (void)state;
    world_add(&w, "o/s/d", sizeof copy);
    sync_ends(FV_OK);
    const char *path = world_path(&w, 0);
    memcpy(copy, fv_sim_get(&w.sim, path, &n), sizeof copy);
    assert_int_equal(w.sim.storage.stat(&w.sim, path, &st), FV_OK);
    fv_sim_drop(&w.sim, path);
    w.files[0].cut = 5000;
    w.settings.retries = 0;
    sync_ends(FV_E_RESET);
    assert_int_equal(parts(), 2);
    fv_sim_put(&w.sim, path, copy, sizeof copy, st.modified_us);
    sync_ends(FV_OK);
    assert_int_equal(w.files[0].unchanged, 1);
    assert_int_equal(parts(), 0);
    /* A newer version that was begun is gone on with, although the older one is there. */
    world_renew(&w, 0, 8000);
    sync_ends(FV_E_RESET);
    w.settings.until_us = 0;
    sync_ends(FV_OK);
    assert_int_equal(parts(), 2);
    w.settings.until_us = INT64_MAX;
    w.files[0].cut = 0;
    sync_ends(FV_OK);
    assert_int_equal(w.summary.resumed, 1);
    assert_int_equal(parts(), 0);
}

static void test_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        world_add(&w, "o/s/d", 100 + i);
    }
    sync_ends(FV_OK);
    w.settings.once = true;
    fv_sim_drop(&w.sim, world_path(&w, 0));
    fv_sim_drop(&w.sim, world_path(&w, 1));
    world_renew(&w, 1, 50);
    sync_ends(FV_OK);
    assert_false(is_there(0));
    assert_int_equal(w.files[0].skipped, 1);
    assert_true(world_has(&w, 1, 2)); /* a new version was not fetched before */
    assert_int_equal(w.files[2].unchanged, 1);
    w.settings.once = false;
    sync_ends(FV_OK);
    assert_true(world_has(&w, 0, 1));
}

/* Regression: when something failed while a file got its name, the ledger said that it had been
 * fetched, and it was never fetched again. A dry run reports it too. */
static void test_once_after_a_commit_that_failed(void **state)
{
    (void)state;
    world_add(&w, "o/s/d", 100);
    world_add(&w, "o/s/d", 200);
    w.settings.once = true;
    fv_sim_put(&w.sim, "o/s/d/other", "", 0, 0);
    fv_sim_drop(&w.sim, "o/s/d/other");
    for (uint64_t at = 1; at < 250; at++) {
        struct world one;
        struct fv_sim scratch;
        world_copy(&one, &w, at);
        one.sim.fault = (struct fv_sim_fault){.at = at, .storage = FV_E_DENIED};
        world_sync(&one);
        memset(&one.sim.fault, 0, sizeof one.sim.fault);
        fv_sim_init(&scratch, FV_SIM_POSIX, 1);
        one.sim.port.scratch = &scratch.storage;
        one.settings.dry_run = true;
        world_sync(&one);
        assert_int_equal(one.err, FV_OK);
        assert_int_equal(one.files[0].skipped + one.files[1].skipped, 0);
        one.settings.dry_run = false;
        world_sync(&one);
        assert_int_equal(one.err, FV_OK);
        assert_null(world_wrong(&one, true));
        fv_sim_free(&scratch);
        world_free(&one);
    }
}

/* --- Hooks --- */

static void test_hook_until_it_ends_well(void **state)
{
    (void)state;
    world_add(&w, "o/s/d", 100);
    w.hook = true;
    w.hook_ends = FV_E_HOOK;
    sync_ends(FV_E_HOOK);
    assert_true(is_there(0));
    sync_ends(FV_E_HOOK);
    assert_int_equal(w.files[0].gets, 0);
    w.hook_ends = FV_OK;
    sync_ends(FV_OK);
    assert_int_equal(w.files[0].hooks, 1);
    sync_ends(FV_OK);
    assert_int_equal(w.files[0].hooks, 0);
}

static void test_no_hook_without_a_whole_file(void **state)
{
    (void)state;
    world_add(&w, "o/s/d", 45000);
    w.hook = true;
    w.settings.retries = 0;
    w.files[0].cut = 30000;
    sync_ends(FV_E_RESET);
    assert_int_equal(w.files[0].hooks, 0);
    assert_false(is_there(0));
    w.files[0].cut = 0;
    sync_ends(FV_OK);
    assert_int_equal(w.files[0].hooks, 1);
}

/* --- Space --- */

static void test_too_big_fails_at_once_and_small_ones_arrive(void **state)
{
    (void)state;
    world_add(&w, "o/s/d", 150000);
    world_add(&w, "o/s/d", 100);
    world_add(&w, "o/s/d", 200);
    w.sim.space = 120000;
    sync_ends(FV_E_FULL);
    assert_int_equal(fv_err_exit(w.err), 7);
    assert_int_equal(w.files[0].error, FV_E_FULL);
    assert_true(world_has(&w, 1, 1) && world_has(&w, 2, 1) && !is_there(0));
    assert_true(w.summary.bytes < 150000); /* what had come with the head at most */
    w.sim.space = UINT64_MAX;
    sync_ends(FV_OK);
    assert_null(world_wrong(&w, true));
}

static void test_min_free(void **state)
{
    uint64_t left = 0;
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        world_add(&w, "o/s/d", 6000);
    }
    w.sim.space = 60000;
    w.settings.min_free = 25000;
    sync_ends(FV_E_FULL);
    assert_int_equal(w.sim.storage.free_space(&w.sim, &left), FV_OK);
    assert_true(left >= 25000);
    assert_true(is_there(0) && !is_there(7));
}

/* A file with the size and date of the one that it replaces is a batch of its own: if that batch
 * fails because there is no space, it is one of three. */
static void test_three_that_do_not_fit(void **state)
{
    unsigned most = 0;
    (void)state;
    for (uint64_t at = 1; at < 120; at++) {
        unsigned failed = 0;
        world_free(&w);
        world_init(&w, FV_SIM_POSIX, at);
        world_add(&w, "o/s/d", 40);
        sync_ends(FV_OK);
        fv_sim_spoil(&w.sim, world_path(&w, 0), 39, 'x');
        w.files[0].same_date = true;
        world_renew(&w, 0, 40);
        for (size_t i = 1; i < 6; i++) {
            world_add(&w, "o/s/d", 100);
        }
        w.settings.checksum = true;
        w.sim.fault =
            (struct fv_sim_fault){.at = w.sim.ops + at, .stays = true, .storage = FV_E_FULL};
        world_forget(&w);
        world_sync(&w);
        w.sim.fault.at = 0;
        for (size_t i = 0; i < 6; i++) {
            failed += w.files[i].error != FV_OK ? 1 : 0;
        }
        most = failed > most ? failed : most;
    }
    assert_int_equal(most, 3);
}

/* The size is not told: the space is looked at while bytes come. */
static void test_space_runs_out_under_way(void **state)
{
    (void)state;
    world_add(&w, "o/s/d", 150000);
    world_add(&w, "o/s/d", 100);
    w.lengthless = true;
    w.sim.space = 120000;
    sync_ends(FV_E_FULL);
    assert_true(world_has(&w, 1, 1) && !is_there(0));
    w.sim.space = UINT64_MAX;
    sync_ends(FV_OK);
    assert_null(world_wrong(&w, true));
}

/* Whatever the space is, what is there is whole, and with more of it the next run completes. */
static void test_every_amount_of_space(void **state)
{
    struct world ready;
    (void)state;
    for (size_t s = 0; s < COUNT(scenes); s++) {
        world_init(&ready, FV_SIM_POSIX, 1);
        scenes[s].prepare(&ready);
        uint64_t used = UINT64_MAX;
        assert_int_equal(ready.sim.storage.free_space(&ready.sim, &used), FV_OK);
        used = UINT64_MAX - used;
        for (uint64_t more = 0; more < 60000; more += 1531) {
            struct world one;
            world_copy(&one, &ready, more);
            one.sim.space = used + more;
            world_sync(&one);
            const char *wrong = world_wrong(&one, false);
            one.sim.space = UINT64_MAX;
            world_sync(&one);
            wrong = wrong ? wrong : world_wrong(&one, true);
            if (wrong || one.err != FV_OK) {
                print_error("%s, %u bytes: %s (%d)\n", scenes[s].name, (unsigned)more, wrong,
                            (int)one.err);
            }
            assert_true(!wrong && one.err == FV_OK);
            world_free(&one);
        }
        world_free(&ready);
    }
}

static void test_read_only_medium(void **state)
{
    (void)state;
    list_one_of_five();
    world_add(&w, "o/s/d", 10);
    w.sim.readonly = true;
    sync_ends(FV_E_READONLY);
    for (size_t i = 0; i < 5; i++) {
        assert_true(world_has(&w, i, 1));
    }
    w.sim.readonly = false;
    sync_ends(FV_OK);
    assert_null(world_wrong(&w, true));
}

/* From whichever operation on: the first file that meets it is the last one that is tried. */
static void test_medium_that_becomes_read_only(void **state)
{
    static struct world one;
    bool over = false;
    (void)state;
    for (uint64_t at = 1; !over; at++) {
        world_init(&one, FV_SIM_POSIX, 1);
        for (size_t i = 0; i < 6; i++) {
            world_add(&one, "o/s/d", 100);
        }
        one.settings.pipeline = 1;
        one.sim.fault = (struct fv_sim_fault){.at = at, .stays = true, .storage = FV_E_READONLY};
        world_sync(&one);
        over = one.sim.fired == 0;
        if (one.summary.failed > 1) {
            print_error("operation %u: %u files\n", (unsigned)at, (unsigned)one.summary.failed);
        }
        assert_true(one.summary.failed <= 1);
        assert_true(one.err == FV_E_READONLY || (one.err == FV_OK && one.summary.failed == 0));
        world_free(&one);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_names_that_are_only_shown),
        CASE(test_prune_keeps_what_is_not_its_own),
        CASE(test_prune_keeps_a_link),
        CASE(test_prune_only_after_a_complete_listing),
        CASE(test_prune_spares_what_a_filter_hides),
        CASE(test_max_delete),
        CASE(test_max_delete_with_a_damaged_ledger),
        CASE(test_prune_forgets_what_was_moved_away),
        CASE(test_pruned_file_comes_back_after_a_power_cut),
        CASE(test_dry_run_tells_beforehand),
        CASE(test_what_was_begun_goes_when_the_file_is_put_back),
        CASE(test_once),
        CASE(test_once_after_a_commit_that_failed),
        CASE(test_hook_until_it_ends_well),
        CASE(test_no_hook_without_a_whole_file),
        CASE(test_too_big_fails_at_once_and_small_ones_arrive),
        CASE(test_min_free),
        CASE(test_three_that_do_not_fit),
        CASE(test_space_runs_out_under_way),
        CASE(test_every_amount_of_space),
        CASE(test_read_only_medium),
        CASE(test_medium_that_becomes_read_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
