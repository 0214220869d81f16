/* SPDX-License-Identifier: MIT */
#include "parse/range.h"

#include "base/num.h"

/* Offsets of storage are signed. With this limit, last - first + 1 always fits. */
#define MAX_OFFSET ((uint64_t)INT64_MAX)

enum fv_err fv_range_parse(struct fv_slice value, struct fv_content_range *out)
{
    const struct fv_slice unit = FV_SLICE("bytes ");
    struct fv_content_range r = {0};
    struct fv_slice range;
    struct fv_slice total;
    struct fv_slice first;
    struct fv_slice last;
    if (!fv_slice_starts_nocase(value, unit) ||
        !fv_slice_cut(fv_slice_from(value, unit.len), '/', &range, &total)) {
        return FV_E_HTTP_RANGE;
    }
    r.has_range = !fv_slice_eq(range, FV_SLICE("*"));
    r.has_total = !fv_slice_eq(total, FV_SLICE("*"));
    if (r.has_total && !fv_num_decimal(total, MAX_OFFSET, &r.total)) {
        return FV_E_HTTP_RANGE;
    }
    if (r.has_range) {
        (void)fv_slice_cut(range, '-', &first, &last);
        /* Without "-", last is empty, which is not a number. */
        if (!fv_num_decimal(first, MAX_OFFSET, &r.first) ||
            !fv_num_decimal(last, MAX_OFFSET, &r.last) || r.last < r.first) {
            return FV_E_HTTP_RANGE;
        }
    }
    bool fits = r.has_range ? !r.has_total || r.total > r.last : r.has_total;
    if (!fits) {
        return FV_E_HTTP_RANGE;
    }
    *out = r;
    return FV_OK;
}

bool fv_range_holds(const struct fv_content_range *r)
{
    return (r->has_range || r->has_total) && r->last <= MAX_OFFSET && r->total <= MAX_OFFSET &&
           r->first <= r->last && (!r->has_range || !r->has_total || r->last < r->total);
}
