/* SPDX-License-Identifier: MIT */
/* Bundles: which certificates are found for an issuer, with any text around them; a bundle in every
 * read size. */
#include "unit/roots.h"

struct case_bundle {
    const char *text;
    int found;
    enum fv_err err;
};

static const struct case_bundle bundles[] = {
    {PEM_A, 1, FV_OK},
    {PEM_B, 0, FV_OK},
    {PEM_B PEM_A PEM_B, 1, FV_OK},
    {PEM_A PEM_B PEM_A, 2, FV_OK},
    {PEM_A8, 8, FV_OK},
    {PEM_A8 PEM_B PEM_A8 PEM_A8, 24, FV_OK},
    {"# Root A\n======\nsubject=/CN=Root A\n" PEM_A "\n\n", 1, FV_OK},
    {"\xEF\xBB\xBF" PEM_A, 1, FV_OK},
    {"--" PEM_A, 1, FV_OK}, /* dashes that run into the line's own */
    {"-" PEM_A, 1, FV_OK},
    {"-x----BEGIN CERTIFICATE-----\n" BASE64_A END, -1, FV_E_TLS_CA},
    {"-x-----BEGIN CERTIFICATE-----\n" BASE64_A END, 1, FV_OK},
    {"-----BEGIN-----BEGIN CERTIFICATE-----\n" BASE64_A END, 1, FV_OK},
    {BEGIN "  " BASE64_A "\t\r\n" END, 1, FV_OK},
    /* What is unusable is passed over. */
    {BEGIN "?" END PEM_A, 1, FV_OK},
    {BEGIN END PEM_A, 1, FV_OK},
    {BEGIN "QUJD\n" END PEM_A, 1, FV_OK},
    {BEGIN "QUI=\n" END PEM_A, 1, FV_OK},
    {BEGIN BASE64_B BASE64_A END PEM_A, 1, FV_OK},
    {BEGIN "MIIBeTCCAR+gAwIBAg\n" END PEM_A, 1, FV_OK},
    {BEGIN BASE64_B PEM_A, 1, FV_OK},               /* an END line is missing */
    {BEGIN "MIIBeTCCAR+gAwIBAg\n" PEM_A, 1, FV_OK}, /* the same of a broken one */
    {BEGIN BASE64_A "====\nMMMM\n" END, 0, FV_OK},  /* more behind the padding */
    {BEGIN BASE64_A "-----\n", 1, FV_OK},
    {"-----BEGIN PRIVATE KEY-----\n" BASE64_A "-----END PRIVATE KEY-----\n" PEM_A, 1, FV_OK},
    /* Nothing in it. */
    {"", -1, FV_E_TLS_CA},
    {"\n", -1, FV_E_TLS_CA},
    {"-----BEGIN CERTIFICATE----", -1, FV_E_TLS_CA},
    {"----BEGIN CERTIFICATE-----\n" BASE64_A END, -1, FV_E_TLS_CA},
    {BEGIN, -1, FV_E_TLS_CA},
    {BEGIN BASE64_A, 0, FV_OK},
    {BEGIN "?" END, -1, FV_E_TLS_CA},
    {"0", -1, FV_E_TLS_CA}, /* the first byte of a DER sequence */
};

static void test_bundles(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bundles); i++) {
        struct memory memory = {bundles[i].text, strlen(bundles[i].text), FV_OK, 0};
        struct fv_trust source = BUNDLE(memory);
        enum fv_err err = FV_OK;
        int found = find(&source, &err);
        if (found != bundles[i].found || err != bundles[i].err) {
            print_error("bundle %zu: %d, %d\n", i, found, err);
        }
        assert_int_equal(found, bundles[i].found);
        assert_int_equal(err, bundles[i].err);
    }
}

/* One bundle, of which a byte is another one. */
static int find_changed(size_t at, char c, enum fv_err *err)
{
    static char text[2 * sizeof(PEM_A)];
    size_t n = (size_t)snprintf(text, sizeof(text), "\n%s", PEM_A);
    struct memory memory = {text, n, FV_OK, 0};
    struct fv_trust source = BUNDLE(memory);
    text[at] = c;
    return find(&source, err);
}

