/* SPDX-License-Identifier: MIT */
/* Certification paths from a pool of certificates (chain_certs.py): which are accepted, which are
 * refused and why, and how much work they take. */
#include "net/tls_base64.h"
#include "net/tls_cert.h"
#include "net/tls_chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct pooled {
    const char *name;
    const char *base64;
};
#include "unit/chain_certs.h"

#define NOON_US 1906545600000000 /* 2030-06-01 12:00:00 */
#define START_US (NOON_US - INT64_C(43200000000))

/* --- A bundle, and a Certificate message --- */

struct bytes {
    uint8_t *p;
    size_t len;
};

static uint8_t *room(struct bytes *b, size_t n)
{
    b->p = realloc(b->p, b->len + n + 1);
    assert_non_null(b->p);
    b->len += n;
    return b->p + b->len - n;
}

static const struct pooled *find(const char *name, size_t len)
{
    for (size_t i = 0; i < COUNT(pool); i++) {
        if (strlen(pool[i].name) == len && memcmp(pool[i].name, name, len) == 0) {
            return &pool[i];
        }
    }
    fail_msg("no certificate %.*s", (int)len, name);
    return NULL;
}

static void add_pem(struct bytes *b, const struct pooled *cert)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----\n";
    static const char end[] = "\n-----END CERTIFICATE-----\n";
    memcpy(room(b, sizeof(begin) - 1), begin, sizeof(begin) - 1);
    memcpy(room(b, strlen(cert->base64)), cert->base64, strlen(cert->base64));
    memcpy(room(b, sizeof(end) - 1), end, sizeof(end) - 1);
}

/* As in a Certificate message; with extensions behind each as TLS 1.3 has them. */
static void add_der(struct bytes *b, const struct pooled *cert, bool extensions)
{
    static const uint8_t behind[] = {0, 5, 0, 18, 0, 1, 7};
    uint8_t der[2048];
    size_t n = 0;
    assert_int_equal(fv_tls_base64_get(fv_slice_of(cert->base64), der, sizeof(der), &n), FV_OK);
    uint8_t *p = room(b, 3 + n);
    p[0] = 0;
    p[1] = (uint8_t)(n >> 8);
    p[2] = (uint8_t)n;
    memcpy(p + 3, der, n);
    if (extensions) {
        memcpy(room(b, sizeof(behind)), behind, sizeof(behind));
    }
}

static void add_all(struct bytes *b, const char *names, bool pem, bool extensions)
{
    while (*names != 0) {
        size_t len = strcspn(names, " ");
        if (pem) {
            add_pem(b, find(names, len));
        } else {
            add_der(b, find(names, len), extensions);
        }
        names += len + (names[len] == ' ' ? 1 : 0);
    }
}

static unsigned reads; /* of the bundle's beginning */

static enum fv_err bundle_read(void *ctx, uint64_t offset, void *p, size_t n, size_t *got)
{
    const struct bytes *b = ctx;
    size_t left = offset < b->len ? b->len - (size_t)offset : 0;
    *got = n < left ? n : left;
    if (*got > 0) {
        memcpy(p, b->p + offset, *got);
    }
    reads += offset == 0 ? 1 : 0;
    return FV_OK;
}

struct verdict {
    bool accepted;
    enum fv_tls_why why;
    enum fv_err err;
    unsigned signatures;
};

static unsigned idled;

static void on_idle(void *ctx)
{
    (void)ctx;
    idled++;
}

static struct fv_port_idle_call idle = {.call = on_idle};

static struct verdict check(struct bytes *bundle, const struct bytes *sent, bool extensions,
                            const char *host, int64_t now_us)
{
    struct fv_trust source = {.ctx = bundle, .name = FV_SLICE("bundle"), .read = bundle_read};
    const struct fv_port_clock clock = {.idle = &idle};
    const struct fv_port port = {.clock = &clock};
    struct fv_tls_reason reason;
    struct fv_tls_trust trust = {.source = &source, .reason = &reason};
    struct fv_tls_chain c = {.port = &port,
                             .trust = &trust,
                             .reason = &reason,
                             .host = fv_slice_of(host),
                             .sent = {.p = sent->p, .len = sent->len},
                             .extensions = extensions};
    uint8_t address[16];
    size_t n = mbedtls_x509_crt_parse_cn_inet_pton(host, address);
    if (n > 0) {
        c.address = true;
        c.host = (struct fv_slice){(const char *)address, n};
    }
    fv_tls_reason_begin(&reason, now_us);
    mbedtls_x509_crt crt;
    mbedtls_x509_crt_init(&crt);
    assert_int_equal(fv_tls_chain_parse(&crt, sent->p + 3, (size_t)sent->p[1] << 8 | sent->p[2]),
                     0);
    idled = 0;
    struct verdict v = {.accepted = fv_tls_chain_check(&c, &crt)};
    assert_int_equal(idled, c.signatures); /* each may take long where there is little */
    v.why = reason.why;
    v.err = c.err;
    v.signatures = c.signatures;
    mbedtls_x509_crt_free(&crt);
    return v;
}

