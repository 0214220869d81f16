/* SPDX-License-Identifier: MIT */
/* Bundles: where a root was found, which one cannot be used and why, and the text for a file
 * without any. */
#include "unit/roots.h"

#define LABEL(label, text) "-----BEGIN " label "-----\n" text "-----END " label "-----\n"
/* A byte of the key's curve is another one. */
#define CURVE_A                                                                                    \
    "MIIBeTCCAR+gAwIBAgIUGUcvikf/2exRn160n+iYbtbCxIYwCgYIKoZIzj0EAwIw\n"                           \
    "ETEPMA0GA1UEAwwGUm9vdCBBMCAXDTI2MTEyNDAzMjEzNVoYDzIwODEwODI3MDMy\n"                           \
    "MTM1WjARMQ8wDQYDVQQDDAZSb290IEEwWTATBgcqhkjOPQIBBggqhkjOPQMBBgNC\n"                           \
    "AARpsbGNv5+faD3ZEu3hRKL7MQh3Lnr/PUBPcqd8UCB9u1K9mcq6VJI2ZllQhNh7\n"                           \
    "PzkgaXhude8nXn/X43dDZkwIo1MwUTAdBgNVHQ4EFgQUlsJgXwvc+b02atVVShre\n"                           \
    "U7h1O6QwHwYDVR0jBBgwFoAUlsJgXwvc+b02atVVShreU7h1O6QwDwYDVR0TAQH/\n"                           \
    "BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiB6ZI56sMxD+oaPQJjBABCXDa9X79H0\n"                           \
    "UpIfkknT8hpMzwIhAJgRqrybHJf8dBiLzKrUIZae7YPROMrqlfH03p7fZSUd\n"
/* Its first 256 bytes, in which the subject is, and no more than two letters. */
#define HALF_A                                                                                     \
    "MIIBeTCCAR+gAwIBAgIUGUcvikf/2exRn160n+iYbtbCxIYwCgYIKoZIzj0EAwIw\n"                           \
    "ETEPMA0GA1UEAwwGUm9vdCBBMCAXDTI2MTEyNDAzMjEzNVoYDzIwODEwODI3MDMy\n"                           \
    "MTM1WjARMQ8wDQYDVQQDDAZSb290IEEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"                           \
    "AARpsbGNv5+faD3ZEu3hRKL7MQh3Lnr/PUBPcqd8UCB9u1K9mcq6VJI2ZllQhNh7\n"                           \
    "PzkgaXhude8nXn/X43dDZkwIo1MwUTAdBgNVHQ4EFgQUlsJgXwvc+b02atVVShre\n"                           \
    "U7h1O6QwHwYDVR0jBBgwFoAUlsJgXwvc+b02atVVShreU7h1O6Qw"

