/* SPDX-License-Identifier: MIT */
/* What mbedTLS's codes mean in the handshake, behind it, and once content has come; every alert. */
#include "net/tls_fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <mbedtls/ssl.h>
#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The moments: in the handshake, after it, with content. */
enum { HANDSHAKE, BEFORE, AFTER, MOMENTS };

static enum fv_err judge(int code, int when, uint8_t alert, const uint8_t *record)
{
    const struct fv_tls_moment m = {record, alert, when != HANDSHAKE, when == AFTER, false, 0,
                                    0,      0};
    return fv_tls_fault(code, &m);
}

struct case_code {
    int code;
    enum fv_err want[MOMENTS];
};

#define THRICE(err)                                                                                \
    {                                                                                              \
        err, err, err                                                                              \
    }
#define BROKEN                                                                                     \
    {                                                                                              \
        FV_E_TLS, FV_E_TLS_BROKEN, FV_E_TLS_BROKEN                                                 \
    }

static const struct case_code codes[] = {
    {MBEDTLS_ERR_SSL_INVALID_MAC, BROKEN},        /* a damaged record */
    {MBEDTLS_ERR_SSL_INVALID_RECORD, BROKEN},     /* its head */
    {MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, BROKEN}, /* KeyUpdate */
    {MBEDTLS_ERR_SSL_DECODE_ERROR, BROKEN},       /* a ticket, for instance */
    {MBEDTLS_ERR_SSL_COUNTER_WRAPPING, BROKEN},
    {MBEDTLS_ERR_SSL_INTERNAL_ERROR, BROKEN},
    {MBEDTLS_ERR_SSL_CONN_EOF, THRICE(FV_E_RESET)},
    {MBEDTLS_ERR_SSL_ALLOC_FAILED, THRICE(FV_E_MEMORY)},
    {MBEDTLS_ERR_X509_ALLOC_FAILED, THRICE(FV_E_MEMORY)},
    {MBEDTLS_ERR_PK_ALLOC_FAILED, THRICE(FV_E_MEMORY)},
    {MBEDTLS_ERR_MD_ALLOC_FAILED, THRICE(FV_E_MEMORY)},
    {MBEDTLS_ERR_MPI_ALLOC_FAILED, THRICE(FV_E_MEMORY)},
    {MBEDTLS_ERR_ECP_ALLOC_FAILED, THRICE(FV_E_MEMORY)},
};

static void test_codes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        for (int when = HANDSHAKE; when < MOMENTS; when++) {
            assert_int_equal(judge(codes[i].code, when, 0, NULL), codes[i].want[when]);
        }
    }
}

struct range {
    uint8_t first, last;
    enum fv_err want; /* before content */
};

/* Without a gap, so that each alert is in one of them. */
static const struct range alerts[] = {
    {0, 39, FV_E_TLS_BROKEN}, /* unexpected_message, bad_record_mac, record_overflow */
    {40, 49, FV_E_TLS}, /* handshake_failure, certificates, illegal_parameter, access_denied */
    {50, 69, FV_E_TLS_BROKEN},  /* decode_error, decrypt_error */
    {70, 71, FV_E_TLS},         /* protocol_version, insufficient_security */
    {72, 108, FV_E_TLS_BROKEN}, /* internal_error, user_canceled, no_renegotiation */
    {109, 255, FV_E_TLS},       /* certificate_required, no_application_protocol */
};

static void test_alerts(void **state)
{
    (void)state;
    const int code = MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE;
    unsigned next = 0;
    for (size_t i = 0; i < COUNT(alerts); i++) {
        assert_int_equal(alerts[i].first, next);
        for (; next <= alerts[i].last; next++) {
            assert_int_equal(judge(code, HANDSHAKE, (uint8_t)next, NULL), FV_E_TLS);
            assert_int_equal(judge(code, BEFORE, (uint8_t)next, NULL), alerts[i].want);
            assert_int_equal(judge(code, AFTER, (uint8_t)next, NULL), FV_E_TLS_BROKEN);
        }
    }
    assert_int_equal(next, 256);
}

struct case_record {
    uint8_t head[5];
    enum fv_err want;
};

static const struct case_record records[] = {
    {{23, 3, 3, 0x10, 0x00}, FV_E_TLS_BROKEN},
    {{23, 3, 3, 0x41, 0x00},
     FV_E_TLS_BROKEN}, /* the longest that this build holds, and that is legal */
    {{23, 3, 3, 0x41, 0x01}, FV_E_TLS_BROKEN}, /* no server means that: it is damaged */
    {{23, 3, 3, 0xff, 0xff}, FV_E_TLS_BROKEN},
    {{'H', 'T', 'T', 'P', '/'}, FV_E_TLS_BROKEN},
};

static void test_record_heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(records); i++) {
        assert_int_equal(judge(MBEDTLS_ERR_SSL_INVALID_RECORD, AFTER, 0, records[i].head),
                         records[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_alerts),
        cmocka_unit_test(test_record_heads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
