/* SPDX-License-Identifier: MIT */
#include "cli/visible.h"

#include "base/utf8.h"

#define CUT "..."
#define CUT_WIDTH 3

/* First and last code point of blocks, in ascending order, and the width of their characters. */
static const struct {
    uint32_t first, last;
    unsigned width;
} blocks[] = {
    {0x0300, 0x036F, 0},   {0x0483, 0x0489, 0},   {0x1100, 0x115F, 2},   {0x1AB0, 0x1AFF, 0},
    {0x1DC0, 0x1DFF, 0},   {0x200B, 0x200F, 0},   {0x20D0, 0x20FF, 0},   {0x2300, 0x23FF, 2},
    {0x25FD, 0x27BF, 2},   {0x2B00, 0x2BFF, 2},   {0x2E80, 0x303E, 2},   {0x3041, 0xA4CF, 2},
    {0xA960, 0xA97F, 2},   {0xAC00, 0xD7FF, 2},   {0xF900, 0xFAFF, 2},   {0xFE10, 0xFE19, 2},
    {0xFE20, 0xFE2F, 0},   {0xFE30, 0xFE6F, 2},   {0xFF01, 0xFF60, 2},   {0xFFE0, 0xFFE6, 2},
    {0x16FE0, 0x1B2FF, 2}, {0x1D300, 0x1D37F, 2}, {0x1F000, 0x1FBFF, 2}, {0x20000, 0x3FFFD, 2},
};

unsigned fv_visible_width(uint32_t code)
{
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        if (code <= blocks[i].last) {
            return code >= blocks[i].first ? blocks[i].width : 1;
        }
    }
    return 1;
}

static bool shows(uint32_t code)
{
    /* not C0 and C1 controls, and not the marks that change the direction of text */
    return code >= 0x20 && code != 0x7F && !(code >= 0x80 && code <= 0x9F) &&
           !(code >= 0x202A && code <= 0x202E) && !(code >= 0x2066 && code <= 0x2069);
}

void fv_visible_next(struct fv_slice s, struct fv_visible *v)
{
    uint32_t code = 0;
    size_t n = fv_utf8_next(s, &code);
    bool plain = n > 0 && shows(code);
    struct fv_writer w;
    n = n > 0 ? n : 1;
    fv_writer_init(&w, v->text, sizeof v->text);
    for (size_t i = 0; i < n; i++) {
        uint8_t byte = (uint8_t)s.ptr[i];
        if (plain) {
            fv_writer_char(&w, (char)byte);
        } else {
            fv_writer_text(&w, "\\x");
            fv_writer_hex(&w, &byte, 1);
        }
    }
    v->len = w.len;
    v->used = n;
    v->width = plain ? fv_visible_width(code) : (unsigned)w.len;
}

static unsigned width_of(struct fv_slice s)
{
    unsigned width = 0;
    while (s.len > 0) {
        struct fv_visible v;
        fv_visible_next(s, &v);
        width += v.width;
        s = fv_slice_from(s, v.used);
    }
    return width;
}

/* Return the end of s that fits. It does not begin with a combining mark of a character that is
 * left out. */
static struct fv_slice tail(struct fv_slice s, unsigned width, unsigned columns)
{
    bool cut = true;
    while (s.len > 0 && cut) {
        struct fv_visible v;
        fv_visible_next(s, &v);
        cut = width > columns || v.width == 0;
        if (cut) {
            width -= v.width;
            s = fv_slice_from(s, v.used);
        }
    }
    return s;
}

unsigned fv_visible_fit(struct fv_writer *w, struct fv_slice s, unsigned columns, bool head)
{
    unsigned width = width_of(s);
    unsigned done = 0;
    bool whole = width <= columns;
    unsigned room = whole ? columns : columns > CUT_WIDTH ? columns - CUT_WIDTH : 0;
    if (columns < CUT_WIDTH && !whole) {
        return 0;
    }
    if (!whole && !head) {
        fv_writer_text(w, CUT);
        s = tail(s, width, room);
    }
    while (s.len > 0) {
        struct fv_visible v;
        fv_visible_next(s, &v);
        if (done + v.width > room) {
            break;
        }
        fv_writer_slice(w, (struct fv_slice){v.text, v.len});
        done += v.width;
        s = fv_slice_from(s, v.used);
    }
    if (!whole && head) {
        fv_writer_text(w, CUT);
    }
    return whole ? done : done + CUT_WIDTH;
}

void fv_visible_span(struct fv_writer *w, uint64_t seconds)
{
    uint64_t hours = seconds / 3600;
    if (hours >= 100) {
        fv_writer_u64(w, hours / 24);
        fv_writer_text(w, " d");
        return;
    }
    fv_writer_u64(w, hours > 0 ? hours : seconds / 60);
    fv_writer_char(w, ':');
    if (hours > 0) {
        fv_writer_u64_padded(w, seconds / 60 % 60, 2);
        fv_writer_char(w, ':');
    }
    fv_writer_u64_padded(w, seconds % 60, 2);
}
