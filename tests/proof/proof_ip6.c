/* SPDX-License-Identifier: MIT */
/*
 * PROOF address; unwind 10; bound texts of up to 24 bytes, with any groups;
 *     groups are written inside the 16 bytes of an address
 */
#include "parse/ip6.c"

#include "proof.h"

/* What ip6.c uses of base, with any result that these functions may have. */

struct fv_slice fv_slice_from(struct fv_slice s, size_t from)
{
    return from >= s.len ? FV_SLICE_NONE : (struct fv_slice){s.ptr + from, s.len - from};
}

struct fv_slice fv_slice_head(struct fv_slice s, size_t len)
{
    return (struct fv_slice){s.ptr, len < s.len ? len : s.len};
}

bool fv_slice_starts(struct fv_slice s, struct fv_slice prefix)
{
    proof(prefix.len == 2, "two colons");
    return s.len >= 2 && s.ptr[0] == prefix.ptr[0] && s.ptr[1] == prefix.ptr[1];
}

size_t fv_slice_find(struct fv_slice s, char c)
{
    size_t at = proof_length(s.len);
    proof_assume(at == s.len || s.ptr[at] == c);
    return at;
}

bool fv_num_hex(struct fv_slice text, uint64_t max, uint64_t *out)
{
    if (text.len == 0 || nondet_bool()) {
        return false;
    }
    *out = nondet_uint64();
    proof_assume(*out <= max);
    return true;
}

bool fv_ip4_parse(struct fv_slice s, uint8_t out[4])
{
    (void)s;
    proof(__CPROVER_w_ok(out, 4), "room for an IPv4 address");
    for (size_t i = 0; i < 4; i++) {
        out[i] = nondet_uint8();
    }
    return nondet_bool();
}

void prove_address(void)
{
    char text[24];
    uint8_t out[16];
    (void)fv_ip6_parse((struct fv_slice){text, proof_length(sizeof text)}, out);
    proof_reached();
}