static const struct case_line {
    const char *text;
    int found;
    uint64_t line; /* where the last one was found, or that was told */
    bool told;
} lines[] = {
    {PEM_A, 1, 1, false},
    {"\n\n" PEM_A, 1, 3, false},
    {"# \xC3\xA9\n" PEM_B PEM_A, 1, 12, false},
    {PEM_A PEM_B PEM_A, 2, 21, false},
    {"some text " PEM_A, 1, 1, false},
    /* What DER begins with is the character "0", too. */
    {"0 s:CN = Root A\n" PEM_A, 1, 2, false},
    {"0\n" PEM_A, 1, 2, false},
    {"0\xC3\xA9\n" PEM_A, 1, 2, false},
    {" \t" PEM_A, 1, 1, false},
    {"\r\n\r\n" BEGIN BASE64_A END, 1, 3, false},
    {"\xEF\xBB\xBF" PEM_B PEM_A, 1, 11, false},
    {BEGIN BASE64_B "-----END CERTIFICATE----------BEGIN CERTIFICATE-----\n" BASE64_A END, 1, 10,
     false},
    {BEGIN BASE64_B "-----END CERTIFICATE----- -----BEGIN CERTIFICATE-----\n" BASE64_A END, 1, 10,
     false},
    {BEGIN BASE64_B PEM_A, 1, 10, false}, /* an END line is missing */
    {LABEL("X509 CERTIFICATE", BASE64_A), 1, 1, false},
    {LABEL("TRUSTED CERTIFICATE", BASE64_A), 1, 1, false},
    {PEM_B LABEL("X509 CRL", BASE64_A) PEM_A, 1, 21, false},
    {LABEL("PRIVATE KEY", BASE64_A) PEM_A, 1, 11, false},
    {LABEL("A LABEL THAT IS LONGER THAN ANY OTHER", "AAAA\n") PEM_A, 1, 4, false},
    {"-----BEGIN CERTIFICATE---\n" PEM_A, 1, 2, false},
    {"-----BEGIN CERTIFICATE\n" PEM_A, 1, 2, false},
    {"-----BEGIN \n" PEM_A, 1, 2, false},
    {"-----BEGIN x-----\n-----BEGIN -----\n" PEM_A, 1, 3, false},
    {LABEL("CERTIFICATE ", BASE64_A) PEM_A, 1, 11, false},
    {LABEL("certificate", BASE64_A) PEM_A, 1, 11, false},
    {LABEL("NEW CERTIFICATE REQUEST", BASE64_A) PEM_A, 1, 11, false},
    /* Wanted, and not to be used: told, and those behind it are looked at. */
    {"\n" BEGIN CURVE_A END, 0, 2, true},
    {BEGIN CURVE_A END PEM_A, 1, 1, true},
    {PEM_A BEGIN CURVE_A END PEM_A, 2, 11, true},
    {PEM_B BEGIN HALF_A "*\n" END, 0, 11, true},
    {PEM_B BEGIN HALF_A "*\n" END PEM_A, 1, 11, true},
    {BEGIN BASE64_A "=\nAAAA\n" END, 0, 1, true},
    {PEM_B BEGIN HALF_A, 0, 11, true},
    {PEM_B BEGIN HALF_A "\n", 0, 11, true},
    {PEM_B BEGIN BASE64_A, 0, 11, true},
    {BEGIN HALF_A "\n" END, 0, 1, true}, /* cut inside, and ended */
    {BEGIN HALF_A "\n" PEM_A, 1, 1, true},
    /* Another's, and not to be used: nobody asked. */
    {BEGIN "MIIBejCCAR+gAwIBAg*\n" END PEM_A, 1, 4, false},
    {BEGIN "AAAA\n" END PEM_A, 1, 4, false},
};

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        const struct case_line *c = &lines[i];
        struct memory memory = {c->text, strlen(c->text), FV_OK, 0};
        struct fv_trust source = BUNDLE(memory);
        enum fv_err err = FV_OK;
        int found = find(&source, &err);
        uint64_t line = c->told ? told_line() : found_line;
        if (found != c->found || (reason.why == FV_TLS_ROOT) != c->told || line != c->line) {
            print_error("line %zu: found %d, line %u, told '%s'\n", i, found, (unsigned)line,
                        reason.text);
            fail();
        }
        assert_int_equal(err, FV_OK);
    }
}

/* The text: what is wrong with the block, and mbedTLS's error without the code of the module
 * below. */
static const char *const words[][2] = {{BEGIN CURVE_A END, "key"},
                                       {BEGIN HALF_A "*\n" END, "Base64"},
                                       {BEGIN HALF_A "\n", "END"}};

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        struct memory memory = {words[i][0], strlen(words[i][0]), FV_OK, 0};
        struct fv_trust source = BUNDLE(memory);
        enum fv_err err = FV_OK;
        assert_int_equal(find(&source, &err), 0);
        assert_non_null(strstr(reason.text, words[i][1]));
        assert_null(strstr(reason.text, "malformed"));
    }
}

