/* SPDX-License-Identifier: MIT */
#include "parse/timestamp.h"

#define SECOND_US INT64_C(1000000)
#define DAY_S INT64_C(86400)
#define DAY_US (DAY_S * SECOND_US)
#define ERA_DAYS 146097 /* 400 years, after which the calendar repeats */

/* 0000-01-01T00:00:00Z and the last microsecond of 9999-12-31. */
#define FIRST_DAY (-719528)
#define FIRST_US (FIRST_DAY * DAY_US)
#define LAST_US INT64_C(253402300799999999)

/* A clock that is set shows a later time: the portal's API is from 2021, and older than this
 * program. */
#define FIRST_NOW_US INT64_C(1609459200000000)
/* any year with a 29 February */
#define LEAP_YEAR 2000

static bool take_char(struct fv_slice *s, char c)
{
    if (s->len == 0 || s->ptr[0] != c) {
        return false;
    }
    *s = fv_slice_from(*s, 1);
    return true;
}

static bool take_digit(struct fv_slice *s, int *out)
{
    if (s->len == 0 || s->ptr[0] < '0' || s->ptr[0] > '9') {
        return false;
    }
    *out = s->ptr[0] - '0';
    *s = fv_slice_from(*s, 1);
    return true;
}

static bool take_number(struct fv_slice *s, unsigned digits, int *out)
{
    int value = 0;
    if (s->len < digits) {
        return false;
    }
    for (unsigned i = 0; i < digits; i++) {
        if (s->ptr[i] < '0' || s->ptr[i] > '9') {
            return false;
        }
        value = 10 * value + (s->ptr[i] - '0');
    }
    *out = value;
    *s = fv_slice_from(*s, digits);
    return true;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Return the days since 1970-01-01. Years are counted from March, so that the leap day is the last
 * day of a year. One era is added first, because the divisions below round towards zero and a year
 * may be as early as -101. 0000-03-01 is day 60 of the year 0000. */
static int days_of(int year, int month, int day)
{
    int y = year + 400 - (month <= 2 ? 1 : 0);
    int m = month <= 2 ? month + 9 : month - 3;
    int days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;
    return days - ERA_DAYS + FIRST_DAY + 60;
}

static bool civil_to_us(const struct fv_civil *c, int64_t *out)
{
    if (c->month < 1 || c->month > 12 || c->day < 1 || c->day > days_in_month(c->year, c->month) ||
        c->hour > 23 || c->minute > 59 || c->second > 60) {
        return false;
    }
    int of_day = c->hour * 3600 + c->minute * 60 + c->second - c->offset_s;
    int64_t seconds = days_of(c->year, c->month, c->day) * DAY_S + of_day;
    int64_t us = seconds * SECOND_US + (c->second == 60 ? 0 : c->micro);
    if (us < FIRST_US || us > LAST_US) {
        return false;
    }
    *out = us;
    return true;
}

/* Set the date of a day, counted from 1970-01-01: the inverse of days_of(). */
static void date_of(int day, struct fv_civil *c)
{
    int days = day - FIRST_DAY + ERA_DAYS - 60; /* since -0400-03-01 */
    int era = days / ERA_DAYS;
    int doe = days % ERA_DAYS;
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / (ERA_DAYS - 1)) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int m = (5 * doy + 2) / 153;
    c->day = doy - (153 * m + 2) / 5 + 1;
    c->month = m < 10 ? m + 3 : m - 9;
    c->year = 400 * (era - 1) + yoe + (c->month <= 2 ? 1 : 0);
}

bool fv_timestamp_civil(int64_t us, struct fv_civil *c)
{
    if (us < FIRST_US || us > LAST_US) {
        return false;
    }
    int64_t since = us - FIRST_US;
    date_of((int)(since / DAY_US) + FIRST_DAY, c);
    int second = (int)(since % DAY_US / SECOND_US);
    c->hour = second / 3600;
    c->minute = second / 60 % 60;
    c->second = second % 60;
    c->micro = (int)(since % SECOND_US);
    c->offset_s = 0;
    return true;
}

static bool take_month(struct fv_slice *s, int *month)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; i < 12; i++) {
        if (fv_slice_starts(*s, (struct fv_slice){names + 3 * i, 3})) {
            *month = i + 1;
            *s = fv_slice_from(*s, 3);
            return true;
        }
    }
    return false;
}

/* Return where a letter of a format puts its number, or NULL, and how many digits it takes. */
static int *field_of(char letter, struct fv_civil *c, unsigned *digits)
{
    *digits = letter == 'Y' ? 4 : 2;
    switch (letter) {
    case 'Y':
    case 'y':
        return &c->year;
    case 'n':
        return &c->month;
    case 'd':
        return &c->day;
    case 'h':
        return &c->hour;
    case 'm':
        return &c->minute;
    case 's':
        return &c->second;
    default:
        return NULL;
    }
}

/* Read the fields that format describes: the letters of field_of(), "b" for the name of a month,
 * "e" for a day whose first digit may be a space. Any other character stands for itself. */
