#include "net/tls_trust.h"

#include <mbedtls/asn1.h>
#include <mbedtls/platform.h>
#include <string.h>

/* Bytes of a certificate that are decoded at once. With the first of them nearly every subject is there, and most
 * certificates are looked at no further. */
#define STEP 256

#define SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)

struct scan {
    const struct fv_trust *source;
    uint64_t offset; /* of the bundle, behind buf */
    size_t at, end;  /* of buf: what is not taken yet */
    bool last;       /* nothing is behind buf */
    enum fv_err err; /* of reading */
    uint32_t bits;   /* of Base64, what is left over: the lower `spare` of them */
    unsigned spare;
    bool padded; /* the block's Base64 is over */
    size_t len;  /* of der */
    uint8_t buf[FV_CAP_READ];
    uint8_t der[FV_CAP_ROOT];
};

/* Have what follows in buf; false at the bundle's end. */
static bool refill(struct scan *s)
{
    if (!s->last) {
        size_t got = 0;
        s->err = s->source->read(s->source->ctx, s->offset, s->buf, sizeof(s->buf), &got);
        s->at = 0;
        s->end = s->err == FV_OK ? got : 0;
        s->offset += s->end;
        s->last = s->end < sizeof(s->buf);
    }
    return s->at < s->end;
}

/* Return the next byte of the bundle, -1 at its end. */
static int next(struct scan *s)
{
    return s->at < s->end || refill(s) ? s->buf[s->at++] : -1;
}

/* Go behind the next line that opens a certificate. */
static bool find_begin(struct scan *s)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    size_t matched = 0;
    while (begin[matched] != 0) {
        if (matched == 0) {
            const uint8_t *dash = memchr(s->buf + s->at, '-', s->end - s->at);
            s->at = dash != NULL ? (size_t)(dash - s->buf) : s->end;
        }
        int c = next(s);
        if (c < 0) {
            return false;
        }
        if (c == begin[matched]) {
            matched++;
        } else if (c != '-') {
            matched = 0;
        } else {
            /* Inside the run of five the last five dashes still count; behind it this one may begin another. */
            matched = matched == 5 ? 5 : 1;
        }
    }
    return true;
}

