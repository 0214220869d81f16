/* SPDX-License-Identifier: MIT */
/* Integers: text at and beyond each limit, sums and products at the edge of 64 bits, byte order. */
#include "base/num.h"

#include "support/exact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define UNTOUCHED UINT64_C(0xDEADBEEF)

struct case_read {
    const char *text;
    uint64_t max;
    bool ok;
    uint64_t value;
};

struct case_u64 {
    uint64_t a, b;
    bool fits;
    uint64_t result;
};

struct case_i64 {
    int64_t a, b;
    bool fits;
    int64_t result; /* where it does not fit: what the clamped sum is */
};

static const struct case_read decimals[] = {
    {"0", UINT64_MAX, true, 0},
    {"0", 0, true, 0},
    {"1", 0, false, 0},
    {"255", 255, true, 255},
    {"256", 255, false, 0},
    {"000000000000000000000000000255", 255, true, 255},
    {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
    {"18446744073709551616", UINT64_MAX, false, 0},
    {"18446744073709551620", UINT64_MAX, false, 0},
    {"184467440737095516150", UINT64_MAX, false, 0},
    {"99999999999999999999", UINT64_MAX, false, 0},
    {"", UINT64_MAX, false, 0},
    {" 1", UINT64_MAX, false, 0},
    {"1 ", UINT64_MAX, false, 0},
    {"+1", UINT64_MAX, false, 0},
    {"-1", UINT64_MAX, false, 0},
    {"0x1", UINT64_MAX, false, 0},
    {"1a", UINT64_MAX, false, 0},
    {"1.0", UINT64_MAX, false, 0},
    {"/", UINT64_MAX, false, 0},
    {":", UINT64_MAX, false, 0},
};

static const struct case_read hexes[] = {
    {"0", UINT64_MAX, true, 0},
    {"ff", UINT64_MAX, true, 255},
    {"aBcDeF09", UINT64_MAX, true, 0xABCDEF09},
    {"ffffffffffffffff", UINT64_MAX, true, UINT64_MAX},
    {"00ffffffffffffffff", UINT64_MAX, true, UINT64_MAX},
    {"10000000000000000", UINT64_MAX, false, 0},
    {"10000", 0xFFFF, false, 0},
    {"", UINT64_MAX, false, 0},
    {"g", UINT64_MAX, false, 0},
    {"G", UINT64_MAX, false, 0},
    {"`", UINT64_MAX, false, 0},
    {"@", UINT64_MAX, false, 0},
    {"0x1", UINT64_MAX, false, 0},
    {"1;", UINT64_MAX, false, 0},
};

static const struct case_u64 sums[] = {
    {0, 0, true, 0},
    {UINT64_MAX, 0, true, UINT64_MAX},
    {UINT64_MAX - 1, 1, true, UINT64_MAX},
    {UINT64_MAX, 1, false, 0},
    {1, UINT64_MAX, false, 0},
    {UINT64_MAX, UINT64_MAX, false, 0},
};

static const struct case_u64 products[] = {
    {0, 0, true, 0},
    {UINT64_MAX, 0, true, 0},
    {0, UINT64_MAX, true, 0},
    {UINT64_MAX, 1, true, UINT64_MAX},
    {UINT64_C(1) << 32, UINT64_C(1) << 31, true, UINT64_C(1) << 63},
    {UINT64_C(1) << 32, UINT64_C(1) << 32, false, 0},
    {UINT64_MAX / 10, 10, true, UINT64_MAX - 5},
    {UINT64_MAX / 10 + 1, 10, false, 0},
};

static const struct case_i64 instants[] = {
    {0, 0, true, 0},
    {1, -2, true, -1},
    {INT64_MAX, 0, true, INT64_MAX},
    {INT64_MAX, 1, false, INT64_MAX},
    {1, INT64_MAX, false, INT64_MAX},
    {INT64_MAX, INT64_MIN, true, -1},
    {INT64_MIN, INT64_MAX, true, -1},
    {INT64_MIN, -1, false, INT64_MIN},
    {-1, INT64_MIN, false, INT64_MIN},
    {INT64_MIN, 0, true, INT64_MIN},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void test_decimal(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(decimals); i++) {
        const struct case_read *c = &decimals[i];
        struct fv_slice text = exact(c->text);
        uint64_t out = UNTOUCHED;
        assert_int_equal(fv_num_decimal(text, c->max, &out), c->ok);
        assert_true(out == (c->ok ? c->value : UNTOUCHED));
        exact_free(text);
    }
}

static void test_hex(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(hexes); i++) {
        const struct case_read *c = &hexes[i];
        struct fv_slice text = exact(c->text);
        uint64_t out = UNTOUCHED;
        assert_int_equal(fv_num_hex(text, c->max, &out), c->ok);
        assert_true(out == (c->ok ? c->value : UNTOUCHED));
        exact_free(text);
    }
}

static void test_hexdigit(void **state)
{
    (void)state;
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    for (int c = 0; c < 256; c++) {
        const char *at = c != 0 ? strchr(digits, c) : NULL;
        int expected = at != NULL ? (int)((at - digits) % 16) : -1;
        assert_int_equal(fv_num_hexdigit((char)c), expected);
    }
}

static void test_sums(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sums); i++) {
        uint64_t out = UNTOUCHED;
        assert_int_equal(fv_num_add(sums[i].a, sums[i].b, &out), sums[i].fits);
        assert_true(out == (sums[i].fits ? sums[i].result : UNTOUCHED));
    }
    for (size_t i = 0; i < COUNT(products); i++) {
        uint64_t out = UNTOUCHED;
        assert_int_equal(fv_num_mul(products[i].a, products[i].b, &out), products[i].fits);
        assert_true(out == (products[i].fits ? products[i].result : UNTOUCHED));
    }
    for (size_t i = 0; i < COUNT(instants); i++) {
        const struct case_i64 *c = &instants[i];
        int64_t out = 77;
        assert_int_equal(fv_num_add_i64(c->a, c->b, &out), c->fits);
        assert_true(out == (c->fits ? c->result : 77));
        assert_true(fv_num_add_clamped(c->a, c->b) == c->result);
    }
}

static void test_bytes(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0xEF, 0xCD, 0xAB, 0x89, 0x67, 0x45, 0x23, 0xF1};
    uint8_t p[8];
    fv_num_put64(p, UINT64_C(0xF123456789ABCDEF));
    assert_memory_equal(p, expected, 8);
    assert_true(fv_num_get64(p) == UINT64_C(0xF123456789ABCDEF));
    fv_num_put32(p, 0xF1234567);
    assert_true(fv_num_get32(p) == 0xF1234567);
    assert_memory_equal(p + 4, expected + 4, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimal),  cmocka_unit_test(test_hex),
        cmocka_unit_test(test_hexdigit), cmocka_unit_test(test_sums),
        cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
