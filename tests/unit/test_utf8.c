/* SPDX-License-Identifier: MIT */
/* UTF-8: every code point there and back, every pair of bytes beside RFC 3629 4, bad forms. */
#include "base/utf8.h"

#include "support/exact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct case_text {
    const char *text;
    size_t len;       /* what fv_utf8_next() returns for its start */
    size_t surrogate; /* and fv_utf8_surrogate() */
    bool valid;       /* the whole */
};

static const struct case_text cases[] = {
    {"a", 1, 0, true},
    {"\x7F", 1, 0, true},
    {"\x80", 0, 0, false},
    {"\xBF", 0, 0, false},
    {"\xC0\x80", 0, 0, false},
    {"\xC1\xBF", 0, 0, false},
    {"\xC2", 0, 0, false},
    {"\xC2\x80", 2, 0, true},
    {"\xC2\x7F", 0, 0, false},
    {"\xC2\xC0", 0, 0, false},
    {"\xC3\x89tude", 2, 0, true},
    {"\xDF\xBF", 2, 0, true},
    {"\xE0\x80\x80", 0, 0, false},
    {"\xE0\x9F\xBF", 0, 0, false},
    {"\xE0\xA0\x80", 3, 0, true},
    {"\xE2\x82", 0, 0, false},
    {"\xE2\x82\x41", 0, 0, false},
    {"\xED\x9F\xBF", 3, 0, true},
    {"\xED\xA0\x80", 0, 3, false},
    {"\xED\xBF\xBF", 0, 3, false},
    {"\xED\xA0", 0, 0, false},
    {"\xED\xA0\x80\xED\xB0\x80", 0, 3, false},
    {"\xEE\x80\x80", 3, 0, true},
    {"\xEF\xBF\xBF", 3, 0, true},
    {"\xF0\x80\x80\x80", 0, 0, false},
    {"\xF0\x8F\xBF\xBF", 0, 0, false},
    {"\xF0\x90\x80\x80", 4, 0, true},
    {"\xF0\x9F\x98", 0, 0, false},
    {"\xF0\x9F\x98\x80!", 4, 0, true},
    {"\xF4\x8F\xBF\xBF", 4, 0, true},
    {"\xF4\x90\x80\x80", 0, 0, false},
    {"\xF5\x80\x80\x80", 0, 0, false},
    {"\xFE", 0, 0, false},
    {"\xFF", 0, 0, false},
    {"abc\xFF", 1, 0, false},
};

static bool valid(struct fv_slice s)
{
    size_t n = 1;
    for (uint32_t code; s.len > 0 && n > 0; s = fv_slice_from(s, n)) {
        n = fv_utf8_next(s, &code);
    }
    return n > 0;
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fv_slice s = exact(cases[i].text);
        uint32_t code = 77;
        assert_int_equal(fv_utf8_next(s, &code), cases[i].len);
        assert_int_equal(code == 77, cases[i].len == 0);
        code = 77;
        assert_int_equal(fv_utf8_surrogate(s, &code), cases[i].surrogate);
        assert_int_equal(code == 77, cases[i].surrogate == 0);
        assert_int_equal(valid(s), cases[i].valid);
        exact_free(s);
    }
    uint32_t code;
    assert_int_equal(fv_utf8_surrogate(FV_SLICE_NONE, &code), 0);
}

static void test_every_code(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char bytes[4];
        uint32_t out = 0;
        size_t n = fv_utf8_encode(code, bytes);
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        struct fv_slice s = {bytes, n};
        assert_int_equal(n, code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
        assert_int_equal(surrogate ? fv_utf8_surrogate(s, &out) : fv_utf8_next(s, &out), n);
        assert_int_equal(out, code);
        assert_int_equal(surrogate ? fv_utf8_next(s, &out) : fv_utf8_surrogate(s, &out), 0);
    }
}

/* What RFC 3629 4 allows as a beginning of three bytes that is then completed by 0x80. */
static bool allowed(unsigned a, unsigned b)
{
    return (a == 0xE0 && b >= 0xA0 && b <= 0xBF) || (a == 0xED && b >= 0x80 && b <= 0x9F) ||
           (a > 0xE0 && a <= 0xEF && a != 0xED && b >= 0x80 && b <= 0xBF);
}

static void test_every_pair(void **state)
{
    (void)state;
    for (unsigned a = 0xE0; a < 0xF0; a++) {
        for (unsigned b = 0; b < 256; b++) {
            char bytes[3] = {(char)a, (char)b, (char)0x80};
            uint32_t code;
            size_t n = fv_utf8_next((struct fv_slice){bytes, 3}, &code);
            assert_int_equal(n, allowed(a, b) ? 3 : 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_every_code),
        cmocka_unit_test(test_every_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
