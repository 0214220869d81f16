/* SPDX-License-Identifier: MIT */
#include "net/tls_dn.h"

#include "net/tls_cert.h"

#include <string.h>

#define SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define SET (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET)

static bool is_equal(const mbedtls_asn1_buf *a, const mbedtls_asn1_buf *b)
{
    return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}

/* Return the next byte of a string in lower case, with repeated spaces as one; -1: the end. Zero
 * bytes are skipped: they are half of each ASCII character in a BMPString. */
static int next_char(mbedtls_asn1_buf *b, bool doubt)
{
    bool space = false;
    while (b->len > 0) {
        int c = *b->p;
        bool blank = c == ' ' || c == 0 || (doubt && c >= 0x80);
        if (!blank && space) {
            return ' ';
        }
        b->p++;
        b->len--;
        space |= c == ' ';
        if (!blank) {
            return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
        }
    }
    return -1;
}

static bool is_alike(mbedtls_asn1_buf a, mbedtls_asn1_buf b, bool doubt)
{
    int c = ' ';
    int d = ' ';
    while (c == ' ') { /* skip spaces at the start */
        c = next_char(&a, doubt);
    }
    while (d == ' ') {
        d = next_char(&b, doubt);
    }
    while (c == d && c >= 0) {
        c = next_char(&a, doubt);
        d = next_char(&b, doubt);
    }
    return c == d;
}

/* Compare two parts (RelativeDistinguishedName). */
static bool is_part_alike(mbedtls_asn1_buf a, mbedtls_asn1_buf b, bool doubt)
{
    mbedtls_asn1_buf one;
    mbedtls_asn1_buf other;
    mbedtls_asn1_buf type;
    mbedtls_asn1_buf same;
    if (a.tag == SET && b.tag == SET && is_equal(&a, &b)) {
        return fv_tls_cert_next(&a, &one) || doubt;
    }
    if (a.tag != SET || b.tag != SET || !fv_tls_cert_next(&a, &one) ||
        !fv_tls_cert_next(&b, &other) || a.len > 0 || b.len > 0 || !fv_tls_cert_next(&one, &type) ||
        !fv_tls_cert_next(&other, &same)) {
        return doubt;
    }
    return is_equal(&type, &same) && fv_tls_cert_next(&one, &one) &&
           fv_tls_cert_next(&other, &other) && is_alike(one, other, doubt);
}

/* Compare the parts of base with the first parts of name. name becomes its remaining parts. */
static bool walk(mbedtls_asn1_buf *name, mbedtls_asn1_buf base, bool doubt)
{
    mbedtls_asn1_buf a;
    mbedtls_asn1_buf b;
    while (fv_tls_cert_next(&base, &b)) {
        if (!fv_tls_cert_next(name, &a) || !is_part_alike(a, b, doubt)) {
            return false;
        }
    }
    return base.len == 0 || doubt;
}

/* Enter a Name. */
static bool enter(struct fv_slice name, mbedtls_asn1_buf *out)
{
    *out = (mbedtls_asn1_buf){.p = (unsigned char *)(uintptr_t)name.ptr, .len = name.len};
    mbedtls_asn1_buf rest = *out;
    return fv_tls_cert_next(&rest, out) && out->tag == SEQUENCE && rest.len == 0;
}

bool fv_tls_dn_same(struct fv_slice a, struct fv_slice b)
{
    mbedtls_asn1_buf one;
    mbedtls_asn1_buf other;
    return enter(a, &one) && enter(b, &other) && walk(&one, other, false) && one.len == 0;
}

bool fv_tls_dn_begins(struct fv_slice name, struct fv_slice base, bool doubt)
{
    mbedtls_asn1_buf one;
    mbedtls_asn1_buf other;
    return enter(name, &one) && enter(base, &other) ? walk(&one, other, doubt) : doubt;
}
