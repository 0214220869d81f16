/* SPDX-License-Identifier: MIT */
/*
 * Instants as text: RFC 3339 (listing, --since) and HTTP-date (RFC 9110 5.6.7, all three forms).
 * Proleptic Gregorian calendar, years 0000 to 9999; after conversion to UTC too, so that every
 * instant that was read can be written. A leap second (:60) counts as the start of the next second.
 * No libc time function and no time zone data is used.
 */
#ifndef FV_PARSE_TIMESTAMP_H
#define FV_PARSE_TIMESTAMP_H

#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"

#include <stdbool.h>
#include <stdint.h>

#define FV_TIMESTAMP_NONE INT64_MIN

/* An instant in the calendar. */
struct fv_civil {
    int year, month, day;     /* month and day from 1 */
    int hour, minute, second; /* second is 60 for a leap second */
    int micro;
    int offset_s; /* seconds east of UTC */
};

/* Convert an instant to a date and time in UTC. Return false, and write nothing, outside the years
 * 0000 to 9999. */
bool fv_timestamp_civil(int64_t us, struct fv_civil *out) FV_MUSTUSE;

/* Read an RFC 3339 date-time: "T", "t" or a space between date and time; a fraction of any length
 * or none (digits after the sixth are dropped); "Z", "z" or +hh:mm. *out is in microseconds since
 * 1970-01-01T00:00:00Z. FV_OK or FV_E_ENTRY_TIME. */
enum fv_err fv_timestamp_parse(struct fv_slice text, int64_t *out) FV_MUSTUSE;

/* Read a date alone, YYYY-MM-DD, as its start in UTC. FV_OK or FV_E_ENTRY_TIME. */
enum fv_err fv_timestamp_parse_date(struct fv_slice text, int64_t *out) FV_MUSTUSE;

/* Read an HTTP-date. now_us decides the century of two-digit years (RFC 850's form): the result is
 * at most 50 years after it. FV_TIMESTAMP_NONE, and the time of a clock that was never set, count
 * as 2021. FV_OK or FV_E_HTTP_SYNTAX. */
enum fv_err fv_timestamp_parse_http(struct fv_slice text, int64_t now_us, int64_t *out) FV_MUSTUSE;

/* Write YYYY-MM-DDThh:mm:ss[.ffffff]Z; a zero fraction is left out. An instant outside the years
 * 0000 to 9999 writes nothing and sets w->full. */
void fv_timestamp_write(int64_t us, struct fv_writer *w);

/* Write YYYY-MM-DD hh:mm:ss in UTC, for tables. */
void fv_timestamp_write_table(int64_t us, struct fv_writer *w);

#endif