static bool take_format(struct fv_slice *s, const char *format, struct fv_civil *c)
{
    for (; *format != '\0'; format++) {
        unsigned digits;
        int *field = field_of(*format == 'e' ? 'd' : *format, c, &digits);
        bool ok;
        if (*format == 'b') {
            ok = take_month(s, &c->month);
        } else if (field == NULL) {
            ok = take_char(s, *format);
        } else {
            digits -= *format == 'e' && take_char(s, ' ') ? 1 : 0;
            ok = take_number(s, digits, field);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool take_fraction(struct fv_slice *s, struct fv_civil *c)
{
    if (!take_char(s, '.')) {
        return true;
    }
    int digit;
    if (!take_digit(s, &digit)) {
        return false;
    }
    int scale = 100000;
    do {
        c->micro += digit * scale;
        scale /= 10;
    } while (take_digit(s, &digit));
    return true;
}

static bool take_offset(struct fv_slice *s, struct fv_civil *c)
{
    if (take_char(s, 'Z') || take_char(s, 'z')) {
        return true;
    }
    bool west = take_char(s, '-');
    int hours, minutes;
    if ((!west && !take_char(s, '+')) || !take_number(s, 2, &hours) || !take_char(s, ':') ||
        !take_number(s, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    c->offset_s = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return true;
}

enum fv_err fv_timestamp_parse(struct fv_slice text, int64_t *out)
{
    struct fv_civil c = {0};
    bool ok = take_format(&text, "Y-n-d", &c) &&
              (take_char(&text, 'T') || take_char(&text, 't') || take_char(&text, ' ')) &&
              take_format(&text, "h:m:s", &c) && take_fraction(&text, &c) &&
              take_offset(&text, &c) && text.len == 0 && civil_to_us(&c, out);
    return ok ? FV_OK : FV_E_ENTRY_TIME;
}

enum fv_err fv_timestamp_parse_date(struct fv_slice text, int64_t *out)
{
    struct fv_civil c = {0};
    bool ok = take_format(&text, "Y-n-d", &c) && text.len == 0 && civil_to_us(&c, out);
    return ok ? FV_OK : FV_E_ENTRY_TIME;
}

/* The weekday is not compared with the date: a wrong one does not make the date less clear. */
static bool take_weekday(struct fv_slice *s, bool *whole)
{
    struct fv_slice names = FV_SLICE("Monday Tuesday Wednesday Thursday Friday Saturday Sunday");
    struct fv_slice name;
    bool more = true;
    while (more) {
        more = fv_slice_cut(names, ' ', &name, &names);
        *whole = fv_slice_starts(*s, name);
        if (*whole || fv_slice_starts(*s, fv_slice_head(name, 3))) {
            *s = fv_slice_from(*s, *whole ? name.len : 3);
            return true;
        }
    }
    return false;
}

/* RFC 9110 5.6.7: a year that appears to be more than 50 years in the future is the latest past
 * year with the same two digits. */
static void choose_century(struct fv_civil *c, int64_t now_us)
{
    struct fv_civil now = {0};
    now_us = now_us < FIRST_NOW_US || now_us > LAST_US ? FIRST_NOW_US : now_us;
    bool known = fv_timestamp_civil(now_us, &now); /* true, because it is in range */
    int latest = now.year + 50;
    int year = latest - (latest + 100 - c->year) % 100;
    int64_t us, limit_us;
    c->year = now.year = LEAP_YEAR; /* compare only their time of the year */
    if (known && year == latest && civil_to_us(c, &us) && civil_to_us(&now, &limit_us) &&
        us > limit_us) {
        year -= 100;
    }
    c->year = year;
}

enum fv_err fv_timestamp_parse_http(struct fv_slice text, int64_t now_us, int64_t *out)
{
    struct fv_civil c = {0};
    bool whole;
    if (!take_weekday(&text, &whole)) {
        return FV_E_HTTP_SYNTAX;
    }
    const char *format = ", d b Y h:m:s GMT"; /* IMF-fixdate */
    if (whole) {
        format = ", d-b-y h:m:s GMT"; /* RFC 850 */
    } else if (fv_slice_starts(text, FV_SLICE(" "))) {
        format = " b e h:m:s Y"; /* asctime() */
    }
    if (!take_format(&text, format, &c) || text.len > 0) {
        return FV_E_HTTP_SYNTAX;
    }
    if (whole) {
        choose_century(&c, now_us);
    }
    return civil_to_us(&c, out) ? FV_OK : FV_E_HTTP_SYNTAX;
}

static void write_padded(struct fv_writer *w, int value, unsigned width, char before)
{
    fv_writer_char(w, before);
    fv_writer_u64_padded(w, (uint64_t)value, width);
}

/* Write everything up to the seconds. Return false, and set w->full, if the year is outside 0000 to
 * 9999. */
static bool write_seconds(int64_t us, char between, struct fv_writer *w, int *micro)
{
    struct fv_civil c;
    if (!fv_timestamp_civil(us, &c)) {
        w->full = true;
        return false;
    }
    fv_writer_u64_padded(w, (uint64_t)c.year, 4);
    write_padded(w, c.month, 2, '-');
    write_padded(w, c.day, 2, '-');
    write_padded(w, c.hour, 2, between);
    write_padded(w, c.minute, 2, ':');
    write_padded(w, c.second, 2, ':');
    *micro = c.micro;
    return true;
}

void fv_timestamp_write(int64_t us, struct fv_writer *w)
{
    int micro;
    if (!write_seconds(us, 'T', w, &micro)) {
        return;
    }
    if (micro != 0) {
        write_padded(w, micro, 6, '.');
    }
    fv_writer_char(w, 'Z');
}

void fv_timestamp_write_table(int64_t us, struct fv_writer *w)
{
    int micro;
    (void)write_seconds(us, ' ', w, &micro);
}
