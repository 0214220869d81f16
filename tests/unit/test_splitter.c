/* SPDX-License-Identifier: MIT */
#include "parse/splitter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "pieces.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct fv_slice wanted[] = {{"url", 3}, {"a", 1}, {"/\b\f\r\t", 5}};

struct run {
    struct fv_splitter splitter;
    enum fv_err err;
    size_t len;
    char *text; /* the objects, a line each */
};

static bool take(void *ctx, const uint8_t *p, size_t n)
{
    struct run *r = ctx;
    size_t at = 0;
    do {
        size_t used = SIZE_MAX;
        size_t len = SIZE_MAX;
        char *object = NULL;
        r->err =
            fv_splitter_push(&r->splitter, p == NULL ? NULL : p + at, n - at, &used, &object, &len);
        if (r->err < FV_OK) {
            assert_true(used == SIZE_MAX && object == NULL && len == SIZE_MAX);
            return false;
        }
        assert_true(used <= n - at && (r->err == FV_OK || used == n - at));
        at += used;
        if (r->err == FV_OK && len == 0) {
            r->len += (size_t)sprintf(r->text + r->len, "no room for %.*s\n",
                                      (int)wanted[r->splitter.member].len,
                                      wanted[r->splitter.member].ptr);
        } else if (r->err == FV_OK) {
            assert_true(len >= 2 && len <= FV_CAP_OBJECT);
            memcpy(r->text + r->len, object, len);
            memset(object, '#', len); /* the caller may change it */
            r->len += len;
            r->text[r->len++] = '\n';
        }
    } while (r->err == FV_OK);
    return true;
}

/* Expected: objects, a line each, then "." if the array was closed, or else the error and its
 * place. */
static void check(const char *in, size_t n, size_t cut, const char *expected)
{
    static struct run r;
    static char text[3 * FV_CAP_OBJECT];
    memset(&r, 0x5A, sizeof r);
    r.text = text;
    r.len = 0;
    r.err = FV_MORE;
    fv_splitter_reset(&r.splitter, wanted, COUNT(wanted));
    in_pieces(in, n, cut, take, &r);
    if (r.err < FV_OK) {
        assert_int_equal(fv_splitter_finish(&r.splitter), FV_E_JSON);
        snprintf(text + r.len, sizeof text - r.len, "%s %d", r.err == FV_E_JSON ? "JSON" : "?",
                 (int)r.splitter.offset);
    } else {
        assert_int_equal(r.splitter.offset, n);
        enum fv_err end = fv_splitter_finish(&r.splitter);
        assert_true(end == FV_OK || end == FV_E_JSON);
        strcpy(text + r.len, end == FV_OK ? "." : "SHORT");
    }
    uint64_t lines = 0;
    for (size_t i = 0; i < r.len; i++) {
        lines += text[i] == '\n';
    }
    assert_int_equal(lines, r.splitter.objects);
    if (strcmp(text, expected) != 0) {
        print_message("input: %.100s\ncut at %zd\n", in, (ssize_t)cut);
    }
    assert_string_equal(text, expected);
}

struct sample {
    const char *in;
    const char *expected;
};

static void check_all(const struct sample *s, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(s[i].in);
        for (size_t cut = 0; cut <= n; cut++) {
            check(s[i].in, n, cut, s[i].expected);
        }
        check(s[i].in, n, BYTE_BY_BYTE, s[i].expected);
    }
}

