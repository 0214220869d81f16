/* SPDX-License-Identifier: MIT */
#include "base/slice.h"

#include "base/err.h"

#include <string.h>

/* A word in which each byte is 1 (ONES), or has only its top bit set (TOPS). */
#define ONES (SIZE_MAX / 0xFF)
#define TOPS (0x80 * ONES)

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct fv_slice fv_slice_of(const char *text)
{
    return text == NULL ? FV_SLICE_NONE : (struct fv_slice){text, strlen(text)};
}

uint64_t fv_slice_hash(uint64_t seed, struct fv_slice s)
{
    const uint64_t multiplier = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t h = seed ^ (s.len + 1);
    for (size_t at = 0; at < s.len; at += sizeof h) {
        uint64_t word = 0;
        if (s.len - at >= sizeof word) {
            memcpy(&word, s.ptr + at, sizeof word); /* a load, not a call */
        } else {
            memcpy(&word, s.ptr + at, s.len - at);
        }
        h = (h ^ word) * multiplier;
        h ^= h >> 32;
    }
    return h;
}

bool fv_slice_eq(struct fv_slice a, struct fv_slice b)
{
    /* memcmp wants valid pointers even for no bytes. */
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool fv_slice_eq_nocase(struct fv_slice a, struct fv_slice b)
{
    return a.len == b.len && fv_slice_starts_nocase(a, b);
}

bool fv_slice_starts(struct fv_slice s, struct fv_slice prefix)
{
    return s.len >= prefix.len && fv_slice_eq(fv_slice_head(s, prefix.len), prefix);
}

bool fv_slice_starts_nocase(struct fv_slice s, struct fv_slice prefix)
{
    if (s.len < prefix.len) {
        return false;
    }
    for (size_t i = 0; i < prefix.len; i++) {
        if (fold(s.ptr[i]) != fold(prefix.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* Return a word that has the top bit set in each byte where word has a byte below n. Bytes above
 * such a byte may have their top bit set too. */
static size_t below(size_t word, uint8_t n)
{
    return (word - n * ONES) & ~word & TOPS;
}

static inline size_t load(const char *p)
{
    size_t word = 0;
    memcpy(&word, p, sizeof word);
    return word;
}

/* Whether the first byte of a word is its lowest one, so that one instruction finds the first byte
 * with a bit set. */
#define COUNTS (sizeof(size_t) == 8 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

/* Return the number of bytes before the first one that has its top bit set. word is not 0. */
static size_t before(size_t word)
{
    return (size_t)__builtin_ctzll(word) / 8;
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7F;
}

bool fv_slice_has_control(struct fv_slice s)
{
    size_t at = 0;
    for (; COUNTS && s.len - at >= sizeof(size_t); at += sizeof(size_t)) {
        size_t word = load(s.ptr + at);
        if ((below(word, ' ') | below(word ^ 0x7F * ONES, 1)) != 0) {
            return true;
        }
    }
    while (at < s.len && !is_control(s.ptr[at])) {
        at++;
    }
    return at < s.len;
}

/* Return the top bit of each byte at which fv_slice_bare() stops. Bytes above such a byte may have
 * their top bit set too. */
static inline size_t refused(const char *p, bool ascii)
{
    size_t word = load(p);
    return below(word, ' ') | below(word ^ '"' * ONES, 1) | below(word ^ '\\' * ONES, 1) |
           (ascii ? (word | (word + ONES)) & TOPS : 0);
}

size_t fv_slice_bare(struct fv_slice s, bool ascii)
{
    size_t at = 0;
    size_t bad = 0;
    for (; s.len - at >= sizeof(size_t); at += sizeof(size_t)) {
        bad = refused(s.ptr + at, ascii);
        if (bad != 0) {
            break;
        }
    }
    if (COUNTS && s.len >= sizeof(size_t)) {
        if (bad == 0) { /* the last bytes of s, together with bytes that were tested already */
            at = s.len - sizeof(size_t);
            bad = refused(s.ptr + at, ascii);
        }
        return bad != 0 ? at + before(bad) : s.len;
    }
    while (at < s.len) {
        unsigned char c = (unsigned char)s.ptr[at];
        if (c < ' ' || c == '"' || c == '\\' || (ascii && c >= 0x7F)) {
            break;
        }
        at++;
    }
    return at;
}

static bool is_unreserved(unsigned char c)
{
    /* A bit for each of 0x00 to 0x7F: digits, letters, "-._~". */
    static const uint32_t set[] = {0, 0x03FF6000, 0x87FFFFFE, 0x47FFFFFE};
    return c < 0x80 && (set[c / 32] >> c % 32 & 1) != 0;
}

/* Return the top bit of each byte from first to last. word has no byte with its top bit set. */
static inline size_t within(size_t word, uint8_t first, uint8_t last)
{
    return (word + (0x80 - first) * ONES) & ~(word + (0x7F - last) * ONES) & TOPS;
}

/* Return the top bit of each byte that is not an unreserved character. */
static inline size_t reserved(const char *p)
{
    size_t word = load(p);
    size_t seven = word & ~TOPS;
    size_t fine = within(seven | 0x20 * ONES, 'a', 'z') | within(seven, '-', '.') |
                  within(seven, '0', '9') | within(seven, '_', '_') | within(seven, '~', '~');
    return (~fine | word) & TOPS;
}

size_t fv_slice_unreserved(struct fv_slice s)
{
    size_t at = 0;
    for (; COUNTS && s.len - at >= sizeof(size_t); at += sizeof(size_t)) {
        size_t bad = reserved(s.ptr + at);
        if (bad != 0) {
            return at + before(bad);
        }
    }
    while (at < s.len && is_unreserved((unsigned char)s.ptr[at])) {
        at++;
    }
    return at;
}

size_t fv_slice_find(struct fv_slice s, char c)
{
    const char *at = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;
    return at != NULL ? (size_t)(at - s.ptr) : s.len;
}

size_t fv_slice_find_last(struct fv_slice s, char c)
{
    for (size_t i = s.len; i > 0; i--) {
        if (s.ptr[i - 1] == c) {
            return i - 1;
        }
    }
    return s.len;
}

FV_ONE_COPY struct fv_slice fv_slice_from(struct fv_slice s, size_t from)
{
    if (from >= s.len) {
        return FV_SLICE_NONE;
    }
    return (struct fv_slice){s.ptr + from, s.len - from};
}

struct fv_slice fv_slice_head(struct fv_slice s, size_t len)
{
    return (struct fv_slice){s.ptr, len < s.len ? len : s.len};
}

struct fv_slice fv_slice_trim(struct fv_slice s)
{
    while (s.len > 0 && is_blank(s.ptr[s.len - 1])) {
        s.len--;
    }
    size_t from = 0;
    while (from < s.len && is_blank(s.ptr[from])) {
        from++;
    }
    return fv_slice_from(s, from);
}

bool fv_slice_cut(struct fv_slice s, char c, struct fv_slice *head, struct fv_slice *rest)
{
    size_t at = fv_slice_find(s, c);
    *head = fv_slice_head(s, at);
    *rest = at < s.len ? fv_slice_from(s, at + 1) : FV_SLICE_NONE;
    return at < s.len;
}

void fv_slice_clear(void *memory, size_t size)
{
    char *p = memory;
    size_t word = 0;
    if (!FV_CAP_MEASURE) { /* no virtual memory: a write costs nothing more than a read */
        memset(memory, 0, size);
        return;
    }
    for (size_t i = 0; i < size; i += sizeof word) {
        memcpy(&word, p + i, sizeof word);
        if (word != 0) {
            memset(p + i, 0, sizeof word);
        }
    }
}
