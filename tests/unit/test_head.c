/* SPDX-License-Identifier: MIT */
#include "parse/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "pieces.h"

#define OK11 "HTTP/1.1 200 OK\r\n"
#define OK10 "HTTP/1.0 200 OK\r\n"
#define FOUND "HTTP/1.1 302 Found\r\n"
#define END "\r\n"
#define LEN5 "Content-Length: 5\r\n"
#define DATE "Date: Tue, 15 Nov 1994 08:12:31 GMT\r\n"

#define ROOM (FV_CAP_URL + 256) /* of what describes a head */

struct run {
    struct fv_head head;
    enum fv_err err;
    size_t used;
};

static bool take(void *ctx, const uint8_t *p, size_t n)
{
    struct run *r = ctx;
    size_t used = SIZE_MAX;
    r->err = fv_head_push(&r->head, p, n, &used);
    if (r->err < FV_OK) {
        assert_int_equal(used, SIZE_MAX);
        return false;
    }
    assert_true(used <= n && (r->err == FV_OK || used == n));
    r->used += used;
    return r->err == FV_MORE;
}

static const char *error_name(enum fv_err err)
{
    switch (err) {
    case FV_E_HTTP_SYNTAX:
        return "SYNTAX";
    case FV_E_HTTP_LINE:
        return "LINE";
    case FV_E_HTTP_HEAD:
        return "HEAD";
    case FV_E_HTTP_FRAMING:
        return "FRAMING";
    case FV_E_CLOSED:
        return "CLOSED";
    case FV_E_TRUNCATED:
        return "TRUNCATED";
    default:
        return "?";
    }
}

static void add(char *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t len = strlen(out);
    vsnprintf(out + len, ROOM - len, format, args);
    va_end(args);
}

static void describe_fields(char *out, const struct fv_head *h)
{
    static const struct fv_content_range none;
    const struct fv_content_range *c = h->has_content_range ? &h->content_range : &none;
    add(out, "%s%s%s", h->encoded ? " encoded" : "", h->multipart ? " multipart" : "",
        h->html ? " html" : "");
    if (h->has_content_range) {
        add(out, " %d-%d/%d", (int)c->first, (int)c->last, (int)c->total);
    }
    if (h->date_us != INT64_MIN) {
        add(out, " d%lld", (long long)(h->date_us / 1000000));
    }
    if (h->last_modified_us != INT64_MIN) {
        add(out, " m%lld", (long long)(h->last_modified_us / 1000000));
    }
    if (h->retry_after_s != -1) {
        add(out, " r%lld", (long long)h->retry_after_s);
    }
    if (h->retry_at_us != INT64_MIN) {
        add(out, " at%lld", (long long)(h->retry_at_us / 1000000));
    }
    if (fv_head_redirects(h)) {
        add(out, "%s%s", h->location[0] != '\0' ? " l" : "", h->location);
        return;
    }
    add(out, "%s%s", h->etag[0] != '\0' ? " e" : "", h->etag);
    add(out, "%s%s", h->last_modified[0] != '\0' ? " t" : "", h->last_modified);
}

/* A head as text, fields that are absent left out: "200 1.1 length 5 keep". */
static void describe(char out[ROOM], const struct run *r, size_t n)
{
    static const char *const framings[] = {"none", "length", "chunked", "close"};
    const struct fv_head *h = &r->head;
    out[0] = '\0';
    if (r->err != FV_OK) {
        add(out, "%s", error_name(r->err < FV_OK ? r->err : fv_head_finish(h)));
        return;
    }
    add(out, "%d 1.%d %s", h->status, h->minor, framings[h->framing]);
    if (h->framing == FV_FRAMING_LENGTH) {
        add(out, " %llu", (unsigned long long)h->length);
    } else {
        assert_int_equal(h->length, 0);
    }
    add(out, "%s", h->keep_alive ? " keep" : "");
    describe_fields(out, h);
    struct fv_slice v = fv_head_redirects(h) ? FV_SLICE_NONE : fv_head_validator(h);
    add(out, "%s%.*s", v.len > 0 ? " v" : "", (int)v.len, v.len > 0 ? v.ptr : "");
    if (r->used < n) {
        add(out, " +%d", (int)(n - r->used));
    }
}

static int64_t now_us = INT64_MIN;

static void check(const char *in, size_t n, size_t cut, bool for_connect, const char *expected)
{
    static struct run r;
    static char text[ROOM];
    memset(&r, 0x5A, sizeof r); /* reset must not rely on what is there */
    fv_head_reset(&r.head, for_connect);
    assert_true(r.head.now_us == INT64_MIN);
    r.head.now_us = now_us;
    r.err = FV_MORE;
    r.used = 0;
    in_pieces(in, n, cut, take, &r);
    describe(text, &r, n);
    if (strcmp(text, expected) != 0) {
        print_message("input: %.200s\ncut at %zd\n", in, (ssize_t)cut);
    }
    assert_string_equal(text, expected);
}

struct sample {
    const char *in;
    const char *expected;
};

