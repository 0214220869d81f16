/*
 * Quantities on the command line and in settings: sizes, rates, durations.
 */
#ifndef FV_PARSE_QUANTITY_H
#define FV_PARSE_QUANTITY_H

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

/* Size or rate: decimal digits, then nothing or one of k K M G T: powers of 1024 (k 1024). FV_OK or FV_E_USAGE. */
enum fv_err fv_quantity_size(struct fv_slice text, uint64_t *bytes) FV_MUSTUSE;

/* Seconds with up to three decimals ("2", "0.5"), as milliseconds; 0 is allowed. FV_OK or FV_E_USAGE (also over 49 days). */
enum fv_err fv_quantity_seconds(struct fv_slice text, uint32_t *ms) FV_MUSTUSE;

/* Span: digits and one of s m h d w ("36h", "7d"), in microseconds. FV_OK or FV_E_USAGE. */
enum fv_err fv_quantity_span(struct fv_slice text, int64_t *us) FV_MUSTUSE;

/* A moment for --since and --until: a date (its start), an RFC 3339 time, or a span before now_us. FV_OK or FV_E_USAGE. */
enum fv_err fv_quantity_when(struct fv_slice text, int64_t now_us, int64_t *us) FV_MUSTUSE;

#endif