static void arrays(void **state)
{
    static const struct sample samples[] = {
        {"[]", "."},
        {" \t\r\n[ \t\r\n] \t\r\n", "."},
        {"\xEF\xBB\xBF[]", "."},
        {"\xEF\xBB\xBF [ ]", "."},
        {"\xEF\xBB[]", "JSON 2"},
        {"\xEF[]", "JSON 1"},
        {" \xEF\xBB\xBF[]", "JSON 1"},
        {"\xEF\xBB\xBF\xEF\xBB\xBF[]", "JSON 3"},
        {"\xEF\xBB\xBF", "SHORT"},
        {"\xFE\xFF[]", "JSON 0"},
        {"", "SHORT"},
        {" ", "SHORT"},
        {"[", "SHORT"},
        {"[]x", "JSON 2"},
        {"[][]", "JSON 2"},
        {"[],", "JSON 2"},
        {"]", "JSON 0"},
        {"[}", "JSON 1"},
        {"{}", "JSON 0"},
        {"null", "JSON 0"},
        {"\"a\"", "JSON 0"},
        {"<html>", "JSON 0"},
        {"[{}]", "{}\n."},
        {"[{},{}]", "{}\n{}\n."},
        {" [ { } , { } ] ", "{}\n{}\n."},
        {"[{}", "{}\nSHORT"},
        {"[{},", "{}\nSHORT"},
        {"[{},]", "{}\nJSON 4"},
        {"[,{}]", "JSON 1"},
        {"[{},,{}]", "{}\nJSON 4"},
        {"[{}{}]", "{}\nJSON 3"},
        {"[{}:{}]", "{}\nJSON 3"},
        {"[{}}", "{}\nJSON 3"},
        /* Elements that are no objects: each is one without members. */
        {"[[],{}]", "{}\n{}\n."},
        {"[[{},[\"a\"]],{}]", "{}\n{}\n."},
        {"[null,{}]", "{}\n{}\n."},
        {"[1,{}]", "{}\n{}\n."},
        {"[{},-0.5e+1 , true]", "{}\n{}\n{}\n."},
        {"[\"a\",{}]", "{}\n{}\n."},
        /* Where none is one, it is no listing. */
        {"[1]", "SHORT"},
        {"[[]]", "SHORT"},
        {"[null,{},\"\\u0041\",{}]", "{}\n{}\n{}\n{}\n."},
        {"[nul]", "JSON 4"},
        {"[null", "SHORT"},
        {"[x]", "JSON 1"},
        {"[{},1]", "{}\n{}\n."},
        {"[{},[]]", "{}\n{}\n."},
        {"[{]", "JSON 2"},
    };
    (void)state;
    check_all(samples, COUNT(samples));
    check("[\0]", 3, BYTE_BY_BYTE, "JSON 1");
}

static void members(void **state)
{
    static const struct sample samples[] = {
        {"[{\"url\":\"x\"}]", "{\"url\":\"x\"}\n."},
        {"[ { \"url\" : \"x y\" , \"a\" : \"z\" } ]", "{\"url\":\"x y\",\"a\":\"z\"}\n."},
        {"[{\"b\":1,\"a\":\"\",\"c\":[1,{}]}]", "{\"a\":\"\"}\n."},
        {"[{\"b\":1},{\"a\":null,\"b\":\"\"},{\"url\":true}]",
         "{}\n{\"a\":null}\n{\"url\":true}\n."},
        {"[{\"a\":1,\"a\":2}]", "{\"a\":1,\"a\":2}\n."},
        {"[{\"ur\":1,\"urll\":2,\"\":3,\"URL\":4}]", "{}\n."},
        {"[{\"\\u0075r\\u006C\":1,\"\\u0061\":2}]", "{\"url\":1,\"a\":2}\n."},
        {"[{\"a\\u0300\":1,\"\\ud800a\":2,\"\\u0000a\":3,\"\\u0061\\u0161\":4}]", "{}\n."},
        {"[{\"a\xC3\xA9\":1,\"\xFF\":2}]", "{}\n."},
        {"[{\"/\\b\\f\\r\\t\":1}]", "{\"/\b\f\r\t\":1}\n."},
        {"[{\"\\/\\u0008\\f\\r\\t\":1,\"\\n\":2}]", "{\"/\b\f\r\t\":1}\n."},
        {"[{\"\\\"\\\\\":1}]", "{}\n."},
        {"[{\"url------------------------------------\":1}]", "{}\n."},
        {"[{\"0123456789012345678901234567890123456789\":1,\"a\":2}]", "{\"a\":2}\n."},
        {"[{\"01234567890123456789012345678901234567890\":1,\"a\":2}]", "{\"a\":2}\n."},
        {"[{\"0123456789012345678901234567890123456789\\n\\u0061a\":1,\"a\":2}]", "{\"a\":2}\n."},
        {"[{\"a\":{\"a\":1,\"url\":[2,{ }]},\"b\":{\"a\":1}}]",
         "{\"a\":{\"a\":1,\"url\":[2,{}]}}\n."},
        {"[{\"b\":{\"a\":1},\"a\":[ { \"b\" : [ ] } , \"c d\" ]}]",
         "{\"a\":[{\"b\":[]},\"c d\"]}\n."},
        {"[{\"a\"}]", "JSON 5"},
        {"[{\"a\",1}]", "JSON 5"},
        {"[{\"a\":}]", "JSON 6"},
        {"[{\"a\":1,}]", "JSON 8"},
        {"[{,\"a\":1}]", "JSON 2"},
        {"[{\"a\":1 \"b\":2}]", "JSON 8"},
        {"[{\"a\":1:2}]", "JSON 7"},
        {"[{\"a\"::1}]", "JSON 6"},
        {"[{a:1}]", "JSON 2"},
        {"[{1:1}]", "JSON 2"},
        {"[{\"a\":1]", "JSON 7"},
        {"[{\"a\":[1}]", "JSON 8"},
        {"[{\"a\":[}]", "JSON 7"},
        {"[{\"a\":[1,]}]", "JSON 9"},
        {"[{\"a\":[,1]}]", "JSON 7"},
        {"[{\"a\":[1:2]}]", "JSON 8"},
        {"[{\"a\":{]}]", "JSON 7"},
        {"[{\"a\":{\"b\"}}]", "JSON 10"},
        {"[{\"b\":{\"b\",1}}]", "JSON 10"},
        {"[{\"a\":{\"b\":1,}}]", "JSON 13"},
        {"[{'a':1}]", "JSON 2"},
        {"[{\"a\":1//\n}]", "JSON 7"},
        {"[{\"a\":\x0C"
         "1}]",
         "JSON 6"},
    };
    (void)state;
    check_all(samples, COUNT(samples));
}

