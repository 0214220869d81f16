/* SPDX-License-Identifier: MIT */
/*
 * PROOF char; unwind 1; core; bound any state, any capacity;
 *     a character is appended exactly if it fits, and nothing changes otherwise
 * PROOF slice; STATE 0-4; unwind 6; core; bound any state, any capacity, each length up to 4 bytes;
 *     a text is appended exactly if it fits, and nothing changes otherwise
 * PROOF text; STATE 0-4; unwind 6; bound any state, any capacity, each length up to 4 bytes;
 *     the same for a string
 * PROOF percent; unwind 4; core; bound any state, any capacity;
 *     a byte is % and two upper-case hexadecimal digits
 * PROOF hex; STATE 0-4; unwind 6; bound any state, capacities up to 24, each length up to 4 bytes;
 *     bytes are two lower-case hexadecimal digits each
 * PROOF u64; STATE 0-3; unwind 21; bound values below 100000, widths 1 to 4;
 *     a number has its digits, and zeros before them up to the width
 * PROOF huge; STATE 0-1; unwind 21; bound any state, capacities up to 24, any value and width;
 *     a number of any size stays inside and needs at most 20 bytes
 * PROOF size; unwind 21; bound any size;
 *     a size for people fits in 12 bytes
 * PROOF address; STATE 4; unwind 21; bound any address of IPv4;
 *     an IP address has the length that its form says
 * PROOF init; unwind 1; core; bound any capacity; a writer that begins holds no text
 *
 * Those with any state show too: from any valid state a call stays inside the buffer, keeps the NUL
 * and the text that was written before, and (but huge) sets `full` exactly if something did not
 * fit. Any capacity: up to 2^40 bytes, because CBMC's pointers have no more.
 */
#include "base/slice.c"
#include "base/writer.c"

#include "proof.h"

#include <stdlib.h>

#define EXACT (STATE > 0 ? STATE : 1)
#define SMALL 24
#define MOST_CAPACITY ((size_t)1 << 40)

/* What is known of a writer before a call. */
struct before {
    struct fv_writer w;
    size_t at; /* any byte of the buffer */
    char byte;
};

/* Any state in that buffer for which fv_writer_holds() is true. */
static struct before begin_in(char *buf, size_t cap)
{
    struct before b = {.w = {.buf = buf, .cap = cap}};
    b.w.len = nondet_size();
    b.w.full = nondet_bool();
    proof_assume(fv_writer_holds(&b.w));
    b.at = nondet_size();
    proof_assume(b.at < b.w.cap);
    b.byte = b.w.buf[b.at];
    return b;
}

/* The same for a buffer of any size. */
static struct before begin(void)
{
    size_t cap = nondet_size();
    proof_assume(cap > 0 && cap <= MOST_CAPACITY);
    return begin_in(malloc(cap), cap);
}

/* The same for one of at most that many bytes: those at the end of `memory`, so that nothing is
 * behind it. */
static struct before begin_small(char memory[SMALL])
{
    size_t cap = nondet_size();
    proof_assume(cap > 0 && cap <= SMALL);
    return begin_in(memory + SMALL - cap, cap);
}

/* What every call keeps; it appended at most `most` bytes. */
static void kept(const struct before *b, const struct fv_writer *w, size_t most)
{
    proof(fv_writer_holds(w), "the state is valid again");
    proof(w->buf == b->w.buf && w->cap == b->w.cap, "the buffer is the same");
    proof(w->len >= b->w.len && w->len - b->w.len <= most, "it appends at most that many bytes");
    proof(w->full || !b->w.full, "full stays set");
    proof(!b->w.full || w->len == b->w.len, "a writer that is full writes nothing");
    proof(b->at >= b->w.len || w->buf[b->at] == b->byte, "the text before is kept");
    proof(b->at <= w->len || w->buf[b->at] == b->byte, "nothing behind the NUL changes");
}

/* The call appends a text of n bytes, all or nothing. Returns whether it did. */
static bool whole(const struct before *b, const struct fv_writer *w, size_t n)
{
    bool fits = !b->w.full && n < b->w.cap - b->w.len;
    kept(b, w, n);
    proof(w->full == !fits, "full is set exactly if it did not fit");
    proof(w->len == b->w.len + (fits ? n : 0), "all of it or nothing");
    proof(fits || w->buf[b->at] == b->byte, "nothing changes if it does not fit");
    return fits;
}

void prove_char(void)
{
    struct before b = begin();
    struct fv_writer w = b.w;
    char c = nondet_char();
    fv_writer_char(&w, c);
    bool fits = whole(&b, &w, 1);
    proof(!fits || w.buf[b.w.len] == c, "that character");
    proof_reached();
}

