/* SPDX-License-Identifier: MIT */
/* The estimate of what is still to come. */
#include "client/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NONE UINT64_MAX

static const struct case_estimate {
    struct fv_progress_so_far so_far; /* files, bytes, due, seen, unseen, current */
    uint64_t left;
} estimates[] = {
    {{0, 0, 0, 1, 0, 500}, 500},        /* one file, its size is known */
    {{0, 0, 0, 1, 0, NONE}, NONE},      /* or not */
    {{0, 0, 1, 2, 0, 500}, NONE},       /* another one, of which nothing is known */
    {{1, 300, 1, 3, 0, 500}, 800},      /* it is as large as the one before */
    {{1, 300, 1, 3, 0, NONE}, 600},     /* and so is this one */
    {{9, 900, 0, 10, 10, 50}, 1050},    /* all are fetched: ten more of 100 */
    {{4, 400, 5, 20, 20, 50}, 1550},    /* half of them are: ten more, and five that are due */
    {{9, 0, 0, 10, 10, 0}, 0},          /* empty ones */
    {{0, 0, 0, 10, 10, 500}, NONE},     /* the first one of several */
    {{0, 0, 0, 0, 10, 0}, NONE},        /* nothing was looked at */
    {{0, 0, 0, 10, 0, 0}, 0},           /* all is there */
    {{1, NONE - 1, 9, 11, 0, 1}, NONE}, /* more than can be counted */
    {{NONE - 9, 1, 0, 1, 10, 0}, NONE},
};

static void test_estimates(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(estimates); i++) {
        uint64_t left = fv_progress_estimate(&estimates[i].so_far);
        if (left != estimates[i].left) {
            fail_msg("row %u: %llu", (unsigned)i, (unsigned long long)left);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_estimates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