static struct verdict try_names(const char *trusted, const char *sent, const char *host,
                                int64_t now_us)
{
    struct verdict v[2];
    for (int extensions = 0; extensions < 2; extensions++) {
        struct bytes bundle = {NULL, 0};
        struct bytes message = {NULL, 0};
        add_all(&bundle, trusted, true, false);
        add_all(&message, sent, false, extensions);
        v[extensions] = check(&bundle, &message, extensions, host, now_us);
        free(bundle.p);
        free(message.p);
    }
    assert_int_equal(v[0].accepted, v[1].accepted);
    assert_int_equal(v[0].why, v[1].why);
    assert_int_equal(v[0].signatures, v[1].signatures);
    return v[0];
}

/* --- Arrangements --- */

struct arrangement {
    const char *name;
    const char *trusted;
    const char *sent;
    enum fv_tls_why want;
    const char *host; /* NULL: portal.test */
};

#define FINE FV_TLS_FINE
#define LEVELS                                                                                     \
    "level-1 level-3 level-5 level-7 level-9 level-11 level-13 level-15 level-2 level-4 level-6 "  \
    "level-8 level-10 level-12 level-14"

static const struct arrangement arrangements[] = {
    /* Paths. */
    {"in order", "root", "leaf ca", FINE, NULL},
    {"the root sent too", "root", "leaf ca root", FINE, NULL},
    {"upper before lower", "root", "leaf-of-low ca low", FINE, NULL},
    {"the server's twice", "root", "leaf leaf ca ca", FINE, NULL},
    {"no intermediate", "root", "leaf", FV_TLS_ISSUER, NULL},
    {"no root", "twin-1", "leaf ca", FV_TLS_SIGNATURE, NULL},
    {"another root", "own", "leaf ca", FV_TLS_ISSUER, NULL},
    {"an untrusted root sent", "own", "leaf ca root", FV_TLS_ISSUER, NULL},
    {"names in other case and kind of string", "root", "leaf ca-utf8", FINE, NULL},
    {"right below the root", "root", "leaf-of-root", FINE, NULL},
    {"an intermediate trusted", "ca", "leaf", FINE, NULL},
    {"an intermediate trusted and sent", "ca", "leaf ca", FINE, NULL},
    {"an intermediate trusted in another version", "ca", "leaf ca-old", FINE, NULL},
    {"the wrong key of a name first", "root", "leaf ca-other-key ca", FINE, NULL},
    {"the wrong key alone", "root", "leaf ca-other-key", FV_TLS_SIGNATURE, NULL},
    {"the right key under another identifier", "root", "leaf ca-other-id", FV_TLS_SIGNATURE, NULL},
    {"a root of the name among ten",
     "twin-1 twin-2 twin-3 twin-4 twin-5 twin-6 twin-7 twin-8 twin-9 root", "leaf ca", FINE, NULL},
    {"nine others of the name", "twin-1 twin-2 twin-3 twin-4 twin-5 twin-6 twin-7 twin-8 twin-9",
     "leaf ca", FV_TLS_SIGNATURE, NULL},
    {"a root renewed", "root-renewed", "leaf ca root", FINE, NULL},
    {"an old root beside the new one", "root-old root", "leaf ca", FINE, NULL},
    {"cross-signed by one that nobody knows", "root", "leaf ca-by-unknown ca", FINE, NULL},
    {"cross-signed, expired beside good", "root", "leaf ca-old ca", FINE, NULL},
    {"cross-signed by two, the second trusted", "twin-1", "leaf ca ca-by-twin", FINE, NULL},
    {"a constrained way and a free one", "root", "leaf ca-excludes ca-mail ca", FINE, NULL},
    {"a new key signed by the old", "root", "leaf-of-new ca-length-0 ca-self-issued", FINE, NULL},
    {"a circle", "root", "leaf-of-a loop-a loop-b", FV_TLS_ISSUER, NULL},
    {"a circle, twice", "root", "leaf-of-a loop-b loop-a loop-b loop-a", FV_TLS_ISSUER, NULL},
    {"11 certificates", "root", "leaf-of-9 " LEVELS, FINE, NULL},
    {"16 certificates", "root", "leaf-of-14 " LEVELS, FINE, NULL},
    {"17 certificates", "root", "leaf-of-15 " LEVELS, FV_TLS_LONG, NULL},
    {"17, but the sixteenth is trusted", "level-1", "leaf-of-15 " LEVELS, FINE, NULL},

    /* The server's own trusted. */
    {"own", "own", "own", FINE, NULL},
    {"own among others", "root own twin-1", "own ca", FINE, NULL},
    {"own without basicConstraints", "own-bare", "own-bare", FINE, NULL},
    {"own of a CA that nobody knows", "leaf", "leaf", FINE, NULL},
    {"own, expired", "own-old", "own-old", FV_TLS_EXPIRED, NULL},
    {"own of another name", "own", "own", FV_TLS_NAME, "other.test"},
    {"own, its key's purpose", "leaf-clients", "leaf-clients", FV_TLS_PURPOSE, NULL},
    {"own of the same name, another key", "own", "own-bare", FV_TLS_SIGNATURE, NULL},
    {"own, not trusted", "root", "own", FV_TLS_ISSUER, NULL},

    /* CAs. */
    {"an expired intermediate", "root", "leaf ca-old", FV_TLS_EXPIRED, NULL},
    {"an intermediate of tomorrow", "root", "leaf ca-coming", FV_TLS_EARLY, NULL},
    {"an expired root", "root-old", "leaf ca", FV_TLS_EXPIRED, NULL},
    {"no CA", "root", "leaf ca-no-ca", FV_TLS_NOT_CA, NULL},
    {"no basicConstraints", "root", "leaf ca-bare", FV_TLS_NOT_CA, NULL},
    {"no CA, trusted", "ca-no-ca", "leaf", FV_TLS_NOT_CA, NULL},
    {"a root without basicConstraints", "root-bare", "leaf ca", FV_TLS_NOT_CA, NULL},
    {"a root of version 1", "root-v1", "leaf ca", FINE, NULL},
    {"a root of version 1, sent and not trusted", "twin-1", "leaf ca root-v1", FV_TLS_NOT_CA, NULL},
    {"a path length and no cA", "root", "leaf ca-length-alone", FV_TLS_NOT_CA, NULL},
    {"cA outside of the sequence", "root", "leaf ca-true-outside", FV_TLS_NOT_CA, NULL},
    {"a trusted one of version 1 that another issued", "root-v1-of-another", "leaf", FV_TLS_NOT_CA,
     NULL},
    {"a root of version 2", "root-v2", "leaf ca", FV_TLS_NOT_CA, NULL},
    {"no keyCertSign", "root", "leaf ca-no-certsign", FV_TLS_CA_USAGE, NULL},
    {"no keyUsage", "root", "leaf ca-no-usage", FINE, NULL},
    {"path length 0, right above", "root", "leaf ca-length-0", FINE, NULL},
    {"path length 0, one between", "root", "leaf-of-low low ca-length-0", FV_TLS_PATH_LEN, NULL},
    {"path length 0 of the root", "root-short", "leaf ca", FV_TLS_PATH_LEN, NULL},
    {"path length 0 of the root, none between", "root-short", "leaf-of-root", FINE, NULL},
    {"for mail", "root", "leaf ca-mail", FV_TLS_PURPOSE, NULL},
    {"for anything", "root", "leaf ca-any", FV_TLS_PURPOSE, NULL},
    {"a root for clients", "root-clients", "leaf ca", FV_TLS_PURPOSE, NULL},
    {"an unknown extension", "root", "leaf ca-unknown", FINE, NULL},
    {"an unknown extension, critical", "root", "leaf ca-unknown-critical", FV_TLS_CRITICAL, NULL},
    {"an unknown one, critical, not needed", "root", "leaf ca-unknown-critical ca", FINE, NULL},
    {"a critical key identifier", "root", "leaf ca-critical-ski", FV_TLS_FORM, NULL},
    {"an extension twice", "root", "leaf ca-twice", FV_TLS_FORM, NULL},
    {"RSA of 1024 bits", "root", "leaf-of-weak ca-weak", FV_TLS_KEY, NULL},
    {"P-521", "root", "leaf-of-521 ca-521", FINE, NULL},
    {"signed with SHA-1", "root", "leaf ca-sha-1", FV_TLS_HASH, NULL},

    /* Policies. */
    {"a policy required, and there", "root", "leaf-policy ca-policy", FINE, NULL},
    {"a policy required, another there", "root", "leaf-other-policy ca-policy", FV_TLS_POLICY,
     NULL},
    {"a policy required, none there", "root", "leaf ca-policy", FV_TLS_POLICY, NULL},
    {"a policy required below, none there", "root", "leaf ca-policy-1", FV_TLS_POLICY, NULL},
    {"a policy required further below", "root", "leaf ca-policy-2", FINE, NULL},
    {"any policy, and one of them", "root", "leaf-other-policy ca-policy-any", FINE, NULL},

    {"a policy required, any there", "root", "leaf-any-policy ca-policy", FINE, NULL},
    {"a policy required by no number", "root", "leaf ca-policy-odd", FV_TLS_POLICY, NULL},

    /* Name constraints. */
    {"permitted", "root", "leaf ca-permits", FINE, NULL},
    {"permitted, a name below", "root", "leaf-a ca-permits", FINE, "a.portal.test"},
    {"permitted, another name", "root", "leaf ca-permits-narrow", FV_TLS_CONSTRAINT, NULL},
    {"permitted, one of two names", "root", "leaf-two ca-permits", FV_TLS_CONSTRAINT, NULL},
    {"permitted by the second, in other case", "root", "leaf ca-permits-two", FINE, NULL},
    {"permitted with a dot, the name", "root", "leaf ca-permits-dot", FV_TLS_CONSTRAINT, NULL},
    {"permitted with a dot, below", "root", "leaf-a ca-permits-dot", FINE, "a.portal.test"},
    {"permitted with a dot, all below", "root", "leaf-wide ca-permits-dot", FINE, "b.portal.test"},
    {"permitted, all of a wildcard", "root", "leaf-wide ca-permits", FINE, "a.portal.test"},
    {"permitted, one of a wildcard", "root", "leaf-wide ca-permits-narrow", FV_TLS_CONSTRAINT,
     "a.portal.test"},
    {"permitted, all there is", "root", "leaf ca-permits-all", FINE, NULL},
    {"permitted, a name that is none", "root", "leaf-dotted ca-permits", FV_TLS_CONSTRAINT, NULL},
    {"permitted, another form", "root", "leaf ca-permits-address", FINE, NULL},
    {"permitted, an address", "root", "leaf-address ca-permits-v6", FV_TLS_CONSTRAINT, "192.0.2.1"},
    {"permitted, one address of two", "root", "leaf-address ca-permits-address", FV_TLS_CONSTRAINT,
     "192.0.2.1"},
    {"permitted, mail, none there", "root", "leaf ca-permits-mail", FINE, NULL},
    {"permitted, mail", "root", "leaf-mail ca-permits-mail", FINE, NULL},
    {"permitted, mail of another host", "root", "leaf-other-mail ca-permits-mail",
     FV_TLS_CONSTRAINT, NULL},
    {"permitted, mail without a host", "root", "leaf-no-mail ca-permits-mail", FV_TLS_CONSTRAINT,
     NULL},
    {"permitted, a mailbox", "root", "leaf-mail ca-permits-mailbox", FINE, NULL},
    {"permitted, another mailbox", "root", "leaf-mail-subject ca-permits-mailbox",
     FV_TLS_CONSTRAINT, NULL},
    {"permitted, mail below a domain", "root", "leaf-mail ca-permits-mail-below", FINE, NULL},
    {"permitted, mail in the subject", "root", "leaf-mail-subject ca-permits-mail", FINE, NULL},
    {"excluded, mail in the subject", "root", "leaf-mail-subject ca-excludes-mail",
     FV_TLS_CONSTRAINT, NULL},
    {"excluded, mail of another host", "root", "leaf-other-mail ca-excludes-mail", FINE, NULL},
    {"excluded, mail without a host", "root", "leaf-no-mail ca-excludes-mail", FV_TLS_CONSTRAINT,
     NULL},
    {"permitted, a form not compared, not there", "root", "leaf ca-permits-uri", FINE, NULL},
    {"permitted, a form not compared, there", "root", "leaf-uri ca-permits-uri", FV_TLS_CONSTRAINT,
     NULL},
    {"permitted, the subject", "root", "leaf-o ca-permits-name", FINE, NULL},
    {"permitted, another subject", "root", "leaf ca-permits-name", FV_TLS_CONSTRAINT, NULL},
    {"excluded", "root", "leaf ca-excludes", FV_TLS_CONSTRAINT, NULL},
    {"excluded, the end of a label", "root", "leaf ca-excludes-tail", FINE, NULL},
    {"excluded, a name below", "root", "leaf-a ca-excludes-below", FINE, "a.portal.test"},
    {"excluded, nothing of a wildcard", "root", "leaf-wide ca-excludes-below", FINE,
     "a.portal.test"},
    {"excluded, all of a wildcard", "root", "leaf-wide ca-excludes", FV_TLS_CONSTRAINT,
     "a.portal.test"},
    {"excluded, the subject", "root", "leaf ca-excludes-name", FV_TLS_CONSTRAINT, NULL},
    {"excluded, an address", "root", "leaf-address ca-excludes-address", FV_TLS_CONSTRAINT,
     "2001:db8::1"},
    {"excluded, with more spaces", "root", "leaf-evil-0 ca-excludes-evil", FV_TLS_CONSTRAINT, NULL},
    {"excluded, with spaces around", "root", "leaf-evil-1 ca-excludes-evil", FV_TLS_CONSTRAINT,
     NULL},
    {"excluded, as T61String", "root", "leaf-evil-2 ca-excludes-evil", FV_TLS_CONSTRAINT, NULL},
    {"excluded, as IA5String", "root", "leaf-evil-3 ca-excludes-evil", FV_TLS_CONSTRAINT, NULL},
    {"excluded, as BMPString", "root", "leaf-evil-4 ca-excludes-evil", FV_TLS_CONSTRAINT, NULL},
    {"excluded, another organization", "root", "leaf-evil-5 ca-excludes-evil", FINE, NULL},
    {"excluded, with a long length", "root", "leaf-evil-6 ca-excludes-evil", FV_TLS_CONSTRAINT,
     NULL},
    {"excluded, among several", "root", "leaf-evil-several ca-excludes-evil", FV_TLS_CONSTRAINT,
     NULL},
    {"excluded, of another kind", "root", "leaf-evil-unit ca-excludes-evil", FINE, NULL},
    {"excluded, shorter", "root", "leaf-o ca-excludes-evil", FINE, NULL},
    {"constraints with a constructed name", "root", "leaf ca-excludes-built", FV_TLS_FORM, NULL},
    {"constraints with no name", "root", "leaf ca-excludes-null", FV_TLS_FORM, NULL},
    {"constraints with more behind", "root", "leaf ca-surplus-bytes", FV_TLS_FORM, NULL},
    {"a constructed name below constraints", "root", "leaf-built ca-permits", FV_TLS_CONSTRAINT,
     NULL},
    {"constraints without a list", "root", "leaf ca-empty", FV_TLS_FORM, NULL},
    {"constraints with an empty list", "root", "leaf ca-empty-list", FV_TLS_FORM, NULL},
    {"constraints with a wildcard", "root", "leaf ca-wildcard-base", FV_TLS_FORM, NULL},
    {"constraints with an address alone", "root", "leaf-address ca-address-alone", FV_TLS_FORM,
     "192.0.2.1"},
    {"constraints with a minimum of 0", "root", "leaf ca-minimum-0", FINE, NULL},
    {"constraints with a minimum", "root", "leaf ca-minimum", FV_TLS_FORM, NULL},
    {"constraints of a trusted one", "ca-excludes", "leaf", FV_TLS_CONSTRAINT, NULL},

    /* The server's. */
    {"expired", "root", "leaf-old ca", FV_TLS_EXPIRED, NULL},
    {"of tomorrow", "root", "leaf-coming ca", FV_TLS_EARLY, NULL},
    {"no digitalSignature", "root", "leaf-usage ca", FV_TLS_USAGE, NULL},
    {"for clients", "root", "leaf-clients ca", FV_TLS_PURPOSE, NULL},
    {"with all uses, encipherOnly too", "root", "leaf-all-uses ca", FINE, NULL},
    {"a date without Z", "root", "leaf-no-z ca", FV_TLS_UNREADABLE, NULL},
    {"for clients, by Netscape", "root", "leaf-netscape ca", FV_TLS_PURPOSE, NULL},
    {"for servers, by Netscape", "root", "leaf-netscape-server ca", FINE, NULL},
    {"with constraints of its own", "root", "leaf-constrains ca", FV_TLS_FORM, NULL},
    {"of RSA with 1024 bits", "root", "leaf-weak ca", FV_TLS_KEY, NULL},
    {"signed with SHA-1 itself", "root", "leaf-sha-1 ca", FV_TLS_HASH, NULL},
    {"untrusted and expired", "own", "leaf-old ca", FV_TLS_ISSUER, NULL},
    {"expired, unusable, elsewhere", "root", "leaf-old-elsewhere ca", FV_TLS_EXPIRED, NULL},
    {"a CA's", "root", "ca root", FV_TLS_USAGE, NULL},
    {"another host", "root", "leaf ca", FV_TLS_NAME, "other.test"},
    {"a host in other case", "root", "leaf ca", FINE, "PORTAL.Test"},
    {"a host below", "root", "leaf ca", FV_TLS_NAME, "a.portal.test"},
    {"a wildcard", "root", "leaf-wide ca", FINE, "a.portal.test"},
    {"a wildcard, no label", "root", "leaf-wide ca", FV_TLS_NAME, "portal.test"},
    {"a wildcard, two labels", "root", "leaf-wide ca", FV_TLS_NAME, "b.a.portal.test"},
    {"a wildcard, an empty label", "root", "leaf-wide ca", FV_TLS_NAME, ".portal.test"},
    {"a wildcard of a top-level domain", "root", "leaf-com ca", FV_TLS_NAME, NULL},
    {"a wildcard alone", "root", "leaf-com ca", FV_TLS_NAME, "test"},
    {"a wildcard within a label", "root", "leaf-within ca", FV_TLS_NAME, "pa.portal.test"},
    {"a wildcard further behind", "root", "leaf-within ca", FV_TLS_NAME, "a.b.test"},
    {"the common name alone", "root", "leaf-cn ca", FV_TLS_NAME, NULL},
    {"an address", "root", "leaf-address ca", FINE, "192.0.2.1"},
    {"an address of version 6", "root", "leaf-address ca", FINE, "2001:db8::1"},
    {"another address", "root", "leaf-address ca", FV_TLS_NAME, "192.0.2.2"},
    {"an address as a name", "root", "leaf-spelt ca", FV_TLS_NAME, "192.0.2.1"},
};

