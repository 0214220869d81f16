/* SPDX-License-Identifier: MIT */
/*
 * Whose file it is that a medium shows under a name that is not listed: another path's, which must
 * not be replaced, only if it is the very file that the ledger means. Others are of the same size
 * and date, as all are that were named anew when the ledger was lost.
 */
#include "store/taken.h"

#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DATE INT64_C(1685577600000000)
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct fv_sim sim;
static struct fv_store store;
static struct fv_ledger ledger;
static struct fv_table_page page;
static uint64_t ids; /* that were asked for */

static void make_file(const char *path)
{
    const struct fv_port_storage *io = &sim.storage;
    int file = -1;
    assert_int_equal(io->open(io->ctx, path, FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(io->write(io->ctx, file, 0, "abc", 3), FV_OK);
    assert_int_equal(io->set_time(io->ctx, file, DATE), FV_OK);
    assert_int_equal(io->close(io->ctx, file), FV_OK);
}

static void open_all(enum fv_sim_medium medium)
{
    fv_sim_init(&sim, medium, 1);
    memset(&page, 0, sizeof page);
    assert_int_equal(fv_store_open(&store, &sim.storage, &sim.clock), FV_OK);
    assert_int_equal(fv_ledger_open(&ledger, &page, &store), FV_OK);
    store.medium.folds = true;
    assert_int_equal(sim.storage.make_dir(sim.storage.ctx, "d"), FV_OK);
}

static void close_all(void)
{
    assert_int_equal(fv_ledger_close(&ledger), FV_OK);
    fv_store_close(&store);
    fv_sim_free(&sim);
}

/* A system that numbers names, not files. */
static enum fv_err identity_of_name(void *ctx, const char *path, uint64_t *id)
{
    (void)ctx;
    (void)path;
    *id = ++ids;
    return FV_OK;
}

static void test_whose_file_it_is(void **state)
{
    static const struct {
        const char *there, *known; /* files; the ledger has the latter's record */
        const char *asked;
        enum fv_sim_medium medium;
        bool names_numbered, taken;
    } rows[] = {
        {"d/a0", "d/a0~f0g0", "d/A0", FV_SIM_VFAT, false, false},
        {"d/a0", "d/a0~f0g0", "d/A0", FV_SIM_VFAT, true, true}, /* who knows */
        {"d/a0", "d/a0~f0g0", "d/A0", FV_SIM_FAT, false, false},
        {"d/a1", "d/a0", "d/A0", FV_SIM_VFAT, false, true},
        {"d/a1", "d/a0", "d/A0", FV_SIM_VFAT, true, true},
        {"d/a1", "d/a0", "d/a0", FV_SIM_VFAT, false, false}, /* it is listed */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fv_port_stat st;
        bool taken = false;
        const struct fv_ledger_record r = {.path = fv_slice_of(rows[i].known),
                                           .url = FV_SLICE("https://host/1"),
                                           .size = 3,
                                           .modified_us = DATE};
        open_all(rows[i].medium);
        make_file(rows[i].there);
        make_file(rows[i].known);
        assert_int_equal(fv_ledger_put(&ledger, &r), FV_OK);
        if (rows[i].names_numbered) {
            sim.storage.identity = identity_of_name;
        }
        assert_int_equal(sim.storage.stat(sim.storage.ctx, rows[i].asked, &st), FV_OK);
        assert_int_equal(fv_taken(&store, &ledger, fv_slice_of(rows[i].asked), &st, &taken), FV_OK);
        if (taken != rows[i].taken) {
            fail_msg("row %u: %s", (unsigned)i, taken ? "taken" : "not taken");
        }
        close_all();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_whose_file_it_is)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
