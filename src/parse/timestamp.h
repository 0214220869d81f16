/*
 * Instants as text: RFC 3339 (listing, --since), HTTP-date (RFC 9110 5.6.7, all three forms). Proleptic Gregorian calendar,
 * years 0000 to 9999, in UTC too: what is read can be written. A leap second (:60) counts as the next second's start. No
 * libc time function, no time zone data.
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
    int hour, minute, second; /* second is 60 in a leap second that was read */
    int micro;
    int offset_s; /* east of Greenwich */
};

/* Find the parts of an instant, in UTC. Return false, and write nothing, outside the years 0000 to 9999. */
bool fv_timestamp_civil(int64_t us, struct fv_civil *out) FV_MUSTUSE;

/* Read an RFC 3339 date-time: "T", "t" or a space between date and time, fraction of any length (digits behind the sixth are
 * dropped) or none, "Z", "z" or +hh:mm. FV_OK, or FV_E_ENTRY_TIME. *out in microseconds since 1970-01-01T00:00:00Z. */
enum fv_err fv_timestamp_parse(struct fv_slice text, int64_t *out) FV_MUSTUSE;

/* Read a date alone, YYYY-MM-DD, as its start in UTC. The same errors. */
enum fv_err fv_timestamp_parse_date(struct fv_slice text, int64_t *out) FV_MUSTUSE;

/* Read an HTTP-date. now_us decides the century of the two-digit years of RFC 850's form: none is more than 50 years ahead of it.
 * FV_TIMESTAMP_NONE, or a time that a clock shows which was never set, counts as 2021. FV_OK, or FV_E_HTTP_SYNTAX. */
enum fv_err fv_timestamp_parse_http(struct fv_slice text, int64_t now_us, int64_t *out) FV_MUSTUSE;

/* Write YYYY-MM-DDThh:mm:ss[.ffffff]Z; the fraction is left out when it is zero. An instant outside the years 0000 to 9999
 * writes nothing and sets the writer full. */
void fv_timestamp_write(int64_t us, struct fv_writer *w);

/* Write YYYY-MM-DD hh:mm:ss, UTC, for tables. */
void fv_timestamp_write_table(int64_t us, struct fv_writer *w);

#endif