static void check_all(const struct sample *s, size_t count, bool for_connect)
{
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(s[i].in);
        for (size_t cut = 0; cut <= n; cut++) {
            check(s[i].in, n, cut, for_connect, s[i].expected);
        }
        check(s[i].in, n, BYTE_BY_BYTE, for_connect, s[i].expected);
    }
}

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void status_line(void **state)
{
    static const struct sample samples[] = {
        {OK11 END, "200 1.1 close"},
        {OK10 END, "200 1.0 close"},
        {"HTTP/1.1 200 \r\n\r\n", "200 1.1 close"},
        {"HTTP/1.1 200\r\n\r\n", "200 1.1 close"},
        {"HTTP/1.1 404 Not\tFound \xC3\xA9 \xFF!\r\n\r\n", "404 1.1 close"},
        {"HTTP/1.1 599 x\r\n\r\n", "599 1.1 close"},
        {"HTTP/1.1 600 x\r\n\r\n", "600 1.1 close"},
        {"HTTP/1.1 999\r\n" LEN5 END, "999 1.1 length 5 keep"},
        {"HTTP/1.1 1000 x\r\n\r\n", "SYNTAX"},
        {"HTTP/1.1 000 x\r\n\r\n", "SYNTAX"},
        {"HTTP/1.1 099 x\r\n\r\n", "SYNTAX"},
        {"HTTP/1.1 2x0 x\r\n\r\n", "SYNTAX"},
        {"HTTP/1.1 20 OK\r\n\r\n", "SYNTAX"},
        {"HTTP/1.1 2000 OK\r\n\r\n", "SYNTAX"},
        {"HTTP/1.1 200\tOK\r\n\r\n", "SYNTAX"},
        {"HTTP/1.1  200 OK\r\n\r\n", "SYNTAX"},
        {"HTTP/1.1 +20 OK\r\n\r\n", "SYNTAX"},
        {"HTTP/1.1 2\r\n\r\n", "SYNTAX"},
        {"HTTP/1.1 \r\n\r\n", "SYNTAX"},
        {"HTTP/1.1\r\n\r\n", "SYNTAX"},
        {"HTTP/1.2 200 OK\r\n\r\n", "200 1.1 close"},
        {"HTTP/1.9 200\r\n" LEN5 END, "200 1.1 length 5 keep"},
        {"HTTP/1.2 200 OK\r\nTransfer-Encoding: chunked\r\n" END, "200 1.1 chunked keep"},
        {"HTTP/1.2 200 OK\r\nConnection: close\r\n" LEN5 END, "200 1.1 length 5"},
        {"HTTP/1.10 200 OK\r\n\r\n", "SYNTAX"},
        {"HTTP/1. 200 OK\r\n\r\n", "SYNTAX"},
        {"HTTP/1.x 200 OK\r\n\r\n", "SYNTAX"},
        {"HTTP/1.: 200 OK\r\n\r\n", "SYNTAX"},
        {"HTTP/1.1200 OK\r\n\r\n", "SYNTAX"},
        {"HTTP/0.9 200 OK\r\n\r\n", "SYNTAX"},
        {"HTTP/2.0 200 OK\r\n\r\n", "SYNTAX"},
        {"HTTP/2.1 200 OK\r\n\r\n", "SYNTAX"},
        {"HTTP/2 200 OK\r\n\r\n", "SYNTAX"},
        {"HTTP/11 200 OK\r\n\r\n", "SYNTAX"},
        {"http/1.1 200 OK\r\n\r\n", "SYNTAX"},
        {" HTTP/1.1 200 OK\r\n\r\n", "SYNTAX"},
        {"\r\nHTTP/1.1 200 OK\r\n\r\n", "SYNTAX"},
        {"ICY 200 OK\r\n\r\n", "SYNTAX"},
        {"SSH-2.0-OpenSSH_9.2p1\r\n", "SYNTAX"},
        {"HTTP/1.1 200 O\x01K\r\n\r\n", "SYNTAX"},
        {"HTTP/1.1 200 OK\n\n", "SYNTAX"},
        {"HTTP/1.1 200 OK\r\r\n\r\n", "SYNTAX"},
        {"HTTP/1.1 200 O\rK\r\n\r\n", "SYNTAX"},
    };
    (void)state;
    check_all(samples, COUNT(samples), false);
    check("HTTP/1.1 200 \0\r\n\r\n", 18, 0, false, "SYNTAX");
}

static void field_syntax(void **state)
{
    static const struct sample samples[] = {
        {OK11 "X:\r\n" END, "200 1.1 close"},
        {OK11 "!#$%&'*+-.^_`|~09AZaz: \t v \t\r\n" END, "200 1.1 close"},
        {OK11 "X: \xE9 \x80\xFF\t:\r\n" END, "200 1.1 close"},
        {OK11 LEN5 END "HTTP/1.1 200 OK\r\n", "200 1.1 length 5 keep +17"},
        {OK11 " X: 1\r\n" END, "SYNTAX"},
        {OK11 "Content-Length : 5\r\n" END, "SYNTAX"},
        {OK11 "X\t: 5\r\n" END, "SYNTAX"},
        {OK11 ": 5\r\n" END, "SYNTAX"},
        {OK11 "X\r\n" END, "SYNTAX"},
        {OK11 "X[1]: a\r\n" END, "SYNTAX"},
        {OK11 "X\xC3\xA9: a\r\n" END, "SYNTAX"},
        {OK11 "X: a\x7F\r\n" END, "SYNTAX"},
        {OK11 "X: a\x0B\r\n" END, "SYNTAX"},
        {OK11 "X: a\n" END, "SYNTAX"},
        {OK11 "X: a\rContent-Length: 5\r\n" END, "SYNTAX"},
        {OK11 "\rX", "SYNTAX"},
    };
    (void)state;
    check_all(samples, COUNT(samples), false);
    check(OK11 "X: \0\r\n\r\n", 25, BYTE_BY_BYTE, false, "SYNTAX");
}

