/*
 * Quantities on the command line and in settings: sizes, rates, durations.
 */
#ifndef FV_PARSE_QUANTITY_H
#define FV_PARSE_QUANTITY_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* Size or rate: a decimal number ("10", "1.5"; six decimals at most, rounded down), then nothing or B, or k M G T or KiB MiB GiB
 * TiB (powers of 1024), or kB MB GB TB (powers of 1000), in either case. FV_OK or FV_E_USAGE. */
enum fv_err fv_quantity_size(struct fv_slice text, uint64_t *bytes) FV_MUSTUSE;

/* Seconds ("2", "0.5") or a span ("90s", "1m30s"), in milliseconds; 0 is allowed. FV_OK or FV_E_USAGE (also over 49 days, and for
 * parts of a millisecond). */
enum fv_err fv_quantity_seconds(struct fv_slice text, uint32_t *ms) FV_MUSTUSE;

/* Span: one or more numbers, each with a unit: s or sec, m or min, h, d, w ("36h", "1d12h", "1.5h"), in microseconds. FV_OK or
 * FV_E_USAGE. */
enum fv_err fv_quantity_span(struct fv_slice text, int64_t *us) FV_MUSTUSE;

/* A moment for --since and --until: a date (its first microsecond in UTC, with `last` its last one), an RFC 3339 time, or a span
 * before now_us. FV_OK or FV_E_USAGE. */
enum fv_err fv_quantity_when(struct fv_slice text, int64_t now_us, bool last,
                             int64_t *us) FV_MUSTUSE;

#endif
