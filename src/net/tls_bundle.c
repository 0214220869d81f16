/* SPDX-License-Identifier: MIT */
#include "net/tls_bundle.h"

#include <string.h>

/* Count the line breaks of buf up to index upto. */
static void count(struct fv_tls_bundle *b, size_t upto)
{
    const uint8_t *p;
    while ((p = memchr(b->buf + b->counted, '\n', upto - b->counted)) != NULL) {
        b->counted = (size_t)(p - b->buf) + 1;
        b->line++;
    }
    b->counted = upto;
}

/* Read the next bytes into buf. Return false at the end of the bundle. */
static bool refill(struct fv_tls_bundle *b)
{
    if (!b->last) {
        size_t got = 0;
        count(b, b->end);
        b->err = b->source->read(b->source->ctx, b->offset, b->buf, sizeof(b->buf), &got);
        b->at = b->counted = 0;
        b->end = b->err == FV_OK ? got : 0;
        b->last = b->end < sizeof(b->buf);
        b->offset += b->end;
    }
    return b->at < b->end;
}

/* Return the next byte of the bundle, -1 at its end. */
static int next(struct fv_tls_bundle *b)
{
    return b->at < b->end || refill(b) ? b->buf[b->at++] : -1;
}

/* Advance to the label of the next PEM block, after "-----BEGIN ". Return false if there is
 * none. */
static bool find_label(struct fv_tls_bundle *b)
{
    static const char begin[] = "-----BEGIN ";
    size_t matched = 0;
    while (begin[matched] != 0) {
        if (matched == 0) {
            const uint8_t *dash = memchr(b->buf + b->at, '-', b->end - b->at);
            b->at = dash != NULL ? (size_t)(dash - b->buf) : b->end;
        }
        int c = next(b);
        if (c < 0) {
            return false;
        }
        if (c == begin[matched]) {
            matched++;
        } else if (c != '-') {
            matched = 0;
        } else {
            /* In a run of more than five dashes, the last five count. Elsewhere, this dash may
             * begin another run. */
            matched = matched == 5 ? 5 : 1;
        }
    }
    return true;
}

/* Read a label (RFC 7468 3) and the five dashes after it. label is filled with zeros before the
 * call; a label that is too long is cut. Return false if this is not a label. */
static bool read_label(struct fv_tls_bundle *b, char *label)
{
    size_t len = 0;
    int c;
    while ((c = next(b)) >= ' ' && c < 0x7F && c != '-') {
        if (len < FV_TLS_BUNDLE_LABEL - 1) {
            label[len++] = (char)c;
        }
    }
    for (unsigned dashes = 1; c == '-' && dashes < 5; dashes++) {
        c = next(b);
    }
    return c == '-';
}

/* Advance past the next line that begins a certificate. Return false if there is none. */
static bool find_begin(struct fv_tls_bundle *b)
{
    while (find_label(b)) {
        char label[FV_TLS_BUNDLE_LABEL] = {0};
        count(b, b->at);
        b->begin = b->line + 1;
        if (!read_label(b, label)) {
            continue;
        }
        b->settings = strcmp(label, "TRUSTED CERTIFICATE") == 0;
        if (b->settings || strcmp(label, "CERTIFICATE") == 0 ||
            strcmp(label, "X509 CERTIFICATE") == 0) {
            return true;
        }
        memcpy(b->label, label, sizeof(label));
    }
    return false;
}

/* Detect the format of the bundle from its first bytes. */
static void look(struct fv_tls_bundle *b)
{
    if (refill(b) && b->end > 1) {
        unsigned a = b->buf[0];
        unsigned c = b->buf[1];
        /* A SEQUENCE whose length needs more than one byte, as in any certificate. A text may also
         * begin with "0", which is the same byte. */
        b->der = a == 0x30 && (c & 0xFC) == 0x80;
        b->wide = a + c == 0xFF + 0xFE || (a == 0) != (c == 0);
    }
}

bool fv_tls_bundle_next(struct fv_tls_bundle *b)
{
    b->len = 0;
    b->spare = 0;
    b->padded = false;
    if (b->offset == 0 && !b->last) {
        look(b);
        if (b->der) {
            return true;
        }
    }
    return !b->der && find_begin(b);
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

/*
 * Decode the Base64 in buf. The input is public, so the time may depend on it. mbedTLS's decoder
 * runs in constant time and takes 260 instructions a character; for a system's bundle, that is more
 * than the handshake takes. All state is in local variables, because bundles are long.
 */
static void decode(struct fv_tls_bundle *b, size_t upto)
{
    uint32_t bits = b->bits;
    unsigned spare = b->spare;
    const uint8_t *p = b->buf + b->at;
    const uint8_t *end = b->buf + b->end;
    uint8_t *to = b->cert + b->len;
    const uint8_t *to_end = b->cert + (upto < sizeof(b->cert) ? upto : sizeof(b->cert));
    while (p < end && to < to_end) {
        unsigned six = six_bits(*p);
        if (six > 63) {
            break;
        }
        p++;
        bits = bits << 6 | six;
        spare += 6;
        if (spare >= 8) {
            spare -= 8;
            *to++ = (uint8_t)(bits >> spare);
        }
    }
    b->bits = bits;
    b->spare = spare;
    b->at = (size_t)(p - b->buf);
    b->len = (size_t)(to - b->cert);
}

/* The bits that padding leaves are ignored: a certificate gives its own length. */
static enum fv_tls_block read_pem(struct fv_tls_bundle *b, size_t upto)
{
    while (b->len < upto && (b->at < b->end || refill(b))) {
        if (!b->padded) {
            decode(b, upto);
        }
        if (b->at == b->end || b->len >= upto) {
            continue;
        }
        unsigned c = b->buf[b->at];
        if (c == '-') {
            /* if the END line is missing, this may be the next BEGIN line */
            return FV_TLS_BLOCK_WHOLE;
        }
        b->at++;
        if (c == '=') {
            b->padded = true;
        } else if (c != '\n' && c != '\r' && c != ' ' && c != '\t') {
            return six_bits(c) < 64 && !b->padded ? FV_TLS_BLOCK_LARGE : FV_TLS_BLOCK_BAD;
        }
    }
    return b->len < upto ? FV_TLS_BLOCK_CUT : FV_TLS_BLOCK_MORE;
}

static enum fv_tls_block read_der(struct fv_tls_bundle *b, size_t upto)
{
    while (b->len < upto && (b->at < b->end || refill(b))) {
        if (b->len == sizeof(b->cert)) {
            return FV_TLS_BLOCK_LARGE;
        }
        b->cert[b->len++] = b->buf[b->at++];
    }
    return b->len < upto ? FV_TLS_BLOCK_WHOLE : FV_TLS_BLOCK_MORE;
}

enum fv_tls_block fv_tls_bundle_read(struct fv_tls_bundle *b, size_t upto)
{
    return b->der ? read_der(b, upto) : read_pem(b, upto);
}