static void test_arrangements(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(arrangements); i++) {
        const struct arrangement *a = &arrangements[i];
        struct verdict v =
            try_names(a->trusted, a->sent, a->host != NULL ? a->host : "portal.test", NOON_US);
        if (v.why != a->want || v.accepted != (a->want == FINE) || v.err != FV_OK) {
            fail_msg("%s: %d, %s, error %d", a->name, v.why, v.accepted ? "accepted" : "refused",
                     v.err);
        }
    }
}

/* --- Time --- */

#define BEFORE (FV_BUILD_TIME > 0 ? FV_TLS_CLOCK : FV_TLS_EARLY)

struct instant {
    int64_t now_us;
    enum fv_tls_why want;
};

/* Against a certificate that is valid for one second. */
static const struct instant instants[] = {
    {START_US - 1, FV_TLS_EARLY},
    {START_US - 1000000, FV_TLS_EARLY},
    {START_US, FINE},
    {START_US + 999999, FINE},
    {START_US + 1000000, FV_TLS_EXPIRED},
    {0, FV_TLS_CLOCK},             /* before this program was made */
    {INT64_MIN + 1, FV_TLS_CLOCK}, /* no year of ours */
    {INT64_C(253402300799) * 1000000, FV_TLS_EXPIRED},
};

