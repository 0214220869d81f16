/* SPDX-License-Identifier: MIT */
/* The bounded writer: a fixed sequence of puts into buffers of every size, and the numbers. */
#include "base/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct case_number {
    uint64_t value;
    unsigned width;
    const char *text;
};

static const struct case_number numbers[] = {
    {0, 1, "0"},
    {0, 2, "00"},
    {7, 1, "7"},
    {7, 3, "007"},
    {42, 2, "42"},
    {12345, 2, "12345"},
    {293849, 6, "293849"},
    {UINT64_MAX, 1, "18446744073709551615"},
    {UINT64_MAX, 20, "18446744073709551615"},
    {1, 20, "00000000000000000001"},
};

/* All puts, in pieces of 1, 2, 3, 0, 3, 2, 3 and 4 bytes. */
static const char whole[] = "abcdef42%2f007 %2F0a0F";

static void put_all(struct fv_writer *w)
{
    static const uint8_t bytes[] = {0x0A, 0x0F};
    fv_writer_char(w, 'a');
    fv_writer_text(w, "bc");
    fv_writer_slice(w, FV_SLICE("def"));
    fv_writer_slice(w, FV_SLICE_NONE);
    fv_writer_text(w, NULL);
    fv_writer_u64(w, 42);
    fv_writer_text(w, "%2f");
    fv_writer_u64_padded(w, 7, 3);
    fv_writer_char(w, ' ');
    fv_writer_percent(w, '/');
    fv_writer_hex(w, bytes, 1);
    fv_writer_hex(w, bytes + 1, 0);
    fv_writer_text(w, "0F");
}

static void test_every_capacity(void **state)
{
    (void)state;
    for (size_t cap = 1; cap < sizeof(whole) + 3; cap++) {
        char *buf = malloc(cap); /* exact, so that a byte too many is seen */
        struct fv_writer w;
        fv_writer_init(&w, buf, cap);
        assert_int_equal(fv_writer_check(&w), FV_OK);
        put_all(&w);
        bool fits = cap >= sizeof(whole);
        assert_int_equal(fv_writer_check(&w), fits ? FV_OK : FV_E_CAPACITY);
        assert_int_equal(w.full, !fits);
        struct fv_slice done = fv_writer_done(&w);
        assert_true(done.ptr == buf && done.len < cap && buf[done.len] == '\0');
        assert_memory_equal(done.ptr, whole, done.len);
        assert_true(!fits || done.len == sizeof(whole) - 1);
        free(buf);
    }
}

static void test_full_stays_full(void **state)
{
    (void)state;
    char buf[4];
    struct fv_writer w;
    fv_writer_init(&w, buf, sizeof(buf));
    fv_writer_text(&w, "ab");
    fv_writer_text(&w, "cd");
    fv_writer_char(&w, 'e'); /* would fit, and would make a gap */
    fv_writer_text(&w, "");
    assert_int_equal(fv_writer_check(&w), FV_E_CAPACITY);
    assert_string_equal(buf, "ab");
    fv_writer_init(&w, buf, sizeof(buf));
    fv_writer_text(&w, "abc");
    assert_int_equal(fv_writer_check(&w), FV_OK);
    assert_string_equal(buf, "abc");
}

static void test_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char buf[21];
        struct fv_writer w;
        fv_writer_init(&w, buf, sizeof(buf));
        fv_writer_u64_padded(&w, numbers[i].value, numbers[i].width);
        assert_int_equal(fv_writer_check(&w), FV_OK);
        assert_string_equal(buf, numbers[i].text);
    }
}

static void test_hex(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x00, 0x7F, 0x80, 0xFF};
    char buf[32];
    struct fv_writer w;
    fv_writer_init(&w, buf, sizeof(buf));
    fv_writer_hex(&w, bytes, sizeof(bytes));
    fv_writer_percent(&w, 0xAB);
    fv_writer_percent(&w, 0x00);
    assert_string_equal(buf, "007f80ff%AB%00");
}

static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } sizes[] = {{0, "0 B"},
                 {1023, "1023 B"},
                 {1024, "1.0 KiB"},
                 {(UINT64_C(100) << 10) - 1, "99.9 KiB"},
                 {UINT64_C(100) << 10, "100 KiB"},
                 {UINT64_C(3) << 19, "1.5 MiB"},
                 {UINT64_C(1) << 30, "1.0 GiB"},
                 {UINT64_MAX, "16777215 TiB"}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char buf[16];
        struct fv_writer w;
        fv_writer_init(&w, buf, sizeof(buf));
        fv_writer_size(&w, sizes[i].bytes);
        assert_string_equal(buf, sizes[i].text);
    }
}

static void test_addresses(void **state)
{
    (void)state;
    static const uint8_t bytes[17] = {0x20, 0x01, 0x0D, 0xB8, [15] = 1, [16] = 0xFF};
    char buf[40];
    struct fv_writer w;
    fv_writer_init(&w, buf, sizeof(buf));
    fv_writer_address(&w, bytes, 4);
    assert_string_equal(buf, "32.1.13.184");
    for (size_t n = 16; n <= sizeof(bytes); n++) {
        fv_writer_init(&w, buf, sizeof(buf));
        fv_writer_address(&w, bytes, n);
        assert_string_equal(buf, "2001:0db8:0000:0000:0000:0000:0000:0001");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_capacity), cmocka_unit_test(test_full_stays_full),
        cmocka_unit_test(test_numbers),        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_sizes),          cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