static void folded_lines(void **state)
{
    static const struct sample samples[] = {
        {OK11 LEN5 "X: 1\r\n  folded\r\n" END, "200 1.1 length 5 keep"},
        {OK11 "X: 1\r\n\tfolded\r\n" LEN5 END, "200 1.1 length 5 keep"},
        {OK11 "X: 1\r\n \r\n\t \t\r\n b:\r\n c\r\n" LEN5 END "x", "200 1.1 length 5 keep +1"},
        {OK11 "Content-Length:\r\n 5\r\n" END, "200 1.1 length 5 keep"},
        {OK11 "Content-Length: 5\r\n \t\r\n \r\n" END, "200 1.1 length 5 keep"},
        {OK11 "Content-Length: 5,\r\n\t5\r\n" END, "200 1.1 length 5 keep"},
        {OK11 "Content-Length: 1\r\n 0\r\n" END, "FRAMING"},
        {OK11 "Content-Length: 5\r\n Content-Length: 5\r\n" END, "FRAMING"},
        {OK11 "X: 1\r\n Content-Length: 5\r\n" END, "200 1.1 close"},
        {OK11 "X: 1\r\n Transfer-Encoding: chunked\r\n" LEN5 END, "200 1.1 length 5 keep"},
        {OK11 "Transfer-Encoding: \r\n chunked\r\n" END, "200 1.1 chunked keep"},
        {OK11 "Transfer-Encoding: chunked\r\n , chunked\r\n" END, "FRAMING"},
        {OK11 "Transfer-Encoding: chun\r\n ked\r\n" END, "FRAMING"},
        {OK11 "Transfer-Encoding:\r\n chunked\r\n" LEN5 END, "FRAMING"},
        {OK11 "Connection: x,\r\n close\r\n" LEN5 END, "200 1.1 length 5"},
        {OK11 "Content-Range: bytes\r\n\t2-5/9\r\n" END, "200 1.1 close 2-5/9"},
        {OK11 "Content-Range: bytes \t \r\n \t 2-5/9\r\n" END, "200 1.1 close 2-5/9"},
        {OK11 "Content-Encoding: x,\r\n gzip\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Type:\r\n text/html;\r\n charset=x\r\n" END, "200 1.1 close html"},
        {OK11 "ETag:\r\n  \"a\"  \r\n  \r\n" END, "200 1.1 close e\"a\" v\"a\""},
        {OK11 "ETag: \"a\r\n b\"\r\n" END, "200 1.1 close"},
        {OK11 "Date: Tue,\r\n 15 Nov 1994\r\n\t08:12:31 GMT\r\n" END, "200 1.1 close d784887151"},
        {OK11 "Retry-After:\r\n 120\r\n" END, "200 1.1 close r120"},
        {FOUND "Location:\r\n /a?b\r\n" END, "302 1.1 close l/a?b"},
        {FOUND "Location: /a\t \r\n \t /b\r\n \t\r\n" END, "302 1.1 close l/a /b"},
        {FOUND "Location: /a\r\nLocation:\r\n /a\r\n" END, "302 1.1 close l/a"},
        {"HTTP/1.1 103 Hints\r\nLink: </a>,\r\n </b>\r\n\r\n" OK11 LEN5 END,
         "200 1.1 length 5 keep"},
        {OK11 " folded\r\n" LEN5 END, "SYNTAX"},
        {OK11 " \r\n" LEN5 END, "SYNTAX"},
        {OK11 "\t\r\n \r\n :\r\n" LEN5 END, "SYNTAX"},
        {"HTTP/1.1 200\r\n OK\r\n" END, "SYNTAX"},
        {"HTTP/1.1\r\n 200 OK\r\n" END, "SYNTAX"},
        {" \r\n" OK11 END, "SYNTAX"},
        {"HTTP/1.1 100 C\r\n\r\n folded\r\n" OK11 END, "SYNTAX"},
        {OK11 "Content-Length\r\n : 5\r\n" END, "SYNTAX"},
        {OK11 "Content-\r\n Length: 5\r\n" END, "SYNTAX"},
        {OK11 "X\r\n \r\n" END, "SYNTAX"},
        {OK11 "X: 1\n folded\r\n" END, "SYNTAX"},
        {OK11 "X: 1\r\n fol\1ded\r\n" END, "SYNTAX"},
        {OK11 "X: 1\r\n \1\r\n" END, "SYNTAX"},
        {OK11 "X: 1\r\n \n\r\n" END, "SYNTAX"},
        {OK11 "X: 1\r\n\1", "SYNTAX"},
        {OK11 LEN5 "X: 1\r\n ", "TRUNCATED"},
        {OK11 LEN5 "X: 1\r\n \r\n\r", "TRUNCATED"},
    };
    static const struct sample tunnels[] = {
        {"HTTP/1.1 200 OK\r\nVia: a,\r\n b\r\n\r\n\x16", "200 1.1 none keep +1"},
        {"HTTP/1.1 503 Busy\r\nRetry-After:\r\n 3\r\n" LEN5 "\r\n", "503 1.1 length 5 keep r3"},
    };
    (void)state;
    check_all(samples, COUNT(samples), false);
    check_all(tunnels, COUNT(tunnels), true);
}

