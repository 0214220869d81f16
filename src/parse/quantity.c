/* SPDX-License-Identifier: MIT */
#include "parse/quantity.h"

#include "base/num.h"
#include "parse/timestamp.h"

#define SECOND_US UINT64_C(1000000)
#define DAY_US (86400 * SECOND_US)
#define MAX_US (49 * DAY_US)
#define MAX_DECIMALS 6u

/* A number, such as "12" or "1.5", and the letters after it. */
struct measure {
    uint64_t whole, decimals, scale; /* whole + decimals / scale */
    struct fv_slice unit;
};

static bool is_digit(char c)
{
    return '0' <= c && c <= '9';
}

static struct fv_slice take_digits(struct fv_slice *text)
{
    size_t n = 0;
    while (n < text->len && is_digit(text->ptr[n])) {
        n++;
    }
    struct fv_slice digits = fv_slice_head(*text, n);
    *text = fv_slice_from(*text, n);
    return digits;
}

static bool take_measure(struct fv_slice *text, struct measure *m)
{
    size_t n = 0;
    *m = (struct measure){.scale = 1};
    if (!fv_num_decimal(take_digits(text), UINT64_MAX, &m->whole)) {
        return false;
    }
    if (text->len > 0 && text->ptr[0] == '.') {
        *text = fv_slice_from(*text, 1);
        struct fv_slice decimals = take_digits(text);
        if (decimals.len > MAX_DECIMALS || !fv_num_decimal(decimals, UINT64_MAX, &m->decimals)) {
            return false;
        }
        for (size_t i = 0; i < decimals.len; i++) {
            m->scale *= 10;
        }
    }
    while (n < text->len && !is_digit(text->ptr[n])) {
        n++;
    }
    m->unit = fv_slice_head(*text, n);
    *text = fv_slice_from(*text, n);
    return true;
}

/* Multiply m by the value of its unit, rounded down. unit: 0 if it is unknown; 10^MAX_DECIMALS
 * times unit must fit in 64 bits. */
static bool count(const struct measure *m, uint64_t unit, uint64_t *out)
{
    uint64_t whole;
    return unit > 0 && fv_num_mul(m->whole, unit, &whole) &&
           fv_num_add(whole, m->decimals * unit / m->scale, out);
}

/* Return the bytes in a unit; 0: it is unknown. */
static uint64_t unit_bytes(struct fv_slice unit)
{
    static const char letters[] = "kmgt";
    uint64_t binary = 1, decimal = 1;
    if (unit.len == 0 || fv_slice_eq_nocase(unit, FV_SLICE("B"))) {
        return 1;
    }
    struct fv_slice behind = fv_slice_from(unit, 1);
    for (size_t i = 0; letters[i] != '\0'; i++) {
        binary *= 1024;
        decimal *= 1000;
        if (fv_slice_eq_nocase(fv_slice_head(unit, 1), (struct fv_slice){letters + i, 1})) {
            if (behind.len == 0 || fv_slice_eq_nocase(behind, FV_SLICE("iB"))) {
                return binary;
            }
            return fv_slice_eq_nocase(behind, FV_SLICE("B")) ? decimal : 0;
        }
    }
    return 0;
}

enum fv_err fv_quantity_size(struct fv_slice text, uint64_t *bytes)
{
    struct measure m;
    bool ok = take_measure(&text, &m) && text.len == 0;
    uint64_t unit = ok ? unit_bytes(m.unit) : 0;
    ok = ok && (unit > 1 || m.scale == 1) && count(&m, unit, bytes);
    return ok ? FV_OK : FV_E_USAGE;
}

/* Return the microseconds in a unit; 0: it is unknown. */
static uint64_t unit_us(struct fv_slice unit)
{
    if (unit.len != 1 && !fv_slice_eq(unit, FV_SLICE("sec")) &&
        !fv_slice_eq(unit, FV_SLICE("min"))) {
        return 0;
    }
    switch (unit.ptr[0]) {
    case 's':
        return SECOND_US;
    case 'm':
        return 60 * SECOND_US;
    case 'h':
        return 3600 * SECOND_US;
    case 'd':
        return DAY_US;
    case 'w':
        return 7 * DAY_US;
    default:
        return 0;
    }
}

/* Read a part of a duration and add it to *total. bare_us: microseconds in the unit of a number
 * without a unit; 0: a unit is required. */
static bool add_part(struct fv_slice *text, uint64_t bare_us, uint64_t max_us, uint64_t *total)
{
    struct measure m;
    uint64_t us;
    return take_measure(text, &m) && count(&m, m.unit.len == 0 ? bare_us : unit_us(m.unit), &us) &&
           fv_num_add(*total, us, total) && *total <= max_us;
}

/* Read a duration of one or more parts. Only the first may be a number without a unit. */
static bool take_duration(struct fv_slice text, uint64_t bare_us, uint64_t max_us, uint64_t *out)
{
    uint64_t total = 0;
    do {
        if (!add_part(&text, bare_us, max_us, &total)) {
            return false;
        }
        bare_us = 0;
    } while (text.len > 0);
    *out = total;
    return true;
}

enum fv_err fv_quantity_seconds(struct fv_slice text, uint32_t *ms)
{
    uint64_t us;
    if (!take_duration(text, SECOND_US, MAX_US, &us) || us % 1000 != 0) {
        return FV_E_USAGE;
    }
    *ms = (uint32_t)(us / 1000);
    return FV_OK;
}

enum fv_err fv_quantity_span(struct fv_slice text, int64_t *us)
{
    uint64_t span;
    if (!take_duration(text, 0, INT64_MAX, &span)) {
        return FV_E_USAGE;
    }
    *us = (int64_t)span;
    return FV_OK;
}

enum fv_err fv_quantity_when(struct fv_slice text, int64_t now_us, bool last, int64_t *us)
{
    if (fv_timestamp_parse_date(text, us) == FV_OK) {
        *us += last ? (int64_t)DAY_US - 1 : 0;
        return FV_OK;
    }
    if (fv_timestamp_parse(text, us) == FV_OK) {
        return FV_OK;
    }
    int64_t span;
    if (fv_quantity_span(text, &span) != FV_OK || !fv_num_add_i64(now_us, -span, us)) {
        return FV_E_USAGE;
    }
    return FV_OK;
}
