/* SPDX-License-Identifier: MIT */
/* URLs: taken apart, refused, written; and the examples of RFC 3986 5.4. */
#include "parse/url.h"

#include "base/cap.h"
#include "support/exact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define PORTAL "download.flux-vision.orange-business.com"

struct case_good {
    const char *text, *host;
    uint16_t port;
    const char *path, *query, *written;
};

struct case_pair {
    const char *text, *expected; /* NULL: FV_E_URL */
};

static const struct case_good good[] = {
    {"http://h", "h", 80, "", "", "http://h/"},
    {"https://h/", "h", 443, "/", "", "https://h/"},
    {"HTTPS://Ex-am_ple.ORG/P", "Ex-am_ple.ORG", 443, "/P", "", "https://ex-am_ple.org/P"},
    {"https://h.:443/", "h.", 443, "/", "", "https://h./"},
    {"https://h:80", "h", 80, "", "", "https://h:80/"},
    {"http://h:80/a", "h", 80, "/a", "", "http://h/a"},
    {"http://h:443/a", "h", 443, "/a", "", "http://h:443/a"},
    {"https://h:1/", "h", 1, "/", "", "https://h:1/"},
    {"https://h:65535/", "h", 65535, "/", "", "https://h:65535/"},
    {"https://h:00443/", "h", 443, "/", "", "https://h/"},
    /* an empty port is the scheme's */
    {"https://h:", "h", 443, "", "", "https://h/"},
    {"https://h:/x", "h", 443, "/x", "", "https://h/x"},
    {"http://h.org:/x", "h.org", 80, "/x", "", "http://h.org/x"},
    {"https://h:?q", "h", 443, "", "q", "https://h/?q"},
    {"https://h:#f", "h", 443, "", "", "https://h/"},
    {"https://h:/u@x", "h", 443, "/u@x", "", "https://h/u@x"},
    {"https://127.0.0.1:/x", "127.0.0.1", 443, "/x", "", "https://127.0.0.1/x"},
    {"https://[::1]:", "::1", 443, "", "", "https://[::1]/"},
    {"https://[::1]:/x", "::1", 443, "/x", "", "https://[::1]/x"},
    {"https://127.0.0.1:8443/x", "127.0.0.1", 8443, "/x", "", "https://127.0.0.1:8443/x"},
    {"https://h?q", "h", 443, "", "q", "https://h/?q"},
    {"https://h/p?", "h", 443, "/p", "", "https://h/p?"},
    {"https://h/p?a=b?c/d#f?g", "h", 443, "/p", "a=b?c/d", "https://h/p?a=b?c/d"},
    {"https://h#f", "h", 443, "", "", "https://h/"},
    {"https://h/a#b#c", "h", 443, "/a", "", "https://h/a"},
    {"https://h//a/../b", "h", 443, "//a/../b", "", "https://h//a/../b"},
    {"https://h/user@x:1", "h", 443, "/user@x:1", "", "https://h/user@x:1"},
    {"https://h/a b", "h", 443, "/a b", "", "https://h/a%20b"},
    {"https://h/%C3%89\xC3\x89", "h", 443, "/%C3%89\xC3\x89", "", "https://h/%C3%89%C3%89"},
    {"https://h/%e9%2f", "h", 443, "/%e9%2f", "", "https://h/%e9%2f"},
    {"https://h/100%", "h", 443, "/100%", "", "https://h/100%25"},
    {"https://h/100%2", "h", 443, "/100%2", "", "https://h/100%252"},
    {"https://h/%2g%zz%%41", "h", 443, "/%2g%zz%%41", "", "https://h/%252g%25zz%25%41"},
    {"https://h/\\\"<>[]^`{|}", "h", 443, "/\\\"<>[]^`{|}", "",
     "https://h/%5C%22%3C%3E%5B%5D%5E%60%7B%7C%7D"},
    {"https://h/~-._!$&'()*+,;=:@", "h", 443, "/~-._!$&'()*+,;=:@", "",
     "https://h/~-._!$&'()*+,;=:@"},
    {"https://h/?a b\xFF[%", "h", 443, "/", "a b\xFF[%", "https://h/?a%20b%FF%5B%25"},
    {"https://[::1]", "::1", 443, "", "", "https://[::1]/"},
    {"https://[::]:8443/x", "::", 8443, "/x", "", "https://[::]:8443/x"},
    {"http://[2001:DB8::A]:80/", "2001:DB8::A", 80, "/", "", "http://[2001:db8::a]/"},
    {"https://[1:2:3:4:5:6:7:8]/", "1:2:3:4:5:6:7:8", 443, "/", "", "https://[1:2:3:4:5:6:7:8]/"},
    {"https://[1:2:3:4:5:6:7::]/", "1:2:3:4:5:6:7::", 443, "/", "", "https://[1:2:3:4:5:6:7::]/"},
    {"https://[::2:3:4:5:6:7:8]/", "::2:3:4:5:6:7:8", 443, "/", "", "https://[::2:3:4:5:6:7:8]/"},
    {"https://[::ffff:1.2.3.4]/", "::ffff:1.2.3.4", 443, "/", "", "https://[::ffff:1.2.3.4]/"},
    {"https://[1:2:3:4:5:6:1.2.3.4]/", "1:2:3:4:5:6:1.2.3.4", 443, "/", "",
     "https://[1:2:3:4:5:6:1.2.3.4]/"},
};

