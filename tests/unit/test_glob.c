/* SPDX-License-Identifier: MIT */
/* Globs: a table; every small pattern with every small text, compared with a slow matcher; and the
 * time that hard patterns take. */
#include "parse/glob.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct case_match {
    const char *pattern, *text;
    bool matches;
};

struct case_check {
    const char *pattern;
    enum fv_err err;
};

static const struct case_match cases[] = {
    {"f1", "f1", true},
    {"f1", "f", false},
    {"f1", "f12", false},
    {"f1", "", false},
    {"*", "", true},
    {"*", "file.csv", true},
    {"*", "a/b", false},
    {"*.csv", "file.csv", true},
    {"*.csv", ".csv", true},
    {"*.csv", "file.csv.gz", false},
    {"*.csv", "a.csv.csv", true},
    {"*.csv", "a/b.csv", false},
    {"*a*b*", "xaxxbx", true},
    {"*a*b*", "xbxxax", false},
    {"a/*/c", "a/b/c", true},
    {"a/*/c", "a//c", true},
    {"a/*/c", "a/b/b/c", false},
    {"*/*/*/x", "O/S/D/x", true},
    {"*/*/x", "O/S/D/x", false},
    {"**", "", true},
    {"**", "a/b/c", true},
    {"***", "a/b/c", true},
    {"****", "a/b/c", true},
    {"**/x", "O/S/D/x", true},
    {"**/x", "/x", true},
    {"**/x", "x", true},
    {"**/x", "ax", false},
    {"**/x", "O/ax", false},
    {"**/", "O/", true},
    {"**/", "O", false},
    {"***/x", "x", true},
    {"**/**/x", "x", true},
    {"a**/x", "ax", false},
    {"a**/x", "ab/c/x", true},
    {"**/a*/**/x", "O/ab/x", true},
    {"**/a*/**/x", "O/b/x", false},
    {"O/**/**/x", "O/x", true},
    {"O/**/x*", "O/S/D/y", false},
    {"O/**", "O/S/D/x", true},
    {"O/**", "O", false},
    {"O/**/x", "O/S/D/x", true},
    {"O/**/x", "O/x", true},
    {"O/**/x", "Ox", false},
    {"O/**/x", "O/ax", false},
    {"O**x", "O/S/x", true},
    {"**.csv", "O/S/D/x.csv", true},
    {"**a*b", "O/a/S/axb", true},
    {"**a*b", "O/axb/S", false},
    {"**/a*/b*c", "O/ax/bx/ay/byc", true},
    {"**a/b*c", "a/bd/a/bc", true},
    {"**b**", "a/b/c", true},
    {"?", "a", true},
    {"?", "/", false},
    {"?", "", false},
    {"?", "ab", false},
    {"?", "\xc3\xa9", true},
    {"?", "\xe2\x82\xac", true},
    {"?", "\xf0\x9f\x98\x80", true},
    {"??", "\xc3\xa9", false},
    {"?", "\xc3", true},
    {"??", "\xc3(", true},
    {"\xc3", "\xc3", true},
    {"\xc3", "\xc3\xa9", false},
    {"*\xa9", "\xc3\xa9", false},
    {"\xff", "\xc3\xbf", false},
    {"*\xc3\xa9*", "Etud\xc3\xa9s", true},
    {"[abc]", "b", true},
    {"[abc]", "d", false},
    {"[abc]", "", false},
    {"[abc]", "ab", false},
    {"[a-c]x", "bx", true},
    {"[a-c]", "d", false},
    {"[a-cx-z]", "y", true},
    {"[c-a]", "b", false},
    {"[a-]", "-", true},
    {"[a-]", "b", false},
    {"[-a]", "-", true},
    {"[!x]", "y", true},
    {"[!x]", "x", false},
    {"[!x]", "/", false},
    {"[!a-c]", "b", false},
    {"[!a-c]", "d", true},
    {"[a!]", "!", true},
    {"[^a]", "^", true},
    {"[^a]", "a", false},
    {"[^f]*", "f1", false},
    {"[^f]*", "g1", true},
    {"[^]a]", "]", false},
    {"[a^]", "^", true},
    {"[[:digit:]]", "5", true},
    {"[[:digit:]]", "]", false},
    {"[[:digit:]]", ":", false},
    {"[![:digit:]]", "5", false},
    {"[^[:space:]x]", "y", true},
    {"[^[:space:]x]", "\t", false},
    {"[a-c[:digit:]x-z]", "y", true},
    {"[a-c[:digit:]x-z]", "7", true},
    {"[a-c[:digit:]x-z]", "q", false},
    {"[[:digit:]-z]", "-", true},
    {"[[:digit:]-z]", "a", false},
    {"[[:upper:][:punct:]]", "_", true},
    {"[[:upper:]]", "a", false},
    {"[[:alpha:]]", "\xc3\xa9", false},
    {"[[:punct:]]", "/", false},
    {"[[:cntrl:]]", "\x7f", true},
    {"[[:graph:]]", " ", false},
    {"[[:print:]]", " ", true},
    {"[[:blank:]]", "\t", true},
    {"[[:xdigit:]]", "g", false},
    {"[[:alnum:]][[:lower:]]", "Zz", true},
    {"[[:]ab]", "[ab]", true},
    {"[[:digit]ab]", "[ab]", true},
    {"[/]", "/", false},
    {"[.-0]", "/", false},
    {"[]]", "]", true},
    {"[]a]", "a", true},
    {"[!]]", "]", false},
    {"[!]]", "a", true},
    {"[\\]]", "]", true},
    {"[\\!a]", "!", true},
    {"[a\\-z]", "-", true},
    {"[a\\-z]", "m", false},
    {"[!-\\]]", "A", true},
    {"[\xc3\xa0-\xc3\xbf]", "\xc3\xa9", true},
    {"[\xc3\xa0-\xc3\xbf]", "e", false},
    {"[*?]", "*", true},
    {"[*?]", "a", false},
    {"*[0-9].csv", "a1b2.csv", true},
    {"\\*", "*", true},
    {"\\*", "a", false},
    {"\\\\", "\\", true},
    {"\\?\\[", "?[", true},
    {"\\a", "a", true},
    {"]", "]", true},
    {"-", "-", true},
    {"F1", "f1", false},
};

