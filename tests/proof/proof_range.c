/* SPDX-License-Identifier: MIT */
/*
 * PROOF value; STATE 0-14; unwind 16; bound texts of 0 to 14 bytes, numbers of any size;
 *     first <= last < total, and last - first + 1 does not wrap
 */
#include "base/slice.c"
#include "parse/range.c"

#include "proof.h"

/* What num.c promises, for any text. */
bool fv_num_decimal(struct fv_slice text, uint64_t max, uint64_t *out)
{
    proof(text.len == 0 || __CPROVER_r_ok(text.ptr, text.len), "a number is in the text");
    uint64_t value = nondet_uint64();
    if (text.len == 0 || value > max) {
        return false;
    }
    *out = value;
    return true;
}

void prove_value(void)
{
    char bytes[STATE + 1];
    char *text = bytes + 1; /* so that it ends where they end */
    struct fv_content_range r = {.total = 7};
    enum fv_err err = fv_range_parse((struct fv_slice){text, STATE}, &r);
    proof(err == FV_OK || err == FV_E_HTTP_RANGE, "a code of the header");
    if (err == FV_OK) {
        proof(fv_range_holds(&r) && (r.has_range || r.has_total), "what was read agrees");
        proof(r.last <= INT64_MAX && r.total <= INT64_MAX, "offsets of storage are signed");
        proof(!r.has_range || (r.first <= r.last && r.last - r.first + 1 > 0), "no wrap");
        proof(!r.has_range || !r.has_total || r.total - r.first >= r.last - r.first + 1, "in it");
        proof(STATE >= sizeof "bytes */1" - 1, "not from less text than there is");
    } else {
        proof(r.total == 7 && !r.has_range, "nothing is written on failure");
    }
    proof_reached();
}
