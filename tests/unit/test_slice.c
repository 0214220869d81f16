/* SPDX-License-Identifier: MIT */
/* Slices: comparing, searching and cutting, each from memory of exactly the slice's size. */
#include "base/slice.h"

#include "support/exact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct case_pair {
    const char *a, *b;
    bool eq, eq_nocase, starts, starts_nocase;
};

struct case_find {
    const char *text;
    char c;
    size_t first, last;
};

struct case_text {
    const char *text, *expected;
};

struct case_cut {
    const char *text, *head, *rest;
    bool found;
};

static const struct case_pair pairs[] = {
    {"", "", true, true, true, true},
    {"a", "", false, false, true, true},
    {"", "a", false, false, false, false},
    {"abc", "abc", true, true, true, true},
    {"abc", "ABC", false, true, false, true},
    {"AbC", "aBc", false, true, false, true},
    {"abcd", "abc", false, false, true, true},
    {"ABcd", "abC", false, false, false, true},
    {"abc", "abd", false, false, false, false},
    {"abc", "abcd", false, false, false, false},
    {"@[`{", "`{@[", false, false, false, false}, /* the neighbours of A, Z, a, z */
    {"az", "AZ", false, true, false, true},
    {"\xC3\x89", "\xC3\xA9", false, false, false, false}, /* only ASCII is folded */
};

static const struct case_find finds[] = {
    {"", 'x', 0, 0}, {"abc", 'x', 3, 3}, {"x", 'x', 0, 0}, {"xax", 'x', 0, 2}, {"axbxc", 'x', 1, 3},
};

static const struct case_text trims[] = {
    {"", ""},    {" ", ""},     {"\t \t", ""},        {"a", "a"},
    {" a", "a"}, {"a\t ", "a"}, {" \ta b\t ", "a b"}, {"\na\r", "\na\r"},
};

static const struct case_text controls[] = {
    {"", ""},        {"a b~", ""},    {"\n", "yes"},   {"a\r", "yes"},
    {"a\tb", "yes"}, {"\x7F", "yes"}, {"\x1F", "yes"}, {"\x80\xFF", ""},
};

static const struct case_cut cuts[] = {
    {"", "", "", false},         {"abc", "abc", "", false}, {"/", "", "", true},
    {"a/b", "a", "b", true},     {"a/", "a", "", true},     {"/b", "", "b", true},
    {"a/b/c", "a", "b/c", true},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void assert_slice(struct fv_slice s, const char *expected)
{
    assert_int_equal(s.len, strlen(expected));
    if (s.len > 0) {
        assert_memory_equal(s.ptr, expected, s.len);
    }
}

static void test_of(void **state)
{
    (void)state;
    assert_slice(fv_slice_of(NULL), "");
    assert_slice(fv_slice_of(""), "");
    assert_slice(fv_slice_of("abc"), "abc");
    assert_slice(FV_SLICE("literal"), "literal");
    assert_true(fv_slice_eq(FV_SLICE_NONE, FV_SLICE("")));
}

static void test_compare(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct fv_slice a = exact(pairs[i].a);
        struct fv_slice b = exact(pairs[i].b);
        assert_int_equal(fv_slice_eq(a, b), pairs[i].eq);
        assert_int_equal(fv_slice_eq_nocase(a, b), pairs[i].eq_nocase);
        assert_int_equal(fv_slice_starts(a, b), pairs[i].starts);
        assert_int_equal(fv_slice_starts_nocase(a, b), pairs[i].starts_nocase);
        exact_free(a);
        exact_free(b);
    }
}

static void test_find(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(finds); i++) {
        struct fv_slice s = exact(finds[i].text);
        assert_int_equal(fv_slice_find(s, finds[i].c), finds[i].first);
        assert_int_equal(fv_slice_find_last(s, finds[i].c), finds[i].last);
        exact_free(s);
    }
}

static void test_parts(void **state)
{
    (void)state;
    struct fv_slice s = exact("abc");
    assert_slice(fv_slice_from(s, 0), "abc");
    assert_slice(fv_slice_from(s, 2), "c");
    assert_slice(fv_slice_from(s, 3), "");
    assert_slice(fv_slice_from(s, SIZE_MAX), "");
    assert_slice(fv_slice_head(s, 0), "");
    assert_slice(fv_slice_head(s, 2), "ab");
    assert_slice(fv_slice_head(s, SIZE_MAX), "abc");
    assert_slice(fv_slice_from(FV_SLICE_NONE, 0), "");
    assert_slice(fv_slice_head(FV_SLICE_NONE, 1), "");
    exact_free(s);
}