static void test_to_the_second(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(instants); i++) {
        int64_t now_us = instants[i].now_us;
        struct verdict leaf = try_names("leaf-second", "leaf-second", "portal.test", now_us);
        assert_int_equal(leaf.why, instants[i].want);
        assert_int_equal(leaf.accepted, instants[i].want == FINE);
        struct verdict ca = try_names("ca-second", "leaf", "portal.test", now_us);
        assert_int_equal(ca.why, instants[i].want);
        assert_int_equal(ca.accepted, instants[i].want == FINE);
    }
}

/* --- Surplus --- */

static uint32_t dice;

static size_t roll(size_t sides)
{
    dice = dice * 1664525 + 1013904223;
    return (dice >> 8) % sides;
}

/* Thirty that are not needed and the one that is, in any order; some can't be parsed. */
static void test_surplus_in_any_order(void **state)
{
    (void)state;
    const struct pooled *ca = find("ca", 2);
    for (dice = 1; dice < 200; dice++) {
        uint32_t seed = dice;
        struct bytes bundle = {NULL, 0};
        struct bytes sent = {NULL, 0};
        add_all(&bundle, "own twin-1 root twin-2", true, false);
        add_all(&sent, "leaf", false, false);
        size_t place = roll(31);
        for (size_t i = 0; i < 31; i++) {
            if (i == place) {
                add_der(&sent, ca, false);
            } else if (roll(8) == 0) {
                uint8_t *p = room(&sent, 3 + 200);
                memset(p, (int)roll(256), 203);
                p[0] = p[1] = 0;
                p[2] = 200;
            } else {
                add_der(&sent, &pool[roll(COUNT(pool))], false);
            }
        }
        struct verdict v = check(&bundle, &sent, false, "portal.test", NOON_US);
        free(bundle.p);
        free(sent.p);
        if (!v.accepted) {
            fail_msg("seed %u: %d", (unsigned)seed, v.why);
        }
        dice = seed;
    }
}

