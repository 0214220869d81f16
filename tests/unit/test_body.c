/* SPDX-License-Identifier: MIT */
#include "parse/body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "pieces.h"

#define CHUNKED FV_FRAMING_CHUNKED, 0
#define LENGTH FV_FRAMING_LENGTH
#define UNTIL_CLOSE FV_FRAMING_CLOSE, 0
#define NONE FV_FRAMING_NONE, 0
#define LAST "0\r\n\r\n"
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

struct run {
    struct fv_body body;
    enum fv_err err;
    size_t used;
    size_t len;
    char content[256];
};

static bool take(void *ctx, const uint8_t *p, size_t n)
{
    struct run *r = ctx;
    size_t at = 0;
    do {
        size_t used = SIZE_MAX;
        struct fv_slice content = {NULL, SIZE_MAX};
        r->err = fv_body_push(&r->body, p == NULL ? NULL : p + at, n - at, &used, &content);
        if (r->err < FV_OK) {
            assert_true(used == SIZE_MAX && content.len == SIZE_MAX);
            return false;
        }
        assert_true(used <= n - at && content.len <= used);
        if (content.len > 0) {
            assert_true((const uint8_t *)content.ptr >= p + at &&
                        (const uint8_t *)content.ptr + content.len <= p + at + used);
            assert_true(r->len + content.len <= sizeof r->content);
            memcpy(r->content + r->len, content.ptr, content.len);
            r->len += content.len;
        }
        assert_true(used > 0 || n == at || r->err == FV_OK);
        at += used;
        r->used += used;
    } while (r->err == FV_MORE && at < n);
    assert_int_equal(r->body.received, r->len);
    return r->err == FV_MORE;
}

static const char *ending(const struct run *r)
{
    enum fv_err clean = fv_body_finish(&r->body, true);
    enum fv_err broken = fv_body_finish(&r->body, false);
    switch (r->err) {
    case FV_OK:
        assert_true(clean == FV_OK && broken == FV_OK);
        return "OK";
    case FV_MORE:
        assert_int_equal(broken, FV_E_TRUNCATED);
        return clean == FV_OK ? "CLEAN" : "TRUNCATED";
    case FV_E_HTTP_SYNTAX:
        assert_true(clean == FV_E_TRUNCATED && broken == FV_E_TRUNCATED);
        return "SYNTAX";
    case FV_E_HTTP_LINE:
        return "LINE";
    case FV_E_HTTP_HEAD:
        return "HEAD";
    case FV_E_HTTP_FRAMING:
        return "FRAMING";
    default:
        return "?";
    }
}

struct sample {
    enum fv_framing framing;
    uint64_t length;
    const char *in;
    const char *expected; /* content, ending, bytes left over */
};

static void check(const struct sample *s, size_t n, size_t cut)
{
    static struct fv_head head;
    struct run r = {.err = FV_MORE};
    char text[300];
    head.framing = s->framing;
    head.length = s->length;
    fv_body_init(&r.body, &head);
    in_pieces(s->in, n, cut, take, &r);
    int len = snprintf(text, sizeof text, "%.*s|%s", (int)r.len, r.content, ending(&r));
    if (r.err == FV_OK && r.used < n) {
        snprintf(text + len, sizeof text - (size_t)len, " +%d", (int)(n - r.used));
    }
    if (strcmp(text, s->expected) != 0) {
        print_message("input: %.100s\ncut at %zd\n", s->in, (ssize_t)cut);
    }
    assert_string_equal(text, s->expected);
}

static void check_all(const struct sample *s, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(s[i].in);
        for (size_t cut = 0; cut <= n; cut++) {
            check(&s[i], n, cut);
        }
        if (n > 0) {
            check(&s[i], n, BYTE_BY_BYTE);
        }
    }
}

static void plain(void **state)
{
    static const struct sample samples[] = {
        {NONE, "", "|OK"},
        {NONE, "HTTP", "|OK +4"},
        {LENGTH, 0, "", "|OK"},
        {LENGTH, 0, "HTTP", "|OK +4"},
        {LENGTH, 5, "hello", "hello|OK"},
        {LENGTH, 5, "helloHTTP/1.1", "hello|OK +8"},
        {LENGTH, 5, "hell", "hell|TRUNCATED"},
        {LENGTH, 5, "", "|TRUNCATED"},
        {LENGTH, UINT64_MAX, "hello", "hello|TRUNCATED"},
        {UNTIL_CLOSE, "hello", "hello|CLEAN"},
        {UNTIL_CLOSE, "", "|CLEAN"},
    };
    (void)state;
    check_all(samples, COUNT(samples));
}

