/* SPDX-License-Identifier: MIT */
/*
 * Tests the state of the last run, .fluxvision/last.json: each operation of its writing fails once,
 * and the power is cut before each. The file is the old one or the new one, never a mixture (FAT
 * under Linux: or empty, if the cut is within its rename), and the next run writes it anew.
 */
#include "cli/outcome.h"
#include "port/sim/sim.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct fv_sim sim;
static struct fv_out out;

/* The text of a run that ended at that time; long ones have more than one sector. */
static struct fv_slice text_of(int64_t ended_us)
{
    struct fv_outcome o;
    fv_outcome_init(&o);
    o.ended_us = ended_us;
    o.exit = (uint64_t)ended_us;
    memset(o.error, 'a' + (int)ended_us, sizeof o.error - 1);
    out.len = 0;
    fv_outcome_write(&out, &o, ",\n");
    fv_out_text(&out, "\n");
    return fv_out_waiting(&out);
}

/* When the run ended that the file tells of; -1: it is not whole, 0: there is none. */
static int64_t told(void)
{
    struct fv_outcome o;
    enum fv_err err = fv_outcome_last(&sim.storage, &o);
    if (err == FV_E_NOT_FOUND) {
        return 0;
    }
    if (err != FV_OK || o.exit != (uint64_t)o.ended_us) {
        return -1;
    }
    for (size_t i = 0; i < sizeof o.error - 1; i++) {
        if (o.error[i] != 'a' + (int)o.ended_us) {
            return -1;
        }
    }
    return o.ended_us;
}

/* A run makes the folder, which a power cut takes again before anything of it is durable. */
static void make_folder(void)
{
    struct fv_store store;
    assert_int_equal(fv_store_open(&store, &sim.storage, &sim.clock), FV_OK);
    fv_store_close(&store);
}

/* A directory with the state of run 1, if old, durable. */
static void begin(enum fv_sim_medium medium, bool old, uint64_t seed)
{
    fv_sim_init(&sim, medium, seed);
    make_folder();
    assert_int_equal(sim.storage.sync_dir(sim.storage.ctx, ""), FV_OK);
    if (old) {
        struct fv_slice text = text_of(1);
        fv_sim_put(&sim, FV_LAST_NAME, text.ptr, text.len, 0);
        assert_int_equal(told(), 1);
    }
}

static void check_after(int64_t expected_old, uint64_t at, bool done)
{
    int64_t ended = told();
    bool lost = ended == -1 && sim.medium == FV_SIM_VFAT && sim.vanished > 0;
    if (ended != expected_old && ended != 2 && !lost) {
        print_error("operation %u, medium %d: %d, %u vanished\n", (unsigned)at, (int)sim.medium,
                    (int)ended, (unsigned)sim.vanished);
        fail();
    }
    assert_true(!done || ended == 2);
    assert_int_equal(fv_sim_handles(&sim), 0);
    make_folder();
    assert_int_equal(fv_last_write(&sim.storage, text_of(2)), FV_OK);
    assert_int_equal(told(), 2);
    fv_sim_free(&sim);
}

static void test_each_operation_fails(void **state)
{
    static const enum fv_err errors[] = {FV_E_STORAGE, FV_E_FULL, FV_E_READONLY, FV_E_MEDIUM};
    (void)state;
    for (int i = 0; i < 4 * 2 * (int)COUNT(errors); i++) {
        enum fv_sim_medium medium = (enum fv_sim_medium)(i % 4);
        bool old = i / 4 % 2 != 0;
        for (uint64_t at = 1;; at++) {
            begin(medium, old, at);
            sim.fault = (struct fv_sim_fault){.at = sim.ops + at,
                                              .storage = errors[i / 8],
                                              .net = FV_E_NETWORK};
            enum fv_err err = fv_last_write(&sim.storage, text_of(2));
            bool fired = sim.fired > 0;
            sim.fault = (struct fv_sim_fault){.at = 0};
            check_after(old ? 1 : 0, at, err == FV_OK);
            if (!fired) {
                assert_true(at > 6);
                break;
            }
        }
    }
}

static void test_the_power_goes(void **state)
{
    (void)state;
    for (int i = 0; i < 4 * 2 * 2 * 8; i++) {
        enum fv_sim_medium medium = (enum fv_sim_medium)(i % 4);
        bool old = i / 4 % 2 != 0;
        for (uint64_t at = 1;; at++) {
            begin(medium, old, at * 1000 + (uint64_t)i);
            sim.harsh = i / 8 % 2 != 0;
            sim.cut_at = sim.storage_ops + at;
            enum fv_err err = fv_last_write(&sim.storage, text_of(2));
            bool dark = fv_sim_dark(&sim);
            sim.cut_at = 0;
            fv_sim_power_cut(
                &sim); /* also behind the last one: it need not be durable then, but whole */
            check_after(old ? 1 : 0, at, false);
            if (!dark) {
                assert_int_equal(err, FV_OK);
                break;
            }
        }
    }
}

/* Another process is at work, and will write its own. */
static void test_locked(void **state)
{
    int lock = -1;
    (void)state;
    begin(FV_SIM_POSIX, true, 1);
    assert_int_equal(sim.storage.lock(sim.storage.ctx, FV_STORE_LOCK, &lock), FV_OK);
    assert_int_equal(fv_last_write(&sim.storage, text_of(2)), FV_E_BUSY);
    assert_int_equal(told(), 1);
    sim.storage.unlock(sim.storage.ctx, lock);
    fv_sim_free(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_operation_fails),
        cmocka_unit_test(test_the_power_goes),
        cmocka_unit_test(test_locked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
