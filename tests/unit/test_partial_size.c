/* SPDX-License-Identifier: MIT */
/*
 * A part on a medium whose files have a largest size, and on one whose free space takes long to
 * count.
 */
#include "store/commit.h"

#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MOST (UINT64_C(4294967295)) /* as on FAT */

static struct fv_sim sim;
static struct fv_store store;
static struct fv_partial partial;
static unsigned reserved, asked;

static enum fv_err count_reserve(void *ctx, int file, uint64_t size)
{
    (void)ctx;
    (void)file;
    (void)size;
    reserved++;
    return FV_OK;
}

static enum fv_err count_free_space(void *ctx, uint64_t *bytes)
{
    (void)ctx;
    asked++;
    *bytes = 100000;
    return FV_OK;
}

static void begin(uint64_t max_file, bool reserves, uint64_t min_free)
{
    const struct fv_partial_id id = {FV_SLICE("o/s/d/name"), FV_SLICE("https://h/f"), 1};
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    reserved = asked = 0;
    sim.storage.max_file = max_file;
    sim.storage.reserves = reserves;
    sim.storage.reserve = count_reserve;
    sim.storage.free_space = count_free_space;
    assert_int_equal(fv_store_open(&store, &sim.storage, &sim.clock), FV_OK);
    store.min_free = min_free;
    assert_int_equal(fv_partial_begin(&partial, &store, &id), FV_OK);
}

static void end(void)
{
    fv_partial_abort(&partial);
    fv_store_close(&store);
    fv_sim_free(&sim);
}

static void test_a_size_that_no_file_can_have_is_refused_at_once(void **state)
{
    static const struct {
        uint64_t max_file, total;
        enum fv_err err;
    } cases[] = {
        {MOST, MOST, FV_OK},
        {MOST, MOST + 1, FV_E_LARGE},
        {MOST, UINT64_MAX - 1, FV_E_LARGE},
        {MOST, UINT64_MAX, FV_OK}, /* not known */
        {0, UINT64_MAX - 1, FV_OK},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(cases[i].max_file, true, 0);
        assert_int_equal(fv_partial_expect(&partial, cases[i].total, FV_SLICE("\"a\"")),
                         cases[i].err);
        assert_int_equal(reserved, cases[i].err == FV_OK && cases[i].total != UINT64_MAX ? 1 : 0);
        assert_string_equal(store.fault.subject, cases[i].err == FV_OK ? "" : "o/s/d/name");
        end();
    }
}

/* Seen where a checkpoint is due; the port's write refuses what goes over. */
static void test_content_of_unknown_length_ends_where_a_file_must(void **state)
{
    (void)state;
    begin(10, false, 0);
    assert_int_equal(fv_partial_expect(&partial, UINT64_MAX, FV_SLICE("\"a\"")), FV_OK);
    assert_int_equal(fv_partial_push(&partial, "0123456789", 10), FV_OK);
    sim.now_us += FV_PARTIAL_US;
    assert_int_equal(fv_partial_push(&partial, "a", 1), FV_E_LARGE);
    end();
}

static void test_free_space_is_counted_where_some_is_to_be_left(void **state)
{
    static const struct {
        bool reserves;
        uint64_t min_free;
        unsigned asked;
        enum fv_err err;
    } cases[] = {
        {false, 0, 1, FV_OK},
        {true, 0, 0, FV_OK},
        {true, 1000, 1, FV_OK},
        {true, 50000, 2, FV_E_FULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(0, cases[i].reserves, cases[i].min_free);
        assert_int_equal(fv_partial_expect(&partial, 70000, FV_SLICE("\"a\"")), cases[i].err);
        assert_int_equal(asked, cases[i].asked);
        assert_int_equal(reserved, cases[i].err == FV_OK ? 1 : 0);
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_size_that_no_file_can_have_is_refused_at_once),
        cmocka_unit_test(test_content_of_unknown_length_ends_where_a_file_must),
        cmocka_unit_test(test_free_space_is_counted_where_some_is_to_be_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
