/* SPDX-License-Identifier: MIT */
/*
 * What the simulated port does if a sync fails: the data that it should have written is lost, and
 * no later sync reports that.
 */
#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS 100

static enum fv_err sync_with(struct fv_sim *s, int file, enum fv_err err)
{
    s->fault = (struct fv_sim_fault){.at = s->ops + 1, .storage = err};
    return s->storage.sync(s, file);
}

static void put(struct fv_sim *s, int file, uint64_t offset, char c)
{
    assert_int_equal(s->storage.write(s, file, offset, &c, 1), FV_OK);
}

/* Make a durable file with "a". */
static int begin(struct fv_sim *s, enum fv_sim_medium medium, uint64_t seed)
{
    int file = -1;

    fv_sim_init(s, medium, seed);
    fv_sim_put(s, "f", "a", 1, 0);
    assert_int_equal(s->storage.open(s, "f", FV_PORT_OPEN_WRITE, &file), FV_OK);
    return file;
}

/* What is left of the file behind a power cut. */
static struct fv_slice left(struct fv_sim *s)
{
    struct fv_slice content;

    fv_sim_power_cut(s);
    content.ptr = (const char *)fv_sim_get(s, "f", &content.len);
    return content;
}

static void test_what_a_failed_sync_was_to_keep_is_lost(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        static struct fv_sim s;
        size_t n = 0;
        int file = begin(&s, (enum fv_sim_medium)(seed % 4), seed);

        put(&s, file, 1, 'b');
        assert_int_equal(sync_with(&s, file, FV_E_STORAGE), FV_E_STORAGE);
        assert_int_equal(s.storage.sync(&s, file), FV_OK);
        assert_memory_equal(fv_sim_get(&s, "f", &n), "ab", 2);
        assert_int_equal(n, 2);
        assert_true(fv_slice_eq(left(&s), FV_SLICE("a")));
        fv_sim_free(&s);
    }
}

static void test_what_is_written_anew_is_kept(void **state)
{
    static struct fv_sim s;
    int file = begin(&s, FV_SIM_POSIX, 1);

    (void)state;
    put(&s, file, 1, 'b');
    assert_int_equal(sync_with(&s, file, FV_E_FULL), FV_E_FULL);
    put(&s, file, 1, 'b');
    assert_int_equal(s.storage.sync(&s, file), FV_OK);
    assert_true(fv_slice_eq(left(&s), FV_SLICE("ab")));
    fv_sim_free(&s);
}

static void test_a_sync_that_was_stopped_loses_nothing(void **state)
{
    static struct fv_sim s;
    int file = begin(&s, FV_SIM_POSIX, 1);

    (void)state;
    put(&s, file, 1, 'b');
    assert_int_equal(sync_with(&s, file, FV_E_CANCELLED), FV_E_CANCELLED);
    assert_int_equal(s.storage.sync(&s, file), FV_OK);
    assert_true(fv_slice_eq(left(&s), FV_SLICE("ab")));
    fv_sim_free(&s);
}

/* The power goes: what arrives is the power cut's business. */
static void test_a_sync_without_power_decides_nothing(void **state)
{
    unsigned kept = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        static struct fv_sim s;
        int file = begin(&s, FV_SIM_POSIX, seed);

        put(&s, file, 1, 'b');
        s.cut_at = s.storage_ops + 1;
        assert_int_equal(s.storage.sync(&s, file), FV_E_STORAGE);
        kept += left(&s).len == 2;
        fv_sim_free(&s);
    }
    assert_in_range(kept, 1, SEEDS - 1);
}

/* Harsh: of two writes any may have arrived. */
static void test_a_part_may_have_been_written(void **state)
{
    unsigned seen = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        static struct fv_sim s;
        int file = begin(&s, FV_SIM_POSIX, seed);
        struct fv_slice content;

        s.harsh = true;
        put(&s, file, 0, 'b');
        put(&s, file, 1, 'c');
        assert_int_equal(sync_with(&s, file, FV_E_STORAGE), FV_E_STORAGE);
        content = left(&s);
        seen |= 1u << ((content.ptr[0] == 'b') + 2 * (content.len == 2));
        fv_sim_free(&s);
    }
    assert_int_equal(seen, 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_failed_sync_was_to_keep_is_lost),
        cmocka_unit_test(test_what_is_written_anew_is_kept),
        cmocka_unit_test(test_a_sync_that_was_stopped_loses_nothing),
        cmocka_unit_test(test_a_sync_without_power_decides_nothing),
        cmocka_unit_test(test_a_part_may_have_been_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