static const struct case_check checks[] = {
    {"f1", FV_OK},
    {"**/[!a-z]\\?*", FV_OK},
    {"]", FV_OK},
    {"[]]", FV_OK},
    {"[!]]", FV_OK},
    {"[a-]", FV_OK},
    {"[-]", FV_OK},
    {"[[]", FV_OK},
    {"\\\\", FV_OK},
    {"\xc3", FV_OK},
    {"", FV_E_USAGE},
    {"\\", FV_E_USAGE},
    {"a\\", FV_E_USAGE},
    {"\\\\\\", FV_E_USAGE},
    {"[", FV_E_USAGE},
    {"[!", FV_E_USAGE},
    {"[]", FV_E_USAGE},
    {"[!]", FV_E_USAGE},
    {"[a", FV_E_USAGE},
    {"[a-", FV_E_USAGE},
    {"[a-z", FV_E_USAGE},
    {"[a\\]", FV_E_USAGE},
    {"[a\\", FV_E_USAGE},
    {"[a-\\", FV_E_USAGE},
    {"a[b]c[d", FV_E_USAGE},
    {"[[:digit:]", FV_E_USAGE},
    {"[[:spaci:]]", FV_E_USAGE},
    {"[[::]ab]", FV_E_USAGE},
    {"[[:Digit:]]", FV_E_USAGE},
    {"[[:alpha:][:digit:]]", FV_OK},
    {"[[:digit]", FV_OK},
    {"[[.a.]]", FV_OK},
};

static struct fv_slice copy_of(const char *text)
{
    size_t len = strlen(text);
    char *p = malloc(len + (len == 0));
    assert_non_null(p);
    memcpy(p, text, len);
    return (struct fv_slice){p, len};
}

static void release(struct fv_slice s)
{
    char *p;
    memcpy(&p, &s.ptr, sizeof(p));
    free(p);
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fv_slice pattern = copy_of(cases[i].pattern), text = copy_of(cases[i].text);
        assert_int_equal(fv_glob_check(pattern), FV_OK);
        if (fv_glob_match(pattern, text) != cases[i].matches) {
            fail_msg("\"%s\" against \"%s\"", cases[i].pattern, cases[i].text);
        }
        release(pattern);
        release(text);
    }
}

