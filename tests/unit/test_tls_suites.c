/* SPDX-License-Identifier: MIT */
/* The order in which cipher suites are offered. */
#include "net/tls_suites.h"

#include <mbedtls/ssl_ciphersuites.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static size_t length(const int *list)
{
    size_t n = 0;
    while (list[n] != 0) {
        n++;
    }
    return n;
}

static void test_fastest_first(void **state)
{
    (void)state;
    assert_int_equal(fv_tls_suites(true)[0], MBEDTLS_TLS1_3_AES_128_GCM_SHA256);
    assert_int_equal(fv_tls_suites(false)[0], MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256);
}

/* The order differs, and nothing else: each suite is there once, and the library has it. */
static void test_same_suites(void **state)
{
    (void)state;
    const int *one = fv_tls_suites(true), *other = fv_tls_suites(false);
    assert_int_equal(length(one), 9);
    assert_int_equal(length(other), length(one));
    for (size_t i = 0; one[i] != 0; i++) {
        size_t found = 0;
        for (size_t j = 0; other[j] != 0; j++) {
            found += other[j] == one[i];
        }
        assert_int_equal(found, 1);
        assert_non_null(mbedtls_ssl_ciphersuite_from_id(one[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fastest_first),
        cmocka_unit_test(test_same_suites),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