static const char *const refused[] = {
    /* schemes */
    "",
    ":",
    "/",
    "h",
    "h/p",
    "//h/p",
    "http",
    "http:",
    "http:/",
    "http:/h",
    "http:h",
    "https//h",
    "ftp://h/",
    "file:///etc/passwd",
    "httpss://h",
    "javascript:alert(1)",
    " https://h",
    "https ://h",
    "https:\\\\h",
    /* hosts */
    "https://",
    "https:///",
    "https://?q",
    "https://#f",
    "https://:443/",
    "https://.",
    "https://.h/",
    "https://a..b/",
    "https://h h/",
    "https://h%41/",
    "https://h%00.x/",
    "https://h~/",
    "https://h!/",
    "https://h,x/",
    "https://*/",
    "https://h\\x/",
    "https://h\\@evil/",
    "https://\xC3\x89.org/",
    "https://xn--\xE2\x82\xAC/",
    "https://h|/",
    "https://h]/",
    "https://a]:1/",
    "https://a]b/",
    /* user information */
    "https://u@h/",
    "https://u:p@h/",
    "https://@h/",
    "https://u:p@h:443/",
    "https://" PORTAL "@evil/",
    "https://" PORTAL ":443@evil/",
    "https://u@[::1]/",
    /* ports */
    "https://h:0/",
    "https://h::/",
    "https://h:443:/",
    "https://:",
    "https://:/",
    "https://::/",
    "https://[::1]::/",
    "https://[::1]x:/",
    "https://u:@h/",
    "https://h:65536/",
    "https://h:99999999999999999999999/",
    "https://h:-1/",
    "https://h:+1/",
    "https://h: 1/",
    "https://h:1 /",
    "https://h:4a/",
    "https://h:443:443/",
    "https://[::1]:0",
    "https://[::1]:x",
    "https://[::1]443",
    "https://[::1]x:443",
    /* IP literals */
    "http://[",
    "http://[]",
    "http://[/",
    "http://]",
    "http://[::1",
    "http://::1]",
    "http://::1",
    "http://[::1/",
    "http://[[::1]]",
    "http://[::1]]",
    "http://[a]",
    "http://[abc",
    "http://[1.2.3.4]",
    "http://[:]",
    "http://[:1]",
    "http://[1:]",
    "http://[:::]",
    "http://[1:::2]",
    "http://[1::2::3]",
    "http://[::1::]",
    "http://[1:2:3:4:5:6:7]",
    "http://[1:2:3:4:5:6:7:8:9]",
    "http://[1:2:3:4:5:6:7:8::]",
    "http://[::1:2:3:4:5:6:7:8]",
    "http://[1:2:3:4::5:6:7:8]",
    "http://[1::8:]",
    "http://[00001::]",
    "http://[g::]",
    "http://[fe80::1%25eth0]",
    "http://[fe80::1%eth0]",
    "http://[v1.x]",
    "http://[::1.2.3]",
    "http://[::1.2.3.4.5]",
    "http://[::1.2.3.256]",
    "http://[::1.2..4]",
    "http://[::1.2.3.0004]",
    "http://[::1.2.3.x]",
    "http://[::1.2.3.4:1]",
    "http://[1:2:3:4:5:6:7:1.2.3.4]",
    "http://[::1 ]",
    /* control bytes */
    "https://h/\n",
    "https://h/a\r\nHost: evil",
    "https://h/\x01",
    "https://h/\x7F",
    "https://h/?\t",
    "https://h/#\x1F",
    "https://h\n/",
    "\nhttps://h/",
    "https://h:4\n43/",
};