static void chunks(void **state)
{
    static const struct sample samples[] = {
        {CHUNKED, LAST, "|OK"},
        {CHUNKED, "5\r\nhello\r\n" LAST, "hello|OK"},
        {CHUNKED, "5\r\nhello\r\n1\r\n!\r\n" LAST "HTTP/1.1", "hello!|OK +8"},
        {CHUNKED, "a\r\n0123456789\r\n" LAST, "0123456789|OK"},
        {CHUNKED, "A\r\n012345\r\n89\r\n" LAST, "012345\r\n89|OK"},
        {CHUNKED, "0010\r\n0123456789abcdef\r\n000\r\n\r\n", "0123456789abcdef|OK"},
        {CHUNKED, "00000000000000000005\r\nhello\r\n" LAST, "hello|OK"},
        {CHUNKED, "5;a\r\nhello\r\n0;b=\"c;\xE9\"\r\n\r\n", "hello|OK"},
        {CHUNKED, "5 \t;a = b\r\nhello\r\n" LAST, "hello|OK"},
        {CHUNKED, "5;\r\nhello\r\n" LAST, "hello|OK"},
        {CHUNKED, "5 \r\nhello\r\n" LAST, "hello|OK"},
        {CHUNKED, "5\t;ext\r\nhello\r\n" LAST, "hello|OK"},
        {CHUNKED, "5 \t  \r\nhello\r\n0  \t\r\n\r\nH", "hello|OK +1"},
        {CHUNKED, "5;a \r\nhello\r\n0 ;b\r\nX: 1\r\n\r\n", "hello|OK"},
        {CHUNKED, "5 ", "|TRUNCATED"},
        {CHUNKED, "5 \nhello\r\n" LAST, "|SYNTAX"},
        {CHUNKED, "5 \rhello\r\n" LAST, "|SYNTAX"},
        {CHUNKED, "5 \x0B\r\nhello\r\n" LAST, "|SYNTAX"},
        {CHUNKED, "5 =a\r\nhello\r\n" LAST, "|SYNTAX"},
        {CHUNKED, "5 5\r\nhello\r\n" LAST, "|SYNTAX"},
        {CHUNKED, "5 a\r\nhello\r\n" LAST, "|SYNTAX"},
        {CHUNKED, " 5\r\nhello\r\n" LAST, "|SYNTAX"},
        {CHUNKED, "\r\n5\r\nhello\r\n" LAST, "|SYNTAX"},
        {CHUNKED, ";a\r\n", "|SYNTAX"},
        {CHUNKED, "0x5\r\nhello\r\n" LAST, "|SYNTAX"},
        {CHUNKED, "+5\r\nhello\r\n" LAST, "|SYNTAX"},
        {CHUNKED, "-5\r\nhello\r\n" LAST, "|SYNTAX"},
        {CHUNKED, "g\r\n", "|SYNTAX"},
        {CHUNKED, "5\nhello\n0\n\n", "|SYNTAX"},
        {CHUNKED, "5\rhello\r\n", "|SYNTAX"},
        {CHUNKED, "5;a\nhello\r\n", "|SYNTAX"},
        {CHUNKED, "5;\x01\r\nhello\r\n", "|SYNTAX"},
        {CHUNKED, "5;a\r\r\nhello\r\n", "|SYNTAX"},
        {CHUNKED, "5\r\nhello!\r\n", "hello|SYNTAX"},
        {CHUNKED, "5\r\nhello\n" LAST, "hello|SYNTAX"},
        {CHUNKED, "5\r\nhello\rx", "hello|SYNTAX"},
        {CHUNKED, "5\r\nhello\r\n", "hello|TRUNCATED"},
        {CHUNKED, "5\r\nhell", "hell|TRUNCATED"},
        {CHUNKED, "5\r\nhello\r\n0\r\n", "hello|TRUNCATED"},
        {CHUNKED, "5\r\nhello\r\n0\r\n\r", "hello|TRUNCATED"},
        {CHUNKED, "", "|TRUNCATED"},
        {CHUNKED, "FFFFFFFFFFFFFFFF\r\nx", "x|TRUNCATED"},
        {CHUNKED, "0FFFFFFFFFFFFFFFF\r\nx", "x|TRUNCATED"},
        {CHUNKED, "10000000000000000\r\nx", "|FRAMING"},
        {CHUNKED, "FFFFFFFFFFFFFFFF0\r\nx", "|FRAMING"},
        {CHUNKED, "1\r\nx\r\nfffffffffffffffe\r\ny", "xy|TRUNCATED"},
        {CHUNKED, "1\r\nx\r\nffffffffffffffff\r\ny", "x|FRAMING"},
    };
    (void)state;
    check_all(samples, COUNT(samples));
}

