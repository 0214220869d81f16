/* SPDX-License-Identifier: MIT */
/* Which responses may not be the one that is due, by their dates. */
#include "client/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SECOND INT64_C(1000000)

/*
 * A story is a word for each response. The file is listed with second 7; a digit is Last-Modified's
 * second, '-' that there is none. Behind it: '1' it was alone, 'o' a file of that date is in
 * flight, 'r' this file's response was refused before, with that same date ('R': with another one).
 * Wanted: a letter each, '+' it fits, '!' it is refused; then '?' if the client asks for one thing
 * at a time from now on.
 */
struct row {
    const char *story, *want;
};

static const struct row rows[] = {
    {"7 7 7", "+++"},
    {"7 8", "+!?"},  /* dates agree, so this is another file's */
    {"71 8", "+!?"}, /* the same, known from a request that was alone */
    {"71 7 8", "++!?"},
    {"8o", "!?"},        /* nothing is known, but a file of that date is in flight */
    {"8 9 7 3", "++++"}, /* the first one shows that dates are something else here */
    {"81 8 8o", "+++"},
    {"- - 8o", "++!?"}, /* no date says nothing of dates */
    {"7 -", "+!?"},     /* but where all have one, it is none of these */
    {"7 -1 8", "++!?"},
    {"7 - -1r 7", "+!++"}, /* it was, after all */
    {"7 - -1r - -1r - -1r -", "+!+!+!++"},
    {"7 81", "++"},      /* what was alone is right, whatever its date */
    {"7 8 81r", "+!+"},  /* the listing was wrong: ahead again */
    {"7 8 71r", "+!+?"}, /* another date than the one refused: the doubt was right */
    {"7 8 71R", "+!+?"},
    {"7 8 91R 7", "+!++?"},
    {"7 8 81r 8 81r 8 81r 8", "+!+!+!++"}, /* wrong three times: dates count for nothing */
    {"7 8 81r 8 81r 8", "+!+!+!?"},
    {"8o 81r 8o", "!++"}, /* alone with another date: dates are something else here */
};

static void run(const struct row *row, char *got)
{
    struct fv_order o = {0};
    for (const char *at = row->story; at != NULL; at = strchr(at, ' ')) {
        at += at[0] == ' ';
        size_t len = strcspn(at, " ");
        struct fv_order_response r = {.listed_us = 7 * SECOND + 123456, .refused_us = 2 * SECOND};
        r.date_us = at[0] == '-' ? INT64_MIN : (at[0] - '0') * SECOND;
        r.alone = memchr(at + 1, '1', len - 1) != NULL;
        r.of_another = memchr(at, 'o', len) != NULL;
        r.refused = memchr(at, 'r', len) != NULL || memchr(at, 'R', len) != NULL;
        r.refused_us = memchr(at, 'r', len) != NULL && !memchr(at, '7', len) ? r.date_us : SECOND;
        strcat(got, fv_order_fits(&o, &r) ? "+" : "!");
    }
    strcat(got, o.doubted ? "?" : "");
}

static void test_stories(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char got[64] = "";
        run(&rows[i], got);
        if (strcmp(got, rows[i].want) != 0) {
            print_error("%s: %s, not %s\n", rows[i].story, got, rows[i].want);
            fail();
        }
    }
}

static void test_seconds(void **state)
{
    (void)state;
    static const struct {
        int64_t a, b;
        bool same;
    } pairs[] = {
        {0, 999999, true},
        {999999, 1000000, false},
        {-1, 0, false},
        {-1, -1000000, true},
        {-1000001, -1000000, false},
        {-2000000, -1000001, true},
        {INT64_MIN, INT64_MIN, true},
        {INT64_MIN, 0, false},
        {INT64_MAX, INT64_MIN, false},
    };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        assert_int_equal(fv_order_same_second(pairs[i].a, pairs[i].b), pairs[i].same);
        assert_int_equal(fv_order_same_second(pairs[i].b, pairs[i].a), pairs[i].same);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stories),
        cmocka_unit_test(test_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
