/* SPDX-License-Identifier: MIT */
/*
 * Quantities on the command line and in settings: sizes, rates, durations, dates.
 */
#ifndef FV_PARSE_QUANTITY_H
#define FV_PARSE_QUANTITY_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* Read a size or a rate in bytes: a decimal number ("10", "1.5"; at most six decimals, rounded
 * down), then nothing or B; k M G T or KiB MiB GiB TiB (powers of 1024); or kB MB GB TB (powers of
 * 1000). Units may have either case. FV_OK or FV_E_USAGE. */
enum fv_err fv_quantity_size(struct fv_slice text, uint64_t *bytes) FV_MUSTUSE;

/* Read seconds ("2", "0.5") or a span ("90s", "1m30s") as milliseconds; 0 is allowed. FV_OK;
 * FV_E_USAGE, also for more than 49 days and for parts of a millisecond. */
enum fv_err fv_quantity_seconds(struct fv_slice text, uint32_t *ms) FV_MUSTUSE;

/* Read a span as microseconds: one or more numbers, each with a unit (s or sec, m or min, h, d, w),
 * for example "36h", "1d12h", "1.5h". FV_OK or FV_E_USAGE. */
enum fv_err fv_quantity_span(struct fv_slice text, int64_t *us) FV_MUSTUSE;

/* Read a moment for --since and --until: a date (its first microsecond in UTC, or with `last` its
 * last one), an RFC 3339 time, or a span that is subtracted from now_us. In microseconds since
 * 1970. FV_OK or FV_E_USAGE. */
enum fv_err fv_quantity_when(struct fv_slice text, int64_t now_us, bool last,
                             int64_t *us) FV_MUSTUSE;

#endif
