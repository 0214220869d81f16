/* SPDX-License-Identifier: MIT */
/*
 * PROOF rfc3339; STATE 18-26; unwind 13; core; bound each length from 18 to 26 bytes;
 *     an RFC 3339 time is in the years 0000 to 9999, and has 20 bytes or more
 * PROOF date; STATE 0-11; unwind 13; bound each length up to 11 bytes;
 *     a date is in the years 0000 to 9999, and has 10 bytes
 * PROOF weekday; STATE 0-12; unwind 14; bound each length up to 12 bytes;
 *     a day's name or its first three letters are taken, and what follows stays
 * PROOF imf; STATE 25-27; unwind 19; bound 25 to 27 bytes behind the day's name;
 *     an IMF-fixdate is in the years 0000 to 9999
 * PROOF asctime; STATE 20-22; unwind 13; bound 20 to 22 bytes behind the day's name;
 *     the same for the form of asctime()
 * PROOF rfc850; STATE 22-25; unwind 18; bound 22 to 25 bytes behind the day's name;
 *     the same for the form of RFC 850, before its century is chosen
 * PROOF number; STATE 2-4; unwind 21; bound all numbers of 2, 3 and 4 digits;
 *     a number of a date is written as the digits that are read as that number
 * PROOF time; STATE 23; unwind 1; bound all microseconds of the last hour of a day;
 *     a time of day gives an instant, and that gives the same time of day again
 * PROOF days; unwind 1; bound all days of the years 0000 to 9999;
 *     the date of a day has a month from 1 to 12 and a day from 1 to 31
 * PROOF inverse; STATE 0-15; unwind 1; bound all days of the years 2000 to 2399, 25 years a run;
 *     the date of a day is that of the same day again
 * PROOF century; unwind 1; bound any date with a year of two digits, any clock;
 *     the century of an RFC 850 date is chosen without overflow, and its two digits stay
 */
#include "base/num.c"
#include "base/slice.c"
#include "base/writer.c"
#include "parse/timestamp.c"

#include "proof.h"

#define DAYS 9132 /* of 25 years, at most */

static bool in_range(int64_t us)
{
    return us >= FIRST_US && us <= LAST_US;
}

void prove_rfc3339(void)
{
    char text[STATE];
    int64_t before = nondet_int64(), us = before;
    enum fv_err err = fv_timestamp_parse((struct fv_slice){text, STATE}, &us);
    proof(err == FV_OK || err == FV_E_ENTRY_TIME, "one of two codes");
    proof(err == FV_OK ? in_range(us) : us == before, "in range, or as it was");
    proof(err != FV_OK || STATE >= 20, "it has 20 bytes or more");
    proof(err != FV_OK || (text[4] == '-' && text[7] == '-' && text[13] == ':'), "its shape");
    proof_reached();
}

void prove_date(void)
{
    char text[STATE > 0 ? STATE : 1];
    int64_t before = nondet_int64(), us = before;
    enum fv_err err = fv_timestamp_parse_date((struct fv_slice){text, STATE}, &us);
    proof(err == FV_OK || err == FV_E_ENTRY_TIME, "one of two codes");
    proof(err == FV_OK ? in_range(us) : us == before, "in range, or as it was");
    proof(err != FV_OK || STATE == 10, "it has 10 bytes");
    proof_reached();
}

void prove_weekday(void)
{
    char text[STATE > 0 ? STATE : 1];
    struct fv_slice s = {text, STATE};
    bool whole = false;
    if (take_weekday(&s, &whole)) {
        size_t n = STATE - s.len;
        proof(s.len < STATE && n >= 3 && n <= 9 && (n > 3) == whole, "a day's name, or 3 letters");
        proof(s.len == 0 || s.ptr == text + n, "what follows it stays");
    }
    proof_reached();
}

/* Read a format, and the instant that it gives. */
static void with_format(struct fv_slice s, const char *format)
{
    struct fv_civil c = {0};
    int64_t us = 0;
    if (take_format(&s, format, &c) && s.len == 0 && civil_to_us(&c, &us)) {
        proof(in_range(us), "in range");
        proof(c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= 31, "a day of a month");
        proof(c.year >= 0 && c.year <= 9999, "four digits");
    }
}

void prove_imf(void)
{
    char text[STATE];
    with_format((struct fv_slice){text, STATE}, ", d b Y h:m:s GMT");
    proof_reached();
}

void prove_asctime(void)
{
    char text[STATE];
    with_format((struct fv_slice){text, STATE}, " b e h:m:s Y");
    proof_reached();
}

void prove_rfc850(void)
{
    char text[STATE];
    with_format((struct fv_slice){text, STATE}, ", d-b-y h:m:s GMT");
    proof_reached();
}

void prove_number(void)
{
    char text[8];
    struct fv_writer w;
    int value = nondet_int(), again = 0;
    proof_assume(value >= 0 && value < (STATE == 2 ? 100 : STATE == 3 ? 1000 : 10000));
    fv_writer_init(&w, text, sizeof text);
    write_padded(&w, value, STATE, '-');
    struct fv_slice s = fv_writer_done(&w);
    proof(s.len == STATE + 1, "that many digits");
    proof(take_char(&s, '-') && take_number(&s, STATE, &again) && again == value,
          "the same number");
    proof_reached();
}

void prove_time(void)
{
    struct fv_civil c = {.year = 0, .month = 1, .day = 1}, again = {0};
    int64_t us = 0;
    c.hour = STATE;
    c.minute = nondet_uint8();
    c.second = nondet_uint8();
    c.micro = (int)(nondet_uint32() & 0xFFFFF);
    proof_assume(c.minute < 60 && c.second < 60 && c.micro < 1000000);
    proof(civil_to_us(&c, &us) && fv_timestamp_civil(us, &again), "in range");
    proof(again.hour == c.hour && again.minute == c.minute, "the same hour and minute again");
    proof(again.second == c.second && again.micro == c.micro, "the same second and microsecond");
    proof_reached();
}

void prove_days(void)
{
    int day = nondet_int();
    struct fv_civil c = {0};
    proof_assume(day >= FIRST_DAY && day <= LAST_US / DAY_US);
    date_of(day, &c);
    proof(c.month >= 1 && c.month <= 12, "a month");
    proof(c.year >= 0 && c.year <= 9999, "a year");
    proof(c.day >= 1 && c.day <= 31, "a day");
    proof_reached();
}

void prove_inverse(void)
{
    const int first = 10957 + STATE * DAYS; /* that day is 2000-01-01 */
    int day = nondet_int();
    struct fv_civil c = {0};
    proof_assume(day >= first && day < first + DAYS);
    date_of(day, &c);
    proof(days_of(c.year, c.month, c.day) == day, "the same day again");
    proof(c.day >= 1 && c.day <= days_in_month(c.year, c.month), "a day of that month");
    proof_reached();
}

void prove_century(void)
{
    struct fv_civil c = {0};
    int64_t now = nondet_int64();
    c.year = nondet_uint8();
    c.month = nondet_uint8();
    c.day = nondet_uint8();
    proof_assume(c.year < 100 && c.month <= 99 && c.day <= 99);
    int year = c.year;
    choose_century(&c, now);
    proof(c.year % 100 == year, "the same two digits");
    proof_reached();
}