/* Lines are counted across what is read at once. */
static void test_lines_far_down(void **state)
{
    static char text[3 * FV_CAP_READ + sizeof(PEM_A)];
    (void)state;
    for (size_t shift = FV_CAP_READ - 100; shift < 2 * FV_CAP_READ + 10; shift += 7) {
        memset(text, '\n', shift);
        memcpy(text + shift, PEM_A, sizeof(PEM_A));
        struct memory memory = {text, shift + sizeof(PEM_A) - 1, FV_OK, 0};
        struct fv_trust source = BUNDLE(memory);
        enum fv_err err = FV_OK;
        assert_int_equal(find(&source, &err), 1);
        assert_int_equal(found_line, shift + 1);
    }
}

/* Any number of roots has one name. */
static void test_many_of_one_name(void **state)
{
    static char text[200 * sizeof(PEM_A)];
    (void)state;
    for (size_t i = 0; i < 200; i++) {
        memcpy(text + i * (sizeof(PEM_A) - 1), PEM_A, sizeof(PEM_A));
    }
    struct memory memory = {text, strlen(text), FV_OK, 0};
    struct fv_trust source = BUNDLE(memory);
    enum fv_err err = FV_OK;
    assert_int_equal(find(&source, &err), 200);
    assert_int_equal(found_line, 1991);
}

/* The trust settings after the certificate in a TRUSTED CERTIFICATE, as `openssl x509 -trustout`
 * writes them. */
#define SERVERS "\x06\x08\x2B\x06\x01\x05\x05\x07\x03\x01"
#define MAIL "\x06\x08\x2B\x06\x01\x05\x05\x07\x03\x04"
#define ANYONE "\x06\x04\x55\x1D\x25\x00"
#define SETTINGS(bytes) bytes, sizeof(bytes) - 1

static const struct case_settings {
    const char *settings;
    size_t len;
    int found;
} settings[] = {
    {SETTINGS(""), 1},
    {SETTINGS("\x30\x00"), 1},
    {SETTINGS("\x30\x0C\x30\x0A" SERVERS), 1},
    {SETTINGS("\x30\x16\x30\x14" MAIL SERVERS), 1},
    {SETTINGS("\x30\x08\x30\x06" ANYONE), 1},
    {SETTINGS("\x30\x0C\xA0\x0A" MAIL), 1},
    {SETTINGS("\x30\x18\x30\x0A" SERVERS "\xA0\x0A" MAIL), 1},
    {SETTINGS("\x30\x05\x0C\x03org"), 1}, /* an alias alone */
    {SETTINGS("\x30\x11\x30\x0A" SERVERS "\x0C\x03org"), 1},
    {SETTINGS("\x30\x0C\x30\x0A" MAIL), 0},
    {SETTINGS("\x30\x02\x30\x00"), 0}, /* for nothing */
    {SETTINGS("\x30\x0C\xA0\x0A" SERVERS), 0},
    {SETTINGS("\x30\x08\xA0\x06" ANYONE), 0},
    {SETTINGS("\x30\x16\xA0\x14" MAIL SERVERS), 0},
    {SETTINGS("\x30\x18\x30\x0A" SERVERS "\xA0\x0A" SERVERS), 0},
    {SETTINGS("\x30\x11\xA0\x0A" SERVERS "\x0C\x03org"), 0},
    /* Damaged ones. */
    {SETTINGS("\x00"), 0},
    {SETTINGS("\x30"), 0},
    {SETTINGS("\x30\x7F"), 0},
    {SETTINGS("\x30\x02\x30\x7F"), 0},
    {SETTINGS("\x30\x02\xA0\x7F"), 0},
    {SETTINGS("\x30\x0C\x30\x0B" SERVERS), 0},
};