/* Nothing behind the end of a message that is cut anywhere is read. */
static void test_messages_that_are_cut(void **state)
{
    (void)state;
    for (int extensions = 0; extensions < 2; extensions++) {
        struct bytes bundle = {NULL, 0};
        struct bytes whole = {NULL, 0};
        add_all(&bundle, "root", true, false);
        add_all(&whole, "leaf", false, extensions);
        size_t first = whole.len;
        add_all(&whole, "ca ca", false, extensions);
        size_t second = first + (whole.len - first) / 2;
        for (size_t len = first; len <= whole.len; len++) {
            struct bytes cut = {malloc(len), len};
            assert_non_null(cut.p);
            memcpy(cut.p, whole.p, len);
            struct verdict v = check(&bundle, &cut, extensions, "portal.test", NOON_US);
            assert_int_equal(v.accepted, len >= second - (extensions ? 5 + 2 : 0) ? v.accepted : 0);
            assert_true(v.accepted || len < second);
            free(cut.p);
        }
        free(bundle.p);
        free(whole.p);
    }
}

/* --- Work --- */

struct work {
    const char *name;
    const char *trusted;
    const char *first;
    const char *again; /* a hundred times */
    enum fv_tls_why want;
    unsigned signatures; /* checked at most */
};

/* Five that have all signed each other. */
#define MESH                                                                                       \
    "v-by-w v-by-x v-by-y v-by-z w-by-v w-by-x w-by-y w-by-z x-by-v x-by-w x-by-y x-by-z y-by-v "  \
    "y-by-w y-by-x y-by-z z-by-v z-by-w z-by-x z-by-y"

