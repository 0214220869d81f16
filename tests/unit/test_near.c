/* SPDX-License-Identifier: MIT */
/* What was meant: each word with the name that is told, or none. */
#include "cli/near.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *word;
    const char *meant; /* NULL: nothing is near */
} cases[] = {
    {"list", "list"}, /* itself */
    {"lst", "list"},
    {"lists", "list"},
    {"lsit", "list"},
    {"lost", "list"},
    {"snyc", "sync"},
    {"includ", "include"},
    {"inc", "include"},     /* its beginning */
    {"incldue", "include"}, /* swapped */
    {"inlcdue", "include"}, /* two mistakes in a longer word */
    {"ncludd", "include"},
    {"nclde", NULL}, /* two mistakes in five letters */
    {"ncdeu", NULL},
    {"excluded", "exclude"},
    {"xinclude", "include"},
    {"limt-rate", "limit-rate"},
    {"limit", "limit-rate"},
    {"rate", NULL},
    {"soon", NULL}, /* sync has two other letters, and four */
    {"ls", NULL},   /* too short to be near anything */
    {"", NULL},
    {"abcdefghijklmnopqrstuvwxyz-abcdefghij", NULL}, /* longer than any name */
    {"\xFF\xFE\x01", NULL},
};

static void test_words(void **state)
{
    static const char *const names[] = {"list", "sync", "include", "exclude", "limit-rate"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fv_near n = fv_near_begin(fv_slice_of(cases[i].word));
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
            fv_near_try(&n, names[k]);
        }
        fv_near_try(&n, "a-name-that-is-longer-than-what-is-ever-compared");
        if (cases[i].meant == NULL ? n.best != NULL
                                   : n.best == NULL || strcmp(n.best, cases[i].meant) != 0) {
            print_error("%s: %s\n", cases[i].word, n.best == NULL ? "none" : n.best);
            fail();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