static int find_with(const char *label, const struct case_settings *c)
{
    static const char root[] = BASE64_A;
    char text[1024];
    struct fv_writer w;
    enum fv_err err = FV_OK;
    fv_writer_init(&w, text, sizeof text);
    fv_writer_text(&w, label);
    fv_writer_text(&w, root);
    fv_tls_base64_put((const uint8_t *)c->settings, c->len, &w);
    fv_writer_text(&w, "\n" END);
    assert_int_equal(fv_writer_check(&w), FV_OK);
    struct memory memory = {text, fv_writer_done(&w).len, FV_OK, 0};
    struct fv_trust source = BUNDLE(memory);
    return find(&source, &err);
}

static void test_trust_settings(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(settings); i++) {
        int found = find_with("-----BEGIN TRUSTED CERTIFICATE-----\n", &settings[i]);
        if (found != settings[i].found) {
            print_error("settings %zu: %d\n", i, found);
        }
        assert_int_equal(found, settings[i].found);
        assert_int_equal(reason.why, found == 0 ? FV_TLS_ROOT : FV_TLS_FINE);
        /* A plain certificate has none. */
        assert_int_equal(find_with(BEGIN, &settings[i]), 1);
    }
}

/* What is said of a bundle in which there is no certificate. */
static const struct case_empty {
    const char *bytes;
    size_t len;
    const char *text;
} empties[] = {
    {SETTINGS(""), "roots.pem is empty"},
    {SETTINGS("\n"), "roots.pem has no certificate, in PEM or DER"},
    {SETTINGS("x"), "roots.pem has no certificate, in PEM or DER"},
    {SETTINGS("\0"), "roots.pem has no certificate, in PEM or DER"},
    {SETTINGS("\0\0\0"), "roots.pem has no certificate, in PEM or DER"},
    {SETTINGS("\xEF\xBB\xBF"), "roots.pem has no certificate, in PEM or DER"},
    {SETTINGS(BASE64_A), "roots.pem has no certificate, in PEM or DER"},
    {SETTINGS("-----BEGIN CERTIFICATE----"), "roots.pem has no certificate, in PEM or DER"},
    {SETTINGS("\xFF\xFE-\0-\0-\0"), "roots.pem is UTF-16, not PEM"},
    {SETTINGS("\xFE\xFF\0-\0-\0-"), "roots.pem is UTF-16, not PEM"},
    {SETTINGS("-\0-\0-\0-\0"), "roots.pem is UTF-16, not PEM"},
    {SETTINGS("\0-\0-\0-\0-"), "roots.pem is UTF-16, not PEM"},
    {SETTINGS("0"), "roots.pem has no certificate, in PEM or DER"},
    {SETTINGS("\x30\x82\x01\x79"), "roots.pem has no certificate, in PEM or DER"},
    {SETTINGS("\x30\x03\x02\x01\x00"), "roots.pem has no certificate, in PEM or DER"},
    {SETTINGS(LABEL("PRIVATE KEY", BASE64_A)), "roots.pem has PRIVATE KEY and no CERTIFICATE"},
    {SETTINGS(LABEL("", BASE64_A)), "roots.pem has no certificate, in PEM or DER"},
    {SETTINGS(LABEL("PKCS7", BASE64_A)), "roots.pem has PKCS7 and no CERTIFICATE"},
    {SETTINGS(LABEL("A LABEL THAT IS LONGER THAN ANY", BASE64_A)),
     "roots.pem has A LABEL THAT IS LONGER  and no CERTIFICATE"},
    {SETTINGS(LABEL("RSA PRIVATE KEY", BASE64_A) LABEL("X509 CRL", BASE64_A)),
     "roots.pem has X509 CRL and no CERTIFICATE"},
    {SETTINGS(BEGIN END), "roots.pem, line 1: a damaged certificate"},
    {SETTINGS(BEGIN), "roots.pem, line 1: a damaged certificate"},
    {SETTINGS("\n" LABEL("X509 CERTIFICATE", "?") BEGIN END),
     "roots.pem, line 2: a damaged certificate"},
    /* A label is ASCII. */
    {SETTINGS(LABEL("SCHL\xC3\x9CSSEL", BASE64_A)), "roots.pem has no certificate, in PEM or DER"},
    {SETTINGS("# CA\n" BEGIN "MIIBeTCCA?\n" END), "roots.pem, line 2: a damaged certificate"},
    {SETTINGS(LABEL("PRIVATE KEY", BASE64_A) BEGIN END),
     "roots.pem, line 11: a damaged certificate"},
};