/* RFC 3986 5.4.1 and 5.4.2, with http for its base; and what the RFC leaves to reading. */
static const struct case_pair references[] = {
    {"g:h", NULL},
    {"g", "http://a/b/c/g"},
    {"./g", "http://a/b/c/g"},
    {"g/", "http://a/b/c/g/"},
    {"/g", "http://a/g"},
    {"//g", "http://g/"},
    {"?y", "http://a/b/c/d;p?y"},
    {"g?y", "http://a/b/c/g?y"},
    {"#s", "http://a/b/c/d;p?q"},
    {"g#s", "http://a/b/c/g"},
    {"g?y#s", "http://a/b/c/g?y"},
    {";x", "http://a/b/c/;x"},
    {"g;x", "http://a/b/c/g;x"},
    {"g;x?y#s", "http://a/b/c/g;x?y"},
    {"", "http://a/b/c/d;p?q"},
    {".", "http://a/b/c/"},
    {"./", "http://a/b/c/"},
    {"..", "http://a/b/"},
    {"../", "http://a/b/"},
    {"../g", "http://a/b/g"},
    {"../..", "http://a/"},
    {"../../", "http://a/"},
    {"../../g", "http://a/g"},
    {"../../../g", "http://a/g"},
    {"../../../../g", "http://a/g"},
    {"/./g", "http://a/g"},
    {"/../g", "http://a/g"},
    {"g.", "http://a/b/c/g."},
    {".g", "http://a/b/c/.g"},
    {"g..", "http://a/b/c/g.."},
    {"..g", "http://a/b/c/..g"},
    {"./../g", "http://a/b/g"},
    {"./g/.", "http://a/b/c/g/"},
    {"g/./h", "http://a/b/c/g/h"},
    {"g/../h", "http://a/b/c/h"},
    {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
    {"g;x=1/../y", "http://a/b/c/y"},
    {"g?y/./x", "http://a/b/c/g?y/./x"},
    {"g?y/../x", "http://a/b/c/g?y/../x"},
    {"g#s/./x", "http://a/b/c/g"},
    {"g#s/../x", "http://a/b/c/g"},
    {"http:g", NULL}, /* 5.4.2, strict */
    {"?", "http://a/b/c/d;p?"},
    {"/", "http://a/"},
    {"/g//../h", "http://a/g/h"},
    {"/g/h/..", "http://a/g/"},
    {"//G:8080", "http://g:8080/"},
    {"//g?x", "http://g/?x"},
    {"//g/a/../b", "http://g/b"},
    {"https://G:443/a/./b/../c?d#e", "https://g/a/c?d"},
    {"HTTP://g", "http://g/"},
    {"g/x:y", "http://a/b/c/g/x:y"},
    {"?x:y", "http://a/b/c/d;p?x:y"},
    {"#x:y", "http://a/b/c/d;p?q"},
    {"x y\xE9", "http://a/b/c/x%20y%E9"},
    {"\\\\evil", "http://a/b/c/%5C%5Cevil"},
    {"x:y", NULL},
    {":x", NULL},
    {"//", NULL},
    {"///g", NULL},
    {"//u@g/", NULL},
    {"//g:0/", NULL},
    {"ftp://g/", NULL},
    {"https:/g", NULL},
    {"https://u:p@g/", NULL},
    {"g\r\nX: y", NULL},
    {"\x7F", NULL},
};

static const struct case_pair segments[] = {
    {"https://h", ""},          {"https://h/", ""},   {"https://h/a", "a"},
    {"https://h/a/b c", "b c"}, {"https://h/a/", ""}, {"https://h/a%2Fb?c/d", "a%2Fb"},
};

static void assert_slice(struct fv_slice s, const char *expected)
{
    assert_int_equal(s.len, strlen(expected));
    if (s.len > 0) {
        assert_memory_equal(s.ptr, expected, s.len);
    }
}

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        const struct case_good *c = &good[i];
        struct fv_slice text = exact(c->text);
        struct fv_url url;
        char buf[FV_CAP_URL + 1];
        struct fv_writer w;
        assert_int_equal(fv_url_parse(text, &url), FV_OK);
        assert_int_equal(url.https, c->written[4] == 's');
        assert_slice(url.host, c->host);
        assert_int_equal(url.ipv6, strchr(c->host, ':') != NULL);
        assert_int_equal(url.port, c->port);
        assert_slice(url.path, c->path);
        assert_slice(url.query, c->query);
        assert_int_equal(url.has_query, strchr(c->written, '?') != NULL);
        fv_writer_init(&w, buf, sizeof(buf));
        fv_url_write(&url, &w);
        assert_string_equal(buf, c->written);
        exact_free(text);
    }
}