static const struct work works[] = {
    {"a path", "root", "leaf ca", "", FINE, 2},
    {"a mesh, the server's own trusted", "leaf-of-v", "leaf-of-v " MESH, "", FINE, 20},
    {"a mesh, its first one trusted", "v-by-root", "leaf-of-v " MESH, "", FINE, 21},
    {"a mesh, one of it from the root", "root", "leaf-of-v " MESH " v-by-root", "", FINE, 22},
    {"a mesh without a root", "own", "leaf-of-v " MESH, "", FV_TLS_ISSUER, 20},
    {"surplus of other names", "root", "leaf ca", "level-3 low own", FINE, 2},
    {"ten roots of one name", "twin-1 twin-2 twin-3 twin-4 twin-5 twin-6 twin-7 twin-8 twin-9 root",
     "leaf ca", "", FINE, 11},
    {"wrong keys of one name", "root", "leaf", "ca-other-key", FV_TLS_WORK, FV_CAP_SIGNATURES},
    {"wrong keys behind the right one", "root", "leaf ca", "ca-other-key", FINE, 2},
    {"one way many times that leads nowhere", "own", "leaf", "ca", FV_TLS_WORK, FV_CAP_SIGNATURES},
    {"circles", "own", "leaf-of-a", "loop-a loop-b", FV_TLS_WORK, FV_CAP_SIGNATURES},
};