static void test_no_certificate(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(empties); i++) {
        struct memory memory = {empties[i].bytes, empties[i].len, FV_OK, 0};
        struct fv_trust source = BUNDLE(memory);
        enum fv_err err = FV_OK;
        assert_int_equal(find(&source, &err), -1);
        assert_int_equal(err, FV_E_TLS_CA);
        assert_string_equal(reason.text, empties[i].text);
        assert_int_equal(reason.why, FV_TLS_FINE);
    }
}

/* A read that fails is no end of the file. */
static void test_unreadable(void **state)
{
    static char text[FV_CAP_READ + 8];
    struct memory memory = {text, sizeof text, FV_E_STORAGE, 0};
    struct fv_trust source = BUNDLE(memory);
    enum fv_err err = FV_OK;
    (void)state;
    assert_int_equal(find(&source, &err), -1);
    assert_int_equal(err, FV_E_TLS_CA);
    assert_string_equal(reason.text, "roots.pem can't be read");
    source.read = NULL;
    assert_int_equal(find(&source, &err), -1);
    assert_int_equal(err, FV_E_TLS_CA);
}

/* A pipe that nobody writes to, or stopped on request. */
static void test_reading_ends(void **state)
{
    static const enum fv_err ends[] = {FV_E_TIMEOUT, FV_E_CANCELLED};
    static char text[FV_CAP_READ + sizeof(PEM_A)];
    (void)state;
    memset(text, '\n', sizeof text);
    /* With a root whose END would come after it, too: that it is cut is not its fault. */
    memcpy(text + FV_CAP_READ - 400, PEM_A, sizeof(PEM_A) - 1);
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct memory memory = {text, sizeof text, ends[i], 0};
        struct fv_trust source = BUNDLE(memory);
        enum fv_err err = FV_OK;
        assert_int_equal(find(&source, &err), -1);
        assert_int_equal(err, ends[i]);
        assert_string_equal(reason.text, "roots.pem can't be read");
        assert_int_equal(reason.why, FV_TLS_FINE);
    }
}

/* A name as long as the text is cut, and what is there is said all the same. */
static void test_long_name(void **state)
{
    char name[2 * sizeof reason.text];
    struct memory memory = {"", 0, FV_OK, 0};
    struct fv_trust source = BUNDLE(memory);
    enum fv_err err = FV_OK;
    (void)state;
    memset(name, 'n', sizeof name);
    source.name = (struct fv_slice){name, sizeof name};
    assert_int_equal(find(&source, &err), -1);
    assert_non_null(strstr(reason.text, "nnn is empty"));
}

/* The end of a long path, which tells files apart, is told, and no half of a character. */
static void test_long_path(void **state)
{
    char name[2 * FV_CAP_DETAIL];
    (void)state;
    for (size_t shift = 0; shift < 2; shift++) {
        struct memory memory = {"", 0, FV_OK, 0};
        struct fv_trust source = BUNDLE(memory);
        struct fv_writer w;
        enum fv_err err = FV_OK;
        fv_writer_init(&w, name, sizeof name);
        while (w.len < FV_CAP_DETAIL) {
            fv_writer_text(&w, "\xC3\xA9");
        }
        fv_writer_text(&w, shift == 0 ? "/ca.pem" : "/ca2.pem");
        source.name = fv_writer_done(&w);
        assert_int_equal(find(&source, &err), -1);
        assert_memory_equal(reason.text, "...\xC3\xA9", 5);
        assert_non_null(strstr(reason.text, shift == 0 ? "\xA9/ca.pem is" : "\xA9/ca2.pem is"));
    }
}

