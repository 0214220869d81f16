/* SPDX-License-Identifier: MIT */
/*
 * What the proofs of this folder are written with; prove.py runs them. A proof includes the .c file
 * that it is about, so that it can begin in any state of the module.
 */
#ifndef FV_TESTS_PROOF_PROOF_H
#define FV_TESTS_PROOF_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number of this run; prove.py gives it to a proof that declares more than one. */
#ifndef STATE
#define STATE 0
#endif

/* Any value of that type. */
bool nondet_bool(void);
char nondet_char(void);
uint8_t nondet_uint8(void);
uint16_t nondet_uint16(void);
uint32_t nondet_uint32(void);
uint64_t nondet_uint64(void);
int64_t nondet_int64(void);
int nondet_int(void);
size_t nondet_size(void);

/* Consider only executions in which it holds. */
#define proof_assume(condition) __CPROVER_assume(condition)
/* Show that it holds. */
#define proof(condition, text) __CPROVER_assert(condition, text)
/* Show that there is an execution that comes here: at least once in each proof, at its end. */
#define proof_reached() __CPROVER_assert(false, "proof_reached")

/* A length of at most that many. */
static inline size_t proof_length(size_t most)
{
    size_t n = nondet_size();
    proof_assume(n <= most);
    return n;
}

#endif
