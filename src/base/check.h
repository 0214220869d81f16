/* SPDX-License-Identifier: MIT */
/*
 * Checks of a module's own state, in sanitised builds and fuzzers alone (FV_CHECKED). A function
 * fv_MODULE_holds() says what is true of a module's structure between two calls; the proofs of
 * tests/proof begin with any state for which it holds, and show that it holds again.
 */
#ifndef FV_BASE_CHECK_H
#define FV_BASE_CHECK_H

#ifdef FV_CHECKED
#include <assert.h>
#define FV_CHECK(condition) assert(condition)
#else
#define FV_CHECK(condition) ((void)0)
#endif

#endif
