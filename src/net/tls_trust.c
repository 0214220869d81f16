/* SPDX-License-Identifier: MIT */
#include "net/tls_trust.h"

#include "base/writer.h"
#include "net/tls_bundle.h"
#include "net/tls_cert.h"
#include "net/tls_dn.h"
#include "net/tls_tell.h"
#include "net/tls_trust_say.h"

#include <mbedtls/asn1.h>
#include <mbedtls/base64.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <mbedtls/platform.h>
#include <string.h>

/* Bytes of a certificate that are decoded at once. Nearly every subject is in the first of them,
 * and most certificates are read no further. */
#define STEP 256

#define SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define TAGGED (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED)

struct fv_tls_scan {
    struct fv_slice subject, self; /* the search: see fv_tls_trust_begin() */
    bool readable;                 /* at least one certificate was readable up to its subject */
    uint64_t bad; /* line of the first certificate that was not readable; 0: there is none */
    struct fv_tls_bundle bundle;
};

/* Read this certificate up to its subject. out stays empty if it has none. */
static enum fv_tls_block read_subject(struct fv_tls_bundle *b, struct fv_slice *out)
{
    for (size_t upto = STEP;; upto += STEP) {
        enum fv_tls_block block = fv_tls_bundle_read(b, upto);
        const mbedtls_asn1_buf der = {.p = b->cert, .len = b->len};
        if (fv_tls_cert_subject(&der, out) || block != FV_TLS_BLOCK_MORE) {
            return block;
        }
    }
}

/* Return whether the certificate and self are equal up to the end of the shorter one. */
static bool begins_alike(const struct fv_tls_bundle *b, struct fv_slice self)
{
    size_t n = b->len < self.len ? b->len : self.len;
    return n > 0 && memcmp(b->cert, self.ptr, n) == 0;
}

/* Return whether list has serverAuth or anyExtendedKeyUsage. */
static bool has_servers(mbedtls_asn1_buf list)
{
    mbedtls_asn1_buf oid;
    while (fv_tls_cert_next(&list, &oid)) {
        if (MBEDTLS_OID_CMP(MBEDTLS_OID_SERVER_AUTH, &oid) == 0 ||
            MBEDTLS_OID_CMP(MBEDTLS_OID_ANY_EXTENDED_KEY_USAGE, &oid) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * Return whether OpenSSL's trust settings after a TRUSTED CERTIFICATE allow it as a root for
 * servers (d2i_X509_AUX, X509_check_trust):
 * SEQUENCE { trusted uses SEQUENCE OF OID OPTIONAL, rejected ones [0] OPTIONAL, ... }
 */
static bool settings_allow(mbedtls_asn1_buf rest)
{
    mbedtls_asn1_buf part;
    bool allowed = rest.len == 0 || (fv_tls_cert_next(&rest, &rest) && rest.tag == SEQUENCE);
    while (allowed && fv_tls_cert_next(&rest, &part)) {
        bool trusted = part.tag == SEQUENCE;
        allowed = (!trusted && part.tag != TAGGED) || has_servers(part) == trusted;
    }
    return allowed && rest.len == 0;
}

/* Parse the certificate. Return 0, or mbedTLS's code with an empty crt. */
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
    const mbedtls_asn1_buf settings = {.p = b->cert + crt->raw.len, .len = b->len - crt->raw.len};
    if (ret == 0 && b->settings && !settings_allow(settings)) {
        mbedtls_x509_crt_free(crt);
        ret = MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
    }
    return ret;
}

/* Check whether this certificate is looked for. FV_OK: it is in *crt. FV_E_NOT_FOUND: it is not, or
 * cannot be used. FV_E_MEMORY. */
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
    /* A certificate that begins like the server's own, and is damaged after that or too large,
     * counts as the server's own. */
    bool less = block == FV_TLS_BLOCK_WHOLE && b->len < s->self.len;
    if (!named && (less || !begins_alike(b, s->self))) {
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
        /* the module that failed, without the code of the module below */
        int high = -(-ret & 0xFF80);
        fv_tls_reason_root(t->reason, b->source->name, b->begin, high != 0 ? high : ret, b->cert);
    }
    return FV_E_NOT_FOUND;
}

/* --- The search --- */

enum fv_err fv_tls_trust_begin(struct fv_tls_trust *t, struct fv_slice subject,
                               struct fv_slice self)
{
    t->err = FV_OK;
    t->damaged = false;
    if (t->source->read == NULL) {
        return FV_OK; /* fv_tls_trust_next() returns the error */
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

/* Return what it means that no further certificate was found. */
static enum fv_err at_end(struct fv_tls_trust *t)
{
    const struct fv_tls_scan *s = t->scan;
    enum fv_err err = s->bundle.err;
    if (err == FV_OK && s->readable) {
        t->damaged = s->bad > 0;
        t->found = (struct fv_tls_found){t->source->name, s->bad};
        return FV_E_NOT_FOUND;
    }
    if (t->reason != NULL) {
        fv_tls_trust_say(&s->bundle, s->bad, t->reason);
    }
    /* FV_E_CANCELLED and FV_E_TIMEOUT: the bundle is a pipe that nobody writes to. */
    return err == FV_E_CANCELLED || err == FV_E_TIMEOUT || err == FV_E_MEDIUM ? err : FV_E_TLS_CA;
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
    char *text = t->reason->text;
    size_t len = strlen(text);
    struct fv_writer w = {text, sizeof(t->reason->text), len, false};
    fv_writer_text(&w, " (");
    fv_tls_tell_place(&w, t->found.bundle, t->found.line);
    fv_writer_text(&w, t->damaged ? FV_TLS_TRUST_DAMAGED : "");
    fv_writer_char(&w, ')');
    if (w.full) {
        text[len] = '\0'; /* do not show half of it */
    }
}