void prove_slice(void)
{
    struct before b = begin();
    struct fv_writer w = b.w;
    char text[EXACT];
    fv_writer_slice(&w, (struct fv_slice){STATE > 0 ? text : NULL, STATE});
    bool fits = whole(&b, &w, STATE);
    for (size_t i = 0; i < STATE; i++) {
        proof(!fits || w.buf[b.w.len + i] == text[i], "that text");
    }
    proof_reached();
}

void prove_text(void)
{
    struct before b = begin();
    struct fv_writer w = b.w;
    char text[STATE + 1];
    for (size_t i = 0; i < STATE; i++) {
        proof_assume(text[i] != '\0');
    }
    text[STATE] = '\0';
    fv_writer_text(&w, text);
    bool fits = whole(&b, &w, STATE);
    for (size_t i = 0; i < STATE; i++) {
        proof(!fits || w.buf[b.w.len + i] == text[i], "that text");
    }
    proof_reached();
}

static char digit_of(unsigned value, char ten)
{
    return (char)(value < 10 ? '0' + value : ten + (value - 10));
}

void prove_percent(void)
{
    struct before b = begin();
    struct fv_writer w = b.w;
    uint8_t byte = nondet_uint8();
    fv_writer_percent(&w, byte);
    const char *text = w.buf + b.w.len;
    bool fits = whole(&b, &w, 3);
    proof(!fits || (text[0] == '%' && text[1] == digit_of(byte / 16, 'A') &&
                    text[2] == digit_of(byte % 16, 'A')),
          "% and two upper-case digits");
    proof_reached();
}

void prove_hex(void)
{
    char memory[SMALL];
    struct before b = begin_small(memory);
    struct fv_writer w = b.w;
    uint8_t bytes[EXACT];
    size_t i = nondet_size();
    proof_assume(i < EXACT);
    fv_writer_hex(&w, bytes, STATE);
    const char *text = w.buf + b.w.len;
    size_t written = w.len - b.w.len;
    kept(&b, &w, 2 * (size_t)STATE);
    bool fits = STATE == 0 ? !b.w.full : !b.w.full && 2 * (size_t)STATE < b.w.cap - b.w.len;
    proof(w.full == !fits && (w.full || written == 2 * (size_t)STATE), "full if it did not fit");
    proof(2 * i + 1 >= written || (text[2 * i] == digit_of(bytes[i] / 16, 'a') &&
                                   text[2 * i + 1] == digit_of(bytes[i] % 16, 'a')),
          "two lower-case digits");
    proof_reached();
}

void prove_u64(void)
{
    char text[DIGITS + 1];
    struct fv_writer w;
    uint64_t value = nondet_uint32();
    const unsigned width = STATE + 1;
    proof_assume(value < 100000);
    fv_writer_init(&w, text, sizeof text);
    fv_writer_u64_padded(&w, value, width);
    size_t n = value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : value < 10000 ? 4 : 5;
    proof(!w.full && w.len == (n < width ? width : n), "as many digits as it needs, or the width");
    uint32_t again = 0;
    for (size_t i = 0; i < w.len; i++) {
        proof(text[i] >= '0' && text[i] <= '9', "digits");
        again = 10 * again + (uint32_t)(text[i] - '0');
    }
    proof(again == value, "the digits of the number");
    proof_reached();
}

void prove_huge(void)
{
    char memory[SMALL];
    struct before b = begin_small(memory);
    struct fv_writer w = b.w;
    unsigned width = nondet_uint8();
    proof_assume(width >= 1 && width <= DIGITS);
    if (STATE == 0) {
        fv_writer_u64_padded(&w, nondet_uint64(), width);
    } else {
        fv_writer_u64(&w, nondet_uint64());
    }
    kept(&b, &w, DIGITS);
    proof_reached();
}

void prove_size(void)
{
    char text[sizeof "16777215 TiB"];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_writer_size(&w, nondet_uint64());
    proof(fv_writer_holds(&w) && !w.full, "it fits in 12 bytes");
    proof_reached();
}

void prove_address(void)
{
    char text[40];
    struct fv_writer w;
    uint8_t bytes[STATE];
    fv_writer_init(&w, text, STATE == 4 ? 16 : 40);
    fv_writer_address(&w, bytes, STATE);
    proof(fv_writer_holds(&w) && !w.full, "it fits");
    proof(STATE == 4 || w.len == 39, "an IPv6 address has 39 characters");
    proof(STATE != 4 || (w.len >= 7 && w.len <= 15), "an IPv4 address has 7 to 15");
    proof_reached();
}

void prove_init(void)
{
    struct fv_writer w;
    size_t cap = nondet_size();
    proof_assume(cap > 0 && cap <= MOST_CAPACITY);
    char *buf = malloc(cap);
    fv_writer_init(&w, buf, cap);
    proof(fv_writer_holds(&w) && w.len == 0 && !w.full, "no text");
    proof(w.buf == buf && w.cap == cap, "the buffer is the caller's");
    proof(fv_writer_check(&w) == FV_OK && fv_writer_done(&w).len == 0, "nothing was too long");
    proof_reached();
}