static void test_odd_bytes(void **state)
{
    (void)state;
    enum fv_err err = FV_OK;
    assert_int_equal(find_changed(0, '\0', &err), 1); /* before it, and no end */
    assert_int_equal(find_changed(1 + strlen(BEGIN) + 1, 'Y', &err), -1); /* a set, no sequence */
    assert_int_equal(err, FV_E_TLS_CA);
}

/* Characters that stand beside those of Base64 in ASCII are none, though they are only one off. */
static void test_no_base64(void **state)
{
    static const char pem[] = PEM_A;
    static const char others[][2] = {{'0', '{'}, {'a', '['}, {'+', ':'}, {'A', '@'},
                                     {'a', '`'}, {'/', '.'}, {'+', ','}, {'0', '/' + 1 + 10}};
    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        enum fv_err err = FV_OK;
        const char *at = strchr(pem + strlen(BEGIN), others[i][0]);
        assert_non_null(at);
        assert_true(find_changed(1 + (size_t)(at - pem), others[i][1], &err) <= 0);
    }
}

/* The scan's own blocks begin anywhere in the bundle. */
static void test_shifted(void **state)
{
    (void)state;
    static char text[FV_CAP_READ + 2048];
    for (size_t shift = FV_CAP_READ - 1100; shift < FV_CAP_READ + 8; shift++) {
        memset(text, '\n', shift);
        size_t n = (size_t)snprintf(text + shift, sizeof(text) - shift, "%s%s", PEM_B, PEM_A);
        struct memory memory = {text, shift + n, FV_OK, 0};
        struct fv_trust source = BUNDLE(memory);
        enum fv_err err = FV_OK;
        assert_int_equal(find(&source, &err), 1);
    }
}

static void test_der(void **state)
{
    (void)state;
    mbedtls_x509_crt crt;
    parse(PEM_A, &crt);
    struct memory memory = {(const char *)crt.raw.p, crt.raw.len, FV_OK, 0};
    struct fv_trust source = BUNDLE(memory);
    enum fv_err err = FV_OK;
    assert_int_equal(find(&source, &err), 1);
    /* Cut anywhere it is none, or, where the subject is still whole, no certificate that parses. */
    for (memory.len = 0; memory.len < crt.raw.len; memory.len++) {
        assert_true(find(&source, &err) <= 0);
    }
    mbedtls_x509_crt_free(&crt);
}

/* A bundle is read once, in blocks, and behind its end no more. */
static void test_reads(void **state)
{
    static char text[2 * FV_CAP_READ];
    static const struct {
        size_t len, reads;
    } rows[] = {{0, 1},
                {1, 1},
                {FV_CAP_READ - 1, 1},
                {FV_CAP_READ, 2},
                {FV_CAP_READ + 1, 2},
                {2 * FV_CAP_READ - 1, 2}};
    (void)state;
    memset(text, '\n', sizeof text);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct memory memory = {.text = text, .len = rows[i].len};
        struct fv_trust source = BUNDLE(memory);
        enum fv_err err = FV_OK;
        assert_int_equal(find(&source, &err), -1);
        assert_int_equal(memory.reads, rows[i].reads);
    }
}

/* Return whether the root is found if a byte of its name is one value, and the same byte of the
 * name that is looked for another one. */
static bool names_match(size_t at, uint8_t root, uint8_t wanted, int longer)
{
    mbedtls_x509_crt crt;
    parse(PEM_A, &crt);
    uint8_t der[1024];
    memcpy(der, crt.raw.p, crt.raw.len);
    der[(size_t)(crt.subject_raw.p - crt.raw.p) + at] = root;
    struct memory memory = {.text = (const char *)der, .len = crt.raw.len};
    struct fv_trust source = BUNDLE(memory);
    struct fv_tls_trust trust = {.source = &source};
    crt.issuer_raw.p[at] = wanted;
    crt.issuer_raw.len += (size_t)longer;
    enum fv_err err = FV_OK;
    bool found = count_roots(&trust, issuer_of(&crt), NULL, &err) == 1;
    assert_int_equal(err, FV_OK);
    mbedtls_x509_crt_free(&crt);
    return found;
}

