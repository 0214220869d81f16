#include "parse/quantity.h"

#include "base/num.h"
#include "parse/timestamp.h"

#define MAX_MS (UINT64_C(49) * 86400 * 1000)

enum fv_err fv_quantity_size(struct fv_slice text, uint64_t *bytes)
{
    unsigned shift = 0;
    switch (text.len > 0 ? text.ptr[text.len - 1] : '\0') {
    case 'k':
    case 'K':
        shift = 10;
        break;
    case 'M':
        shift = 20;
        break;
    case 'G':
        shift = 30;
        break;
    case 'T':
        shift = 40;
        break;
    default:
        break;
    }
    uint64_t number;
    if (!fv_num_decimal(fv_slice_head(text, text.len - (shift > 0)), UINT64_MAX >> shift,
                        &number)) {
        return FV_E_USAGE;
    }
    *bytes = number << shift;
    return FV_OK;
}

enum fv_err fv_quantity_seconds(struct fv_slice text, uint32_t *ms)
{
    struct fv_slice whole, decimals;
    bool point = fv_slice_cut(text, '.', &whole, &decimals);
    uint64_t seconds, fraction = 0;
    if (!fv_num_decimal(whole, MAX_MS / 1000, &seconds)) {
        return FV_E_USAGE;
    }
    if (point && (decimals.len > 3 || !fv_num_decimal(decimals, 999, &fraction))) {
        return FV_E_USAGE;
    }
    for (size_t i = point ? decimals.len : 3; i < 3; i++) {
        fraction *= 10;
    }
    uint64_t total = seconds * 1000 + fraction;
    if (total > MAX_MS) {
        return FV_E_USAGE;
    }
    *ms = (uint32_t)total;
    return FV_OK;
}

/* Seconds in a unit, 0 for an unknown one. */
static uint32_t unit_seconds(char unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    case 'w':
        return 7 * 86400;
    default:
        return 0;
    }
}

enum fv_err fv_quantity_span(struct fv_slice text, int64_t *us)
{
    if (text.len == 0) {
        return FV_E_USAGE;
    }
    uint64_t unit_us = UINT64_C(1000000) * unit_seconds(text.ptr[text.len - 1]);
    uint64_t number;
    if (unit_us == 0 ||
        !fv_num_decimal(fv_slice_head(text, text.len - 1), INT64_MAX / unit_us, &number)) {
        return FV_E_USAGE;
    }
    *us = (int64_t)(number * unit_us);
    return FV_OK;
}

enum fv_err fv_quantity_when(struct fv_slice text, int64_t now_us, int64_t *us)
{
    if (fv_timestamp_parse_date(text, us) == FV_OK || fv_timestamp_parse(text, us) == FV_OK) {
        return FV_OK;
    }
    int64_t span;
    if (fv_quantity_span(text, &span) != FV_OK || !fv_num_add_i64(now_us, -span, us)) {
        return FV_E_USAGE;
    }
    return FV_OK;
}