/* A pattern that the check refuses matches only what it matches before the bad place, and no byte
 * beyond its end is read. */
static void test_check(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        struct fv_slice pattern = copy_of(checks[i].pattern);
        if (fv_glob_check(pattern) != checks[i].err) {
            fail_msg("check of \"%s\"", checks[i].pattern);
        }
        if (checks[i].err != FV_OK) {
            assert_false(fv_glob_match(pattern, FV_SLICE("a")));
        }
        release(pattern);
    }
}

/* The slow matcher: the set of places in the text that the pattern so far can end at. */
static bool slow_match(const char *pattern, const char *text)
{
    size_t n = strlen(text);
    uint32_t places = 1;
    for (size_t p = 0; pattern[p] != '\0'; p++) {
        uint32_t next = 0;
        if (pattern[p] == '*') {
            size_t stars = strspn(pattern + p, "*");
            bool segments =
                stars > 1 && (p == 0 || pattern[p - 1] == '/') && pattern[p + stars] == '/';
            uint32_t run = places; /* where the run may be */
            for (size_t t = 0; t < n; t++) {
                run |= (stars > 1 || text[t] != '/') ? (run & (1u << t)) << 1 : 0;
            }
            next = run;
            if (segments) { /* nothing, or what ends in a slash */
                next = places;
                for (size_t t = 0; t < n; t++) {
                    next |= text[t] == '/' ? (run & (1u << t)) << 1 : 0;
                }
            }
            p += stars - 1 + segments;
        } else {
            for (size_t t = 0; t < n; t++) {
                bool one = pattern[p] == '?' ? text[t] != '/' : text[t] == pattern[p];
                next |= one ? (places & (1u << t)) << 1 : 0;
            }
        }
        places = next;
    }
    return (places >> n & 1) != 0;
}

/* Change text to the next string over alphabet, shorter ones first. Return false after the last one
 * of max characters. */
static bool next_string(char *text, const char *alphabet, size_t max)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        const char *next = strchr(alphabet, text[i]) + 1;
        if (*next != '\0') {
            text[i] = *next;
            return true;
        }
        text[i] = alphabet[0];
    }
    text[len] = alphabet[0];
    text[len + 1] = '\0';
    return len < max;
}

static void compare_all(const char *signs, size_t max_signs, const char *letters,
                        size_t max_letters)
{
    char pattern[16] = "";
    do {
        char text[16] = "";
        do {
            bool got = fv_glob_match(fv_slice_of(pattern), fv_slice_of(text));
            if (got != slow_match(pattern, text)) {
                fail_msg("\"%s\" against \"%s\"", pattern, text);
            }
        } while (next_string(text, letters, max_letters));
    } while (next_string(pattern, signs, max_signs));
}

static void test_all_small(void **state)
{
    (void)state;
    compare_all("a/*", 6, "a/", 7);
    compare_all("ab/*?", 4, "ab/", 5);
}

/* Steps that grow with the square of the text would make minutes of this second. */
static void test_linear(void **state)
{
    static char text[160000], deep[2000], flat[2000];
    (void)state;
    memset(text, 'a', sizeof(text));
    for (size_t i = 0; i + 1 < sizeof(flat); i += 2) {
        memcpy(flat + i, "a*", 2);
        memcpy(deep + i, "*a", 2);
    }
    memcpy(deep, "**", 2);
    deep[sizeof(deep) - 1] = 'b';
    flat[sizeof(flat) - 1] = 'b';
    assert_false(fv_glob_match((struct fv_slice){deep, sizeof(deep)},
                               (struct fv_slice){text, sizeof(text)}));
    assert_false(fv_glob_match((struct fv_slice){flat, sizeof(flat)},
                               (struct fv_slice){text, sizeof(text)}));
    for (size_t i = 1; i < sizeof(text); i += 2) {
        text[i] = '/';
    }
    assert_false(fv_glob_match(FV_SLICE("**a*/a*/a*/a*/a*/a*/a*/a*/b"),
                               (struct fv_slice){text, sizeof(text)}));
    assert_false(fv_glob_match(FV_SLICE("**/a*/**/a*/**/a*/a*/**/b"),
                               (struct fv_slice){text, sizeof(text)}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_all_small),
        cmocka_unit_test(test_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