/* Names are alike in either case of letters, and in any type of string. */
static void test_names(void **state)
{
    enum { TYPE = 11, LETTER = 18 }; /* where they are in the name: 13 bytes, then "Root A" */
    static const struct {
        size_t at;
        uint8_t root, wanted;
        int longer;
        bool found;
    } rows[] = {
        {LETTER, 'A', 'A', 0, true},  {LETTER, 'A', 'A', 1, false},
        {LETTER, 'A', 'a', 0, true},  {LETTER, 'a', 'A', 0, true},
        {LETTER, 'Z', 'z', 0, true},  {LETTER, 'z', 'Z', 0, true},
        {LETTER, 'A', 'B', 0, false}, {LETTER, '@', '`', 0, false},
        {LETTER, '`', '@', 0, false}, {LETTER, '[', '{', 0, false},
        {LETTER, '{', '[', 0, false}, {LETTER, '1', 0x11, 0, false},
        {TYPE, 0x0C, 0x13, 0, true}, /* UTF8String, PrintableString */
        {TYPE, 0x13, 0x0C, 0, true},  {TYPE, 0x13, 0x13, 0, true},
        {TYPE, 0x0C, 0x14, 0, true},                               /* T61String */
        {TYPE, 0x14, 0x13, 0, true},  {TYPE, 0x0C, 0x1E, 0, true}, /* BMPString */
        {TYPE, 0x1E, 0x13, 0, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (names_match(rows[i].at, rows[i].root, rows[i].wanted, rows[i].longer) !=
            rows[i].found) {
            print_error("row %zu\n", i);
        }
        assert_int_equal(names_match(rows[i].at, rows[i].root, rows[i].wanted, rows[i].longer),
                         rows[i].found);
    }
}

static size_t put(uint8_t *der, size_t at, uint8_t tag, size_t len)
{
    der[at] = tag;
    der[at + 1] = 0x82; /* two bytes of length follow */
    der[at + 2] = (uint8_t)(len >> 8);
    der[at + 3] = (uint8_t)len;
    return at + 4;
}

/* Write the beginning of a certificate with an issuer and a subject of that many zeros. Return its
 * length. */
static size_t pretend(uint8_t *der, bool version, size_t issuer, size_t subject, size_t rest)
{
    size_t len = (version ? 7 : 0) + 5 + 4 + (4 + issuer) + 4 + (4 + subject) + rest;
    size_t at = put(der, put(der, 0, 0x30, 4 + len), 0x30, len);
    if (version) {
        at = put(der, at, 0xA0, 3);
        memcpy(der + at, "\x02\x01\x02", 3);
        at += 3;
    }
    at = put(der, at, 0x02, 1) + 1;
    at = put(der, at, 0x30, 0);
    at = put(der, at, 0x30, issuer) + issuer;
    at = put(der, at, 0x30, 0);
    at = put(der, at, 0x30, subject) + subject;
    return at + rest;
}

/* How many roots are found in a bundle that has these bytes alone; -1: none can be read. */
static int find_in(const uint8_t *der, size_t len)
{
    static char text[16000];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_writer_text(&w, BEGIN);
    fv_tls_base64_put(der, len, &w);
    fv_writer_text(&w, "\n" END);
    struct memory memory = {text, fv_writer_done(&w).len, FV_OK, 0};
    struct fv_trust source = BUNDLE(memory);
    enum fv_err err = FV_OK;
    int count = find(&source, &err);
    assert_int_equal(err, count < 0 ? FV_E_TLS_CA : FV_OK);
    return count;
}

/* Wherever a name begins and ends: it is read on until the whole subject is there. */
static void test_long_names(void **state)
{
    static uint8_t der[2048];
    (void)state;
    for (size_t n = 1; n < 600; n += n % 50 == 0 ? 7 : 1) {
        for (unsigned version = 0; version < 2; version++) {
            memset(der, 0, sizeof der);
            size_t len = pretend(der, version == 1, n, n < 300 ? 1 : n, 700);
            assert_int_equal(find_in(der, len), 0); /* readable, and another's */
        }
    }
}

/* Another's that is larger than any has room: its subject is all that is looked at. */
static void test_a_large_one_of_another(void **state)
{
    static uint8_t der[10000];
    (void)state;
    assert_int_equal(find_in(der, pretend(der, true, 20, 20, FV_CAP_ROOT)), 0);
    assert_int_equal(find_in(der, pretend(der, true, 300, 20, FV_CAP_ROOT)), 0);
}

/* What lacks one of the two sequences that a certificate begins with, or both. */
static void test_no_sequence(void **state)
{
    static uint8_t der[2048];
    (void)state;
    for (unsigned version = 0; version < 2; version++) {
        memset(der, 0, sizeof der);
        size_t len = pretend(der, version == 1, 20, 20, 700);
        assert_int_equal(find_in(der + 4, len - 4), -1);
        assert_int_equal(find_in(der + 8, len - 8), -1);
    }
}

static bool short_of_memory;
static size_t allowed; /* allocations, if it is */

/* In the place of libc's, for mbedTLS. */
void *calloc(size_t n, size_t size)
{
    if (short_of_memory && allowed == 0) {
        return NULL;
    }
    allowed -= short_of_memory ? 1 : 0;
    void *volatile p = malloc(n * size);
    if (p != NULL) {
        memset(p, 0, n * size);
    }
    return p;
}

/* Any allocation may fail: the error is reported or the root is left out, and nothing is leaked. */
static void test_memory_ends(void **state)
{
    struct memory memory = {PEM_B PEM_A, strlen(PEM_B PEM_A), FV_OK, 0};
    const struct fv_trust source = BUNDLE(memory);
    mbedtls_x509_crt child;
    int found = 0;
    (void)state;
    parse(PEM_A, &child);
    for (size_t at = 0; found <= 0; at++) {
        struct fv_tls_trust trust = {.source = &source};
        enum fv_err err = FV_OK;
        allowed = at;
        short_of_memory = true;
        found = count_roots(&trust, issuer_of(&child), &child.raw, &err);
        short_of_memory = false;
        if (at == 0) { /* what it reads with */
            assert_int_equal(err, FV_E_MEMORY);
        }
        assert_true(err == FV_OK || err == FV_E_MEMORY);
    }
    mbedtls_x509_crt_free(&child);
}

/* A NUL is a byte like others. */
static void test_zeros_around_it(void **state)
{
    static const char text[] = "\0\n-\0" PEM_A "\0" PEM_A;
    struct memory memory = {text, sizeof text, FV_OK, 0};
    struct fv_trust source = BUNDLE(memory);
    enum fv_err err = FV_OK;
    (void)state;
    assert_int_equal(find(&source, &err), 2);
}

/* Larger than any certificate may be: skipped. */
static void test_huge(void **state)
{
    (void)state;
    static char text[20000];
    size_t n = (size_t)snprintf(text, sizeof(text), "%s", BEGIN);
    memset(text + n, 'M', 12000);
    snprintf(text + n + 12000, sizeof(text) - n - 12000, "\n%s%s", END, PEM_A);
    struct memory memory = {text, strlen(text), FV_OK, 0};
    struct fv_trust source = BUNDLE(memory);
    enum fv_err err = FV_OK;
    assert_int_equal(find(&source, &err), 1);
    memset(text, '0', sizeof(text));
    memory.len = sizeof(text);
    assert_int_equal(find(&source, &err), -1);
    assert_int_equal(err, FV_E_TLS_CA);
}

static void test_failing(void **state)
{
    (void)state;
    static char text[FV_CAP_READ + 2048];
    size_t n = (size_t)snprintf(text, sizeof(text), "%s", PEM_A);
    memset(text + n, '\n', FV_CAP_READ - 100);
    snprintf(text + n + FV_CAP_READ - 100, sizeof(text) - n - FV_CAP_READ + 100, "%s", PEM_B);
    struct memory memory = {text, strlen(text), FV_E_STORAGE, 0};
    struct fv_trust source = BUNDLE(memory);
    enum fv_err err = FV_OK;
    assert_int_equal(find(&source, &err), -1);
    assert_int_equal(err, FV_E_TLS_CA);
    source.read = NULL;
    assert_int_equal(find(&source, &err), -1);
    assert_int_equal(err, FV_E_TLS_CA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bundles),
        cmocka_unit_test(test_odd_bytes),
        cmocka_unit_test(test_shifted),
        cmocka_unit_test(test_der),
        cmocka_unit_test(test_no_base64),
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_huge),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_no_sequence),
        cmocka_unit_test(test_a_large_one_of_another),
        cmocka_unit_test(test_memory_ends),
        cmocka_unit_test(test_zeros_around_it),
        cmocka_unit_test(test_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
