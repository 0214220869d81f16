/* SPDX-License-Identifier: MIT */
/* Where content runs into the next response: in pieces of every size, with other requests in flight
 * from any piece on. */
#include "net/seam.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Return the content that is given out of text, in pieces of n bytes. After the first `alone`
 * bytes, other requests are in flight. */
static bool give(const char *text, size_t n, size_t alone, char given[64], struct fv_seam *s)
{
    size_t len = strlen(text);
    *s = (struct fv_seam){0, 0};
    given[0] = '\0';
    for (size_t at = 0; at < len; at += n) {
        struct fv_slice before;
        struct fv_slice piece = {text + at, n < len - at ? n : len - at};
        if (fv_seam_look(s, at >= alone, &before, &piece)) {
            return true;
        }
        assert_true(before.len <= FV_SEAM_MOST);
        strncat(given, before.ptr != NULL ? before.ptr : "", before.len);
        strncat(given, piece.ptr, piece.len);
        assert_int_equal(strlen(given) + s->held, at + n < len ? at + n : len);
    }
    return false;
}

static void test_held_back(void **state)
{
    static const struct {
        const char *text, *given; /* NULL: a response begins in it */
    } rows[] = {
        {"", ""},
        {"a", "a"},
        {"H", ""},
        {"aH", "a"},
        {"aHa", "aHa"},
        {"aHT", "a"},
        {"aHTTP/1", "a"},
        {"aHTTP/1a", "aHTTP/1a"},
        {"aHTTP/1.", NULL},
        {"HTTP/1.1 200", NULL},
        {"HHTTP/1.", NULL},
        {"HTTHTTP/1.", NULL},
        {"HTTP/1H", "HTTP/1"},
        {"HTTP/2. HTTP", "HTTP/2. "},
        {"HHHH", "HHH"},
        {"TTP/1.1", "TTP/1.1"},
        {"http/1.1", "http/1.1"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t n = 1; n < 14; n++) {
            char given[64];
            struct fv_seam s;
            bool found = give(rows[i].text, n, 0, given, &s);
            if (found != (rows[i].given == NULL) || (!found && strcmp(given, rows[i].given) != 0)) {
                print_error("%s in pieces of %zu: %d, %s\n", rows[i].text, n, found, given);
                fail();
            }
            struct fv_slice end = fv_seam_release(&s);
            if (!found) { /* nothing is lost, and nothing is given twice */
                strncat(given, end.ptr, end.len);
                assert_string_equal(given, rows[i].text);
                assert_int_equal(fv_seam_release(&s).len, 0);
            }
        }
    }
}

/* Without other requests, nothing is held back. A match that began there and goes on is content,
 * unless it becomes complete. */
static void test_alone(void **state)
{
    static const struct {
        const char *text;
        size_t n, alone;
        const char *given;
    } rows[] = {
        {"aHTTP/1.1", 1, 99, "aHTTP/1.1"},
        {"aHTTP/1.1", 9, 99, "aHTTP/1.1"},
        {"aHTT", 1, 99, "aHTT"},
        {"aHTT", 1, 2, "aH"},
        {"aHTTa", 1, 2, "aHTTa"},
        {"aHTTP/1.", 1, 2, NULL},
        {"HTTP/1.HTT", 1, 7, "HTTP/1."},
        {"aaHTTP/1.", 8, 8, NULL},
        {"aaHTTP/1a", 8, 8, "aaHTTP/1a"},
        {"HTTP/1HTTP/1.", 12, 12, NULL},
        {"aHHTTP/1.HTT", 10, 10, "aHHTTP/1.H"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char given[64];
        struct fv_seam s;
        bool found = give(rows[i].text, rows[i].n, rows[i].alone, given, &s);
        assert_int_equal(found, rows[i].given == NULL);
        if (!found) {
            assert_string_equal(given, rows[i].given);
        }
    }
}

/* A whole beginning where none is in flight, and then bytes that are no text. */
static void test_zeros_behind_a_whole_one(void **state)
{
    static const char text[] = "HTTP/1.\0\0HTTP/1.";
    struct fv_seam s = {0, 0};
    struct fv_slice before;
    struct fv_slice piece = {text, 9};
    (void)state;
    assert_false(fv_seam_look(&s, false, &before, &piece));
    assert_int_equal(piece.len, 9);
    assert_int_equal(s.alike, 0);
    piece = (struct fv_slice){text + 9, 7};
    assert_true(fv_seam_look(&s, true, &before, &piece));
}

static void test_begins(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        assert_int_equal(fv_seam_begins((uint8_t)c), c == 'H');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_held_back),
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_zeros_behind_a_whole_one),
        cmocka_unit_test(test_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
