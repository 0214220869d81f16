/* SPDX-License-Identifier: MIT */
/*
 * PROOF digit; STATE 0-1; unwind 2; core; bound any length, a digit at a time;
 *     num is exact: the number that the digits mean, or a refusal if it exceeds max
 * PROOF whole; STATE 0-1; unwind 26; core; bound at most 24 bytes;
 *     num reads digits only, the number is at most max, and a refusal leaves *out as it was
 * PROOF hexdigit; unwind 1; core; bound all characters;
 *     num knows the hexadecimal digits, and no other character
 * PROOF add; unwind 1; core; bound all values;
 *     sums are exact: refused or clamped only if they do not fit
 * PROOF mul; STATE 0-7; unwind 1; core; bound all values times 0, 1, 2, 10, 16, 60, 1024, 2^32;
 *     products are exact: refused only if they do not fit
 * PROOF bytes; unwind 5; core; bound all values;
 *     put and get are each other's inverse, in little-endian order
 */
#include "base/num.c"

#include "proof.h"

#define LENGTH 24

void prove_digit(void)
{
    const unsigned base = STATE == 0 ? 10 : 16;
    uint64_t value = nondet_uint64();
    uint64_t max = nondet_uint64();
    unsigned digit = nondet_uint8();
    proof_assume(digit < base && value <= max);
    uint64_t before = value;
    bool ok = fv_num_mul(value, base, &value) && fv_num_add(value, digit, &value) && value <= max;
    unsigned __int128 exact = (unsigned __int128)before * base + digit;
    proof(ok == (exact <= max), "refused if it exceeds max");
    proof(!ok || value == exact, "exact");
    proof_reached();
}

void prove_whole(void)
{
    char text[LENGTH];
    size_t n = proof_length(LENGTH);
    uint64_t max = nondet_uint64();
    uint64_t before = nondet_uint64();
    uint64_t out = before;
    struct fv_slice s = {n > 0 ? text : NULL, n};
    bool ok = STATE == 0 ? fv_num_decimal(s, max, &out) : fv_num_hex(s, max, &out);
    bool digits = n > 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        digits = digits && ((c >= '0' && c <= '9') ||
                            (STATE == 1 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))));
    }
    proof(!ok || digits, "digits only");
    proof(!ok || out <= max, "at most max");
    proof(ok || out == before, "a refusal leaves *out as it was");
    proof(n == 0 || n > 15 || max < UINT64_C(1) << 60 || ok == digits, "what fits is read");
    proof_reached();
}

void prove_hexdigit(void)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    char c = nondet_char();
    unsigned i = nondet_uint8();
    proof_assume(i < 32);
    int digit = fv_num_hexdigit(c);
    proof(digit >= -1 && digit < 16, "in range");
    proof(digit < 0 || digits[digit] == c || digits[16 + digit] == c, "a digit has that value");
    proof(fv_num_hexdigit(digits[i]) == (int)(i % 16), "each digit is known");
    proof_reached();
}

void prove_add(void)
{
    uint64_t a = nondet_uint64(), b = nondet_uint64(), before = nondet_uint64(), sum = before;
    bool ok = fv_num_add(a, b, &sum);
    unsigned __int128 exact = (unsigned __int128)a + b;
    proof(ok == (exact <= UINT64_MAX), "refused only if it does not fit");
    proof(sum == (ok ? exact : before), "exact, or as it was");

    int64_t c = nondet_int64(), d = nondet_int64(), was = nondet_int64(), signed_sum = was;
    ok = fv_num_add_i64(c, d, &signed_sum);
    __int128 total = (__int128)c + d;
    proof(ok == (total >= INT64_MIN && total <= INT64_MAX), "refused only if it does not fit");
    proof(signed_sum == (ok ? total : was), "exact, or as it was");

    __int128 clamped = total > INT64_MAX ? INT64_MAX : total < INT64_MIN ? INT64_MIN : total;
    proof(fv_num_add_clamped(c, d) == clamped, "exact, or the value that is nearest");
    proof_reached();
}

void prove_mul(void)
{
    static const uint64_t factors[] = {0, 1, 2, 10, 16, 60, 1024, UINT64_C(1) << 32};
    const uint64_t factor = factors[STATE];
    uint64_t a = nondet_uint64(), before = nondet_uint64(), product = before;
    bool ok = fv_num_mul(a, factor, &product);
    unsigned __int128 exact = (unsigned __int128)a * factor;
    proof(ok == (exact <= UINT64_MAX), "refused only if it does not fit");
    proof(product == (ok ? exact : before), "exact, or as it was");
    proof_reached();
}

void prove_bytes(void)
{
    uint8_t p[8];
    uint64_t before = fv_num_get64(p);
    proof(fv_num_get32(p) == (uint32_t)before, "the low half comes first");
    proof((uint8_t)before == p[0] && (uint8_t)(before >> 56) == p[7], "little-endian");
    uint8_t q[8];
    size_t i = nondet_size();
    proof_assume(i < 8);
    fv_num_put64(q, before);
    proof(q[i] == p[i], "what is read and written again is the same bytes");
    uint64_t v = nondet_uint64();
    fv_num_put64(q, v);
    proof(fv_num_get64(q) == v, "what is written and read again is the same value");
    fv_num_put32(q, (uint32_t)~v);
    proof(fv_num_get32(q) == (uint32_t)~v, "the same for 32 bits");
    proof(q[4] == (uint8_t)(v >> 32), "put32 writes four bytes");
    proof_reached();
}
