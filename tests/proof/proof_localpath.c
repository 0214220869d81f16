/* SPDX-License-Identifier: MIT */
/*
 * PROOF character; STATE 0-17; unwind 25; core; bound a name of any length, from any position;
 *     path names never leave DIR: a character of a name is written without "/", NUL, control byte
 *     and, for FAT, what FAT refuses, and what counts it before a cut is exact
 *
 * PROOF component; STATE 0-5; unwind 9; bound names of 0 to 2 bytes, for FAT or not;
 *     a component is not empty, "." or "..", and has no byte that leads out of DIR or FAT refuses
 *
 * PROOF cut; STATE 22-23; unwind 25; bound ASCII names of 22 and 23 bytes, limit 64;
 *     a name is cut if it would be longer than FV_CAP_COMPONENT, and something is kept, with room
 *     for the mark
 */
#include "base/num.c"
#include "base/slice.c"
#define fv_utf8_next utf8_next
#include "base/utf8.c"
#undef fv_utf8_next
#include "base/writer.c"
#include "parse/localpath.c"

#include "proof.h"

static bool is_ascii; /* names have no other characters: an index is a constant then */
static bool is_short; /* no cut is expected */

size_t fv_utf8_next(struct fv_slice s, uint32_t *out)
{
    if (!is_ascii) {
        return utf8_next(s, out);
    }
    proof_assume((unsigned char)s.ptr[0] < 0x80);
    *out = (unsigned char)s.ptr[0];
    return 1;
}

void fv_sha256_init(struct fv_sha256 *h)
{
    (void)h;
    proof(!is_short, "a short name is not cut");
    proof_assume(!is_short);
}

void fv_sha256_push(struct fv_sha256 *h, const void *p, size_t n)
{
    (void)h;
    proof(n == 0 || __CPROVER_r_ok(p, n), "what is digested can be read");
}

/* Any digest. */
void fv_sha256_finish(struct fv_sha256 *h, uint8_t out[FV_SHA256_SIZE])
{
    struct fv_sha256 any;
    *h = any;
    for (size_t i = 0; i < FV_SHA256_SIZE; i++) {
        out[i] = nondet_uint8();
    }
}

/* Return whether a local path may have these bytes in a component: no "/", no control. */
static bool is_fine(const char *p, size_t n, bool fat)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c < 0x20 || c == 0x7F || c == '/' ||
            (c == 0xC2 && i + 1 < n && (unsigned char)p[i + 1] < 0xA0)) {
            return false;
        }
        if (fat && (c == '"' || c == '*' || c == ':' || c == '<' || c == '>' || c == '?' ||
                    c == '\\' || c == '|')) {
            return false;
        }
    }
    return true;
}

/* Where a character is in a name and in its suffix: a run for each. What is before it and what is
 * more than five bytes after it is not looked at. */
static const struct place {
    uint8_t from, len, suffix;
} places[] = {
    {0, 1, 0},   {0, 2, 0},   {0, 3, 0},   {0, 6, 0},   {1, 2, 0}, {1, 6, 0},
    {17, 24, 0}, {18, 24, 0}, {19, 20, 0}, {19, 24, 0}, {2, 8, 1}, {6, 8, 1},
    {8, 8, 1},   {8, 8, 4},   {18, 18, 2}, {19, 19, 2}, {3, 1, 2}, {3, 1, 6},
};

void prove_character(void)
{
    const struct place place = places[STATE % 18];
    char text[24], suffix[6], out[13];
    struct component c = {.text = {text, place.len}, .fat = nondet_bool()};
    c.suffix = (struct fv_slice){suffix, place.suffix};
    c.len = c.text.len + (c.suffix.len > 0 ? 1 + c.suffix.len : 0);
    c.forced = proof_length(c.text.len < 2 ? c.text.len : 2);
    const size_t from = place.from;
    for (size_t i = 0; i < c.forced; i++) {
        proof_assume(text[i] == '.' || is_letter(text[i]));
    }

    const size_t before = proof_length(FV_CAP_COMPONENT);
    struct count n = {from, before, proof_length(from)};
    count_unit(&c, &n);
    size_t bytes = n.written - before;
    proof(n.read > from && n.read <= c.len && n.read - from <= 4, "some bytes are read");
    proof(bytes == n.read - from || bytes == 3 * (n.read - from), "copied or encoded");
    proof(n.keep <= from || n.keep == n.read, "kept");
    proof((n.keep == n.read) == (n.written <= FV_CAP_COMPONENT - MARK_LEN), "room for the mark");

    struct fv_writer w;
    fv_writer_init(&w, out, sizeof out);
    size_t next = write_unit(&c, from, &w);
    bool copied = bytes == next - from, local = c.suffix.len > 0 && from < c.text.len;
    proof(next == n.read && w.len == bytes && !w.full, "what was counted is written");
    proof(copied || out[0] == '%', "a percent sign begins what is encoded");
    proof(local || is_fine(out, w.len, c.fat), "no byte leads out of DIR");
    proof(local || !c.fat || next < c.len || (out[w.len - 1] != '.' && out[w.len - 1] != ' '),
          "no dot or space at the end");
    proof(local || from >= c.forced || !copied, "what is forced is encoded");
    proof(from < c.forced || !(is_letter(out[0]) || is_digit(out[0])) || copied, "a letter stays");
    proof_reached();
}

static bool is_component(struct fv_slice s, bool fat)
{
    char last = s.len > 0 ? s.ptr[s.len - 1] : '/';
    return s.len > 0 && s.len <= FV_CAP_COMPONENT && is_fine(s.ptr, s.len, fat) &&
           !fv_slice_eq(s, FV_SLICE(".")) && !fv_slice_eq(s, FV_SLICE("..")) && !is_own(s) &&
           !(fat && (last == '.' || last == ' ' || is_device(s)));
}

void prove_component(void)
{
    const size_t len = STATE / 2;
    const bool fat = STATE % 2 == 1;
    char text[STATE < 2 ? 1 : STATE / 2], out[3 * (STATE / 2) + 2];
    struct fv_writer w;
    is_short = true;
    fv_writer_init(&w, out, sizeof out);
    enum fv_err err = fv_localpath_component((struct fv_slice){text, len}, FV_SLICE_NONE, fat, &w);
    proof(err == FV_OK, "it fits");
    proof(is_component(fv_writer_done(&w), fat), "a component of a path");
    proof_reached();
}

void prove_cut(void)
{
    char text[STATE];
    struct component c = {.text = {text, STATE}, .fat = nondet_bool(), .len = STATE};
    c.forced = proof_length(2);
    is_ascii = true;
    size_t end = measure(&c), written = 0;
    for (size_t i = 0; i < STATE; i++) {
        bool encode;
        proof(unit_at(&c, i, &encode) == 1, "a character is a byte");
        written += i >= end ? 0 : encode ? 3 : 1;
    }
    proof(end > 0 && end <= c.len, "something is kept");
    proof(written <= FV_CAP_COMPONENT - (end < c.len ? MARK_LEN : 0), "it fits");
    proof_reached();
}
