/* SPDX-License-Identifier: MIT */
#include "base/writer.h"

#include "base/check.h"

#include <string.h>

/* 2^64 has 20 decimal digits. */
#define DIGITS 20

bool fv_writer_holds(const struct fv_writer *w)
{
    return w->len < w->cap && w->buf[w->len] == '\0';
}

FV_ONE_COPY void fv_writer_init(struct fv_writer *w, char *buf, size_t cap)
{
    *w = (struct fv_writer){.buf = buf, .cap = cap};
    buf[0] = '\0';
    FV_CHECK(fv_writer_holds(w));
}

void fv_writer_char(struct fv_writer *w, char c)
{
    /* called most often, so without memcpy for one byte */
    if (w->full || w->cap - w->len <= 1) {
        w->full = true;
        return;
    }
    w->buf[w->len++] = c;
    w->buf[w->len] = '\0';
    FV_CHECK(fv_writer_holds(w));
}

void fv_writer_slice(struct fv_writer *w, struct fv_slice s)
{
    if (w->full || s.len >= w->cap - w->len) {
        w->full = true;
        return;
    }
    if (s.len > 0) { /* memcpy wants a valid pointer even for no bytes */
        memcpy(w->buf + w->len, s.ptr, s.len);
    }
    w->len += s.len;
    w->buf[w->len] = '\0';
    FV_CHECK(fv_writer_holds(w));
}

void fv_writer_text(struct fv_writer *w, const char *text)
{
    fv_writer_slice(w, fv_slice_of(text));
}

void fv_writer_u64(struct fv_writer *w, uint64_t v)
{
    fv_writer_u64_padded(w, v, 1);
}

void fv_writer_u64_padded(struct fv_writer *w, uint64_t v, unsigned width)
{
    char digits[DIGITS];
    size_t from = DIGITS;
    while (from > 0 && (v > 0 || from > DIGITS - width)) {
        digits[--from] = (char)('0' + v % 10);
        v /= 10;
    }
    fv_writer_slice(w, (struct fv_slice){digits + from, DIGITS - from});
}

void fv_writer_size(struct fv_writer *w, uint64_t bytes)
{
    static const char *const units[] = {" B", " KiB", " MiB", " GiB", " TiB"};
    size_t unit = 0;
    uint64_t whole = bytes;
    uint64_t rest = 0;
    while (whole >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
        rest = whole % 1024;
        whole /= 1024;
        unit++;
    }
    fv_writer_u64(w, whole);
    if (unit > 0 && whole < 100) {
        fv_writer_char(w, '.');
        fv_writer_u64(w, rest * 10 / 1024);
    }
    fv_writer_text(w, units[unit]);
}

void fv_writer_hex(struct fv_writer *w, const uint8_t *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        char pair[2] = {digits[p[i] >> 4], digits[p[i] & 15]};
        fv_writer_slice(w, (struct fv_slice){pair, sizeof(pair)});
    }
}

void fv_writer_address(struct fv_writer *w, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n && i < 16; i++) {
        if (n == 4) {
            fv_writer_text(w, i > 0 ? "." : "");
            fv_writer_u64(w, p[i]);
        } else {
            fv_writer_text(w, i > 0 && i % 2 == 0 ? ":" : "");
            fv_writer_hex(w, p + i, 1);
        }
    }
}

void fv_writer_percent(struct fv_writer *w, uint8_t byte)
{
    static const char digits[] = "0123456789ABCDEF";
    char text[3] = {'%', digits[byte >> 4], digits[byte & 15]};
    fv_writer_slice(w, (struct fv_slice){text, sizeof(text)});
}

struct fv_slice fv_writer_done(const struct fv_writer *w)
{
    return (struct fv_slice){w->buf, w->len};
}

enum fv_err fv_writer_check(const struct fv_writer *w)
{
    return w->full ? FV_E_CAPACITY : FV_OK;
}
