#include "net/tls_trust.h"

#include "base/writer.h"
#include "net/tls_bundle.h"
#include "net/tls_cert.h"
#include "net/tls_dn.h"

#include <mbedtls/asn1.h>
#include <mbedtls/base64.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <mbedtls/platform.h>
#include <string.h>

/* Bytes of a certificate that are decoded at once. With the first of them nearly every subject is there, and most
 * certificates are looked at no further. */
#define STEP 256

#define SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define TAGGED (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED)

struct fv_tls_scan {
    struct fv_slice subject, self; /* what is looked for */
    bool readable;                 /* some certificate was one, as far as its subject */
    uint64_t bad;                  /* the line of the first one that was none; or 0 */
    struct fv_tls_bundle bundle;
};

static bool skip(unsigned char **p, const unsigned char *end, int tag)
{
    size_t len = 0;
    if (mbedtls_asn1_get_tag(p, end, &len, tag) != 0) {
        return false;
    }
    *p += len;
    return true;
}

/* Go into a sequence whose end need not be there yet, which mbedTLS's reader insists on. */
static bool enter(unsigned char **p, const unsigned char *end)
{
    if (end - *p < 2 || (*p)[0] != SEQUENCE) {
        return false;
    }
    unsigned length = (*p)[1];
    ptrdiff_t header = length < 0x80 ? 2 : 2 + (ptrdiff_t)(length & 0x7F);
    if (end - *p < header) {
        return false;
    }
    *p += header;
    return true;
}

/* Find the subject (RFC 5280 4.1), its tag and length included, without parsing keys, which costs far more. False: it is not
 * there, or not yet. */
static bool find_subject(struct fv_tls_bundle *b, struct fv_slice *out)
{
    unsigned char *p = b->cert;
    const unsigned char *end = p + b->len;
    if (!enter(&p, end) || !enter(&p, end)) {
        return false;
    }
    (void)skip(&p, end, TAGGED); /* version; absent from v1 */
    if (!skip(&p, end, MBEDTLS_ASN1_INTEGER) || !skip(&p, end, SEQUENCE) ||
        !skip(&p, end, SEQUENCE) || !skip(&p, end, SEQUENCE)) {
        return false;
    }
    const unsigned char *start = p;
    if (!skip(&p, end, SEQUENCE)) {
        return false;
    }
    *out = (struct fv_slice){(const char *)start, (size_t)(p - start)};
    return true;
}

/* Read this certificate as far as its subject; out stays empty if it has none. */
static enum fv_tls_block read_subject(struct fv_tls_bundle *b, struct fv_slice *out)
{
    for (size_t upto = STEP;; upto += STEP) {
        enum fv_tls_block block = fv_tls_bundle_read(b, upto);
        if (find_subject(b, out) || block != FV_TLS_BLOCK_MORE) {
            return block;
        }
    }
}

/* Whether these are equal as far as both go. */
static bool begins_alike(const struct fv_tls_bundle *b, struct fv_slice self)
{
    size_t n = b->len < self.len ? b->len : self.len;
    return n > 0 && memcmp(b->cert, self.ptr, n) == 0;
}