/* A URL in normal form is its own normal form. */
static void test_normal_form_is_stable(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct fv_url url;
        char buf[FV_CAP_URL + 1];
        struct fv_writer w;
        assert_int_equal(fv_url_parse(fv_slice_of(good[i].written), &url), FV_OK);
        fv_writer_init(&w, buf, sizeof(buf));
        fv_url_write(&url, &w);
        assert_string_equal(buf, good[i].written);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const struct fv_url untouched = {.port = 77};
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct fv_slice text = exact(refused[i]);
        struct fv_url url = untouched;
        if (fv_url_parse(text, &url) != FV_E_URL) {
            fail_msg("not refused: %s", refused[i]);
        }
        assert_int_equal(url.port, untouched.port);
        assert_null(url.host.ptr);
        exact_free(text);
    }
    struct fv_url url;
    assert_int_equal(fv_url_parse(FV_SLICE("https://h/\0"), &url), FV_E_URL);
    assert_int_equal(fv_url_parse(FV_SLICE("https://h\0.evil/"), &url), FV_E_URL);
    assert_int_equal(fv_url_parse(FV_SLICE_NONE, &url), FV_E_URL);
}

static void test_has_port(void **state)
{
    (void)state;
    struct fv_url url;
    assert_int_equal(fv_url_parse(FV_SLICE("https://h:443"), &url), FV_OK);
    assert_true(url.has_port);
    assert_int_equal(fv_url_parse(FV_SLICE("https://h/:443"), &url), FV_OK);
    assert_false(url.has_port);
    assert_int_equal(fv_url_parse(FV_SLICE("https://[::1]"), &url), FV_OK);
    assert_false(url.has_port);
}

/* A URL with a host of host_len bytes, as long as len in all. */
static struct fv_slice long_url(char *buf, size_t host_len, size_t len)
{
    memset(buf, 'a', len);
    memcpy(buf, "https://", 8);
    buf[8 + host_len] = '/';
    return exact_bytes(buf, len);
}

static void test_capacity(void **state)
{
    (void)state;
    static const struct {
        size_t host, len;
        enum fv_err err;
    } cases[] = {
        {FV_CAP_HOST, 300, FV_OK}, {FV_CAP_HOST + 1, 300, FV_E_CAPACITY}, {300, 400, FV_E_CAPACITY},
        {1, FV_CAP_URL, FV_OK},    {1, FV_CAP_URL + 1, FV_E_CAPACITY},
    };
    char buf[FV_CAP_URL + 16];
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fv_slice text = long_url(buf, cases[i].host, cases[i].len);
        struct fv_url url;
        assert_int_equal(fv_url_parse(text, &url), cases[i].err);
        exact_free(text);
    }
}

static void resolve(struct fv_slice base, const char *reference, const char *expected)
{
    struct fv_url url;
    struct fv_slice text = exact(reference);
    char buf[256];
    struct fv_writer w;
    fv_writer_init(&w, buf, sizeof(buf));
    assert_int_equal(fv_url_parse(base, &url), FV_OK);
    enum fv_err err = fv_url_resolve(&url, text, &w);
    assert_int_equal(err, expected != NULL ? FV_OK : FV_E_URL);
    assert_string_equal(buf, expected != NULL ? expected : "");
    exact_free(text);
}

static void test_resolve(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(references); i++) {
        resolve(FV_SLICE("http://a/b/c/d;p?q"), references[i].text, references[i].expected);
    }
    resolve(FV_SLICE("https://h"), "g", "https://h/g");
    resolve(FV_SLICE("https://h"), "../g", "https://h/g");
    resolve(FV_SLICE("https://h"), "", "https://h/");
    resolve(FV_SLICE("https://h?q"), "#f", "https://h/?q");
    resolve(FV_SLICE("https://h?q"), "?", "https://h/?");
    resolve(FV_SLICE("https://h/a"), "g", "https://h/g");
    resolve(FV_SLICE("https://h/a/../b/c"), "g", "https://h/b/g");
    resolve(FV_SLICE("https://h/a/./b/."), "g", "https://h/a/b/g");
    resolve(FV_SLICE("https://h//"), "g", "https://h//g");
    resolve(FV_SLICE("https://H:8443/a"), "/b", "https://h:8443/b");
    resolve(FV_SLICE("https://[::1]:1/a"), "b", "https://[::1]:1/b");
    resolve(FV_SLICE("https://h/a"), "//g", "https://g/");
    resolve(FV_SLICE("https://h/a"), "//g:/b", "https://g/b");
    resolve(FV_SLICE("https://h:/a"), "b", "https://h/b");
    resolve(FV_SLICE("https://h/a"), "https://h:/b", "https://h/b");
}

