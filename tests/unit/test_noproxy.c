/* SPDX-License-Identifier: MIT */
/* NO_PROXY: which hosts are reached without the proxy, and what of a list is not understood. */
#include "parse/noproxy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define L63 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"
#define L252 L63 "." L63 "." L63 "." L63 /* 255 characters, three more than fit */

static const struct {
    const char *list, *url;
    bool excepted;
} cases[] = {
    /* names */
    {"", "https://p.fr", false},
    {"p.fr", "https://p.fr", true},
    {"P.Fr", "https://p.fR", true},
    {"p.fr", "https://x.p.fr", true},
    {"p.fr", "https://y.x.p.fr", true},
    {"p.fr", "https://xp.fr", false},
    {"p.fr", "https://fr", false},
    {"x.p.fr", "https://p.fr", false},
    {"fr", "https://p.fr", true},
    {"p.f", "https://p.fr", false},
    {".p.fr", "https://p.fr", true},
    {".p.fr", "https://x.p.fr", true},
    {".p.fr", "https://xp.fr", false},
    {"p.fr.", "https://p.fr", true},
    {"p.fr", "https://p.fr.", true},
    {".p.fr.", "https://x.p.fr.", true},
    {"*.p.fr", "https://x.p.fr", true},
    {"*.p.fr", "https://y.x.p.fr", true},
    {"*.p.fr", "https://p.fr", false},
    {"*.p.fr", "https://xp.fr", false},
    {"localhost", "https://localhost", true},
    {"a_b.fr", "https://a_b.fr", true},
    {"*", "https://p.fr", true},
    {"*", "https://[::1]", true},
    {"q.fr,*", "https://p.fr", true},
    /* lists */
    {"q.fr,p.fr", "https://p.fr", true},
    {"q.fr p.fr", "https://p.fr", true},
    {"q.fr, p.fr ", "https://p.fr", true},
    {",, q.fr ,\t,p.fr,,", "https://p.fr", true},
    {"q.fr\np.fr\r\n", "https://p.fr", true},
    {"q.fr,r.fr", "https://p.fr", false},
    {"q/r,p.fr", "https://p.fr", true},
    /* ports */
    {"p.fr:443", "https://p.fr", true},
    {"p.fr:443", "https://p.fr:8443", false},
    {"p.fr:8443", "https://p.fr:8443", true},
    {"p.fr:8443", "https://x.p.fr:8443", true},
    {"p.fr:8443", "https://p.fr", false},
    {"p.fr:80", "http://p.fr", true},
    {"p.fr:", "https://p.fr:8443", true},
    {"*.p.fr:443", "https://x.p.fr", true},
    {"10.0.0.1:443", "https://10.0.0.1", true},
    {"10.0.0.1:80", "https://10.0.0.1", false},
    {"[::1]:443", "https://[::1]", true},
    {"[::1]:80", "https://[::1]", false},
    /* addresses */
    {"10.0.0.1", "https://10.0.0.1", true},
    {"10.0.0.1", "https://10.0.0.11", false},
    {"10.0.0.1", "https://110.0.0.1", false},
    {"10.0.0.1", "https://x.10.0.0.1", false},
    {"::1", "https://[::1]", true},
    {"[::1]", "https://[::1]", true},
    {"[0:0:0:0:0:0:0:1]", "https://[::1]", true},
    {"2001:DB8:0::7", "https://[2001:db8::0:7]", true},
    {"2001:db8::7", "https://[2001:db8::8]", false},
    {"::ffff:10.0.0.1", "https://10.0.0.1", true},
    {"10.0.0.1", "https://[::ffff:a00:1]", true},
    {"::1", "https://p.fr", false},
    {"p.fr", "https://[::1]", false},
    /* networks */
    {"10.0.0.0/8", "https://10.255.1.2", true},
    {"10.0.0.0/8", "https://11.0.0.1", false},
    {"10.1.2.3/8", "https://10.255.1.2", true},
    {"192.168.4.0/22", "https://192.168.7.255", true},
    {"192.168.4.0/22", "https://192.168.8.0", false},
    {"192.168.4.0/31", "https://192.168.4.1", true},
    {"192.168.4.0/31", "https://192.168.4.2", false},
    {"192.168.4.2/32", "https://192.168.4.2", true},
    {"192.168.4.2/32", "https://192.168.4.3", false},
    {"0.0.0.0/0", "https://1.2.3.4", true},
    {"0.0.0.0/0", "https://[::1]", false},
    {"0.0.0.0/0", "https://p.fr", false},
    {"10.0.0.0/8", "https://10.example", false},
    {"10.0.0.0/8", "https://[::ffff:10.9.8.7]", true},
    {"fd00::/8", "https://[fdff::1]", true},
    {"fd00::/8", "https://[fc00::1]", false},
    {"[fd00::]/8", "https://[fdff::1]", true},
    {"2001:db8::/33", "https://[2001:db8:7fff::1]", true},
    {"2001:db8::/33", "https://[2001:db8:8000::1]", false},
    {"::1/128", "https://[::1]", true},
    {"::1/128", "https://[::2]", false},
    {"::/0", "https://[2001:db8::1]", true},
    {"::/0", "https://10.0.0.1", false},
};

