/* SPDX-License-Identifier: MIT */
/* Request heads, byte for byte; values that would inject a field; writers of every size. */
#include "parse/request.h"

#include "base/cap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define AGENT "User-Agent: fluxvision\r\n"

struct case_request {
    const char *url, *authorization, *accept;
    uint64_t from;
    const char *if_range;
    const char *get;
    const char *connect;
};

static const struct case_request cases[] = {
    {"https://h", NULL, NULL, 0, NULL, /* no more than needed */
     "GET / HTTP/1.1\r\nHost: h\r\n" AGENT "\r\n",
     "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n" AGENT "\r\n"},
    {"https://H:8443/a b?c\xE9#d", "Basic dTpw", "application/json", 0, NULL,
     "GET /a%20b?c%E9 HTTP/1.1\r\nHost: h:8443\r\n" AGENT
     "Authorization: Basic dTpw\r\nAccept: application/json\r\n\r\n",
     "CONNECT h:8443 HTTP/1.1\r\nHost: h:8443\r\n" AGENT "Proxy-Authorization: Basic dTpw\r\n\r\n"},
    {"http://[::1]/x", NULL, NULL, 1, "\"etag\"",
     "GET /x HTTP/1.1\r\nHost: [::1]\r\n" AGENT "Range: bytes=1-\r\nIf-Range: \"etag\"\r\n\r\n",
     "CONNECT [::1]:80 HTTP/1.1\r\nHost: [::1]:80\r\n" AGENT "\r\n"},
    {"https://h/x", NULL, NULL, UINT64_MAX, NULL, /* no validator */
     "GET /x HTTP/1.1\r\nHost: h\r\n" AGENT "Range: bytes=18446744073709551615-\r\n\r\n", NULL},
    {"https://h/x", NULL, NULL, 0, "\"etag\"", /* If-Range means nothing without Range */
     "GET /x HTTP/1.1\r\nHost: h\r\n" AGENT "\r\n", NULL},
};

static const char *const injections[] = {
    "x\r\nX-Evil: y", "x\n", "\r", "\tx", "x\x7F", "\x01",
};

/* The request of a case; the URL's text stays the case's. */
static struct fv_request request(const struct case_request *c, struct fv_url *url)
{
    assert_int_equal(fv_url_parse(fv_slice_of(c->url), url), FV_OK);
    return (struct fv_request){.url = url,
                               .authorization = fv_slice_of(c->authorization),
                               .accept = fv_slice_of(c->accept),
                               .range_from = c->from,
                               .if_range = fv_slice_of(c->if_range)};
}

static void test_heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fv_url url;
        struct fv_request r = request(&cases[i], &url);
        char buf[FV_CAP_REQUEST];
        struct fv_writer w;
        fv_writer_init(&w, buf, sizeof(buf));
        assert_int_equal(fv_request_get(&r, &w), FV_OK);
        assert_string_equal(buf, cases[i].get);
        if (cases[i].connect != NULL) {
            fv_writer_init(&w, buf, sizeof(buf));
            assert_int_equal(fv_request_connect(&r, &w), FV_OK);
            assert_string_equal(buf, cases[i].connect);
        }
    }
}

static void test_every_capacity(void **state)
{
    (void)state;
    struct fv_url url;
    struct fv_request r = request(&cases[1], &url);
    for (size_t cap = 1; cap < 256; cap++) {
        char *buf = malloc(cap);
        struct fv_writer w;
        fv_writer_init(&w, buf, cap);
        bool fits = cap > strlen(cases[1].get);
        assert_int_equal(fv_request_get(&r, &w), fits ? FV_OK : FV_E_CAPACITY);
        fv_writer_init(&w, buf, cap);
        fits = cap > strlen(cases[1].connect);
        assert_int_equal(fv_request_connect(&r, &w), fits ? FV_OK : FV_E_CAPACITY);
        free(buf);
    }
}

static void test_injection(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(injections); i++) {
        struct fv_url url;
        struct fv_request clean = request(&cases[2], &url);
        struct fv_slice value = fv_slice_of(injections[i]);
        struct fv_request r[3] = {clean, clean, clean};
        r[0].authorization = value;
        r[1].accept = value;
        r[2].if_range = value;
        for (size_t j = 0; j < COUNT(r); j++) {
            char buf[FV_CAP_REQUEST];
            struct fv_writer w;
            fv_writer_init(&w, buf, sizeof(buf));
            assert_int_equal(fv_request_get(&r[j], &w), FV_E_URL);
            assert_int_equal(fv_request_connect(&r[j], &w), j == 0 ? FV_E_URL : FV_OK);
            assert_true(strstr(buf, "Evil") == NULL);
        }
    }
}

/* FV_CAP_REQUEST holds the longest request that the other capacities allow. */
static void test_longest(void **state)
{
    (void)state;
    static char text[FV_CAP_URL];
    static char secret[4 * FV_CAP_SECRET];
    static char validator[FV_CAP_VALIDATOR];
    static char buf[FV_CAP_REQUEST];
    size_t host = FV_CAP_HOST;
    memset(text, 'a', sizeof(text));
    memset(secret, 'b', sizeof(secret));
    memset(validator, 'c', sizeof(validator));
    memcpy(text, "https://", 8);
    memcpy(text + 8 + host, ":65535/", 7);
    /* Basic, and the Base64 of a name, a colon and a password. */
    size_t basic = 6 + (2 * FV_CAP_SECRET + 1 + 2) / 3 * 4;
    struct fv_url url;
    assert_int_equal(fv_url_parse((struct fv_slice){text, sizeof(text)}, &url), FV_OK);
    struct fv_request r = {&url,
                           {secret, basic},
                           FV_SLICE("application/json"),
                           UINT64_MAX,
                           {validator, sizeof(validator)}};
    struct fv_writer w;
    fv_writer_init(&w, buf, sizeof(buf));
    assert_int_equal(fv_request_get(&r, &w), FV_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_every_capacity),
        cmocka_unit_test(test_injection),
        cmocka_unit_test(test_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