static void framing(void **state)
{
    static const struct sample samples[] = {
        {OK11 LEN5 END, "200 1.1 length 5 keep"},
        {OK11 "content-LENGTH:5 \r\n" END, "200 1.1 length 5 keep"},
        {OK11 "Content-Length: 0\r\n" END, "200 1.1 length 0 keep"},
        {OK11 "Content-Length: 005\r\n" END, "200 1.1 length 5 keep"},
        {OK11 "Content-Length: 18446744073709551615\r\n" END,
         "200 1.1 length 18446744073709551615 keep"},
        {OK11 "Content-Length: 18446744073709551616\r\n" END, "FRAMING"},
        {OK11 "Content-Length: 99999999999999999999999\r\n" END, "FRAMING"},
        {OK11 "Content-Length: 5, 5\r\n" END, "200 1.1 length 5 keep"},
        {OK11 LEN5 LEN5 END, "200 1.1 length 5 keep"},
        {OK11 "Content-Length: 5, 6\r\n" END, "FRAMING"},
        {OK11 LEN5 "Content-Length: 6\r\n" END, "FRAMING"},
        {OK11 "Content-Length: 5,\r\n" END, "FRAMING"},
        {OK11 "Content-Length: ,5\r\n" END, "FRAMING"},
        {OK11 "Content-Length: +5\r\n" END, "FRAMING"},
        {OK11 "Content-Length: -5\r\n" END, "FRAMING"},
        {OK11 "Content-Length: 5 5\r\n" END, "FRAMING"},
        {OK11 "Content-Length: 0x5\r\n" END, "FRAMING"},
        {OK11 "Content-Length:\r\n" END, "FRAMING"},
        {OK11 "Content-Length: \xC2\xA0"
              "5\r\n" END,
         "FRAMING"},
        {OK11 "Transfer-Encoding: chunked\r\n" END, "200 1.1 chunked keep"},
        {OK11 "Transfer-Encoding: CHUNKED \r\n" END, "200 1.1 chunked keep"},
        {OK11 "Transfer-Encoding: gzip, chunked\r\n" END, "FRAMING"},
        {OK11 "Transfer-Encoding: chunked, gzip\r\n" END, "FRAMING"},
        {OK11 "Transfer-Encoding: chunked, chunked\r\n" END, "FRAMING"},
        {OK11 "Transfer-Encoding: chunked,\r\n" END, "FRAMING"},
        {OK11 "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END, "FRAMING"},
        {OK11 "Transfer-Encoding: identity\r\n" END, "FRAMING"},
        {OK11 "Transfer-Encoding: xchunked\r\n" END, "FRAMING"},
        {OK11 "Transfer-Encoding: chunked;a=b\r\n" END, "FRAMING"},
        {OK11 "Transfer-Encoding: \x0B"
              "chunked\r\n" END,
         "SYNTAX"},
        {OK11 "Transfer-Encoding:\r\n" END, "FRAMING"},
        {OK11 "Transfer-Encoding: chunked\r\n" LEN5 END, "FRAMING"},
        {OK11 LEN5 "Transfer-Encoding: chunked\r\n" END, "FRAMING"},
        {OK10 "Transfer-Encoding: chunked\r\n" END, "FRAMING"},
        {OK10 "Transfer-Encoding: chunked\r\n" LEN5 END, "FRAMING"},
        {"HTTP/1.1 204 No Content\r\n\r\nHTTP", "204 1.1 none +4"},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "204 1.1 none"},
        {"HTTP/1.1 204 No Content\r\n" LEN5 "\r\n", "204 1.1 none"},
        {"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", "204 1.1 none"},
        {"HTTP/1.1 304 Not Modified\r\n" LEN5 "\r\n", "304 1.1 none"},
        {"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", "304 1.1 none"},
        {"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", "205 1.1 none"},
    };
    static const struct sample tunnels[] = {
        {"HTTP/1.1 200 Connection established\r\n\r\n\x16\x03", "200 1.1 none keep +2"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n" LEN5 "\r\n", "200 1.1 none keep"},
        {"HTTP/1.0 299 OK\r\nContent-Length: x\r\n\r\n", "299 1.0 none"},
        {"HTTP/1.1 407 Auth\r\n" LEN5 "Proxy-Authenticate: Basic realm=\"x\"\r\n\r\n",
         "407 1.1 length 5 keep"},
        {"HTTP/1.1 403 No\r\nContent-Length: x\r\n\r\n", "FRAMING"},
    };
    (void)state;
    check_all(samples, COUNT(samples), false);
    check_all(tunnels, COUNT(tunnels), true);
}

static void persistence(void **state)
{
    static const struct sample samples[] = {
        {OK11 LEN5 "Connection: close\r\n" END, "200 1.1 length 5"},
        {OK11 LEN5 "Connection: Close\r\n" END, "200 1.1 length 5"},
        {OK11 LEN5 "Connection: keep-alive, x , close\r\n" END, "200 1.1 length 5"},
        {OK11 LEN5 "Connection: close\r\nConnection: keep-alive\r\n" END, "200 1.1 length 5"},
        {OK11 LEN5 "Connection: ,closed,, closer\r\n" END, "200 1.1 length 5 keep"},
        {OK11 LEN5 "Connection:\r\n" END, "200 1.1 length 5 keep"},
        {OK11 "Connection: keep-alive\r\n" END, "200 1.1 close"},
        {OK10 LEN5 END, "200 1.0 length 5"},
        {OK10 LEN5 "Connection: Keep-Alive\r\n" END, "200 1.0 length 5 keep"},
        {OK10 LEN5 "Connection: upgrade,keep-alive\r\n" END, "200 1.0 length 5 keep"},
        {OK10 LEN5 "Connection: keep-alive, close\r\n" END, "200 1.0 length 5"},
        {OK10 "Connection: keep-alive\r\n" END, "200 1.0 close"},
    };
    (void)state;
    check_all(samples, COUNT(samples), false);
}

static void interim(void **state)
{
    static const struct sample samples[] = {
        {"HTTP/1.1 100 Continue\r\n\r\n" OK11 LEN5 END, "200 1.1 length 5 keep"},
        {"HTTP/1.1 103 Hints\r\nLink: </a>\r\nContent-Length: x\r\nETag: \"a\"\r\n\r\n" OK11 END,
         "200 1.1 close"},
        {"HTTP/1.1 102 \r\n\r\nHTTP/1.1 199\r\n\r\nHTTP/1.0 404 x\r\n\r\nz", "404 1.0 close +1"},
        {"HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n" OK11 LEN5 END,
         "200 1.1 length 5 keep"},
        {"HTTP/1.1 100 Continue\r\n" LEN5 END OK11 LEN5 END, "FRAMING"},
        {"HTTP/1.1 103 Hints\r\nTransfer-Encoding: chunked\r\n" END OK11 LEN5 END, "FRAMING"},
        {"HTTP/1.1 100 Continue\r\nbad\r\n\r\n" OK11 END, "SYNTAX"},
        {"HTTP/1.1 100 Continue\r\n\r\n\r\n" OK11 END, "SYNTAX"},
        {"HTTP/1.1 101 Switching Protocols\r\n\r\n", "SYNTAX"},
        {"HTTP/1.1 100 Continue\r\n\r\n", "TRUNCATED"},
        {OK11 LEN5, "TRUNCATED"},
        {"H", "TRUNCATED"},
        {"", "CLOSED"},
    };
    (void)state;
    check_all(samples, COUNT(samples), false);
}

static void file_fields(void **state)
{
    static const struct sample samples[] = {
        {OK11 "Content-Range: bytes 2-5/9\r\n" END, "200 1.1 close 2-5/9"},
        {OK11 "Content-Range: bytes 2-1/9\r\n" END, "200 1.1 close"},
        {OK11 "Content-Range: bytes 2-5/9\r\nContent-Range: bytes 0-5/9\r\n" END, "200 1.1 close"},
        {OK11 "Content-Range: x\r\nContent-Range: bytes 0-5/9\r\n" END, "200 1.1 close"},
        {OK11 "Content-Encoding: gzip\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: x-gzip\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: GZip\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: deflate\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: br\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: zstd\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: compress\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: x-compress\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: dcb\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: dcz\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: exi\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: pack200-gzip\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: aes128gcm\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: identity, br\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: aws-chunked,gzip\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: gzip , none\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: none\r\nContent-Encoding: gzip\r\n" END, "200 1.1 close encoded"},
        {OK11 "Content-Encoding: Identity\r\n" END, "200 1.1 close"},
        {OK11 "Content-Encoding:\r\n" END, "200 1.1 close"},
        {OK11 "Content-Encoding:  ,\r\n" END, "200 1.1 close"},
        {OK11 "Content-Encoding: none\r\n" END, "200 1.1 close"},
        {OK11 "Content-Encoding: aws-chunked\r\n" END, "200 1.1 close"},
        {OK11 "Content-Encoding: utf-8\r\n" END, "200 1.1 close"},
        {OK11 "Content-Encoding: binary\r\n" END, "200 1.1 close"},
        {OK11 "Content-Encoding: gzi\r\n" END, "200 1.1 close"},
        {OK11 "Content-Encoding: gzipp\r\n" END, "200 1.1 close"},
        {OK11 "Content-Encoding: gzip br\r\n" END, "200 1.1 close"},
        {OK11 "Content-Encoding: gzip;q=1\r\n" END, "200 1.1 close"},
        {OK11 "Content-Encoding: identity,,none\r\n" END, "200 1.1 close"},
        {OK11 "Content-Type: application/json\r\n" END, "200 1.1 close"},
        {OK11 "Content-Type: Text/HTML ; charset=utf-8\r\n" END, "200 1.1 close html"},
        {OK11 "Content-Type: text/html;charset=utf-8\r\n" END, "200 1.1 close html"},
        {OK11 "Content-Type: multipart/byteranges; boundary=x\r\n" END, "200 1.1 close multipart"},
        {OK11 "Content-Type:\r\n" END, "200 1.1 close"},
    };
    (void)state;
    check_all(samples, COUNT(samples), false);
}

static void validators(void **state)
{
    static const struct sample samples[] = {
        {OK11 DATE END, "200 1.1 close d784887151"},
        {OK11 "Date: yesterday\r\n" END, "200 1.1 close"},
        {OK11 "ETag: \"a\"\r\n" END, "200 1.1 close e\"a\" v\"a\""},
        {OK11 "ETag: \"\"\r\n" END, "200 1.1 close e\"\" v\"\""},
        {OK11 "ETag: W/\"a\"\r\n" END, "200 1.1 close eW/\"a\""},
        {OK11 "ETag: w/\"a\"\r\n" END, "200 1.1 close"},
        {OK11 "ETag: a\r\n" END, "200 1.1 close"},
        {OK11 "ETag: \"\r\n" END, "200 1.1 close"},
        {OK11 "ETag: \"a\r\n" END, "200 1.1 close"},
        {OK11 "ETag: a\"\r\n" END, "200 1.1 close"},
        {OK11 "ETag: \"a\"b\"\r\n" END, "200 1.1 close"},
        {OK11 "ETag: \"a b\"\r\n" END, "200 1.1 close"},
        {OK11 "ETag: \"a\tb\"\r\n" END, "200 1.1 close"},
        {OK11 "ETag: \"\xC3\xA9\"\r\n" END, "200 1.1 close e\"\xC3\xA9\" v\"\xC3\xA9\""},
        {OK11 "ETag:\r\n" END, "200 1.1 close"},
        {OK11 "ETag: \"a\"\r\nETag: \"a\"\r\n" END, "200 1.1 close e\"a\" v\"a\""},
        {OK11 "ETag: \"a\"\r\nETag: \"b\"\r\n" END, "200 1.1 close"},
        {OK11 "ETag: \"a\"\r\nETag: \"b\"\r\nETag: \"a\"\r\n" END, "200 1.1 close"},
        {OK11 "Last-Modified: Tue, 15 Nov 1994 08:12:30 GMT\r\n" END,
         "200 1.1 close m784887150 tTue, 15 Nov 1994 08:12:30 GMT"},
        {OK11 DATE "Last-Modified: Tue, 15 Nov 1994 08:12:30 GMT\r\n" END,
         "200 1.1 close d784887151 m784887150 tTue, 15 Nov 1994 08:12:30 GMT"
         " vTue, 15 Nov 1994 08:12:30 GMT"},
        {OK11 "Last-Modified: Tue, 15 Nov 1994 08:12:31 GMT\r\n" DATE END,
         "200 1.1 close d784887151 m784887151 tTue, 15 Nov 1994 08:12:31 GMT"},
        {OK11 DATE "ETag: W/\"a\"\r\nLast-Modified: Tue, 15 Nov 1994 08:12:30 GMT\r\n" END,
         "200 1.1 close d784887151 m784887150 eW/\"a\" tTue, 15 Nov 1994 08:12:30 GMT"},
        {OK11 DATE "Last-Modified: once\r\n" END, "200 1.1 close d784887151 tonce"},
        {OK11 DATE "Last-Modified: Tue, 15 Nov 1994 08:12:30 GMT\r\nLast-Modified: once\r\n" END,
         "200 1.1 close d784887151"},
    };
    (void)state;
    check_all(samples, COUNT(samples), false);
}

static void what_next(void **state)
{
    static const struct sample samples[] = {
        {OK11 "Location: /a\r\nETag: \"e\"\r\n" END, "200 1.1 close e\"e\" v\"e\""},
        {FOUND "ETag: \"e\"\r\nLocation: /a\r\nLast-Modified: x\r\nETag: \"e\"\r\n" END,
         "302 1.1 close l/a"},
        {FOUND "ETag: \"e\"\r\n" END, "302 1.1 close"},
        {"HTTP/1.1 301 x\r\nETag: \"e\"\r\nLocation: /a\r\n" END, "301 1.1 close l/a"},
        {"HTTP/1.1 303 x\r\nETag: \"e\"\r\nLocation: /a\r\n" END, "303 1.1 close l/a"},
        {"HTTP/1.1 307 x\r\nETag: \"e\"\r\nLocation: /a\r\n" END, "307 1.1 close l/a"},
        {"HTTP/1.1 308 x\r\nETag: \"e\"\r\nLocation: /a\r\n" END, "308 1.1 close l/a"},
        {"HTTP/1.1 300 x\r\nETag: W/\"e\"\r\nLocation: /a\r\n" END, "300 1.1 close eW/\"e\""},
        {"HTTP/1.1 306 x\r\nETag: W/\"e\"\r\nLocation: /a\r\n" END, "306 1.1 close eW/\"e\""},
        {"HTTP/1.1 304 Not Modified\r\nLocation: /a\r\nETag: \"e\"\r\n" END,
         "304 1.1 none e\"e\" v\"e\""},
        {FOUND "Location: /a b\xE9\r\n" END, "302 1.1 close l/a b\xE9"},
        {FOUND "Location: /a\r\nLocation: /a\r\n" END, "302 1.1 close l/a"},
        {FOUND "Location: /a\r\nLocation: /b\r\n" END, "302 1.1 close"},
        {FOUND "Location:\r\nLocation: /b\r\n" END, "302 1.1 close"},
        {OK11 "Retry-After: 120\r\n" END, "200 1.1 close r120"},
        {OK11 "Retry-After: 0\r\n" END, "200 1.1 close r0"},
        {OK11 "Retry-After: 99999999999999999999999\r\n" END, "200 1.1 close r4294967295"},
        {OK11 "Retry-After: -1\r\n" END, "200 1.1 close"},
        {OK11 "Retry-After: +1\r\n" END, "200 1.1 close"},
        {OK11 "Retry-After: 1.5\r\n" END, "200 1.1 close"},
        {OK11 "Retry-After: 1 2\r\n" END, "200 1.1 close"},
        {OK11 "Retry-After: 3\r\nRetry-After: soon\r\n" END, "200 1.1 close r3"},
        {OK11 "Retry-After: :\r\n" END, "200 1.1 close"},
        {OK11 "Retry-After:\r\n" END, "200 1.1 close"},
        {OK11 "Retry-After: Tue, 15 Nov 1994 08:12:41 GMT\r\n" END, "200 1.1 close at784887161"},
        {OK11 "Retry-After: Tue, 15 Nov 1994 08:12:41 GMT\r\n" DATE END,
         "200 1.1 close d784887151 r10"},
        {OK11 DATE "Retry-After: Tue, 15 Nov 1994 08:12:01 GMT\r\n" END,
         "200 1.1 close d784887151 r0"},
    };
    (void)state;
    check_all(samples, COUNT(samples), false);
}

/* RFC 9110 5.6.7: more than 50 years ahead is the past. */
static void years_of_two_digits(void **state)
{
    static const struct sample samples[] = {
        {OK11 "Date: Tuesday, 15-Nov-94 08:12:31 GMT\r\n" END, "200 1.1 close d784887151"},
        {OK11 DATE "Last-Modified: Tuesday, 15-Nov-94 08:12:30 GMT\r\n" END,
         "200 1.1 close d784887151 m784887150 tTuesday, 15-Nov-94 08:12:30 GMT"
         " vTuesday, 15-Nov-94 08:12:30 GMT"},
        {OK11 "Last-Modified: Tue Nov 15 08:12:30 1994\r\nDate: Tuesday, 15-Nov-94 08:12:31 GMT"
              "\r\n" END,
         "200 1.1 close d784887151 m784887150 tTue Nov 15 08:12:30 1994 vTue Nov 15 08:12:30 1994"},
        {OK11 "Retry-After: Tuesday, 15-Nov-94 08:12:41 GMT\r\n" END, "200 1.1 close at784887161"},
        {OK11 DATE "Retry-After: Tuesday, 15-Nov-94 08:12:41 GMT\r\n" END,
         "200 1.1 close d784887151 r10"},
        {OK11 "Retry-After: Friday, 06-Nov-26 08:49:37 GMT\r\n"
              "Date: Fri Nov  6 08:49:30 2026\r\n" END,
         "200 1.1 close d1793954970 r7"},
    };
    static const struct sample later[] = {
        {OK11 "Date: Tuesday, 15-Nov-94 08:12:31 GMT\r\n" END, "200 1.1 close d3940647151"},
    };
    (void)state;
    check_all(samples, COUNT(samples), false);
    now_us = INT64_C(1795824000000000); /* 2026 */
    check_all(samples, COUNT(samples), false);
    now_us = INT64_C(2366841600000000); /* 2045 */
    check_all(later, COUNT(later), false);
    now_us = INT64_MIN;
}

/* A head of one field: prefix, then count times fill, then suffix. */
static size_t build(char *out, const char *prefix, size_t count, const char *suffix)
{
    size_t n = strlen(prefix);
    memcpy(out, prefix, n);
    memset(out + n, 'x', count);
    memcpy(out + n + count, suffix, strlen(suffix) + 1);
    return n + count + strlen(suffix);
}

static void capacities(void **state)
{
    static const struct {
        const char *prefix, *suffix;
        size_t total; /* bytes between prefix and suffix */
        const char *expected;
    } cases[] = {
        {OK11 "X: ", "\r\n\r\n", FV_CAP_LINE - 3, "200 1.1 close"},
        {OK11 "X: ", "\r\n\r\n", FV_CAP_LINE - 2, "200 1.1 close"},
        {OK11 "X: ", "\r\nContent-Length: 5\r\n\r\n", 2 * FV_CAP_LINE, "200 1.1 length 5 keep"},
        {OK11 "X: ", "\1\r\n\r\n", 2 * FV_CAP_LINE, "SYNTAX"},
        {OK11 "X ", ":\r\n\r\n", FV_CAP_LINE - 3, "SYNTAX"},
        {OK11 "X", ":\r\n\r\n", FV_CAP_LINE - 2, "200 1.1 close"},
        {OK11 "X", ":\r\n\r\n", FV_CAP_LINE - 1, "LINE"},
        {OK11 "X y: ", "\r\n\r\n", FV_CAP_LINE, "LINE"},
        {OK11 "Date: ", "\r\n\r\n", FV_CAP_LINE - 5, "LINE"},
        {"HTTP/1.1 100 C\r\nDate: ", "\r\n\r\n" OK11 "\r\n", FV_CAP_LINE, "200 1.1 close"},
        {"HTTP/1.1 200 ", "\r\n\r\n", FV_CAP_LINE - 13, "200 1.1 close"},
        {"HTTP/1.1 200 ", "\r\n\r\n", FV_CAP_LINE - 12, "LINE"},
        {OK11 "ETag: \"", "\"\r\n\r\n", FV_CAP_VALIDATOR - 1, "200 1.1 close"},
        {OK11 "Last-Modified: ", "\r\n\r\n", FV_CAP_VALIDATOR + 1, "200 1.1 close"},
        {FOUND "Location: ", "\r\n\r\n", FV_CAP_URL + 1, "302 1.1 close"},
        {OK11 "Content-Length: 5", "\r\n\r\n", FV_CAP_LINE, "LINE"},
        {OK11 "Date: ", "\r\n \t \r\n\r\n", FV_CAP_LINE - 7, "200 1.1 close"},
        {OK11 "Date: ", "\r\n \r\n\r\n", FV_CAP_LINE - 6, "LINE"},
        {OK11 "Date:\r\n ", "\r\n\r\n", FV_CAP_LINE - 6, "200 1.1 close"},
        {OK11 "Date:\r\n ", "\r\n\r\n", FV_CAP_LINE - 5, "LINE"},
        {OK11 "X: ", "\r\n y \r\n z\r\nContent-Length: 5\r\n\r\n", FV_CAP_LINE,
         "200 1.1 length 5 keep"},
        {OK11 "X:\r\n ", "\r\n\r\n", 2 * FV_CAP_LINE, "200 1.1 close"},
        {OK11 "X", "\r\n :\r\n\r\n", FV_CAP_LINE - 1, "LINE"},
    };
    static char in[2 * FV_CAP_LINE + 128];
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t n = build(in, cases[i].prefix, cases[i].total, cases[i].suffix);
        check(in, n, 0, false, cases[i].expected);
        check(in, n, n / 2, false, cases[i].expected);
        check(in, n, BYTE_BY_BYTE, false, cases[i].expected);
    }
    /* A line that was cut says nothing about the next one. */
    size_t first = build(in, OK11 "X: ", FV_CAP_LINE, "\r\n");
    check(in, first + build(in + first, "Date: ", FV_CAP_LINE - 5, END), BYTE_BY_BYTE, false,
          "LINE");
    char expected[FV_CAP_URL + 32];
    size_t n = build(in, FOUND "Location: ", FV_CAP_URL, "\r\n\r\n");
    build(expected, "302 1.1 close l", FV_CAP_URL, "");
    check(in, n, 0, false, expected);
}

