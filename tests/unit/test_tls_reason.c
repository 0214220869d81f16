/* SPDX-License-Identifier: MIT */
/* Why TLS failed: each refusal, code and alert, at each moment, has its error and its text. Facts
 * of a hostile certificate are bounded. */
#include "net/tls_reason.h"

#include "net/tls_base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <mbedtls/ecp.h>
#include <mbedtls/oid.h>
#include <mbedtls/rsa.h>
#include <mbedtls/ssl.h>
#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NOW (INT64_C(4102444800) * 1000000) /* 2100-01-01, behind any build */
#define EARLIER INT64_C(86400000000)        /* 1970-01-02 */

/* A self-signed certificate of P-256, for its key. */
static const char base64[] = "MIIBeTCCAR+gAwIBAgIUGUcvikf/2exRn160n+iYbtbCxIYwCgYIKoZIzj0EAwIw"
                             "ETEPMA0GA1UEAwwGUm9vdCBBMCAXDTI2MTEyNDAzMjEzNVoYDzIwODEwODI3MDMy"
                             "MTM1WjARMQ8wDQYDVQQDDAZSb290IEEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC"
                             "AARpsbGNv5+faD3ZEu3hRKL7MQh3Lnr/PUBPcqd8UCB9u1K9mcq6VJI2ZllQhNh7"
                             "PzkgaXhude8nXn/X43dDZkwIo1MwUTAdBgNVHQ4EFgQUlsJgXwvc+b02atVVShre"
                             "U7h1O6QwHwYDVR0jBBgwFoAUlsJgXwvc+b02atVVShreU7h1O6QwDwYDVR0TAQH/"
                             "BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiB6ZI56sMxD+oaPQJjBABCXDa9X79H0"
                             "UpIfkknT8hpMzwIhAJgRqrybHJf8dBiLzKrUIZae7YPROMrqlfH03p7fZSUd";

static uint8_t der[600];
static size_t der_len;
static mbedtls_x509_crt root; /* parsed */
static mbedtls_x509_crt leaf; /* made by hand: its names and dates are what a case says */
static mbedtls_x509_sequence hosts[6];
static struct fv_tls_reason reason;

static mbedtls_asn1_buf buf(int tag, const char *text, size_t n)
{
    static char room[32][512];
    static unsigned next;
    char *copy = room[next++ % COUNT(room)];
    assert_true(n < sizeof(room[0]));
    memcpy(copy, text, n);
    return (mbedtls_asn1_buf){.tag = tag, .len = n, .p = (unsigned char *)copy};
}

static mbedtls_x509_name name(const char *oid, const char *text, size_t n)
{
    return (mbedtls_x509_name){.oid = buf(MBEDTLS_ASN1_OID, oid, 3),
                               .val = buf(MBEDTLS_ASN1_UTF8_STRING, text, n)};
}

#define CN(text) name(MBEDTLS_OID_AT_CN, text, strlen(text))
#define ORG(text) name(MBEDTLS_OID_AT_ORGANIZATION, text, strlen(text))