static void test_work_is_bounded(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(works); i++) {
        const struct work *w = &works[i];
        struct bytes bundle = {NULL, 0};
        struct bytes sent = {NULL, 0};
        add_all(&bundle, w->trusted, true, false);
        add_all(&sent, w->first, false, false);
        for (int j = 0; j < 100; j++) {
            add_all(&sent, w->again, false, false);
        }
        reads = 0;
        struct verdict v = check(&bundle, &sent, false, "portal.test", NOON_US);
        if (v.why != w->want || v.signatures > w->signatures || reads > w->signatures + 1) {
            fail_msg("%s: %d after %u signatures, the bundle read %u times", w->name, v.why,
                     v.signatures, reads);
        }
        free(bundle.p);
        free(sent.p);
    }
}

static void test_no_bundle(void **state)
{
    (void)state;
    struct verdict v = try_names("", "leaf ca", "portal.test", NOON_US);
    assert_false(v.accepted);
    assert_int_equal(v.err, FV_E_TLS_CA);
}

/* --- Parsing --- */

/* Only the first certificate is parsed. The others are not read, and if the first cannot be parsed,
 * the next one does not replace it. */
static void test_first_certificate(void **state)
{
    (void)state;
    struct bytes sent = {NULL, 0};
    uint8_t junk[200] = {0x30, 0x81, 197};
    add_all(&sent, "leaf ca", false, false);
    size_t len = (size_t)sent.p[1] << 8 | sent.p[2];
    mbedtls_x509_crt crt;
    mbedtls_x509_crt_init(&crt);
    assert_int_not_equal(fv_tls_chain_parse(&crt, junk, sizeof(junk)), 0);
    assert_int_equal(fv_tls_chain_parse(&crt, sent.p + 3, len), 0);
    assert_int_equal(fv_tls_chain_parse(&crt, junk, sizeof(junk)), 0);
    assert_int_equal(fv_tls_chain_parse(&crt, sent.p + 3 + len + 3, sent.len - 6 - len), 0);
    assert_null(crt.next);
    assert_int_equal(crt.raw.len, len);
    assert_ptr_not_equal(crt.raw.p,
                         sent.p + 3); /* a copy: the message goes, the certificate stays */
    mbedtls_x509_crt_free(&crt);

    uint8_t *more = malloc(len + 1);
    assert_non_null(more);
    memcpy(more, sent.p + 3, len);
    more[len] = 0;
    mbedtls_x509_crt_init(&crt);
    assert_int_equal(fv_tls_chain_parse(&crt, more, len + 1), MBEDTLS_ERR_X509_INVALID_FORMAT);
    mbedtls_x509_crt_free(&crt);
    free(more);

    /* Change ecdsa-with-SHA256 to an unknown algorithm in both places. mbedTLS ignores its code for
     * that and would use the next certificate as the server's. Here it is parsed, and its signature
     * cannot be checked. */
    static const uint8_t algorithm[] = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02};
    for (size_t i = 3; i + sizeof(algorithm) <= 3 + len; i++) {
        if (memcmp(sent.p + i, algorithm, sizeof(algorithm)) == 0) {
            sent.p[i + 7] = 0x7F;
        }
    }
    mbedtls_x509_crt_init(&crt);
    assert_int_equal(fv_tls_chain_parse(&crt, sent.p + 3, len), 0);
    assert_int_equal(crt.MBEDTLS_PRIVATE(sig_md), MBEDTLS_MD_NONE);
    mbedtls_x509_crt_free(&crt);
    free(sent.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arrangements),         cmocka_unit_test(test_to_the_second),
        cmocka_unit_test(test_surplus_in_any_order), cmocka_unit_test(test_messages_that_are_cut),
        cmocka_unit_test(test_work_is_bounded),      cmocka_unit_test(test_no_bundle),
        cmocka_unit_test(test_first_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