/* A build for Linux takes what curl does, and the signed URL of any service. */
static void as_long_a_head_as_curl_takes(void **state)
{
    enum { MOST = 300 * 1024, LOCATION = 8192 };
    static const char cookie[] = "Set-Cookie: a=b\r\n";
    static char in[MOST + 2], expected[ROOM];
    size_t n = build(in, FOUND "Location: ", LOCATION, "\r\n");
    (void)state;
    while (n + sizeof cookie + sizeof "Y:\r\n\r\n" <= MOST) {
        memcpy(in + n, cookie, sizeof cookie);
        n += sizeof cookie - 1;
    }
    size_t last = MOST - n - strlen("Y:\r\n\r\n");
    build(expected, "302 1.1 close l", LOCATION, "");
    n += build(in + n, "Y:", last, "\r\n\r\n");
    assert_int_equal(n, MOST);
    check(in, n, 0, false, expected);
    check(in, n, BYTE_BY_BYTE, false, expected);
    n += build(in + n - last - 4, "", last + 1, "\r\n\r\n") - last - 4;
    assert_int_equal(n, MOST + 1);
    check(in, n, n / 2, false, "HEAD");
}

/* What interim responses leave of the limit for a head. */
static void whole_head(void **state)
{
    static const char interim_head[] = "HTTP/1.1 100 C\r\n\r\n";
    const size_t one = sizeof interim_head - 1;
    char *in = malloc(FV_CAP_HEAD + one);
    size_t n = 0;
    (void)state;
    assert_non_null(in);
    while (n <= FV_CAP_HEAD) {
        memcpy(in + n, interim_head, one);
        n += one;
    }
    check(in, n, 0, false, "HEAD");
    check(in, n, BYTE_BY_BYTE, false, "HEAD");
    check(in, FV_CAP_HEAD, 0, false, "TRUNCATED");
    free(in);
}

static void ended(void **state)
{
    static struct fv_head h;
    static const char in[] = OK11 END;
    size_t used = 0;
    (void)state;
    fv_head_reset(&h, false);
    assert_int_equal(fv_head_push(&h, NULL, 0, &used), FV_MORE);
    assert_int_equal(fv_head_push(&h, (const uint8_t *)in, sizeof in - 1, &used), FV_OK);
    assert_int_equal(fv_head_push(&h, (const uint8_t *)in, sizeof in - 1, &used), FV_OK);
    assert_int_equal(used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_line),  cmocka_unit_test(field_syntax),
        cmocka_unit_test(folded_lines), cmocka_unit_test(framing),
        cmocka_unit_test(persistence),  cmocka_unit_test(interim),
        cmocka_unit_test(file_fields),  cmocka_unit_test(validators),
        cmocka_unit_test(what_next),    cmocka_unit_test(years_of_two_digits),
        cmocka_unit_test(capacities),   cmocka_unit_test(as_long_a_head_as_curl_takes),
        cmocka_unit_test(whole_head),   cmocka_unit_test(ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