/* One of which not even the name can be read may be the one that is missed. */
static void test_damaged_among_others(void **state)
{
    static const char text[] = PEM_B "\n" BEGIN "MIIBejCCAR+gAwIBAg*\n" END;
    struct memory memory = {text, sizeof text - 1, FV_OK, 0};
    struct fv_trust source = BUNDLE(memory);
    struct fv_tls_trust trust = {.source = &source, .reason = &reason};
    mbedtls_x509_crt crt;
    (void)state;
    mbedtls_x509_crt_init(&crt);
    for (int i = 0; i < 2; i++) {
        fv_tls_reason_begin(&reason, INT64_MAX);
        assert_int_equal(fv_tls_trust_begin(&trust, FV_SLICE("x"), FV_SLICE_NONE), FV_OK);
        assert_false(trust.damaged);
        assert_int_equal(fv_tls_trust_next(&trust, &crt), FV_E_NOT_FOUND);
        fv_tls_trust_end(&trust);
        assert_int_equal(trust.damaged, i == 0);
        fv_tls_trust_place(&trust);
        if (i == 0) {
            assert_string_equal(reason.text, " (roots.pem, line 12: a damaged certificate)");
        }
        memory.len = sizeof(PEM_B) - 1; /* without it */
    }
}

/* One larger than this build holds, in PEM and in DER, is told if it is wanted. */
static void test_too_large(void **state)
{
    static char text[2 * FV_CAP_ROOT + sizeof(PEM_A)];
    static const char head[] = "\n" BEGIN HALF_A "\n";
    mbedtls_x509_crt crt;
    enum fv_err err = FV_OK;
    (void)state;
    memset(text, 'A', sizeof text);
    memcpy(text, head, sizeof head - 1);
    struct memory memory = {text, sizeof text, FV_OK, 0};
    struct fv_trust source = BUNDLE(memory);
    assert_int_equal(find(&source, &err), 0);
    assert_int_equal(reason.why, FV_TLS_ROOT);
    assert_int_equal(told_line(), 2);
    parse(PEM_A, &crt);
    memcpy(text, crt.raw.p, crt.raw.len);
    mbedtls_x509_crt_free(&crt);
    memory.len = FV_CAP_ROOT + 1;
    assert_int_equal(find(&source, &err), 0);
    assert_int_equal(reason.why, FV_TLS_ROOT);
    /* It says of itself that it is short: that does not count. */
    assert_non_null(strstr(reason.text, "has 6145 bytes, and this build can hold 6144 at most"));
    char length[2] = {text[2], text[3]};
    memcpy(text + 2, "\x1A\x8C", sizeof length);
    assert_int_equal(find(&source, &err), 0);
    assert_non_null(strstr(reason.text, "has 6800 bytes, and this build can hold 6144 at most"));
    memcpy(text + 2, length, sizeof length);
    memory.len = FV_CAP_ROOT;
    assert_int_equal(find(&source, &err), 1);
    assert_int_equal(reason.why, FV_TLS_FINE);
}

/* How many are given for that name, or for that certificate. */
static int search(const char *text, struct fv_slice name, struct fv_slice self)
{
    struct memory memory = {text, strlen(text), FV_OK, 0};
    struct fv_trust source = BUNDLE(memory);
    struct fv_tls_trust trust = {.source = &source, .reason = &reason};
    mbedtls_x509_crt crt;
    int count = 0;
    fv_tls_reason_begin(&reason, INT64_C(2000000000) * 1000000);
    assert_int_equal(fv_tls_trust_begin(&trust, name, self), FV_OK);
    mbedtls_x509_crt_init(&crt);
    while (fv_tls_trust_next(&trust, &crt) == FV_OK) {
        mbedtls_x509_crt_free(&crt);
        mbedtls_x509_crt_init(&crt);
        count++;
    }
    assert_int_equal(trust.err, FV_OK);
    /* It stays at its end. */
    assert_int_equal(fv_tls_trust_next(&trust, &crt), FV_E_NOT_FOUND);
    fv_tls_trust_end(&trust);
    fv_tls_trust_end(&trust);
    return count;
}

