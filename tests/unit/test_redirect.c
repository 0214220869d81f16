/* SPDX-License-Identifier: MIT */
/* Where Location leads, and whether credentials go along. */
#include "client/redirect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct row {
    const char *from, *location;
    const char *want; /* NULL: FV_E_HTTP_REDIRECT */
    bool credentials;
};

static const struct row rows[] = {
    {"https://p/d/f?q=1", "/x", "https://p/x", true},
    {"https://p/d/f?q=1", "x", "https://p/d/x", true},
    {"https://p/d/f?q=1", "../x", "https://p/x", true},
    {"https://p/d/f?q=1", "?q=2", "https://p/d/f?q=2", true},
    {"https://p/d/f?q=1", "//s/x", "https://s/x", false},
    {"https://p/f", "https://p/x", "https://p/x", true},
    {"https://p/f", "HTTPS://P:443/x", "https://p/x", true},
    {"https://p/f", "http://p/x", "https://p/x",
     true}, /* the endpoint's own host is asked over TLS */
    {"https://p/f", "http://p:80/x", "https://p/x", true},
    {"https://p/f", "https://p:8443/x", "https://p:8443/x", false},
    {"https://p/f", "https://s/x?key=1", "https://s/x?key=1", false},
    {"https://p/f", "https://pp/x", "https://pp/x", false},
    {"https://s/a/b", "c", "https://s/a/c", false}, /* relative to the target that answers */
    {"https://s/a/b", "https://p/x", "https://p/x", true},
    {"https://s/a/b", "http://p/x", "https://p/x", true},
    {"https://p/f", "", NULL, false},
    {"https://p/f", "http://s/x", NULL, false},
    {"https://s/f", "http://s/x", NULL, false},
    {"https://p/f", "ftp://p/x", NULL, false},
    {"https://p/f", "data:,x", NULL, false},
    {"https://p/f", "https://", NULL, false},
    {"https://p/f", "https://s:0x1/x", NULL, false},
    {"https://p/f", "https://u:w@s/x", NULL, false},
};

static const struct fv_url endpoint = {.https = true, .host = {"p", 1}, .port = 443};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char url[FV_CAP_URL + 1];
        bool credentials = !rows[i].credentials;
        snprintf(url, sizeof url, "%s", rows[i].from);
        enum fv_err err = fv_redirect(&endpoint, fv_slice_of(rows[i].location), url, &credentials);
        if (err != (rows[i].want ? FV_OK : FV_E_HTTP_REDIRECT)) {
            print_error("%s: %d\n", rows[i].location, err);
            fail();
        }
        if (rows[i].want != NULL) {
            assert_string_equal(url, rows[i].want);
            assert_int_equal(credentials, rows[i].credentials);
        }
    }
}

/* The longest that fits, and one byte more. */
static void test_length(void **state)
{
    (void)state;
    static char location[FV_CAP_URL + 2];
    const size_t origin = sizeof "https://p" - 1;
    for (size_t more = 0; more < 2; more++) {
        char url[FV_CAP_URL + 1] = "https://p/f";
        bool credentials = false;
        size_t len = FV_CAP_URL - origin + more;
        memset(location, 'a', len);
        location[0] = '/';
        location[len] = '\0';
        enum fv_err err = fv_redirect(&endpoint, fv_slice_of(location), url, &credentials);
        assert_int_equal(err, more == 0 ? FV_OK : FV_E_HTTP_REDIRECT);
        assert_true(more == 1 || strlen(url) == FV_CAP_URL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
