/* SPDX-License-Identifier: MIT */
/* Names of certificates: which are one. */
#include "net/tls_dn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define DER(bytes)                                                                                 \
    {                                                                                              \
        bytes, sizeof(bytes) - 1                                                                   \
    }

/* CN=..., with a string of that tag and two bytes. */
#define NAME(string) "\x30\x0D\x31\x0B\x30\x09\x06\x03\x55\x04\x03" string
#define UTF8 "\x0C\x02"
#define PRINTABLE "\x13\x02"
#define IA5 "\x16\x02"
#define T61 "\x14\x02"
#define BMP "\x1E\x02"
#define SPACED(text) "\x30\x0F\x31\x0D\x30\x0B\x06\x03\x55\x04\x03\x0C\x04" text

static const struct case_dn {
    struct fv_slice a, b;
    bool same;
} cases[] = {
    {DER(NAME(UTF8 "ab")), DER(NAME(UTF8 "ab")), true},
    {DER(NAME(UTF8 "ab")), DER(NAME(UTF8 "aB")), true},
    {DER(NAME(UTF8 "AZ")), DER(NAME(PRINTABLE "az")), true},
    {DER(NAME(PRINTABLE "a-")), DER(NAME(UTF8 "A-")), true},
    {DER(NAME(UTF8 "\xC3\xA9")), DER(NAME(UTF8 "\xC3\xA9")), true},
    {DER(NAME(T61 "ab")), DER(NAME(T61 "ab")), true},
    {DER("\x30\x00"), DER("\x30\x00"), true},
    {DER(NAME(UTF8 "ab")), DER(NAME(UTF8 "ac")), false},
    {DER(NAME(UTF8 "\xC3\xA9")), DER(NAME(UTF8 "\xC3\x89")), false}, /* letters of Unicode */
    {DER(NAME(UTF8 "a@")), DER(NAME(UTF8 "a`")), false},
    {DER(NAME(UTF8 "a[")), DER(NAME(UTF8 "a{")), false},
    /* Kinds of string and spaces. */
    {DER(NAME(IA5 "ab")), DER(NAME(IA5 "aB")), true},
    {DER(NAME(UTF8 "ab")), DER(NAME(IA5 "ab")), true},
    {DER(NAME(T61 "ab")), DER(NAME(PRINTABLE "Ab")), true},
    {DER(NAME(BMP "\0a")), DER(NAME(UTF8 " a")), true},
    {DER(NAME(UTF8 "a ")), DER(NAME(UTF8 " a")), true},
    {DER(NAME(UTF8 "  ")), DER(NAME(UTF8 "a ")), false},
    {DER(SPACED("a  b")), DER(SPACED(" a b")), true},
    {DER(SPACED("a  b")), DER(SPACED(" ab ")), false},
    {DER(SPACED("a bc")), DER(SPACED("ab c")), false},
    {DER("\x30\x02\x31\x00"), DER("\x30\x02\x31\x00"), false}, /* a part of nothing */
    {DER(""), DER(""), false},
    /* Bytes of the other kind's tag, or letters, that are no string. */
    {DER("\x30\x0D\x31\x0B\x30\x09\x06\x03\x55\x04\x0C" UTF8 "ab"),
     DER("\x30\x0D\x31\x0B\x30\x09\x06\x03\x55\x04\x13" UTF8 "ab"), false},
    {DER("\x30\x0D\x31\x0B\x30\x09\x06\x03\x55\x04\x41" UTF8 "ab"),
     DER("\x30\x0D\x31\x0B\x30\x09\x06\x03\x55\x04\x61" UTF8 "ab"), false},
    {DER(NAME(UTF8 "\x0C\x02")), DER(NAME(UTF8 "\x13\x02")), false},
    /* One set of two, two sets of one. */
    {DER("\x30\x1A\x31\x18\x30\x0A\x06\x03\x55\x04\x03\x0C\x03"
         "abc"
         "\x30\x0A\x06\x03\x55\x04\x0A\x0C\x03"
         "abc"),
     DER("\x30\x1A\x31\x0C\x30\x0A\x06\x03\x55\x04\x03\x0C\x03"
         "abc"
         "\x31\x0A\x06\x03\x55\x04\x0A\x0C\x03"
         "abc"),
     false},
    {DER(NAME(UTF8 "ab")), DER(NAME(UTF8 "ab") "\x31\x00"), false},
    /* A long one, whose length has a byte of its own. */
    {DER("\x30\x0E\x31\x0C\x30\x0A\x06\x03\x55\x04\x03\x0C\x81\x02"
         "ab"),
     DER("\x30\x0E\x31\x0C\x30\x0A\x06\x03\x55\x04\x03\x13\x81\x02"
         "AB"),
     true},
    /* Cut ones, even if they are equal. */
    {DER("\x30"), DER("\x30"), false},
    {DER("\x30\x05\x31"), DER("\x30\x05\x31"), false},
    {DER("\x30\x0D\x31\x0B\x30\x09\x06\x03\x55\x04\x03\x0C\x03"
         "ab"),
     DER("\x30\x0D\x31\x0B\x30\x09\x06\x03\x55\x04\x03\x0C\x03"
         "Ab"),
     false},
    {DER("\x30\x80"), DER("\x30\x80"), false}, /* no length */
};

/* Each name before what must not be read. */
static void test_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *a = malloc(cases[i].a.len + (cases[i].a.len == 0));
        char *b = malloc(cases[i].b.len + (cases[i].b.len == 0));
        assert_true(a != NULL && b != NULL);
        struct fv_slice one = {memcpy(a, cases[i].a.ptr, cases[i].a.len), cases[i].a.len};
        struct fv_slice two = {memcpy(b, cases[i].b.ptr, cases[i].b.len), cases[i].b.len};
        bool same = fv_tls_dn_same(one, two);
        if (same != cases[i].same || fv_tls_dn_same(two, one) != same) {
            print_error("case %zu\n", i);
            fail();
        }
        free(a);
        free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
