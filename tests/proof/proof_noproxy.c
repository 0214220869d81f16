/* SPDX-License-Identifier: MIT */
/*
 * PROOF bits; STATE 0-1; unwind 18; core; bound any two addresses and any number of bits;
 *     addresses are compared inside their bytes, and exactly in the bits asked for
 */
#include "parse/noproxy.c"

#include "proof.h"

void prove_bits(void)
{
    struct address a, b;
    a.len = STATE == 0 ? 4 : 16;
    proof_assume(b.len == 0 || b.len == 4 || b.len == 16);
    const size_t bits = proof_length(8 * a.len), at = proof_length(127);
    bool same = same_bits(&a, &b, bits);
    proof(!same || a.len == b.len, "of one family");
    if (same && at < bits) {
        proof(((a.bytes[at / 8] ^ b.bytes[at / 8]) & (0x80 >> at % 8)) == 0,
              "each bit is the same");
    }
    proof(same || a.len != b.len || memcmp(a.bytes, b.bytes, a.len) != 0,
          "equal ones are the same");
    proof_reached();
}