/* A certificate that is looked for by its bytes, whatever its name. */
static void test_self(void **state)
{
    mbedtls_x509_crt a;
    mbedtls_x509_crt b;
    (void)state;
    parse(PEM_A, &a);
    parse(PEM_B, &b);
    const struct fv_slice name_b = issuer_of(&b);
    struct fv_slice self = {(const char *)a.raw.p, a.raw.len};
    assert_int_equal(search(PEM_B, FV_SLICE_NONE, self), 0);
    assert_int_equal(search(PEM_B PEM_A PEM_B, FV_SLICE_NONE, self), 1);
    assert_int_equal(search(PEM_A PEM_B PEM_A, name_b, self), 3);
    assert_int_equal(search(PEM_A PEM_B, issuer_of(&a), self), 1);
    assert_int_equal(search(BEGIN CURVE_A END PEM_A, FV_SLICE_NONE, self), 1);
    assert_int_equal(reason.why, FV_TLS_FINE); /* of another one of that name nobody asked */
    assert_int_equal(search(BEGIN HALF_A "?\n" END PEM_B, FV_SLICE_NONE, self), 0);
    assert_int_equal(reason.why, FV_TLS_ROOT);
    assert_int_equal(told_line(), 1);
    /* All but the last byte is another one. */
    a.raw.p[a.raw.len - 1] ^= 1;
    assert_int_equal(search(PEM_A PEM_B, FV_SLICE_NONE, self), 0);
    a.raw.p[a.raw.len - 1] ^= 1;
    self.len--;
    assert_int_equal(search(PEM_B, FV_SLICE_NONE, self), 0);
    mbedtls_x509_crt_free(&a);
    mbedtls_x509_crt_free(&b);
}

/* A new search reads the bundle anew, and one that was left early leaves nothing behind. */
static void test_left_early(void **state)
{
    struct memory memory = {PEM_A PEM_A, strlen(PEM_A PEM_A), FV_OK, 0};
    struct fv_trust source = BUNDLE(memory);
    struct fv_tls_trust trust = {.source = &source, .reason = &reason};
    mbedtls_x509_crt crt;
    mbedtls_x509_crt child;
    (void)state;
    parse(PEM_A, &child);
    for (size_t i = 0; i < 3; i++) {
        trust.err = FV_E_MEMORY; /* of the search before */
        assert_int_equal(fv_tls_trust_begin(&trust, issuer_of(&child), FV_SLICE_NONE), FV_OK);
        assert_int_equal(trust.err, FV_OK);
        mbedtls_x509_crt_init(&crt);
        assert_int_equal(fv_tls_trust_next(&trust, &crt), FV_OK);
        assert_int_equal(trust.found.line, 1);
        memcpy(reason.text, "A", sizeof "A");
        fv_tls_trust_place(&trust);
        assert_string_equal(reason.text, "A (roots.pem, line 1)");
        memset(reason.text, 'A', FV_CAP_DETAIL - 19);
        reason.text[FV_CAP_DETAIL - 19] = '\0';
        fv_tls_trust_place(&trust);
        assert_int_equal(strlen(reason.text), FV_CAP_DETAIL - 19); /* it does not fit */
        mbedtls_x509_crt_free(&crt);
        fv_tls_trust_end(&trust);
    }
    mbedtls_x509_crt_free(&child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_lines_far_down),
        cmocka_unit_test(test_many_of_one_name),
        cmocka_unit_test(test_trust_settings),
        cmocka_unit_test(test_no_certificate),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_reading_ends),
        cmocka_unit_test(test_long_name),
        cmocka_unit_test(test_long_path),
        cmocka_unit_test(test_damaged_among_others),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_self),
        cmocka_unit_test(test_left_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
