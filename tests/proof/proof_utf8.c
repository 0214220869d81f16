/* SPDX-License-Identifier: MIT */
/*
 * PROOF next; STATE 1-5; unwind 6; core; bound each length up to 5 bytes, of which it reads 4;
 *     utf8 accepts what RFC 3629 4 does, and reads no byte outside the slice
 * PROOF encode; unwind 5; core; bound all codes;
 *     a code that is written is read again, a surrogate as a surrogate only
 * PROOF again; STATE 1-4; unwind 5; core; bound each length up to 4 bytes;
 *     what is read is written as the same bytes, so there is one form of each character
 */
#include "base/utf8.c"

#include "proof.h"

static bool in(uint8_t byte, uint8_t first, uint8_t last)
{
    return byte >= first && byte <= last;
}

/* The length of the character at the start of text, as the grammar of RFC 3629 4 says; 0: none. */
static size_t by_grammar(const uint8_t *b, size_t n)
{
    if (in(b[0], 0, 0x7F)) {
        return 1;
    }
    if (n >= 2 && in(b[0], 0xC2, 0xDF) && in(b[1], 0x80, 0xBF)) {
        return 2;
    }
    if (n >= 3 && in(b[2], 0x80, 0xBF) &&
        ((b[0] == 0xE0 && in(b[1], 0xA0, 0xBF)) || (in(b[0], 0xE1, 0xEC) && in(b[1], 0x80, 0xBF)) ||
         (b[0] == 0xED && in(b[1], 0x80, 0x9F)) ||
         (in(b[0], 0xEE, 0xEF) && in(b[1], 0x80, 0xBF)))) {
        return 3;
    }
    if (n >= 4 && in(b[2], 0x80, 0xBF) && in(b[3], 0x80, 0xBF) &&
        ((b[0] == 0xF0 && in(b[1], 0x90, 0xBF)) || (in(b[0], 0xF1, 0xF3) && in(b[1], 0x80, 0xBF)) ||
         (b[0] == 0xF4 && in(b[1], 0x80, 0x8F)))) {
        return 4;
    }
    return 0;
}

void prove_next(void)
{
    uint8_t bytes[STATE];
    uint32_t before = nondet_uint32(), code = before, surrogate = before;
    struct fv_slice s = {(const char *)bytes, STATE};
    size_t n = fv_utf8_next(s, &code);
    proof(n == by_grammar(bytes, STATE), "the grammar of RFC 3629");
    proof(n > 0 ? code <= 0x10FFFF && !is_surrogate(code) : code == before, "a scalar value");
    size_t half = fv_utf8_surrogate(s, &surrogate);
    bool is_half = STATE >= 3 && bytes[0] == 0xED && in(bytes[1], 0xA0, 0xBF) &&
                   in(bytes[STATE >= 3 ? 2 : 0], 0x80, 0xBF);
    proof(half == (is_half ? 3 : 0), "a surrogate is ED A0..BF 80..BF");
    proof(is_half ? is_surrogate(surrogate) : surrogate == before, "in its range");
    proof(n == 0 || half == 0, "never both");
    proof_reached();
}

void prove_encode(void)
{
    uint32_t code = nondet_uint32(), again = 0;
    char text[4];
    proof_assume(code <= 0x10FFFF);
    size_t n = fv_utf8_encode(code, text);
    proof(n >= 1 && n <= 4, "1 to 4 bytes");
    struct fv_slice s = {text, n};
    size_t read = is_surrogate(code) ? fv_utf8_surrogate(s, &again) : fv_utf8_next(s, &again);
    proof(read == n && again == code, "the same code");
    proof(!is_surrogate(code) || fv_utf8_next(s, &again) == 0, "a surrogate is no character");
    proof_reached();
}

void prove_again(void)
{
    char text[STATE], out[4];
    uint32_t code = 0;
    struct fv_slice s = {text, STATE};
    size_t n = fv_utf8_next(s, &code);
    proof_assume(n == STATE || (n == 0 && fv_utf8_surrogate(s, &code) == STATE));
    proof(fv_utf8_encode(code, out) == STATE, "the same length");
    for (size_t i = 0; i < STATE; i++) {
        proof(out[i] == text[i], "the same bytes");
    }
    proof_reached();
}
