/* SPDX-License-Identifier: MIT */
/* How wide names are, and what of them fits. */
#define _XOPEN_SOURCE 700
#include "base/writer.h"
#include "cli/visible.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct case_char {
    const char *text;
    const char *shown;
    size_t used;
    unsigned width;
} chars[] = {
    {"a", "a", 1, 1},
    {"\x1b[31m", "\\x1b", 1, 4},
    {"\r", "\\x0d", 1, 4},
    {"\x7F", "\\x7f", 1, 4},
    {"\xC2\x85", "\\xc2\\x85", 2, 8},               /* a C1 control */
    {"\xE2\x80\xAE", "\\xe2\\x80\\xae", 3, 12},     /* turns the direction around */
    {"\xC3\xA9t\xC3\xA9", "\xC3\xA9", 2, 1},        /* one character */
    {"\xCC\x81", "\xCC\x81", 2, 0},                 /* a mark on the one before */
    {"\xE5\xA4\xA7", "\xE5\xA4\xA7", 3, 2},         /* Han */
    {"\xED\x95\x9C", "\xED\x95\x9C", 3, 2},         /* Hangul */
    {"\xEF\xBD\xB1", "\xEF\xBD\xB1", 3, 1},         /* halfwidth Katakana */
    {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80", 4, 2}, /* a face */
    {"\xD0\x96", "\xD0\x96", 2, 1},                 /* Cyrillic */
    {"\xFF", "\\xff", 1, 4},
    {"\xE5\xA4", "\\xe5", 1, 4},     /* cut short */
    {"\xED\xA0\x80", "\\xed", 1, 4}, /* a surrogate */
};

static void test_chars(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(chars); i++) {
        struct fv_visible v;
        fv_visible_next(fv_slice_of(chars[i].text), &v);
        assert_string_equal(v.text, chars[i].shown);
        assert_int_equal(v.len, strlen(chars[i].shown));
        assert_int_equal(v.used, chars[i].used);
        assert_int_equal(v.width, chars[i].width);
    }
}

/* musl's table is another one beyond the first scripts. */
#ifdef __GLIBC__
#define KNOWN 0x110000
#else
#define KNOWN 0x0900
#endif

/* Nothing is narrower here than on a terminal; what is most common is as wide as there. */
static void test_all(void **state)
{
    (void)state;
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    for (uint32_t code = 0x20; code < 0x110000; code++) {
        int there = wcwidth((wchar_t)code);
        int here = (int)fv_visible_width(code);
        if (there > here && code < KNOWN) {
            fail_msg("U+%04X: %d, not %d", (unsigned)code, here, there);
        }
        bool common = code < 0x0370 || (code >= 0x3041 && code < 0xA000) || code >= 0x20000;
        if (common && code < KNOWN && there > 0 && there != here) {
            fail_msg("U+%04X: %d, not %d", (unsigned)code, here, there);
        }
    }
}

#define HAN "\xE5\xA4\xA7" /* 2 wide */
#define MARKED "e\xCC\x81" /* e and an accent: 1 wide */
#define E_ACUTE "\xC3\xA9"

static const struct case_fit {
    const char *text;
    unsigned columns;
    bool head;
    const char *shown;
    unsigned width;
} fits[] = {
    {"name.zip", 8, false, "name.zip", 8},
    {"name.zip", 7, false, "....zip", 7},
    {"name.zip", 7, true, "name...", 7},
    {"name.zip", 3, false, "...", 3},
    {"name.zip", 2, false, "", 0},
    {"name.zip", 0, false, "", 0},
    {"", 5, false, "", 0},
    {E_ACUTE E_ACUTE E_ACUTE, 3, false, E_ACUTE E_ACUTE E_ACUTE, 3},
    {"xxx" E_ACUTE E_ACUTE E_ACUTE, 5, false, "..." E_ACUTE E_ACUTE, 5},
    {HAN HAN, 4, false, HAN HAN, 4},
    {HAN HAN HAN, 5, false, "..." HAN, 5},
    {HAN HAN HAN, 4, false, "...", 3}, /* half of one does not fit */
    {HAN HAN HAN, 5, true, HAN "...", 5},
    {HAN HAN HAN, 4, true, "...", 3},
    {MARKED MARKED MARKED, 3, false, MARKED MARKED MARKED, 3},
    {"abc" MARKED "xyz", 6, false, "...xyz", 6}, /* no accent without its letter */
    {"abc" MARKED "xyz", 7, false, "abc" MARKED "xyz", 7},
    {"\n\n\n", 12, false, "\\x0a\\x0a\\x0a", 12},
    {"\n\n\n", 11, false, "...\\x0a\\x0a", 11},
    {"\n\n\n", 10, false, "...\\x0a", 7},
};

static void test_fits(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(fits); i++) {
        char text[64];
        struct fv_writer w;
        fv_writer_init(&w, text, sizeof text);
        unsigned width =
            fv_visible_fit(&w, fv_slice_of(fits[i].text), fits[i].columns, fits[i].head);
        if (strcmp(text, fits[i].shown) != 0 || width != fits[i].width) {
            fail_msg("row %u: '%s', %u wide", (unsigned)i, text, width);
        }
    }
}

static void test_numbers(void **state)
{
    static const struct {
        uint64_t seconds;
        const char *text;
    } spans[] = {{0, "0:00"},       {7, "0:07"},
                 {59, "0:59"},      {60, "1:00"},
                 {3599, "59:59"},   {3600, "1:00:00"},
                 {3723, "1:02:03"}, {359999, "99:59:59"},
                 {360000, "4 d"},   {UINT64_MAX, "213503982334601 d"}};
    static const struct {
        uint64_t bytes;
        const char *text;
    } sizes[] = {{0, "0 B"},          {1023, "1023 B"},       {1024, "1.0 KiB"},
                 {102400, "100 KiB"}, {52115456, "49.7 MiB"}, {UINT64_MAX, "16777215 TiB"}};
    char text[32];
    struct fv_writer w;
    (void)state;
    for (size_t i = 0; i < COUNT(spans); i++) {
        fv_writer_init(&w, text, sizeof text);
        fv_visible_span(&w, spans[i].seconds);
        assert_string_equal(text, spans[i].text);
    }
    for (size_t i = 0; i < COUNT(sizes); i++) {
        fv_writer_init(&w, text, sizeof text);
        fv_writer_size(&w, sizes[i].bytes);
        assert_string_equal(text, sizes[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chars),
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