static void strings(void **state)
{
    static const struct sample samples[] = {
        {"[{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00\"}]",
         "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00\"}\n."},
        {"[{\"a\":\"\\udc00\\ud800\"}]", "{\"a\":\"\\udc00\\ud800\"}\n."},
        {"[{\"b\":\"\\udc00\\\"}]\\\\\"}]", "{}\n."},
        {"[{\"a\":\"\xC3\xA9\xFF\x7F\"}]", "{\"a\":\"\xC3\xA9\xFF\x7F\"}\n."},
        {"[{\"a\":\"{[:,]}\"}]", "{\"a\":\"{[:,]}\"}\n."},
        {"[{\"a\":\"x\ny\"}]", "JSON 8"},
        {"[{\"b\":\"x\ty\"}]", "JSON 8"},
        {"[{\"a\x1F\":1}]", "JSON 4"},
        {"[{\"a\":\"\\x\"}]", "JSON 8"},
        {"[{\"a\":\"\\U0041\"}]", "JSON 8"},
        {"[{\"\\a\":1}]", "JSON 4"},
        {"[{\"a\":\"\\u12g4\"}]", "JSON 11"},
        {"[{\"b\":\"\\u123\"}]", "JSON 12"},
        {"[{\"\\u00 1\":1}]", "JSON 7"},
        {"[{\"a\":\"x}]", "SHORT"},
        {"[{\"a\":\"x\\\"}]", "SHORT"},
    };
    (void)state;
    check_all(samples, COUNT(samples));
    check("[{\"a\":\"\0\"}]", 11, BYTE_BY_BYTE, "JSON 7");
    check("[{\"a\":\"\\\0\"}]", 12, BYTE_BY_BYTE, "JSON 8");
}

