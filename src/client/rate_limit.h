/* SPDX-License-Identifier: MIT */
/*
 * --limit-rate limits the speed of transfers. It is a feature: rate_limit.c or rate_limit_none.c.
 */
#ifndef FV_CLIENT_RATE_LIMIT_H
#define FV_CLIENT_RATE_LIMIT_H

#include "client/rate.h"

/* false: rate_limit_none.c is linked, which has no limit */
extern const bool fv_rate_limit_linked;

/* n bytes arrived: wait as long as the limit requires, but not after the instant end_us. FV_OK,
 * FV_E_CANCELLED, FV_E_TIMEOUT. */
enum fv_err fv_rate_limit_pay(struct fv_rate_limit *l, size_t n, int64_t end_us) FV_MUSTUSE;

#endif