/* Return the six bits of a character of Base64 (RFC 4648 4), or 64. */
static inline unsigned six_bits(unsigned c)
{
    unsigned letter = (c | 0x20U) - 'a';
    if (letter < 26) {
        return (c & 0x20U) != 0 ? letter + 26 : letter;
    }
    if (c - '0' < 10) {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* What reading a block came to. */
enum block { BLOCK_MORE, BLOCK_WHOLE, BLOCK_BAD };

/*
 * Decode a block's Base64 into der until there are at least `upto` bytes, or up to the block's end. What is read is public, so
 * that time may depend on it: mbedTLS's decoder hides it, at 260 instructions a character, which for a system's bundle is
 * more than the handshake. What padding leaves over is of no interest: a certificate says itself how long it is.
 */
static enum block read_block(struct scan *s, size_t upto)
{
    while (s->len < upto && (s->at < s->end || refill(s))) {
        unsigned c = s->buf[s->at++];
        unsigned six = six_bits(c);
        if (six < 64 && !s->padded) {
            s->bits = s->bits << 6 | six;
            s->spare += 6;
            if (s->spare >= 8) {
                s->spare -= 8;
                if (s->len == sizeof(s->der)) {
                    return BLOCK_BAD;
                }
                s->der[s->len++] = (uint8_t)(s->bits >> s->spare);
            }
        } else if (c == '-') {
            s->at--; /* it may belong to a BEGIN, where the END is missing */
            return BLOCK_WHOLE;
        } else if (c == '=') {
            s->padded = true;
        } else if (c != '\n' && c != '\r' && c != ' ' && c != '\t') {
            return BLOCK_BAD;
        }
    }
    return s->len < upto ? BLOCK_BAD : BLOCK_MORE;
}

/* Read all of the bundle, which is one certificate in DER. */
static enum block read_der(struct scan *s)
{
    for (int c = next(s); c >= 0; c = next(s)) {
        if (s->len == sizeof(s->der)) {
            return BLOCK_BAD;
        }
        s->der[s->len++] = (uint8_t)c;
    }
    return s->err == FV_OK ? BLOCK_WHOLE : BLOCK_BAD;
}

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
static bool find_subject(struct scan *s, struct fv_slice *out)
{
    const int sequence = SEQUENCE;
    unsigned char *p = s->der;
    const unsigned char *end = p + s->len;
    if (!enter(&p, end) || !enter(&p, end)) {
        return false;
    }
    (void)skip(&p, end,
               MBEDTLS_ASN1_CONTEXT_SPECIFIC |
                   MBEDTLS_ASN1_CONSTRUCTED); /* version; absent from v1 */
    if (!skip(&p, end, MBEDTLS_ASN1_INTEGER) || !skip(&p, end, sequence) ||
        !skip(&p, end, sequence) || !skip(&p, end, sequence)) {
        return false;
    }
    const unsigned char *start = p;
    if (!skip(&p, end, sequence)) {
        return false;
    }
    *out = (struct fv_slice){(const char *)start, (size_t)(p - start)};
    return true;
}

/* Names are equal for mbedTLS in either case and as PrintableString or UTF8String; both keep the length. This lets a little more
 * through than it does, which decides in the end. */
static bool alike(struct fv_slice a, const mbedtls_x509_buf *b)
{
    if (a.len != b->len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        unsigned x = (unsigned char)a.ptr[i];
        unsigned y = b->p[i];
        bool letters = (x | 0x20U) == (y | 0x20U) && (x | 0x20U) >= 'a' && (x | 0x20U) <= 'z';
        bool strings = (x == MBEDTLS_ASN1_UTF8_STRING && y == MBEDTLS_ASN1_PRINTABLE_STRING) ||
                       (y == MBEDTLS_ASN1_UTF8_STRING && x == MBEDTLS_ASN1_PRINTABLE_STRING);
        if (x != y && !letters && !strings) {
            return false;
        }
    }
    return true;
}

/* Append the certificate to the list. One that cannot be parsed is left out; false: no memory. */
static bool keep(const struct scan *s, mbedtls_x509_crt **list, size_t *kept)
{
    if (*list == NULL) {
        *list = mbedtls_calloc(1, sizeof(**list));
        if (*list == NULL) {
            return false;
        }
        mbedtls_x509_crt_init(*list);
    }
    int ret = mbedtls_x509_crt_parse_der(*list, s->der, s->len);
    *kept += ret == 0 ? 1 : 0;
    return ret != MBEDTLS_ERR_X509_ALLOC_FAILED;
}

static void drop(mbedtls_x509_crt **list)
{
    mbedtls_x509_crt_free(*list);
    mbedtls_free(*list);
    *list = NULL;
}

/* Read the next certificate as far as its subject; false if it has none. */
static bool read_subject(struct scan *s, bool der, enum block *block, struct fv_slice *subject)
{
    s->len = 0;
    s->spare = 0;
    s->padded = false;
    for (size_t upto = STEP;; upto += STEP) {
        *block = der ? read_der(s) : read_block(s, upto);
        if (*block == BLOCK_BAD) {
            return false;
        }
        if (find_subject(s, subject) || *block == BLOCK_WHOLE) {
            return subject->len > 0;
        }
    }
}

/* Look at each certificate. FV_OK, FV_E_TLS_CA, FV_E_MEMORY, FV_E_CANCELLED, FV_E_TIMEOUT. */
static enum fv_err search(struct scan *s, const mbedtls_x509_buf *issuer, mbedtls_x509_crt **list)
{
    size_t seen = 0;
    size_t kept = 0;
    bool der = refill(s) && s->buf[0] == SEQUENCE;
    while (kept < FV_TLS_TRUST_MANY && (der || find_begin(s))) {
        enum block block = BLOCK_BAD;
        struct fv_slice subject = FV_SLICE_NONE;
        bool readable = read_subject(s, der, &block, &subject);
        bool wanted = readable && alike(subject, issuer);
        if (wanted && block == BLOCK_MORE) {
            readable = wanted = read_block(s, SIZE_MAX) == BLOCK_WHOLE;
        }
        seen += readable ? 1 : 0;
        if (wanted && !keep(s, list, &kept)) {
            return FV_E_MEMORY;
        }
        if (der) {
            break;
        }
    }
    if (kept == 0 && *list != NULL) {
        drop(list);
    }
    if (s->err == FV_E_CANCELLED || s->err == FV_E_TIMEOUT) {
        return s->err; /* a pipe that nobody writes to */
    }
    return s->err == FV_OK && seen > 0 ? FV_OK : FV_E_TLS_CA;
}

int fv_tls_trust_find(void *ctx, const mbedtls_x509_crt *child, mbedtls_x509_crt **candidates)
{
    struct fv_tls_trust *trust = ctx;
    mbedtls_x509_crt *list = NULL;
    trust->err = FV_E_TLS_CA;
    if (trust->source->read != NULL) {
        /* Not on the stack, which is deepest here. */
        struct scan *s = mbedtls_calloc(1, sizeof(*s));
        trust->err = FV_E_MEMORY;
        if (s != NULL) {
            s->source = trust->source;
            trust->err = search(s, &child->issuer_raw, &list);
            mbedtls_free(s);
        }
    }
    if (trust->err != FV_OK) {
        if (list != NULL) {
            drop(&list);
        }
        return MBEDTLS_ERR_X509_FATAL_ERROR;
    }
    *candidates = list;
    return 0;
}
