/* SPDX-License-Identifier: MIT */
/* Errors: each code's text is its own, its exit status the promised one; faults keep the first. */
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct case_err {
    enum fv_err err;
    int exit;
};

/* clang-format off */
static const struct case_err cases[] = {
    {FV_OK, 0},            {FV_E_DAMAGED, 1},
    {FV_E_USAGE, 2},       {FV_E_CAPACITY, 2},      {FV_E_MEMORY, 2},
    {FV_E_RESOLVE, 3},     {FV_E_CONNECT, 3},       {FV_E_RESET, 3},
    {FV_E_TIMEOUT, 3},     {FV_E_SLOW, 3},          {FV_E_CLOSED, 3},
    {FV_E_TRUNCATED, 3},   {FV_E_PROXY_DOWN, 3},    {FV_E_PROXY, 3},
    {FV_E_NETWORK, 3},     {FV_E_TLS, 4},           {FV_E_TLS_TRUST, 4},
    {FV_E_TLS_NAME, 4},    {FV_E_TLS_TIME, 4},      {FV_E_TLS_PIN, 4},
    {FV_E_TLS_CA, 4},      {FV_E_TLS_RECORD, 4},    {FV_E_AUTH, 5},
    {FV_E_FORBIDDEN, 5},   {FV_E_HTTP_STATUS, 6},   {FV_E_HTTP_SYNTAX, 6},
    {FV_E_HTTP_LINE, 6},   {FV_E_HTTP_HEAD, 6},     {FV_E_HTTP_FRAMING, 6},
    {FV_E_HTTP_RANGE, 6},  {FV_E_HTTP_REDIRECT, 6}, {FV_E_HTTP_RETRY, 6},
    {FV_E_HTTP_CODING, 6}, {FV_E_HTTP_MIXED, 6},    {FV_E_URL, 6},
    {FV_E_ORIGIN, 6},      {FV_E_STORAGE, 7},       {FV_E_FULL, 7},
    {FV_E_DENIED, 7},      {FV_E_READONLY, 7},      {FV_E_NOT_FOUND, 7},
    {FV_E_EXISTS, 7},      {FV_E_CORRUPT, 7},       {FV_E_CHANGED, 1},
    {FV_E_MEANWHILE, 1},   {FV_E_MAX_DELETE, 1},    {FV_E_JSON, 8},
    {FV_E_ENTRY, 8},       {FV_E_ENTRY_TIME, 8},    {FV_E_ENTRY_SIZE, 8},
    {FV_E_BUSY, 9},        {FV_E_HOOK, 1},          {FV_E_CANCELLED, 130},
    {FV_E_MISSED, 6},      {FV_E_PROXY_BUSY, 3},    {FV_E_TLS_BROKEN, 4},
    {FV_E_TLS_CHAIN, 4},   {FV_E_TLS_LACKS, 4},     {FV_E_MEDIUM, 7},
    {FV_E_LARGE, 7},       {FV_E_ADDRESS, 3},       {FV_E_NO_SCOPE, 6},
};
/* clang-format on */

#define COUNT (sizeof(cases) / sizeof(cases[0]))

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        const char *text = fv_err_text(cases[i].err);
        assert_int_equal(fv_err_exit(cases[i].err), cases[i].exit);
        assert_string_not_equal(text, fv_err_text((enum fv_err) - 127));
        assert_int_not_equal(text[0], '\0');
        assert_int_not_equal(text[strlen(text) - 1], '.');
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(text, fv_err_text(cases[j].err));
        }
    }
}

static void test_unknown(void **state)
{
    (void)state;
    static const enum fv_err unfinished[] = {FV_MORE, FV_AGAIN, FV_NOTHING, FV_PART, FV_RESTART};
    for (size_t i = 0; i < sizeof unfinished / sizeof unfinished[0]; i++) {
        assert_int_equal(fv_err_exit(unfinished[i]), 1);
        assert_string_equal(fv_err_text(unfinished[i]), "unknown error");
    }
    assert_int_equal(fv_err_exit((enum fv_err) - 127), 1);
    assert_string_equal(fv_err_text((enum fv_err) - 1000), "unknown error");
}

static void test_fault_keeps_the_first(void **state)
{
    (void)state;
    struct fv_fault fault = {0};
    assert_int_equal(fv_fault_set(&fault, FV_E_CONNECT, 111, "example.org"), FV_E_CONNECT);
    assert_int_equal(fv_fault_set(&fault, FV_E_STORAGE, 5, "file"), FV_E_STORAGE);
    assert_int_equal(fault.err, FV_E_CONNECT);
    assert_int_equal(fault.native, 111);
    assert_string_equal(fault.subject, "example.org");
}

static void test_fault_subject(void **state)
{
    (void)state;
    char text[300];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    struct fv_fault fault;
    for (size_t n = sizeof(fault.subject) - 2; n < sizeof(fault.subject) + 2; n++) {
        size_t kept = n < sizeof(fault.subject) ? n : sizeof(fault.subject) - 1;
        memset(&fault, 'y', sizeof(fault));
        fault.err = FV_OK;
        fv_fault_set(&fault, FV_E_URL, 0, text + sizeof(text) - 1 - n);
        assert_int_equal(strlen(fault.subject), kept);
    }
    memset(&fault, 'y', sizeof(fault));
    fault.err = FV_OK;
    fv_fault_set(&fault, FV_E_URL, 0, NULL);
    assert_string_equal(fault.subject, "");
}

static void test_fault_detail(void **state)
{
    (void)state;
    char text[400];
    memset(text, 'x', sizeof(text));
    struct fv_fault fault;
    memset(&fault, 'y', sizeof(fault));
    fv_fault_explain(&fault, FV_SLICE("the server said no"));
    assert_string_equal(fault.detail, "the server said no");
    fv_fault_explain(&fault, (struct fv_slice){text, sizeof(text)});
    assert_int_equal(strlen(fault.detail), sizeof(fault.detail) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_fault_keeps_the_first),
        cmocka_unit_test(test_fault_subject),
        cmocka_unit_test(test_fault_detail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
