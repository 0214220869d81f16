/* SPDX-License-Identifier: MIT */
/* The origin rule: which URLs are fetched, which redirects followed, with credentials or not. */
#include "parse/origin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What a listing's URL becomes (admitted, NULL: FV_E_ORIGIN), and a redirect to it. */
enum follow { NEVER, BARE, WITH_CREDENTIALS };

struct case_origin {
    const char *endpoint, *url, *admitted;
    enum follow follow;
};

static const struct case_origin cases[] = {
    /* the endpoint itself, in other spellings */
    {"https://p.fr", "https://p.fr/a", "https://p.fr/a", WITH_CREDENTIALS},
    {"https://p.fr", "https://P.FR:443/a", "https://p.fr/a", WITH_CREDENTIALS},
    {"https://p.fr", "https://p.fr./a", "https://p.fr/a", WITH_CREDENTIALS},
    {"https://p.fr", "https://p.fr:/a", "https://p.fr/a", WITH_CREDENTIALS},
    {"https://p.fr:", "https://p.fr:443/a", "https://p.fr/a", WITH_CREDENTIALS},
    {"https://p.fr:8443", "http://p.fr:/a", "https://p.fr:8443/a", WITH_CREDENTIALS},
    {"https://p.fr.", "https://p.fr/a", "https://p.fr./a", WITH_CREDENTIALS},
    {"https://p.fr:8443", "https://p.fr:8443/a?b", "https://p.fr:8443/a?b", WITH_CREDENTIALS},
    {"https://[::1]", "https://[::1]/a", "https://[::1]/a", WITH_CREDENTIALS},
    {"https://127.0.0.1", "https://127.0.0.1/a", "https://127.0.0.1/a", WITH_CREDENTIALS},
    /* plain HTTP of the endpoint's host becomes HTTPS */
    {"https://p.fr", "http://p.fr/a", "https://p.fr/a", WITH_CREDENTIALS},
    {"https://p.fr", "http://P.fr./a", "https://p.fr/a", WITH_CREDENTIALS},
    {"https://p.fr", "http://p.fr:80/a", "https://p.fr/a", WITH_CREDENTIALS},
    {"https://p.fr", "http://p.fr:443/a", "https://p.fr/a", WITH_CREDENTIALS},
    {"https://p.fr:8443", "http://p.fr/a", "https://p.fr:8443/a", WITH_CREDENTIALS},
    {"https://p.fr:8443", "http://p.fr:8443/a", "https://p.fr:8443/a", WITH_CREDENTIALS},
    {"https://p.fr:80", "http://p.fr/a", "https://p.fr:80/a", WITH_CREDENTIALS},
    {"https://[::1]:8443", "http://[::1]/a", "https://[::1]:8443/a", WITH_CREDENTIALS},
    /* other origins */
    {"https://p.fr", "https://p.fr:8443/a", NULL, BARE},
    {"https://p.fr:8443", "https://p.fr/a", NULL, BARE},
    {"https://p.fr", "https://p.fr:80/a", NULL, BARE},
    {"https://p.fr", "https://q.fr/a", NULL, BARE},
    {"https://p.fr", "https://x.p.fr/a", NULL, BARE},
    {"https://x.p.fr", "https://p.fr/a", NULL, BARE},
    {"https://p.fr", "https://p.fr.evil/a", NULL, BARE},
    {"https://p.fr", "https://evil-p.fr/a", NULL, BARE},
    {"https://p.fr", "https://p.f/a", NULL, BARE},
    {"https://[::1]", "https://[::2]/a", NULL, BARE},
    {"https://p.fr", "http://p.fr:8080/a", NULL, NEVER},
    {"https://p.fr:8443", "http://p.fr:443/a", NULL, NEVER},
    {"https://p.fr", "http://q.fr/a", NULL, NEVER},
    {"https://p.fr", "http://q.fr:443/a", NULL, NEVER},
    {"https://p.fr", "http://x.p.fr/a", NULL, NEVER},
};

#define COUNT (sizeof(cases) / sizeof(cases[0]))

static struct fv_url parsed(const char *text)
{
    struct fv_url url;
    assert_int_equal(fv_url_parse(fv_slice_of(text), &url), FV_OK);
    return url;
}

static void assert_written(const struct fv_url *url, const char *expected)
{
    char buf[64];
    struct fv_writer w;
    fv_writer_init(&w, buf, sizeof(buf));
    fv_url_write(url, &w);
    assert_string_equal(buf, expected);
}

static void test_admit(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        struct fv_url endpoint = parsed(cases[i].endpoint);
        struct fv_url url = parsed(cases[i].url);
        enum fv_err err = fv_origin_admit(&endpoint, &url);
        if (cases[i].admitted != NULL) {
            assert_int_equal(err, FV_OK);
            assert_true(fv_origin_same(&endpoint, &url));
            assert_written(&url, cases[i].admitted);
        } else {
            assert_int_equal(err, FV_E_ORIGIN);
            assert_written(&url, cases[i].url);
        }
    }
}

static void test_redirect(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        struct fv_url endpoint = parsed(cases[i].endpoint);
        struct fv_url target = parsed(cases[i].url);
        bool expected = cases[i].follow == WITH_CREDENTIALS;
        bool credentials = !expected;
        enum fv_err err = fv_origin_redirect(&endpoint, &target, &credentials);
        assert_int_equal(err, cases[i].follow == NEVER ? FV_E_HTTP_REDIRECT : FV_OK);
        if (err == FV_OK) {
            assert_int_equal(credentials, expected);
            assert_written(&target, expected ? cases[i].admitted : cases[i].url);
        }
    }
}

static void test_same(void **state)
{
    (void)state;
    struct fv_url a = parsed("https://p.fr:8080/a");
    struct fv_url b = parsed("http://p.fr:8080/a");
    struct fv_url c = parsed("https://P.fr.:8080/b?c");
    assert_false(fv_origin_same(&a, &b));
    assert_true(fv_origin_same(&a, &c));
    assert_true(fv_origin_same(&c, &a));
}

static void test_endpoint(void **state)
{
    static const struct {
        const char *text, *path; /* path NULL: refused */
    } rows[] = {
        {"https://p.fr", ""},
        {"https://p.fr/", ""},
        {"https://p.fr:8443//", ""},
        {"https://p.fr/a", "/a"},
        {"https://p.fr/a/b//", "/a/b"},
        {"https://[::1]:8443/a", "/a"},
        {"http://p.fr", NULL},
        {"p.fr", NULL},
        {"https://", NULL},
        {"https://p.fr/a?b", NULL},
        {"https://p.fr?", NULL},
        {"https://p.fr/#a", NULL},
        {"https://p.fr#", NULL},
        {"https://u:p@p.fr", NULL},
        {"https://u@p.fr/a", NULL},
        {"https://user/pw@p.fr", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fv_url url = {.port = 7};
        enum fv_err err = fv_origin_endpoint(fv_slice_of(rows[i].text), &url);
        assert_int_equal(err, rows[i].path != NULL ? FV_OK : FV_E_URL);
        if (err == FV_OK) {
            assert_true(fv_slice_eq(url.path, fv_slice_of(rows[i].path)));
        } else {
            assert_int_equal(url.port, 7);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_admit),
        cmocka_unit_test(test_redirect),
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_endpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
