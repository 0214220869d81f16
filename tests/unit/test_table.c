#include "store/table.h"

#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PATH "table"
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
    t.tag[2] = 77;
    assert_int_equal(fv_table_mark(&t), FV_OK);
    fv_table_close(&t);
    for (int reader = 0; reader < 2; reader++) {
        assert_int_equal(fv_table_open(&t, &page, &sim.storage, PATH, reader != 0), FV_OK);
        assert_int_equal(t.tag[2], 77);
        check(1, 1000);
        fv_table_close(&t);
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

/* Whatever operation of a growing table fails: what was there before is there after it. */
static void test_growth_that_fails(void **state)
{
    bool done = false;
    (void)state;
    fill(1, 129); /* half full */
    for (uint64_t n = 1; !done; n++) {
        sim.fault = (struct fv_sim_fault){.at = sim.ops + n, .storage = FV_E_FULL};
        enum fv_err err = fv_table_put(&t, 129 * MIX, 129);
        done = err == FV_OK;
        if (!done) {
            assert_int_equal(err, FV_E_FULL);
            sim.fault = (struct fv_sim_fault){.at = 0};
            if (!t.is_open) { /* whichever file is there under the name has all of it */
                assert_int_equal(fv_table_open(&t, &page, &sim.storage, PATH, false), FV_OK);
                t.used = 128;
            }
            check(1, 129);
        }
        assert_true(n < 200);
    }
    sim.fault = (struct fv_sim_fault){.at = 0};
    check(1, 130);
}

/* What one table has not written yet is not lost when the other one needs the room, nor when that fails. */
static void test_shared_page(void **state)
{
    static struct fv_table other;
    struct fv_table_cursor c;
    uint64_t value = 0;
    bool found = false;
    (void)state;
    assert_int_equal(fv_table_create(&other, &page, &sim.storage, "other"), FV_OK);
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
        cmocka_unit_test_setup_teardown(test_growth, setup, teardown),
        cmocka_unit_test_setup_teardown(test_open_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_a_table, setup, teardown),
        cmocka_unit_test_setup_teardown(test_growth_that_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shared_page, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
