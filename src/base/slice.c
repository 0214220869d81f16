#include "base/slice.h"

#include "base/err.h"

#include <string.h>

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

bool fv_slice_has_control(struct fv_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7F) {
            return true;
        }
    }
    return false;
}

size_t fv_slice_find(struct fv_slice s, char c)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == c) {
            return i;
        }
    }
    return s.len;
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
