/* SPDX-License-Identifier: MIT */
/*
 * PROOF byte; STATE 0-5; unwind 34; bound a file of any size, by a byte from any state;
 *     tokens and secrets stay inside their buffers and end in a NUL
 *
 * PROOF end; STATE 0-5; unwind 34; bound the end of a file, in any state;
 *     tokens and secrets stay inside their buffers at the end of a file too
 */
#include "parse/netrc.c"

#include "proof.h"

/* What netrc.c uses of base: words are equal or not, whatever they are. */

struct fv_slice fv_slice_of(const char *text)
{
    return (struct fv_slice){text, 1};
}

bool fv_slice_eq(struct fv_slice a, struct fv_slice b)
{
    (void)b;
    proof(__CPROVER_r_ok(a.ptr, a.len), "what is compared can be read");
    return nondet_bool();
}

bool fv_slice_eq_nocase(struct fv_slice a, struct fv_slice b)
{
    return fv_slice_eq(a, b);
}

void fv_wipe(void *p, size_t n)
{
    memset(p, 0, n);
}

static void begin(struct fv_netrc *n)
{
    n->state = STATE;
    proof_assume(fv_netrc_holds(n) && n->line < UINT64_MAX);
}

void prove_byte(void)
{
    struct fv_netrc n;
    char byte = nondet_char();
    begin(&n);
    enum fv_err err = fv_netrc_push(&n, &byte, 1);
    proof(fv_netrc_holds(&n), "holds again");
    proof(err == FV_OK ? n.found : !n.found || err < 0, "found or not");
    proof_reached();
}

void prove_end(void)
{
    struct fv_netrc n;
    begin(&n);
    enum fv_err err = fv_netrc_finish(&n);
    proof(fv_netrc_holds(&n), "holds again");
    proof(err == FV_OK || err == FV_E_USAGE || err == FV_E_CAPACITY, "its codes");
    proof_reached();
}
