/* SPDX-License-Identifier: MIT */
#include "net/tls_tell.h"

#include "base/cap.h"
#include "base/sha256.h"
#include "net/tls_base64.h"
#include "parse/timestamp.h"

#include <mbedtls/oid.h>
#include <string.h>

#define NAME_MOST 64 /* bytes of a name: the limit of X.520 for a common name */
#define HOSTS 3
#define PLACE_MOST (FV_CAP_DETAIL * 3 / 8) /* bytes of a path; its end is shown */

void fv_tls_tell_text(struct fv_writer *w, struct fv_slice s)
{
    for (size_t i = 0; i < s.len && w->len + 1 < w->cap; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        fv_writer_char(w, c < 0x20 || c == 0x7F ? '?' : s.ptr[i]);
    }
}

void fv_tls_tell_word(struct fv_writer *w, const char *text)
{
    fv_tls_tell_text(w, fv_slice_of(text));
}

static void tell_cut(struct fv_writer *w, const mbedtls_asn1_buf *value)
{
    size_t n = value->len;
    if (n > NAME_MOST) {
        for (n = NAME_MOST; n > 0 && (value->p[n] & 0xC0) == 0x80;) {
            n--; /* no half of a character */
        }
    }
    fv_tls_tell_text(w, (struct fv_slice){(const char *)value->p, n});
    if (n < value->len) {
        fv_tls_tell_word(w, "...");
    }
}

static void tell_quoted(struct fv_writer *w, const mbedtls_asn1_buf *value)
{
    fv_writer_char(w, '\'');
    tell_cut(w, value);
    fv_writer_char(w, '\'');
}

static const mbedtls_asn1_buf *told_of(const mbedtls_x509_name *name)
{
    const mbedtls_asn1_buf *told = &name->val;
    for (; name != NULL; name = name->next) {
        told = &name->val;
        if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &name->oid) == 0) {
            break;
        }
    }
    return told;
}

void fv_tls_tell_name(struct fv_writer *w, const mbedtls_x509_name *name)
{
    tell_quoted(w, told_of(name));
}

void fv_tls_tell_subject(struct fv_writer *w, const mbedtls_x509_crt *crt)
{
    const mbedtls_asn1_buf *told = told_of(&crt->subject);
    const mbedtls_asn1_buf *host = &crt->subject_alt_names.buf;
    bool named =
        host->p != NULL && (host->tag & MBEDTLS_ASN1_TAG_VALUE_MASK) == MBEDTLS_X509_SAN_DNS_NAME;
    tell_quoted(w, told->len == 0 && named ? host : told);
}

void fv_tls_tell_place(struct fv_writer *w, struct fv_slice file, uint64_t line)
{
    if (file.len > PLACE_MOST) {
        file = fv_slice_from(file, file.len - PLACE_MOST);
        while (file.len > 0 && ((unsigned char)file.ptr[0] & 0xC0) == 0x80) {
            file = fv_slice_from(file, 1); /* no half of a character */
        }
        fv_tls_tell_word(w, "...");
    }
    fv_tls_tell_text(w, file);
    if (line > 0) {
        fv_tls_tell_word(w, ", line ");
        fv_writer_u64(w, line);
    }
}

void fv_tls_tell_hosts(struct fv_writer *w, const mbedtls_x509_crt *crt)
{
    uint64_t count = 0;
    const mbedtls_x509_sequence *one = &crt->subject_alt_names;
    for (; one != NULL; one = one->next) {
        int kind = one->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
        bool host = kind == MBEDTLS_X509_SAN_DNS_NAME || kind == MBEDTLS_X509_SAN_IP_ADDRESS;
        if (one->buf.p == NULL || !host || count++ >= HOSTS) {
            continue;
        }
        fv_tls_tell_word(w, count > 1 ? ", " : "");
        if (kind == MBEDTLS_X509_SAN_DNS_NAME) {
            tell_cut(w, &one->buf);
        } else {
            fv_writer_address(w, one->buf.p, one->buf.len);
        }
    }
    if (count > HOSTS) {
        fv_tls_tell_word(w, " and ");
        fv_writer_u64(w, count - HOSTS);
        fv_tls_tell_word(w, " more");
    }
    if (count == 0) {
        fv_tls_tell_word(w, "no host at all");
    }
}

void fv_tls_tell_time(struct fv_writer *w, const mbedtls_x509_time *t)
{
    static const char between[] = "-- ::Z";
    const int part[] = {t->year, t->mon, t->day, t->hour, t->min, t->sec};
    for (unsigned i = 0; i < 6; i++) {
        fv_writer_u64_padded(w, (uint64_t)part[i], i == 0 ? 4 : 2);
        fv_writer_char(w, between[i]);
    }
}

void fv_tls_tell_instant(struct fv_writer *w, int64_t us)
{
    fv_timestamp_write_table(us, w);
    fv_writer_char(w, 'Z');
}

void fv_tls_tell_pin(struct fv_writer *w, struct fv_slice spki)
{
    uint8_t digest[FV_SHA256_SIZE];
    fv_sha256_of(spki.ptr, spki.len, digest);
    fv_writer_text(w, "sha256//");
    fv_tls_base64_put(digest, sizeof(digest), w);
}

void fv_tls_tell_key(struct fv_writer *w, const mbedtls_pk_context *key)
{
    fv_tls_tell_word(w, mbedtls_pk_get_name(key));
    fv_tls_tell_word(w, ", ");
    fv_writer_u64(w, mbedtls_pk_get_bitlen(key));
    fv_tls_tell_word(w, " bits");
}