/* Whether one of these object identifiers is serverAuth or anyExtendedKeyUsage. */
static bool has_servers(unsigned char *p, size_t n)
{
    const unsigned char *end = p + n;
    size_t len = 0;
    for (; mbedtls_asn1_get_tag(&p, end, &len, MBEDTLS_ASN1_OID) == 0; p += len) {
        if (MBEDTLS_OID_CMP_RAW(MBEDTLS_OID_SERVER_AUTH, p, len) == 0 ||
            MBEDTLS_OID_CMP_RAW(MBEDTLS_OID_ANY_EXTENDED_KEY_USAGE, p, len) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * Whether what follows a TRUSTED CERTIFICATE lets it be a root of servers, by OpenSSL's rule (d2i_X509_AUX, X509_check_trust):
 * SEQUENCE { trusted uses SEQUENCE OF OID OPTIONAL, rejected ones [0] OPTIONAL, ... }
 */
static bool settings_allow(unsigned char *p, size_t n)
{
    const unsigned char *end = p + n;
    size_t len = 0;
    if (n == 0) {
        return true;
    }
    if (mbedtls_asn1_get_tag(&p, end, &len, SEQUENCE) != 0) {
        return false;
    }
    end = p + len;
    for (unsigned i = 0; i < 2; i++) {
        int tag = i == 0 ? SEQUENCE : TAGGED;
        if (p == end || *p != tag) {
            continue;
        }
        if (mbedtls_asn1_get_tag(&p, end, &len, tag) != 0 || has_servers(p, len) == (i == 1)) {
            return false;
        }
        p += len;
    }
    return true;
}

/* Parse what was found. 0, or mbedTLS's code; crt is empty then. */
static int parse(struct fv_tls_bundle *b, enum fv_tls_block block, mbedtls_x509_crt *crt)
{
    switch (block) {
    case FV_TLS_BLOCK_LARGE:
        return MBEDTLS_ERR_X509_BUFFER_TOO_SMALL;
    case FV_TLS_BLOCK_CUT:
        return MBEDTLS_ERR_PEM_NO_HEADER_FOOTER_PRESENT;
    case FV_TLS_BLOCK_WHOLE:
        break;
    default:
        return MBEDTLS_ERR_BASE64_INVALID_CHARACTER;
    }
    int ret = fv_tls_cert_parse(crt, b->cert, b->len);
    if (ret == 0 && b->settings && !settings_allow(b->cert + crt->raw.len, b->len - crt->raw.len)) {
        mbedtls_x509_crt_free(crt);
        ret = MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
    }
    return ret;
}

/* FV_OK: this certificate is one. FV_E_NOT_FOUND, FV_E_MEMORY, and what ends the reading. */
static enum fv_err take(struct fv_tls_trust *t, mbedtls_x509_crt *crt)
{
    struct fv_tls_scan *s = t->scan;
    struct fv_tls_bundle *b = &s->bundle;
    struct fv_slice subject = FV_SLICE_NONE;
    enum fv_tls_block block = read_subject(b, &subject);
    s->readable = s->readable || subject.len > 0;
    if (subject.len == 0 && s->bad == 0) {
        s->bad = b->begin;
    }
    bool named = fv_tls_dn_same(subject, s->subject);
    if (subject.len == 0 || (!named && !begins_alike(b, s->self))) {
        return FV_E_NOT_FOUND;
    }
    if (block == FV_TLS_BLOCK_MORE) {
        block = fv_tls_bundle_read(b, SIZE_MAX);
    }
    if (b->err != FV_OK) {
        return FV_E_NOT_FOUND;
    }
    if (!named && (b->len < s->self.len || !begins_alike(b, s->self))) {
        return FV_E_NOT_FOUND;
    }
    int ret = parse(b, block, crt);
    if (ret == MBEDTLS_ERR_X509_ALLOC_FAILED) {
        return FV_E_MEMORY;
    }
    if (ret == 0) {
        t->found = (struct fv_tls_found){b->source->name, b->begin};
        return FV_OK;
    }
    if (t->reason != NULL) {
        int high = -(-ret & 0xFF80); /* the module that failed, without what it met below */
        fv_tls_reason_root(t->reason, b->source->name, b->begin, high != 0 ? high : ret);
    }
    return FV_E_NOT_FOUND;
}

/* --- Words --- */

/* Nothing has a line in DER. */
static void put_place(struct fv_writer *w, struct fv_slice bundle, uint64_t line)
{
    fv_writer_slice(w, fv_slice_head(bundle, FV_CAP_DETAIL / 2));
    if (line > 0) {
        fv_writer_text(w, ", line ");
        fv_writer_u64(w, line);
    }
}

static void tell_empty(const struct fv_tls_trust *t)
{
    const struct fv_tls_bundle *b = &t->scan->bundle;
    bool wide =
        b->first[0] + b->first[1] == 0xFF + 0xFE || (b->first[0] == 0) != (b->first[1] == 0);
    struct fv_writer w;
    if (t->reason == NULL) {
        return;
    }
    fv_writer_init(&w, t->reason->text, sizeof(t->reason->text));
    put_place(&w, b->source->name, b->err == FV_OK ? t->scan->bad : 0);
    if (b->err != FV_OK) {
        fv_writer_text(&w, " can't be read");
    } else if (b->offset == 0) {
        fv_writer_text(&w, " is empty");
    } else if (t->scan->bad > 0) {
        fv_writer_text(&w, ": a damaged certificate");
    } else if (b->label[0] != 0) {
        fv_writer_text(&w, " has ");
        fv_writer_text(&w, b->label);
        fv_writer_text(&w, " and no CERTIFICATE");
    } else {
        fv_writer_text(&w, wide     ? " is UTF-16, not PEM"
                           : b->der ? " is DER, but no certificate"
                                    : " is neither PEM nor DER");
    }
}

/* --- The search --- */

enum fv_err fv_tls_trust_begin(struct fv_tls_trust *t, struct fv_slice subject,
                               struct fv_slice self)
{
    t->err = FV_OK;
    if (t->source->read == NULL) {
        return FV_OK; /* next() says it */
    }
    t->scan = mbedtls_calloc(1, sizeof(*t->scan));
    if (t->scan == NULL) {
        t->err = FV_E_MEMORY;
        return t->err;
    }
    t->scan->subject = subject;
    t->scan->self = self;
    t->scan->bundle.source = t->source;
    return FV_OK;
}

/* What it means that no further certificate is found. */
static enum fv_err at_end(const struct fv_tls_trust *t)
{
    enum fv_err err = t->scan->bundle.err;
    if (err == FV_E_CANCELLED || err == FV_E_TIMEOUT) {
        return err; /* a pipe that nobody writes to */
    }
    if (err == FV_OK && t->scan->readable) {
        return FV_E_NOT_FOUND;
    }
    tell_empty(t);
    return FV_E_TLS_CA;
}

enum fv_err fv_tls_trust_next(struct fv_tls_trust *t, mbedtls_x509_crt *crt)
{
    enum fv_err err = t->scan == NULL ? FV_E_TLS_CA : FV_E_NOT_FOUND;
    while (err == FV_E_NOT_FOUND && fv_tls_bundle_next(&t->scan->bundle)) {
        err = take(t, crt);
    }
    if (err == FV_E_NOT_FOUND) {
        err = at_end(t);
    }
    t->err = err == FV_E_NOT_FOUND ? FV_OK : err;
    return err;
}

void fv_tls_trust_end(struct fv_tls_trust *t)
{
    mbedtls_free(t->scan);
    t->scan = NULL;
}

void fv_tls_trust_place(const struct fv_tls_trust *t)
{
    struct fv_writer w = {t->reason->text, sizeof(t->reason->text), strlen(t->reason->text), false};
    fv_writer_text(&w, " (");
    put_place(&w, t->found.bundle, t->found.line);
    fv_writer_char(&w, ')');
}
