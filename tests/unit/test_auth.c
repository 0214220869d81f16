/* SPDX-License-Identifier: MIT */
/* Basic credentials, Base64, and pins. */
#include "net/auth.h"
#include "net/tls_base64.h"
#include "net/tls_pin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct case_auth {
    const char *user, *password;
    enum fv_err want;
    const char *value;
};

static const struct case_auth auths[] = {
    {"Aladdin", "open sesame", FV_OK, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, /* RFC 7617 2 */
    {"test", "123\xC2\xA3", FV_OK, "Basic dGVzdDoxMjPCow=="},                /* RFC 7617 2.1 */
    {"", "", FV_OK, "Basic Og=="},
    {"u", ":p:", FV_OK, "Basic dTo6cDo="},
    {"u:", "p", FV_E_USAGE, ""},
    {"u\n", "p", FV_E_USAGE, ""},
    {"u", "p\r", FV_E_USAGE, ""},
    {"u", "p\x7F", FV_E_USAGE, ""},
};

static bool all_zero(const void *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (((const char *)p)[i] != 0) {
            return false;
        }
    }
    return true;
}

static void test_basic(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(auths); i++) {
        struct fv_auth auth;
        memset(&auth, 'x', sizeof(auth));
        assert_int_equal(fv_auth_basic(&auth, fv_slice_of(auths[i].user),
                                       fv_slice_of(auths[i].password)),
                         auths[i].want);
        assert_true(fv_slice_eq(auth.value, fv_slice_of(auths[i].value)));
        fv_auth_reset(&auth);
        assert_true(all_zero(&auth, sizeof(auth)));
    }
}

static void test_capacity(void **state)
{
    (void)state;
    static char text[FV_CAP_SECRET + 1];
    struct fv_auth auth;
    memset(text, 'a', sizeof(text));
    struct fv_slice fits = {text, FV_CAP_SECRET};
    struct fv_slice more = {text, FV_CAP_SECRET + 1};
    assert_int_equal(fv_auth_basic(&auth, fits, fits), FV_OK);
    assert_int_equal(auth.value.len, sizeof(auth.text) - 1);
    assert_int_equal(fv_auth_basic(&auth, more, fits), FV_E_CAPACITY);
    assert_int_equal(auth.value.len, 0);
    assert_int_equal(fv_auth_basic(&auth, fits, more), FV_E_CAPACITY);
}

/* Every length across the group of 48 bytes, there and back. */
static void test_base64(void **state)
{
    (void)state;
    uint8_t in[150], out[150];
    char text[256];
    for (size_t n = 0; n < sizeof(in); n++) {
        struct fv_writer w;
        size_t got = 0;
        in[n] = (uint8_t)(n * 37);
        fv_writer_init(&w, text, sizeof(text));
        fv_tls_base64_put(in, n, &w);
        assert_int_equal(fv_writer_check(&w), FV_OK);
        assert_int_equal(w.len, (n + 2) / 3 * 4);
        assert_int_equal(fv_tls_base64_get(fv_writer_done(&w), out, sizeof(out), &got), FV_OK);
        assert_int_equal(got, n);
        assert_memory_equal(in, out, n);
        if (n > 0) {
            assert_int_equal(fv_tls_base64_get(fv_writer_done(&w), out, n - 1, &got), FV_E_USAGE);
        }
    }
}

static void test_not_base64(void **state)
{
    (void)state;
    static const char *const bad[] = {"QQ",       "QQ=",  "QQ=\n", "Q Q=",
                                      "QQ==QQ==", "Q*==", "====",  "\nQUJ"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        uint8_t out[8];
        size_t n = 0;
        assert_int_equal(fv_tls_base64_get(fv_slice_of(bad[i]), out, sizeof(out), &n), FV_E_USAGE);
    }
}

#define ABC "sha256//ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=" /* of "abc" (FIPS 180-4) */
#define NIL "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" /* of "" */

struct case_pin {
    const char *text;
    enum fv_err want;
    size_t count;
    bool abc; /* "abc" is one of them */
};

static const struct case_pin pins[] = {
    {ABC, FV_OK, 1, true},
    {NIL, FV_OK, 1, false},
    {NIL ";" ABC, FV_OK, 2, true},
    {ABC ";" ABC ";" ABC ";" ABC ";" ABC ";" ABC ";" ABC ";" ABC, FV_OK, 8, true},
    {ABC ";" ABC ";" ABC ";" ABC ";" ABC ";" ABC ";" ABC ";" ABC ";" ABC, FV_E_CAPACITY, 0, false},
    {"", FV_E_USAGE, 0, false},
    {ABC ";", FV_E_USAGE, 0, false},
    {ABC "; " NIL, FV_E_USAGE, 0, false},
    {";" ABC, FV_E_USAGE, 0, false},
    {"sha256//", FV_E_USAGE, 0, false},
    {"sha256//QUJD", FV_E_USAGE, 0, false},
    {"SHA256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", FV_E_USAGE, 0, false},
    {"sha256//47DEQpj8\n\n\n\nHBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", FV_E_USAGE, 0, false},
    {"/etc/key.pem", FV_E_USAGE, 0, false},
    {"sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFVB", FV_E_USAGE, 0, false}, /* 33 bytes */
    {"sha256//47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=", FV_E_USAGE, 0,
     false}, /* URL alphabet */
};

static void test_pins(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pins); i++) {
        uint8_t digests[FV_CAP_PINS][32];
        size_t count = 0;
        assert_int_equal(fv_tls_pin_parse(fv_slice_of(pins[i].text), digests, &count),
                         pins[i].want);
        assert_int_equal(count, pins[i].count);
        if (pins[i].want == FV_OK) {
            assert_int_equal(fv_tls_pin_match((const uint8_t(*)[32])digests, count,
                                              FV_SLICE("abc")),
                             pins[i].abc);
            assert_false(fv_tls_pin_match((const uint8_t(*)[32])digests, count, FV_SLICE("abd")));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_basic),  cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_base64), cmocka_unit_test(test_not_base64),
        cmocka_unit_test(test_pins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
