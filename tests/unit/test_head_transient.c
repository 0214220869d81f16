/* SPDX-License-Identifier: MIT */
/* Statuses that may pass: all of 100 to 999, in ranges. */
#include "parse/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct range {
    uint16_t first, last;
    bool transient;
};

/* Without a gap, so that each status is in one of them. */
static const struct range ranges[] = {
    {100, 407, false}, /* 401, 403, 404: the answer stays */
    {408, 408, true},  /* Request Timeout */
    {409, 424, false}, /* 421 Misdirected Request */
    {425, 425, true},  /* Too Early */
    {426, 428, false}, /* 426 Upgrade Required */
    {429, 429, true},  /* Too Many Requests */
    {430, 499, false}, /* 451 Unavailable For Legal Reasons */
    {500, 500, true},  /* Internal Server Error */
    {501, 501, false}, /* Not Implemented */
    {502, 504, true},  /* Bad Gateway, Service Unavailable, Gateway Timeout */
    {505, 505, false}, /* HTTP Version Not Supported */
    {506, 506, false}, /* Variant Also Negotiates */
    {507, 507, true},  /* Insufficient Storage: the server's */
    {508, 508, false}, /* Loop Detected */
    {509, 509, true},  /* Bandwidth Limit Exceeded */
    {510, 511, false}, /* Not Extended, Network Authentication Required */
    {512, 599, true},  /* 520 to 530 of content delivery networks */
    {600, 999, false},
};

static void every_status(void **state)
{
    (void)state;
    uint16_t next = 100;
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        assert_int_equal(ranges[i].first, next);
        for (; next <= ranges[i].last; next++) {
            if (fv_head_transient(next) != ranges[i].transient) {
                fail_msg("%d is %stransient", next, ranges[i].transient ? "not " : "");
            }
        }
    }
    assert_int_equal(next, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_status)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
