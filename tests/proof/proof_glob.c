/* SPDX-License-Identifier: MIT */
/*
 * PROOF member; STATE 0-6; unwind 13; core; bound any member of a set, 0 to 6 bytes before the end;
 *     a member of a set is read inside the pattern, and is not empty
 *
 * PROOF step; STATE 0-3; unwind 13; bound pattern and text of 4 bytes, by a step from any state;
 *     a match stays inside pattern and text, and ends, as each step increases a bounded number
 */
#include "parse/glob.c"

#include "proof.h"

/* What glob.c uses of base, with any result that these functions may have. */

struct fv_slice fv_slice_from(struct fv_slice s, size_t from)
{
    return from >= s.len ? FV_SLICE_NONE : (struct fv_slice){s.ptr + from, s.len - from};
}

struct fv_slice fv_slice_of(const char *text)
{
    return (struct fv_slice){text, 1};
}

bool fv_slice_eq(struct fv_slice a, struct fv_slice b)
{
    proof(a.len == 0 || __CPROVER_r_ok(a.ptr, a.len), "what is compared can be read");
    (void)b;
    return nondet_bool();
}

size_t fv_slice_find(struct fv_slice s, char c)
{
    size_t at = proof_length(s.len);
    proof_assume(at == s.len || s.ptr[at] == c);
    return at;
}

size_t fv_utf8_next(struct fv_slice s, uint32_t *out)
{
    proof(s.len > 0, "not called at the end");
    size_t n = proof_length(4);
    proof_assume(n <= s.len);
    if (n > 0) {
        *out = nondet_uint32();
    }
    return n;
}

void prove_member(void)
{
    char text[STATE > 0 ? STATE : 1];
    size_t at = 0;
    bool found = nondet_bool(), had = found;
    bool ok = take_member((struct fv_slice){text, STATE}, &at, nondet_uint32(), &found);
    proof(at <= STATE, "inside");
    proof(!ok || at > 0, "something is read");
    proof(found || !had, "what was found stays found");
    proof_reached();
}

#define LONG 4

/* Whether m is what it is between two steps: a place to go on at is never beyond those reached. */
static bool holds(const struct match *m)
{
    bool star = m->star.p != NOWHERE, deep = m->deep.p != NOWHERE;
    return m->p <= LONG && m->t <= LONG && (!star || (m->star.p <= m->p && m->star.t <= m->t)) &&
           (!deep || (m->deep.p <= m->p && m->deep.t <= m->t)) &&
           (!star || !deep || (m->deep.p <= m->star.p && m->deep.t <= m->star.t));
}

/* A number that each step increases. */
static unsigned reached(const struct match *m)
{
    size_t parts[] = {m->deep.p != NOWHERE ? m->deep.p + 1 : 0,
                      m->deep.p != NOWHERE ? m->deep.t : 0,
                      m->star.p != NOWHERE ? m->star.p + 1 : 0,
                      m->star.p != NOWHERE ? m->star.t : 0, m->p};
    unsigned all = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        all = all << 3 | (unsigned)parts[i];
    }
    return all;
}

void prove_step(void)
{
    char pattern[LONG], text[LONG];
    struct match m;
    m.star.segments = nondet_bool();
    m.deep.segments = nondet_bool();
    proof_assume((m.star.p == NOWHERE) == (STATE % 2 == 0) &&
                 (m.deep.p == NOWHERE) == (STATE / 2 == 0));
    proof_assume(holds(&m) && (m.p < LONG || m.t < LONG));
    const struct match before = m;
    if (advance((struct fv_slice){pattern, LONG}, (struct fv_slice){text, LONG}, &m)) {
        proof(holds(&m), "inside pattern and text");
        proof(reached(&m) > reached(&before), "a match ends");
    }
    proof_reached();
}