static int set_up(void **state)
{
    size_t n = 0;
    (void)state;
    assert_int_equal(fv_tls_base64_get(fv_slice_of(base64), der, sizeof(der), &n), FV_OK);
    der_len = n;
    mbedtls_x509_crt_init(&root);
    assert_int_equal(mbedtls_x509_crt_parse_der(&root, der, der_len), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mbedtls_x509_crt_free(&root);
    return 0;
}

static int each(void **state)
{
    (void)state;
    leaf = (mbedtls_x509_crt){.subject = CN("p.example"),
                              .issuer = CN("Some CA"),
                              .valid_from = {2024, 3, 1, 1, 2, 3},
                              .valid_to = {2024, 4, 1, 0, 0, 0},
                              .pk = root.pk};
    leaf.subject_raw = buf(0x30, "a", 1);
    leaf.issuer_raw = buf(0x30, "b", 1);
    fv_tls_reason_begin(&reason, NOW);
    return 0;
}

/* --- Refused certificates --- */

static const struct {
    enum fv_tls_why why;
    enum fv_err err;
    const char *text;
} whys[] = {
    {FV_TLS_ISSUER, FV_E_TLS_TRUST,
     "'p.example' was issued by 'Some CA', which is not among the trusted ones and was not sent; "
     "if that is the portal's own CA, name it "
     "with --cacert"},
    {FV_TLS_SIGNATURE, FV_E_TLS_TRUST,
     "'p.example' names 'Some CA' as its issuer, but no certificate of that name, trusted or sent, "
     "has signed it"},
    {FV_TLS_LONG, FV_E_TLS_CHAIN,
     "the chain from 'p.example' on has more certificates than are followed"},
    {FV_TLS_WORK, FV_E_TLS_CHAIN, "too many signatures or names would have to be checked"},
    {FV_TLS_UNREADABLE, FV_E_TLS_CHAIN, "one of them cannot be read"},
    {FV_TLS_KEY, FV_E_TLS_CHAIN, "'p.example' has a key that is not accepted (EC, 256 bits)"},
    {FV_TLS_HASH, FV_E_TLS_CHAIN,
     "'p.example' is signed in a way that is not accepted (SHA-1, for instance)"},
    {FV_TLS_CRITICAL, FV_E_TLS_CHAIN, "'p.example' has a critical extension that is unknown here"},
    {FV_TLS_FORM, FV_E_TLS_CHAIN,
     "'p.example' has an extension that RFC 5280 does not allow as it is"},
    {FV_TLS_NOT_CA, FV_E_TLS_CHAIN,
     "'p.example' is no CA (basicConstraints), but has issued certificates"},
    {FV_TLS_PATH_LEN, FV_E_TLS_CHAIN, "'p.example' allows fewer CAs below it (pathLenConstraint)"},
    {FV_TLS_CA_USAGE, FV_E_TLS_CHAIN, "'p.example' may not sign certificates (keyUsage)"},
    {FV_TLS_PURPOSE, FV_E_TLS_CHAIN, "'p.example' is not for servers (extendedKeyUsage)"},
    {FV_TLS_POLICY, FV_E_TLS_CHAIN,
     "'p.example' asks for a policy that the path does not have (policyConstraints)"},
    {FV_TLS_CONSTRAINT, FV_E_TLS_CHAIN,
     "'p.example' has a name that a CA above it may not give (nameConstraints)"},
    {FV_TLS_EARLY, FV_E_TLS_TIME,
     "'p.example' is not valid before 2024-03-01 01:02:03Z, and this machine's clock says "
     "2100-01-01 "
     "00:00:00Z: check the clock"},
    {FV_TLS_EXPIRED, FV_E_TLS_TIME,
     "'p.example' expired at 2024-04-01 00:00:00Z, and this machine's clock says 2100-01-01 "
     "00:00:00Z: if the clock is right, the portal has to renew it"},
    {FV_TLS_USAGE, FV_E_TLS_CHAIN,
     "'p.example' may not sign a key exchange (keyUsage without digitalSignature)"},
    {FV_TLS_NAME, FV_E_TLS_NAME, "'p.example' is for no host at all"},
};

static void test_each_refusal(void **state)
{
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT(whys); i++) {
        each(state);
        fv_tls_reason_cert(&reason, whys[i].why, &leaf);
        if (strcmp(reason.text, whys[i].text) != 0 ||
            fv_tls_reason_err(whys[i].why) != whys[i].err) {
            print_error("%u: %s\n", whys[i].why, reason.text);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void test_one_that_can_not_be_read(void **state)
{
    (void)state;
    for (unsigned why = FV_TLS_ISSUER; why <= FV_TLS_NAME; why++) {
        fv_tls_reason_begin(&reason, NOW);
        fv_tls_reason_cert(&reason, (enum fv_tls_why)why, NULL);
        assert_int_equal(reason.why, why);
        assert_true(reason.text[0] != '\0');
    }
}

static void test_one_that_is_signed_by_itself(void **state)
{
    (void)state;
    fv_tls_reason_cert(&reason, FV_TLS_ISSUER, &root);
    assert_string_equal(reason.text, "'Root A' is signed by itself alone, and not among the "
                                     "trusted ones; if it is the portal's own, name it "
                                     "with --cacert");
}

static void test_of_several_the_last_in_the_list_is_told(void **state)
{
    (void)state;
    fv_tls_reason_cert(&reason, FV_TLS_NOT_CA, &leaf);
    fv_tls_reason_cert(&reason, FV_TLS_ISSUER, &leaf);
    assert_int_equal(reason.why, FV_TLS_NOT_CA);
    assert_non_null(strstr(reason.text, "is no CA"));
    fv_tls_reason_cert(&reason, FV_TLS_EXPIRED, &leaf);
    assert_non_null(strstr(reason.text, "expired"));
    fv_tls_reason_begin(&reason, NOW);
    assert_int_equal(reason.why, FV_TLS_FINE);
    assert_string_equal(reason.text, "");
}

static void test_a_clock_before_the_build_is_told_before_all(void **state)
{
    (void)state;
    for (unsigned why = FV_TLS_ISSUER; why <= FV_TLS_NAME; why++) {
        fv_tls_reason_begin(&reason, EARLIER);
        fv_tls_reason_cert(&reason, (enum fv_tls_why)why, &leaf);
        assert_int_equal(fv_tls_reason_err(reason.why), FV_E_TLS_TIME);
        assert_string_equal(reason.text, "this machine's clock says 1970-01-02 00:00:00Z, before "
                                         "this program was built: set the clock");
    }
    fv_tls_reason_begin(&reason, NOW);
    fv_tls_reason_cert(&reason, FV_TLS_NAME, &leaf);
    assert_int_equal(reason.why, FV_TLS_NAME);
}

static const struct {
    int code;
    const char *text;
} roots[] = {
    {MBEDTLS_ERR_X509_BUFFER_TOO_SMALL, "has 6800 bytes, and this build can hold 6144 at most"},
    {-0x002C, "has damaged Base64"},
    {-0x1080, "has no END"},
    {MBEDTLS_ERR_X509_CERT_VERIFY_FAILED, "is not trusted for servers"},
    {MBEDTLS_ERR_PK_UNKNOWN_PK_ALG, "has a key of a kind that is unknown here"},
    {MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE, "has a key of a kind that is unknown here"},
    {MBEDTLS_ERR_PK_INVALID_PUBKEY, "has a key that is malformed, or an RSA key of over 8192 bits"},
    {MBEDTLS_ERR_X509_INVALID_EXTENSIONS - 0x66, "is malformed"},
};

/* 6,796 bytes and a head of four. */
static const uint8_t large[] = {0x30, 0x82, 0x1A, 0x8C, 0x30, 0x82};

static void test_trusted_certificates_that_can_not_be_used(void **state)
{
    static const char head[] =
        "the certificate of its CA (/etc/ca.pem, line 12) cannot be used: it ";
    (void)state;
    for (size_t i = 0; i < COUNT(roots); i++) {
        fv_tls_reason_begin(&reason, NOW);
        fv_tls_reason_root(&reason, FV_SLICE("/etc/ca.pem"), 12, roots[i].code, large);
        assert_int_equal(fv_tls_reason_err(reason.why), FV_E_TLS_TRUST);
        assert_memory_equal(reason.text, head, sizeof(head) - 1);
        assert_string_equal(reason.text + sizeof(head) - 1, roots[i].text);
    }
    fv_tls_reason_begin(&reason, NOW);
    fv_tls_reason_root(&reason, FV_SLICE("ca.der"), 0, 0, large);
    assert_string_equal(reason.text,
                        "the certificate of its CA (ca.der) cannot be used: it is malformed");
}

static void test_a_key_that_is_not_pinned(void **state)
{
    (void)state;
    fv_tls_reason_pin(&reason, FV_SLICE("abc"));
    assert_string_equal(reason.text, "it is sha256//ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

/* --- Names --- */

static const char *told_name(mbedtls_x509_name subject)
{
    leaf.subject = subject;
    fv_tls_reason_begin(&reason, NOW);
    fv_tls_reason_cert(&reason, FV_TLS_PURPOSE, &leaf);
    char *end = strstr(reason.text, " is not for");
    assert_non_null(end);
    *end = '\0';
    return reason.text;
}

static void test_what_a_name_looks_like(void **state)
{
    mbedtls_x509_name last = ORG("Last"), cn = CN("The name"), first = ORG("First");
    char text[200];
    (void)state;
    first.next = &last;
    assert_string_equal(told_name(first), "'Last'");
    last.next = &cn;
    assert_string_equal(told_name(first), "'The name'");
    cn.next = &last;
    last.next = NULL;
    assert_string_equal(told_name(cn), "'The name'");
    assert_string_equal(told_name((mbedtls_x509_name){.next = NULL}), "''");
    assert_string_equal(told_name(name(MBEDTLS_OID_AT_CN, "a\0b\x1b[2J\x7f\n%s", 11)),
                        "'a?b?[2J??%s'");
    memset(text, 'x', sizeof text);
    assert_string_equal(told_name(name(MBEDTLS_OID_AT_CN, text, 64)),
                        "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'");
    memcpy(text + 62, "\xE2\x82\xAC", 3);
    assert_string_equal(told_name(name(MBEDTLS_OID_AT_CN, text, 200)),
                        "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'");
    memset(text, '\x80', sizeof text);
    assert_string_equal(told_name(name(MBEDTLS_OID_AT_CN, text, 200)), "'...'");
}

static void test_hosts(void **state)
{
    static const struct {
        int kind;
        const char *text;
        size_t len;
    } names[] = {
        {2, "a.example", 9},
        {1, "mail@a.example", 14},
        {7, "\x0a\0\0\x01", 4},
        {2, "*.\nb.example", 12},
        {7, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16},
        {2, "e.example", 9},
    };
    static const char *const want[] = {"a.example",
                                       "a.example",
                                       "a.example, 10.0.0.1",
                                       "a.example, 10.0.0.1, *.?b.example",
                                       "a.example, 10.0.0.1, *.?b.example and 1 more",
                                       "a.example, 10.0.0.1, *.?b.example and 2 more"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        hosts[i] =
            (mbedtls_x509_sequence){.buf = buf(0x80 | names[i].kind, names[i].text, names[i].len)};
        if (i > 0) {
            hosts[i - 1].next = &hosts[i];
        }
        leaf.subject_alt_names = hosts[0];
        fv_tls_reason_begin(&reason, NOW);
        fv_tls_reason_cert(&reason, FV_TLS_NAME, &leaf);
        assert_string_equal(reason.text + strlen("'p.example' is for "), want[i]);
    }
    hosts[0] =
        (mbedtls_x509_sequence){.buf = buf(0x87, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16)};
    leaf.subject_alt_names = hosts[0];
    fv_tls_reason_cert(&reason, FV_TLS_NAME, &leaf);
    assert_string_equal(reason.text, "'p.example' is for 2001:0db8:0000:0000:0000:0000:0000:0001");
}

/* Whatever is in a certificate, the text ends where its room does. */
static void test_long_facts(void **state)
{
    char text[300];
    (void)state;
    memset(text, 'y', sizeof text);
    for (size_t i = 0; i < COUNT(hosts); i++) {
        hosts[i] = (mbedtls_x509_sequence){.buf = buf(0x82, text, 300),
                                           .next = i > 0 ? &hosts[i - 1] : NULL};
    }
    leaf.subject = leaf.issuer = name(MBEDTLS_OID_AT_CN, text, 300);
    leaf.subject_alt_names = hosts[COUNT(hosts) - 1];
    leaf.valid_to.year = 99999;
    for (unsigned why = FV_TLS_ISSUER; why <= FV_TLS_NAME; why++) {
        fv_tls_reason_begin(&reason, NOW);
        fv_tls_reason_cert(&reason, (enum fv_tls_why)why, &leaf);
        assert_true(memchr(reason.text, '\0', sizeof reason.text) != NULL);
    }
    memset(text, '\xff', sizeof text);
    fv_tls_reason_begin(&reason, NOW);
    fv_tls_reason_root(&reason, (struct fv_slice){text, sizeof text}, UINT64_MAX, 0, large);
    assert_true(memchr(reason.text, '\0', sizeof reason.text) != NULL);
}

/* --- Codes and alerts --- */

enum { SHAKING, HELLO, LISTED, SIGNED, ASKED, DONE, DONE_ASKED, CONTENT };

static const uint8_t tls_record[5] = {0x16, 3, 3, 0, 4};
static const uint8_t http[5] = {'H', 'T', 'T', 'P', '/'};

static const struct fv_tls_moment moments[] = {
    [SHAKING] = {.record = tls_record, .type = MBEDTLS_SSL_MSG_ALERT},
    [HELLO] = {.record = tls_record, .state = MBEDTLS_SSL_SERVER_HELLO, .message = 40},
    [LISTED] = {.record = tls_record, .type = MBEDTLS_SSL_MSG_HANDSHAKE},
    [SIGNED] = {.record = tls_record, .state = MBEDTLS_SSL_CERTIFICATE_VERIFY, .message = 40},
    [ASKED] = {.record = tls_record, .type = MBEDTLS_SSL_MSG_ALERT, .declined = true},
    [DONE] = {.record = tls_record, .type = MBEDTLS_SSL_MSG_ALERT, .established = true},
    [DONE_ASKED] = {.record = tls_record,
                    .type = MBEDTLS_SSL_MSG_ALERT,
                    .established = true,
                    .declined = true},
    [CONTENT] = {.record = tls_record,
                 .type = MBEDTLS_SSL_MSG_ALERT,
                 .established = true,
                 .content = true,
                 .declined = true},
};

#define ALERTED MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE
#define OFFER                                                                                      \
    "this client offers TLS 1.3 and 1.2 with AES-GCM or ChaCha20-Poly1305, ECDHE on X25519 or "    \
    "NIST's curves, ECDSA or plain RSA keys"
#define WANTS "it wants a client certificate, and this program has none"

static const struct {
    int code;
    uint8_t alert;
    int when;
    enum fv_err known; /* FV_OK: nothing but the code */
    enum fv_err err;
    const char *text;
} codes[] = {
    {ALERTED, 40, SHAKING, FV_OK, FV_E_TLS_LACKS,
     "it found nothing in common (alert handshake_failure); " OFFER},
    {ALERTED, 70, SHAKING, FV_OK, FV_E_TLS_LACKS,
     "it offers no TLS 1.3 or 1.2 that this client could speak (alert protocol_version)"},
    {ALERTED, 71, SHAKING, FV_OK, FV_E_TLS_LACKS, "insufficient_security"},
    {ALERTED, 112, SHAKING, FV_OK, FV_E_TLS,
     "the server does not know this host (alert unrecognized_name)"},
    {ALERTED, 120, SHAKING, FV_OK, FV_E_TLS_LACKS,
     "it does not speak HTTP/1.1, perhaps HTTP/2 alone (alert no_application_protocol)"},
    {ALERTED, 80, SHAKING, FV_OK, FV_E_TLS, "the server sent the alert internal_error"},
    {ALERTED, 42, SHAKING, FV_OK, FV_E_TLS, "the server sent the alert bad_certificate"},
    {ALERTED, 49, SHAKING, FV_OK, FV_E_TLS, "the server sent the alert access_denied"},
    {ALERTED, 113, SHAKING, FV_OK, FV_E_TLS, "the server sent the alert 113"},
    {ALERTED, 255, SHAKING, FV_OK, FV_E_TLS, "the server sent the alert 255"},
    /* A client certificate: TLS 1.3 has an alert for it, those of 1.2 are about certificates, or
     * there is none. */
    {ALERTED, 116, SHAKING, FV_OK, FV_E_TLS_LACKS, WANTS},
    {ALERTED, 116, DONE, FV_OK, FV_E_TLS_LACKS, WANTS},
    {ALERTED, 116, DONE_ASKED, FV_OK, FV_E_TLS_LACKS, WANTS},
    {ALERTED, 40, ASKED, FV_OK, FV_E_TLS_LACKS, WANTS},
    {ALERTED, 42, ASKED, FV_OK, FV_E_TLS_LACKS, WANTS},
    {ALERTED, 50, ASKED, FV_OK, FV_E_TLS_LACKS, WANTS},
    {MBEDTLS_ERR_SSL_DECODE_ERROR, 0, ASKED, FV_OK, FV_E_TLS, "malformed"},
    {ALERTED, 49, DONE_ASKED, FV_OK, FV_E_TLS_LACKS, WANTS},
    {MBEDTLS_ERR_SSL_INTERNAL_ERROR, 0, ASKED, FV_E_RESET, FV_E_TLS_LACKS, WANTS},
    {MBEDTLS_ERR_SSL_CONN_EOF, 0, ASKED, FV_OK, FV_E_TLS_LACKS, WANTS},
    {MBEDTLS_ERR_SSL_INTERNAL_ERROR, 0, SHAKING, FV_E_RESET, FV_E_RESET, ""},
    {MBEDTLS_ERR_SSL_INTERNAL_ERROR, 0, DONE_ASKED, FV_E_RESET, FV_E_RESET, ""},
    {MBEDTLS_ERR_SSL_INTERNAL_ERROR, 0, ASKED, FV_E_CANCELLED, FV_E_CANCELLED, ""},
    {MBEDTLS_ERR_SSL_CONN_EOF, 0, SHAKING, FV_OK, FV_E_RESET, ""},
    /* Behind the handshake: an attempt is lost, unless it is a verdict. */
    {ALERTED, 80, DONE, FV_OK, FV_E_TLS_BROKEN, "the server sent the alert internal_error"},
    {ALERTED, 40, DONE, FV_OK, FV_E_TLS, "the server sent the alert 40"},
    {ALERTED, 116, CONTENT, FV_OK, FV_E_TLS_BROKEN, "the server sent the alert 116"},
    {ALERTED, 42, CONTENT, FV_OK, FV_E_TLS_BROKEN, "bad_certificate"},
    {MBEDTLS_ERR_SSL_INVALID_MAC, 0, CONTENT, FV_OK, FV_E_TLS_BROKEN,
     "a record was damaged on its way"},
    {MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, 0, CONTENT, FV_OK, FV_E_TLS_BROKEN,
     "a message came that has no place there"},
    /* What mbedTLS refuses. */
    {MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, 0, SHAKING, FV_OK, FV_E_TLS_LACKS,
     "it does not speak TLS 1.3 or 1.2"},
    {MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE, 0, SHAKING, FV_OK, FV_E_TLS_LACKS, OFFER},
    {MBEDTLS_ERR_SSL_BAD_INPUT_DATA, 0, SHAKING, FV_OK, FV_E_TLS_LACKS,
     "it sends a message of over 16 KiB (its certificates, or a list of CAs)"},
    {MBEDTLS_ERR_SSL_BAD_INPUT_DATA, 0, CONTENT, FV_OK, FV_E_TLS_BROKEN, ""},
    {MBEDTLS_ERR_SSL_BAD_INPUT_DATA, 0, HELLO, FV_OK, FV_E_TLS_LACKS, OFFER},
    {MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE, 0, SIGNED, FV_OK, FV_E_TLS,
     "the server does not have the key of its certificate"},
    {MBEDTLS_ERR_RSA_VERIFY_FAILED, 0, SHAKING, FV_OK, FV_E_TLS, "does not have the key"},
    {MBEDTLS_ERR_RSA_INVALID_PADDING, 0, SHAKING, FV_OK, FV_E_TLS, "does not have the key"},
    {MBEDTLS_ERR_SSL_BAD_CERTIFICATE, 0, SHAKING, FV_OK, FV_E_TLS,
     "a message of the server's is malformed"},
    {ALERTED, 0, LISTED, FV_OK, FV_E_TLS, "the server sent no certificate"},
    {MBEDTLS_ERR_ECP_VERIFY_FAILED, 0, SHAKING, FV_OK, FV_E_TLS,
     "the server does not have the key of its certificate"},
    {MBEDTLS_ERR_PK_UNKNOWN_PK_ALG, 0, SHAKING, FV_OK, FV_E_TLS_CHAIN,
     "the server's has a key of a kind that is unknown here"},
    {MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE, 0, SHAKING, FV_OK, FV_E_TLS_CHAIN,
     "the server's has a key of a kind that is unknown here"},
    {MBEDTLS_ERR_X509_INVALID_FORMAT - 0x66, 0, SHAKING, FV_OK, FV_E_TLS_CHAIN,
     "the server's is malformed"},
    {MBEDTLS_ERR_PK_INVALID_PUBKEY, 0, SHAKING, FV_OK, FV_E_TLS_CHAIN,
     "the server's has a key that is malformed, or an RSA key of over 8192 bits"},
    {MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER, 0, SHAKING, FV_OK, FV_E_TLS,
     "the server chose what was not offered"},
    {MBEDTLS_ERR_SSL_DECODE_ERROR, 0, SHAKING, FV_OK, FV_E_TLS,
     "a message of the server's is malformed"},
    {MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY, 0, SHAKING, FV_OK, FV_E_TLS,
     "the server ended the handshake (close_notify)"},
    {MBEDTLS_ERR_SSL_INTERNAL_ERROR, 0, SHAKING, FV_OK, FV_E_TLS, ""},
    {MBEDTLS_ERR_SSL_ALLOC_FAILED, 0, SHAKING, FV_OK, FV_E_MEMORY, ""},
    {MBEDTLS_ERR_SSL_INTERNAL_ERROR, 0, SHAKING, FV_E_MEMORY, FV_E_MEMORY, ""},
};

static void test_codes_and_alerts(void **state)
{
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        struct fv_tls_moment m = moments[codes[i].when];
        m.alert = codes[i].alert;
        fv_tls_reason_begin(&reason, NOW);
        enum fv_err err = fv_tls_reason_code(&reason, codes[i].known, codes[i].code, &m);
        bool empty = codes[i].text[0] == '\0';
        if (err != codes[i].err || strstr(reason.text, codes[i].text) == NULL ||
            (empty && reason.text[0] != '\0')) {
            print_error("line %zu, code -0x%x, alert %u: %d, %s\n", i, (unsigned)-codes[i].code,
                        codes[i].alert, err, reason.text);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* Every number has words, at every moment. */
static void test_every_alert(void **state)
{
    (void)state;
    for (unsigned alert = 0; alert < 256; alert++) {
        for (size_t i = 0; i < COUNT(moments); i++) {
            struct fv_tls_moment m = moments[i];
            m.alert = (uint8_t)alert;
            fv_tls_reason_begin(&reason, NOW);
            assert_int_equal(fv_err_exit(fv_tls_reason_code(&reason, FV_OK, ALERTED, &m)), 4);
            assert_true(strlen(reason.text) > 10);
        }
    }
}

static void test_a_peer_that_does_not_speak_tls(void **state)
{
    struct fv_tls_moment m = {.record = http};
    (void)state;
    assert_int_equal(fv_tls_reason_code(&reason, FV_OK, MBEDTLS_ERR_SSL_INVALID_RECORD, &m),
                     FV_E_TLS);
    assert_string_equal(reason.text,
                        "what answers there does not speak TLS; check the endpoint's port");
    m.established = true;
    assert_int_equal(fv_tls_reason_code(&reason, FV_OK, MBEDTLS_ERR_SSL_INVALID_RECORD, &m),
                     FV_E_TLS_BROKEN);
    assert_string_equal(reason.text, "a record is not as TLS has it");
    m = (struct fv_tls_moment){.record = tls_record, .type = MBEDTLS_SSL_MSG_ALERT};
    assert_int_equal(fv_tls_reason_code(&reason, FV_OK, MBEDTLS_ERR_SSL_INVALID_RECORD, &m),
                     FV_E_TLS);
    assert_string_equal(reason.text, "a record is not as TLS has it");
}

/* A certificate that was refused is the reason, whatever mbedTLS makes of it. */
static void test_a_refusal_comes_before_the_code(void **state)
{
    struct fv_tls_moment m = moments[ASKED];
    (void)state;
    fv_tls_reason_cert(&reason, FV_TLS_PURPOSE, &leaf);
    assert_int_equal(fv_tls_reason_code(&reason, FV_OK, MBEDTLS_ERR_X509_CERT_VERIFY_FAILED, &m),
                     FV_E_TLS_CHAIN);
    assert_non_null(strstr(reason.text, "extendedKeyUsage"));
    assert_int_equal(fv_tls_reason_code(&reason, FV_E_TLS_CA, 0, &m), FV_E_TLS_CA);
    assert_non_null(
        strstr(reason.text, "extendedKeyUsage")); /* what the bundle's search wrote, in fact */
    assert_int_equal(fv_tls_reason_code(&reason, FV_E_MEMORY, 0, &m), FV_E_MEMORY);
    assert_string_equal(reason.text,
                        ""); /* the signature was not wrong: there was no memory to check it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_each_refusal, each),
        cmocka_unit_test_setup(test_one_that_can_not_be_read, each),
        cmocka_unit_test_setup(test_one_that_is_signed_by_itself, each),
        cmocka_unit_test_setup(test_of_several_the_last_in_the_list_is_told, each),
        cmocka_unit_test_setup(test_a_clock_before_the_build_is_told_before_all, each),
        cmocka_unit_test_setup(test_trusted_certificates_that_can_not_be_used, each),
        cmocka_unit_test_setup(test_a_key_that_is_not_pinned, each),
        cmocka_unit_test_setup(test_what_a_name_looks_like, each),
        cmocka_unit_test_setup(test_hosts, each),
        cmocka_unit_test_setup(test_long_facts, each),
        cmocka_unit_test_setup(test_codes_and_alerts, each),
        cmocka_unit_test_setup(test_every_alert, each),
        cmocka_unit_test_setup(test_a_peer_that_does_not_speak_tls, each),
        cmocka_unit_test_setup(test_a_refusal_comes_before_the_code, each),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