/* What excepts nothing, and is told: in lists of good ones. */
static const char *const unknown[] = {
    "10.0.0.0/33",
    "fd00::/129",
    "10.0.0.0/",
    "10.0.0.0/8x",
    "10.0.0.0/8/8",
    "10.0.0.0/8:443",
    "10.0.0.0:443/8",
    "p.fr/8",
    "p.fr/0",
    "*.10.0.0.1",
    "192.168.*",
    "192.168.",
    "1",
    "0.0.1",
    ".0.0.1",
    "127.2",
    ".5",
    "*.5",
    "10.0.0.2-10.0.0.9",
    "p.fr.7:443",
    "p*.fr",
    "*.*.fr",
    "**",
    "*:443",
    "p..fr",
    "..p.fr",
    ".",
    "p.fr:0",
    "p.fr:65536",
    "p.fr:x",
    "[::1",
    "::1]",
    "[::1]x",
    "[p.fr]",
    "1:2:3",
    "fe80::1%eth0",
    "http://p.fr",
    "u:p@p.fr",
    "p.fr?",
    "p.fr#x",
    "<local>",
    "\xC3\xA9t\xC3\xA9.fr",
    L252,
};

static void test_what_is_excepted(void **state)
{
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fv_url url;
        assert_int_equal(fv_url_parse(fv_slice_of(cases[i].url), &url), FV_OK);
        if (fv_noproxy_excepts(fv_slice_of(cases[i].list), &url) != cases[i].excepted) {
            print_error("'%s' and %s\n", cases[i].list, cases[i].url);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* A list ends where its slice does. */
static void test_the_end_of_a_list(void **state)
{
    struct fv_url url;
    (void)state;
    assert_int_equal(fv_url_parse(FV_SLICE("https://p.fr"), &url), FV_OK);
    assert_true(fv_noproxy_excepts((struct fv_slice){"p.frx", 4}, &url));
    assert_false(fv_noproxy_excepts((struct fv_slice){"p.fr", 3}, &url));
}

static void test_what_is_not_understood(void **state)
{
    static const char *const hosts[] = {"https://p.fr", "https://10.0.0.1", "https://[::1]",
                                        "https://192.168.1.1", "https://[fd00::1]"};
    (void)state;
    for (size_t i = 0; i < COUNT(unknown); i++) {
        char text[400];
        struct fv_slice rest;
        struct fv_slice entry = FV_SLICE_NONE;
        snprintf(text, sizeof text, "a.fr, %s *.b.fr", unknown[i]);
        rest = fv_slice_of(text);
        if (!fv_noproxy_unknown(&rest, &entry) || !fv_slice_eq(entry, fv_slice_of(unknown[i])) ||
            fv_noproxy_unknown(&rest, &entry)) {
            print_error("'%s'\n", unknown[i]);
            fail();
        }
        for (size_t k = 0; k < COUNT(hosts); k++) {
            struct fv_url url;
            assert_int_equal(fv_url_parse(fv_slice_of(hosts[k]), &url), FV_OK);
            assert_false(fv_noproxy_excepts(fv_slice_of(unknown[i]), &url));
        }
    }
}

/* Of all that excepts something nothing is told. */
static void test_what_is_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fv_slice rest = fv_slice_of(cases[i].list);
        struct fv_slice entry;
        bool bad = strcmp(cases[i].list, "q/r,p.fr") == 0;
        if (fv_noproxy_unknown(&rest, &entry) != bad) {
            print_error("'%s'\n", cases[i].list);
            fail();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_excepted),
        cmocka_unit_test(test_the_end_of_a_list),
        cmocka_unit_test(test_what_is_not_understood),
        cmocka_unit_test(test_what_is_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
