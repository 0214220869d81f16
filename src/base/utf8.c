/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

static bool is_surrogate(uint32_t code)
{
    return code >= 0xD800 && code <= 0xDFFF;
}

/* The length that a first byte announces; 0 for one that starts nothing. */
static size_t announced(uint8_t first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first < 0xC2) { /* a continuation, or C0 and C1, which only overlong forms have */
        return 0;
    }
    if (first < 0xE0) {
        return 2;
    }
    if (first < 0xF0) {
        return 3;
    }
    return first < 0xF5 ? 4 : 0;
}

/* Decode one character, surrogates included. */
static size_t decode(struct fv_slice s, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    static const uint8_t mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint8_t first = (uint8_t)s.ptr[0];
    size_t n = announced(first);
    if (n == 0 || n > s.len) {
        return 0;
    }
    uint32_t code = first & mask[n];
    for (size_t i = 1; i < n; i++) {
        uint8_t byte = (uint8_t)s.ptr[i];
        if ((byte & 0xC0) != 0x80) {
            return 0;
        }
        code = code << 6 | (byte & 0x3F);
    }
    if (code < least[n] || code > 0x10FFFF) {
        return 0;
    }
    *out = code;
    return n;
}

size_t fv_utf8_next(struct fv_slice s, uint32_t *out)
{
    uint32_t code = 0;
    size_t n = decode(s, &code);
    if (n == 0 || is_surrogate(code)) {
        return 0;
    }
    *out = code;
    return n;
}

size_t fv_utf8_surrogate(struct fv_slice s, uint32_t *out)
{
    uint32_t code = 0;
    if (s.len == 0 || decode(s, &code) == 0 || !is_surrogate(code)) {
        return 0;
    }
    *out = code;
    return 3;
}

size_t fv_utf8_encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(lead[n] | code);
    return n;
}