static void trailers(void **state)
{
    static const struct sample samples[] = {
        {CHUNKED, "0\r\nX: 1\r\n\r\n", "|OK"},
        {CHUNKED, "0\r\nX:\r\nDigest: a \t\xE9:\r\n\r\nH", "|OK +1"},
        {CHUNKED, "0\r\nContent-Length: 5\r\n\r\n", "|OK"},
        {CHUNKED, "0\r\nX: 1\r\n", "|TRUNCATED"},
        {CHUNKED, "0\r\nX", "|TRUNCATED"},
        {CHUNKED, "0\r\nX\r\n\r\n", "|SYNTAX"},
        {CHUNKED, "0\r\n: 1\r\n\r\n", "|SYNTAX"},
        {CHUNKED, "0\r\nX : 1\r\n\r\n", "|SYNTAX"},
        {CHUNKED, "0\r\n X: 1\r\n\r\n", "|SYNTAX"},
        {CHUNKED, "0\r\nX: 1\r\n folded\r\n\r\n", "|OK"},
        {CHUNKED, "0\r\nX: 1\r\n\tf:\r\n \t\r\nY:\r\n\r\nH", "|OK +1"},
        {CHUNKED, "0\r\nX: 1\r\n \x02\r\n\r\n", "|SYNTAX"},
        {CHUNKED, "0\r\nX: 1\r\n \n\r\n", "|SYNTAX"},
        {CHUNKED, "0\r\nX\r\n : 1\r\n\r\n", "|SYNTAX"},
        {CHUNKED, "0\r\nX: 1\r\n Y: 2\r\n", "|TRUNCATED"},
        {CHUNKED, "0\r\n \r\n\r\n", "|SYNTAX"},
        {CHUNKED, "0\r\nX: 1\r\n: 2\r\n\r\n", "|SYNTAX"},
        {CHUNKED, "0\r\nX: 1\n\r\n", "|SYNTAX"},
        {CHUNKED, "0\r\nX: 1\rY: 2\r\n\r\n", "|SYNTAX"},
        {CHUNKED, "0\r\nX: \x02\r\n\r\n", "|SYNTAX"},
        {CHUNKED, "0\r\n\n", "|SYNTAX"},
        {CHUNKED, "0\r\n\rx", "|SYNTAX"},
        {CHUNKED, "0\r\nHTTP/1.1 200 OK\r\n\r\n", "|SYNTAX"},
    };
    (void)state;
    check_all(samples, COUNT(samples));
}

static void capacities(void **state)
{
    static const struct {
        const char *prefix, *suffix;
        size_t count; /* bytes between them */
        const char *expected;
    } cases[] = {
        {"5;", "\r\nhello\r\n" LAST, FV_CAP_LINE - 2, "hello|OK"},
        {"5;", "\r\nhello\r\n" LAST, FV_CAP_LINE - 1, "|LINE"},
        {"1\r\nx\r\n5;", "\r\nhello\r\n" LAST, FV_CAP_LINE - 2, "xhello|OK"},
        {"0\r\nx:", "\r\ny:\r\n\r\n", FV_CAP_LINE - 2, "|OK"},
        {"0\r\nx:", "\r\n\r\n", FV_CAP_LINE - 1, "|LINE"},
        {"0\r\n", ":\r\n\r\n", FV_CAP_LINE - 1, "|OK"},
        {"0\r\n", ":\r\n\r\n", FV_CAP_LINE, "|LINE"},
    };
    static char in[FV_CAP_LINE + 64];
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n = strlen(cases[i].prefix);
        memcpy(in, cases[i].prefix, n);
        memset(in + n, 'x', cases[i].count);
        n += cases[i].count;
        memcpy(in + n, cases[i].suffix, strlen(cases[i].suffix) + 1);
        n += strlen(cases[i].suffix);
        struct sample s = {CHUNKED, in, cases[i].expected};
        check(&s, n, n / 2);
        check(&s, n, BYTE_BY_BYTE);
    }
}

static void trailer_section(void **state)
{
    char *in = malloc(FV_CAP_HEAD + 16);
    size_t n = 3;
    (void)state;
    assert_non_null(in);
    memcpy(in, "0\r\n", n);
    for (; n < FV_CAP_HEAD + 3; n += 4) {
        memcpy(in + n, "x:\r\n", 4);
    }
    memcpy(in + n, "\r\n", 2);
    struct sample over = {CHUNKED, in, "|HEAD"};
    check(&over, n + 2, 0);
    check(&over, n + 2, BYTE_BY_BYTE);
    /* The empty line is of the section too. */
    memcpy(in + n - 4, "\r\n\r\n", 4);
    struct sample fits = {CHUNKED, in, "|OK +2"};
    check(&fits, n, BYTE_BY_BYTE);
    free(in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain),      cmocka_unit_test(chunks),          cmocka_unit_test(trailers),
        cmocka_unit_test(capacities), cmocka_unit_test(trailer_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
