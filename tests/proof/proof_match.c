/* SPDX-License-Identifier: MIT */
/*
 * PROOF content; unwind 11; core; bound any response and any request;
 *     the part of a 206 begins where it was wanted, before the end, and is as long as its framing
 * PROOF at_end; unwind 11; core; bound any response and any request; a 416 at the end of the file
 */
#include "client/match.c"

#include "proof.h"

struct fv_head nondet_head(void);

/* The texts of a response are of any length here, and any two may be equal. */
bool fv_slice_eq(struct fv_slice a, struct fv_slice b)
{
    return a.len == b.len && nondet_bool();
}

struct fv_slice fv_slice_of(const char *text)
{
    return (struct fv_slice){text, nondet_size()};
}

bool fv_head_transient(uint16_t status)
{
    return status >= 500;
}

/* What fv_range_holds() says. */
static bool range_holds(const struct fv_content_range *r)
{
    const uint64_t max = INT64_MAX;
    return (r->has_range || r->has_total) && r->last <= max && r->total <= max &&
           r->first <= r->last && (!r->has_range || !r->has_total || r->last < r->total);
}

void prove_content(void)
{
    struct fv_head h = nondet_head();
    char text[2];
    struct fv_match m = {.from = nondet_uint64(), .validator = {text, proof_length(2)}};
    uint64_t from = 1;
    uint64_t total = 2;
    proof_assume(!h.has_content_range || range_holds(&h.content_range));
    enum fv_err err = fv_match_content(&m, &h, &from, &total);
    if (err == FV_OK && h.status == 206) {
        proof(from == m.from && from > 0 && from < total, "it begins in the file");
        proof(total <= INT64_MAX, "offsets of storage are signed");
        proof(h.framing != FV_FRAMING_LENGTH || h.length == total - from, "no wrap");
    }
    proof(err != FV_OK || h.status == 206 || from == 0, "or it is the whole file");
    proof(err == FV_OK || (from == 1 && total == 2), "nothing is written on failure");
    proof_reached();
}

void prove_at_end(void)
{
    struct fv_head h = nondet_head();
    char text[2];
    struct fv_match m = {.from = nondet_uint64(), .validator = {text, proof_length(2)}};
    proof_assume(!h.has_content_range || range_holds(&h.content_range));
    if (fv_match_at_end(&m, &h)) {
        proof(h.content_range.total == m.from && m.from <= INT64_MAX, "the end of the file");
        proof_reached();
    }
}