static void scalars(void **state)
{
    static const struct sample samples[] = {
        {"[{\"a\":true},{\"a\":false},{\"a\":null}]",
         "{\"a\":true}\n{\"a\":false}\n{\"a\":null}\n."},
        {"[{\"b\":true,\"c\":false ,\"d\":null }]", "{}\n."},
        {"[{\"a\":tru}]", "JSON 9"},
        {"[{\"a\":truee}]", "JSON 10"},
        {"[{\"a\":True}]", "JSON 6"},
        {"[{\"a\":nul", "SHORT"},
        {"[{\"a\":nil}]", "JSON 7"},
        {"[{\"a\":NaN}]", "JSON 6"},
        {"[{\"a\":[0,-0,1,-10,0.5,-1.05,1e5,1E+5,0e-0,10.01e09]}]",
         "{\"a\":[0,-0,1,-10,0.5,-1.05,1e5,1E+5,0e-0,10.01e09]}\n."},
        {"[{\"a\":12345678901234567890123 }]", "{\"a\":12345678901234567890123}\n."},
        {"[{\"b\":-1.5e+10,\"a\":0}]", "{\"a\":0}\n."},
        {"[{\"a\":01}]", "JSON 7"},
        {"[{\"a\":-}]", "JSON 7"},
        {"[{\"a\":-a}]", "JSON 7"},
        {"[{\"a\":+1}]", "JSON 6"},
        {"[{\"a\":.5}]", "JSON 6"},
        {"[{\"a\":5.}]", "JSON 8"},
        {"[{\"a\":5.e1}]", "JSON 8"},
        {"[{\"a\":5e}]", "JSON 8"},
        {"[{\"a\":5e+}]", "JSON 9"},
        {"[{\"a\":5e+-1}]", "JSON 9"},
        {"[{\"a\":5e1.5}]", "JSON 9"},
        {"[{\"a\":5e1e1}]", "JSON 9"},
        {"[{\"a\":1.5.5}]", "JSON 9"},
        {"[{\"a\":0x1}]", "JSON 7"},
        {"[{\"a\":1 2}]", "JSON 8"},
        {"[{\"a\":1\"b\":2}]", "JSON 7"},
    };
    (void)state;
    check_all(samples, COUNT(samples));
}

/* An unwanted member of count brackets and what is between them. */
static size_t nest(char *out, size_t count, const char *open, const char *inner, const char *close)
{
    size_t n = (size_t)sprintf(out, "[{\"b\":");
    for (size_t i = 0; i < count; i++) {
        n += (size_t)sprintf(out + n, "%s", open);
    }
    n += (size_t)sprintf(out + n, "%s", inner);
    for (size_t i = 0; i < count; i++) {
        n += (size_t)sprintf(out + n, "%s", close);
    }
    n += (size_t)sprintf(out + n, ",\"a\":1}]");
    return n;
}

static void nesting(void **state)
{
    static const struct {
        size_t count;
        const char *open, *inner, *close, *expected;
    } cases[] = {
        {62, "[", "", "]", "{\"a\":1}\n."},
        {62, "{\"x\":", "[]", "}", "{\"a\":1}\n."},
        {70, "{\"x\":", "[1,2]", "}", "{\"a\":1}\n."},
        {1000, "[", "{\"x\":[ 1, \"}\" ],\"y\":{}}", "]", "{\"a\":1}\n."},
        {62, "[", "1:2", "]", "JSON 69"},
        {63, "[", "1:2", "]", "{\"a\":1}\n."},
        {62, "[", "{\"x\":1]", "]", "{\"a\":1}\n."},
        {61, "[", "{\"x\":1]", "]", "JSON 73"},
        {63, "[", "1,]", "]", "JSON 71"},
        {63, "[", ",", "]", "JSON 69"},
        {63, "[", "01", "]", "JSON 70"},
    };
    static char in[9000];
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n = nest(in, cases[i].count, cases[i].open, cases[i].inner, cases[i].close);
        check(in, n, n / 2, cases[i].expected);
        check(in, n, BYTE_BY_BYTE, cases[i].expected);
    }
}

