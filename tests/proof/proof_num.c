/* SPDX-License-Identifier: MIT */
/*
 * PROOF digit; STATE 0-1; unwind 2; core; bound any length, a digit at a time;
 *     num is exact: the number that the digits mean, or a refusal if it exceeds max
 */
#include "base/num.c"

#include "proof.h"

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
