/* SPDX-License-Identifier: MIT */
/*
 * What the simulated port does for tests/soak: syncs that lie, cuts that tear sectors and do two
 * things at once, a peer that treats each connection differently.
 */
#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS 400

static void write_all(struct fv_sim *s, const char *path, uint64_t offset, char fill, size_t n)
{
    char bytes[1024];
    int file = -1;

    memset(bytes, fill, n);
    assert_int_equal(s->storage.open(s, path, FV_PORT_OPEN_WRITE, &file), FV_OK);
    assert_int_equal(s->storage.write(s, file, offset, bytes, n), FV_OK);
    assert_int_equal(s->storage.sync(s, file), FV_OK);
    assert_int_equal(s->storage.sync_dir(s, ""), FV_OK);
    assert_int_equal(s->storage.close(s, file), FV_OK);
}

static void test_sync_that_lies(void **state)
{
    unsigned lost = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fv_sim s;
        size_t n = 0;

        fv_sim_init(&s, FV_SIM_POSIX, seed);
        s.lies = seed % 2;
        write_all(&s, "f", 0, 'x', 1000);
        fv_sim_power_cut(&s);
        lost += fv_sim_get(&s, "f", &n) == NULL || n < 1000;
        assert_true(s.lies || n == 1000);
        fv_sim_free(&s);
    }
    assert_in_range(lost, 1, SEEDS / 2 - 1);
}

/* Bytes 100 to 299 of a durable sector are overwritten: the other bytes stay, whatever becomes
 * of these. */
static void test_torn_sector(void **state)
{
    unsigned mixed = 0, garbage = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fv_sim s;
        const uint8_t *left;
        bool old = false, fresh = false, other = false;
        size_t n = 0;

        fv_sim_init(&s, FV_SIM_POSIX, seed);
        s.harsh = true;
        write_all(&s, "f", 0, 'a', 512);
        s.lies = true;
        write_all(&s, "f", 100, 'b', 200);
        fv_sim_power_cut(&s);
        left = fv_sim_get(&s, "f", &n);
        assert_int_equal(n, 512);
        for (size_t i = 0; i < n; i++) {
            if (i < 100 || i >= 300)
                assert_int_equal(left[i], 'a');
            old = old || (left[i] == 'a' && i >= 100 && i < 300);
            fresh = fresh || left[i] == 'b';
            other = other || (left[i] != 'a' && left[i] != 'b');
        }
        mixed += old && fresh && !other;
        garbage += other;
        fv_sim_free(&s);
    }
    assert_true(mixed > 0 && garbage > 0);
}

/* A rename between directories on VFAT, which are not synced: there may be the new name, and the
 * old one as an empty file. */
static void test_entry_apart_from_its_size(void **state)
{
    unsigned empty = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fv_sim s;
        size_t from = 1, to = 0;
        bool there, moved;

        fv_sim_init(&s, FV_SIM_VFAT, seed);
        s.harsh = true;
        fv_sim_put(&s, "a/f", "12345", 5, 0);
        fv_sim_put(&s, "b/g", "", 0, 0);
        assert_int_equal(s.storage.rename(&s, "a/f", "b/f"), FV_OK);
        fv_sim_power_cut(&s);
        there = fv_sim_get(&s, "a/f", &from) != NULL;
        moved = fv_sim_get(&s, "b/f", &to) != NULL;
        assert_true(!moved || to == 5);
        assert_true(!there || from == (moved ? 0 : 5));
        empty += there && moved;
        fv_sim_free(&s);
    }
    assert_true(empty > 0);
}

/* The names are durable. Without the sync after the rename, the entry may describe an empty
 * file, or the one that was replaced. */
static void test_entry_of_a_renamed_file(void **state)
{
    (void)state;
    for (unsigned replaces = 0; replaces < 2; replaces++) {
        unsigned lost = 0;

        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            struct fv_sim s;
            size_t n = 0;

            fv_sim_init(&s, FV_SIM_VFAT, seed);
            s.lazy = seed % 2;
            fv_sim_put(&s, "a/f", "12345", 5, 0);
            fv_sim_put(&s, "b/g", "", 0, 0);
            if (replaces)
                fv_sim_put(&s, "b/f", "old", 3, 0);
            assert_int_equal(s.storage.rename(&s, "a/f", "b/f"), FV_OK);
            assert_int_equal(s.storage.sync_dir(&s, "b"), FV_OK);
            assert_int_equal(s.storage.sync_dir(&s, "a"), FV_OK);
            fv_sim_power_cut(&s);
            assert_non_null(fv_sim_get(&s, "b/f", &n));
            assert_true(n == 5 || (s.lazy && n == (replaces ? 3 : 0)));
            lost += n != 5;
            fv_sim_free(&s);
        }
        assert_in_range(lost, 1, SEEDS / 2 - 1);
    }
}

static void first_is_refused(void *arg, enum fv_sim_manner *manner, int64_t *connect_us)
{
    unsigned *count = arg;

    *manner = ++*count == 1 ? FV_SIM_REFUSE : FV_SIM_ACCEPT;
    *connect_us = 10 * *count;
}

static void test_connections_differ(void **state)
{
    unsigned count = 0;
    const struct fv_sim_peer peer = {.arg = &count, .met = first_is_refused};
    const struct fv_port_addr addr = fv_sim_addr4(10, 0, 0, 1, 443);
    struct fv_sim s;

    (void)state;
    fv_sim_init(&s, FV_SIM_POSIX, 1);
    fv_sim_listen(&s, addr, &peer);
    for (unsigned i = 1; i <= 2; i++) {
        struct fv_port_event event = {.want = FV_PORT_WRITE};
        int64_t before_us = s.now_us;

        assert_int_equal(s.net.open(&s, &addr, &event.sock), FV_OK);
        assert_int_equal(s.net.wait(&s, &event, 1, INT64_MAX), FV_OK);
        assert_int_equal(s.now_us - before_us, 10 * i);
        assert_int_equal(s.net.connected(&s, event.sock), i == 1 ? FV_E_CONNECT : FV_OK);
        s.net.close(&s, event.sock);
    }
    fv_sim_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sync_that_lies),
        cmocka_unit_test(test_torn_sector),
        cmocka_unit_test(test_entry_apart_from_its_size),
        cmocka_unit_test(test_entry_of_a_renamed_file),
        cmocka_unit_test(test_connections_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
