#include "net/tls_dn.h"

#include <mbedtls/asn1.h>
#include <stdint.h>
#include <string.h>

static bool is_text(unsigned tag)
{
    return tag == MBEDTLS_ASN1_UTF8_STRING || tag == MBEDTLS_ASN1_PRINTABLE_STRING;
}

bool fv_tls_dn_same(struct fv_slice a, struct fv_slice b)
{
    size_t at = 0;
    if (a.len != b.len) {
        return false;
    }
    /* All lengths are equal, or the names are not, so one position serves both. What is constructed is entered. */
    while (at < a.len) {
        unsigned tag = (unsigned char)a.ptr[at];
        bool text = is_text(tag) && is_text((unsigned char)b.ptr[at]);
        if (a.ptr[at] != b.ptr[at] && !text) {
            return false;
        }
        unsigned char *p = (unsigned char *)(uintptr_t)(a.ptr + at + 1);
        const unsigned char *start = p;
        size_t len = 0;
        if (mbedtls_asn1_get_len(&p, (const unsigned char *)a.ptr + a.len, &len) != 0) {
            return false;
        }
        size_t content = at + 1 + (size_t)(p - start);
        size_t next = (tag & MBEDTLS_ASN1_CONSTRUCTED) != 0 ? content : content + len;
        size_t same = text ? content : next; /* up to there byte by byte */
        if (memcmp(a.ptr + at + 1, b.ptr + at + 1, same - at - 1) != 0 ||
            (text && !fv_slice_eq_nocase((struct fv_slice){a.ptr + content, len},
                                         (struct fv_slice){b.ptr + content, len}))) {
            return false;
        }
        at = next;
    }
    return true;
}
