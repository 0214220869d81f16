/* SPDX-License-Identifier: MIT */
/*
 * PROOF wipe; unwind 18; core; bound at most 16 bytes;
 *     all bytes are zero afterwards, and no byte outside is written
 */
#include "base/wipe.c"

#include "proof.h"

void prove_wipe(void)
{
    uint8_t memory[18];
    size_t n = proof_length(16), i = nondet_size();
    proof_assume(i < sizeof memory);
    uint8_t before = memory[i];
    fv_wipe(memory + 1, n);
    proof(memory[i] == (i >= 1 && i < 1 + n ? 0 : before), "zero inside, unchanged outside");
    proof_reached();
}
