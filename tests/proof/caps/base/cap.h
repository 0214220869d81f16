/* SPDX-License-Identifier: MIT */
/*
 * Capacities for proofs: some are small, so that CBMC has few bytes to think of. It stands before
 * src/base/cap.h, which has all others. The minimums there are for real input, and not checked here.
 */
#ifndef FV_TESTS_PROOF_CAP_H
#define FV_TESTS_PROOF_CAP_H

#define FV_CAP_HOST 4
#define FV_CAP_URL 24
#define FV_CAP_VALIDATOR 8
#define FV_CAP_OBJECT 16
#define FV_CAP_COMPONENT 64
#define FV_CAP_SECRET 32

#define _Static_assert(condition, text) extern int fv_cap_not_checked
#include "../../../../src/base/cap.h"
#undef _Static_assert

#endif