/* Into writers of every size: all of it or FV_E_CAPACITY, and nothing behind the buffer's end.
 * The writer must hold what a dot segment then takes back, too. */
static void test_resolve_capacity(void **state)
{
    (void)state;
    static const char whole[] = "http://a/b/g/i";
    static const char longest[] = "http://a/b/g/hhhh";
    struct fv_url url;
    assert_int_equal(fv_url_parse(FV_SLICE("http://a/b/c/d"), &url), FV_OK);
    for (size_t cap = 1; cap < 32; cap++) {
        char *buf = malloc(cap);
        struct fv_writer w;
        fv_writer_init(&w, buf, cap);
        enum fv_err err = fv_url_resolve(&url, FV_SLICE("../g/hhhh/../i"), &w);
        assert_int_equal(err, cap >= sizeof(longest) ? FV_OK : FV_E_CAPACITY);
        assert_true(err != FV_OK || strcmp(buf, whole) == 0);
        assert_true(buf[w.len] == '\0');
        free(buf);
    }
    char text[FV_CAP_URL + 1];
    char buf[FV_CAP_URL + 1];
    struct fv_writer w;
    memset(text, 'a', sizeof(text));
    fv_writer_init(&w, buf, sizeof(buf));
    struct fv_slice longer = {text, sizeof(text)};
    assert_int_equal(fv_url_resolve(&url, longer, &w), FV_E_CAPACITY);
}

static void test_parts(void **state)
{
    (void)state;
    struct fv_url url;
    char buf[64];
    struct fv_writer w;
    assert_int_equal(fv_url_parse(FV_SLICE("https://Ex.ORG?a b"), &url), FV_OK);
    fv_writer_init(&w, buf, sizeof(buf));
    fv_url_write_target(&url, &w);
    assert_string_equal(buf, "/?a%20b");
    fv_writer_init(&w, buf, sizeof(buf));
    fv_url_write_authority(&url, true, &w);
    assert_string_equal(buf, "ex.org:443");
    fv_writer_init(&w, buf, sizeof(buf));
    fv_url_write_authority(&url, false, &w);
    assert_string_equal(buf, "ex.org");
    fv_writer_init(&w, buf, sizeof(buf));
    fv_url_write_segment(FV_SLICE("a-Z._~09/%41 +@\0\xC3\xA9"), &w);
    assert_string_equal(buf, "a-Z._~09%2F%2541%20%2B%40%00%C3%A9");
}

static const struct {
    const char *text, *expected; /* NULL: refused */
} encoded[] = {
    {"", ""},
    {"plain", "plain"},
    {"p%40ss", "p@ss"},
    {"%41%62%63", "Abc"},
    {"%C3%a9", "\xC3\xA9"},
    {"%25", "%"},
    {"%2540", "%40"},
    {"+", "+"},
    {"%", NULL},
    {"%4", NULL},
    {"a%4g", NULL},
    {"a%%41", NULL},
    {"%-1", NULL},
};

static void test_decode(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(encoded); i++) {
        struct fv_slice text = exact(encoded[i].text);
        char buf[16];
        struct fv_writer w;
        fv_writer_init(&w, buf, sizeof(buf));
        enum fv_err err = fv_url_decode(text, &w);
        assert_int_equal(err, encoded[i].expected != NULL ? FV_OK : FV_E_URL);
        if (err == FV_OK) {
            assert_string_equal(buf, encoded[i].expected);
        }
        exact_free(text);
    }
}

static void test_last_segment(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(segments); i++) {
        struct fv_slice text = exact(segments[i].text);
        struct fv_url url;
        assert_int_equal(fv_url_parse(text, &url), FV_OK);
        assert_slice(fv_url_last_segment(&url), segments[i].expected);
        exact_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_normal_form_is_stable),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_has_port),
        cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_resolve_capacity),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_last_segment),
        cmocka_unit_test(test_decode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