static void test_trim(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(trims); i++) {
        struct fv_slice s = exact(trims[i].text);
        assert_slice(fv_slice_trim(s), trims[i].expected);
        exact_free(s);
    }
}

static void test_control(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(controls); i++) {
        struct fv_slice s = exact(controls[i].text);
        assert_int_equal(fv_slice_has_control(s), controls[i].expected[0] != '\0');
        exact_free(s);
    }
    assert_true(fv_slice_has_control(FV_SLICE("a\0b")));
}

static void test_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cuts); i++) {
        struct fv_slice s = exact(cuts[i].text);
        struct fv_slice head;
        struct fv_slice rest;
        assert_int_equal(fv_slice_cut(s, '/', &head, &rest), cuts[i].found);
        assert_slice(head, cuts[i].head);
        assert_slice(rest, cuts[i].rest);
        exact_free(s);
    }
}

/* What tells texts apart: each byte, and where it is; and what the hash goes on from. */
static void test_hash(void **state)
{
    char text[24] = {0};
    struct fv_slice all = {text, sizeof text};
    (void)state;
    uint64_t none = fv_slice_hash(0, all);
    assert_true(none == fv_slice_hash(0, all));
    assert_true(none != fv_slice_hash(1, all));
    assert_true(fv_slice_hash(0, FV_SLICE_NONE) != fv_slice_hash(1, FV_SLICE_NONE));
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = 1;
        uint64_t one = fv_slice_hash(0, all);
        assert_true(one != none);
        for (size_t k = i + 1; k < sizeof text; k++) {
            text[i] = 0;
            text[k] = 1;
            assert_true(fv_slice_hash(0, all) != one);
            text[k] = 0;
            text[i] = 1;
        }
        text[i] = 0;
        assert_true(fv_slice_hash(0, fv_slice_head(all, i)) != none);
    }
}

static bool is_bare(unsigned char c, bool ascii)
{
    return c >= 0x20 && c != '"' && c != '\\' && (!ascii || c < 0x7F);
}

static bool is_unreserved(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("-._~", c) != NULL);
}

/* Each byte in each place, behind bytes that are taken: a neighbour below it must not hide it. */
static void test_runs(void **state)
{
    static const char fillers[] = "a~!";
    (void)state;
    for (size_t n = 0; n < 20; n++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            for (size_t at = 0; at < n; at++) {
                char text[20];
                for (size_t i = 0; i < n; i++) {
                    text[i] = fillers[(i + byte) % 3];
                }
                text[at] = (char)byte;
                struct fv_slice s = exact_bytes(text, n);
                size_t bare = is_bare((unsigned char)byte, false) ? n : at;
                size_t ascii = is_bare((unsigned char)byte, true) ? n : at;
                size_t run = 0;
                while (run < n && is_unreserved((unsigned char)text[run])) {
                    run++;
                }
                assert_int_equal(fv_slice_bare(s, false), bare);
                assert_int_equal(fv_slice_bare(s, true), ascii);
                assert_int_equal(fv_slice_unreserved(s), run);
                exact_free(s);
            }
        }
    }
    assert_int_equal(fv_slice_bare(FV_SLICE_NONE, true), 0);
    assert_int_equal(fv_slice_unreserved(FV_SLICE_NONE), 0);
}

/* Every word is cleared, and none behind the end. */
static void test_clear(void **state)
{
    (void)state;
    for (size_t n = 0; n < 5; n++) {
        for (size_t at = 0; at < n * sizeof(size_t); at++) {
            char bytes[5 * sizeof(size_t)] = {0};
            bytes[at] = 1;
            bytes[n * sizeof(size_t)] = 2;
            fv_slice_clear(bytes, n * sizeof(size_t));
            for (size_t i = 0; i < n * sizeof(size_t); i++) {
                assert_int_equal(bytes[i], 0);
            }
            assert_int_equal(bytes[n * sizeof(size_t)], 2);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash),    cmocka_unit_test(test_of),
        cmocka_unit_test(test_compare), cmocka_unit_test(test_find),
        cmocka_unit_test(test_parts),   cmocka_unit_test(test_trim),
        cmocka_unit_test(test_control), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_runs),    cmocka_unit_test(test_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