/* Objects that just fit, and do not, whatever the byte that is too many. */
static void capacity(void **state)
{
    static const struct {
        const char *before, *after; /* a run of x between them */
        size_t len;                 /* of the object's compact text */
        const char *expected;       /* NULL: it fits */
    } cases[] = {
        {"[{\"a\":\"", "\"}]", FV_CAP_OBJECT, NULL},
        {"[{\"a\":\"", "\"}]", FV_CAP_OBJECT + 1, "no room for a\n."},
        {"[{\"a\":\"", "\"}]", FV_CAP_OBJECT + 2, "no room for a\n."},
        {"[{\"a\":\"", "\\n\"}]", FV_CAP_OBJECT, NULL},
        {"[{\"a\":\"", "\\n\"}]", FV_CAP_OBJECT + 2, "no room for a\n."},
        {"[{\"a\":\"", "\\n\"}]", FV_CAP_OBJECT + 3, "no room for a\n."},
        {"[{\"a\":\"", "\",\"a\":1}]", FV_CAP_OBJECT, NULL},
        {"[{\"a\":\"", "\",\"a\":1}]", FV_CAP_OBJECT + 1, "no room for a\n."},
        {"[{\"a\":\"", "\",\"a\":1}]", FV_CAP_OBJECT + 2, "no room for a\n."},
        {"[{\"a\":\"", "\",\"url\":1}]", FV_CAP_OBJECT + 1, "no room for url\n."},
        {"[{\"a\":\"", "\",\"url\":[{\"a\":1}],\"a\":2}]", 2 * FV_CAP_OBJECT, "no room for a\n."},
        {"[{\"a\":\"", "\"},{\"a\":1},{}]", 2 * FV_CAP_OBJECT, "no room for a\n{\"a\":1}\n{}\n."},
        {"[{\"a\":\"", "\"},{\"a\":1},]", 2 * FV_CAP_OBJECT,
         "no room for a\n{\"a\":1}\nJSON 49153"},
        {"[{\"a\":\"", "\\x\"}]", 2 * FV_CAP_OBJECT, "JSON 49150"},
        {"[{\"a\":\"", "\"", 2 * FV_CAP_OBJECT, "SHORT"},
    };
    static char in[2 * FV_CAP_OBJECT + 64];
    static char expected[2 * FV_CAP_OBJECT + 64];
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n = strlen(cases[i].before);
        size_t run = cases[i].len - (n - 1) - (strlen(cases[i].after) - 1);
        memcpy(in, cases[i].before, n);
        memset(in + n, 'x', run);
        memcpy(in + n + run, cases[i].after, strlen(cases[i].after) + 1);
        n = strlen(in);
        memcpy(expected, in + 1, n - 2);
        strcpy(expected + n - 2, "\n.");
        for (size_t cut = n - 20; cut <= n; cut++) {
            check(in, n, cut, cases[i].expected == NULL ? expected : cases[i].expected);
        }
        check(in, n, 0, cases[i].expected == NULL ? expected : cases[i].expected);
        check(in, n, BYTE_BY_BYTE, cases[i].expected == NULL ? expected : cases[i].expected);
    }
}

/* A member that nobody wants may be of any size. */
static void unwanted(void **state)
{
    size_t n = 4 * FV_CAP_OBJECT;
    char *in = malloc(n);
    (void)state;
    assert_non_null(in);
    memset(in, 'x', n);
    memcpy(in, "[{\"b\":\"", 7);
    memcpy(in + n - 12, "\",\"a\":true}]", 12);
    check(in, n, n / 2, "{\"a\":true}\n.");
    check(in, n, BYTE_BY_BYTE, "{\"a\":true}\n.");
    free(in);
}

static void refused(void **state)
{
    static struct fv_splitter s;
    size_t used;
    char *object;
    size_t len;
    (void)state;
    fv_splitter_reset(&s, NULL, 0);
    assert_int_equal(fv_splitter_push(&s, (const uint8_t *)"[]]", 3, &used, &object, &len),
                     FV_E_JSON);
    assert_int_equal(s.offset, 2);
    assert_int_equal(fv_splitter_push(&s, (const uint8_t *)" ", 1, &used, &object, &len),
                     FV_E_JSON);
    assert_int_equal(s.offset, 2);
    assert_int_equal(fv_splitter_push(&s, NULL, 0, &used, &object, &len), FV_E_JSON);
    assert_int_equal(fv_splitter_finish(&s), FV_E_JSON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays),   cmocka_unit_test(members), cmocka_unit_test(strings),
        cmocka_unit_test(scalars),  cmocka_unit_test(nesting), cmocka_unit_test(capacity),
        cmocka_unit_test(unwanted), cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
