/* SPDX-License-Identifier: MIT */
/*
 * PROOF size; STATE 0-14; unwind 16; bound each length up to 14 bytes;
 *     a size is read or refused without overflow, and a refusal leaves *bytes as it was
 * PROOF part; STATE 1-12; unwind 14; bound a part of any duration, each length up to 12 bytes;
 *     a part of a duration makes the total larger, to the limit at most, and the text shorter
 * PROOF duration; STATE 0-1; unwind 4; bound each length up to 1 byte, any instant of timestamp;
 *     seconds are at most 49 days, a span is not negative, and a moment does not overflow
 * PROOF count; STATE 0-9; unwind 1; core; bound any number with six decimals, ten of the units;
 *     a number times its unit never wraps
 */
#include "base/num.c"
#include "base/slice.c"
#include "parse/quantity.c"

#include "proof.h"

#define EXACT (STATE > 0 ? STATE : 1)

/* What timestamp.h promises; proof_timestamp.c shows it. */
static enum fv_err promised(int64_t *out)
{
    int64_t us = nondet_int64();
    if (nondet_bool()) {
        return FV_E_ENTRY_TIME;
    }
    proof_assume(us >= INT64_C(-62167219200000000) && us <= INT64_C(253402300799999999));
    *out = us;
    return FV_OK;
}

enum fv_err fv_timestamp_parse(struct fv_slice text, int64_t *out)
{
    (void)text;
    return promised(out);
}

enum fv_err fv_timestamp_parse_date(struct fv_slice text, int64_t *out)
{
    (void)text;
    return promised(out);
}

void prove_size(void)
{
    char text[EXACT];
    uint64_t before = nondet_uint64(), bytes = before;
    enum fv_err err = fv_quantity_size((struct fv_slice){text, STATE}, &bytes);
    proof(err == FV_OK || err == FV_E_USAGE, "one of two codes");
    proof(err == FV_OK || bytes == before, "a refusal leaves it as it was");
    proof(err != FV_OK || (STATE > 0 && is_digit(text[0])), "it begins with a digit");
    proof_reached();
}

void prove_part(void)
{
    char text[STATE];
    struct fv_slice s = {text, STATE};
    uint64_t max = nondet_bool() ? MAX_US : INT64_MAX;
    uint64_t before = nondet_uint64(), total = before;
    proof_assume(before <= max);
    if (add_part(&s, nondet_bool() ? SECOND_US : 0, max, &total)) {
        proof(total >= before && total <= max, "larger, to the limit at most");
        proof(s.len < STATE, "the text is shorter");
        proof(s.len == 0 || (s.ptr == text + STATE - s.len && is_digit(s.ptr[0])),
              "the next part begins with a digit");
    }
    proof_reached();
}

void prove_duration(void)
{
    char text[EXACT];
    struct fv_slice s = {text, STATE};
    uint32_t was = nondet_uint32(), ms = was;
    int64_t before = nondet_int64(), us = before, moment = 0;
    bool ok = fv_quantity_seconds(s, &ms) == FV_OK;
    proof(ok ? ms <= UINT32_C(49) * 86400 * 1000 : ms == was, "at most 49 days, or as it was");
    ok = fv_quantity_span(s, &us) == FV_OK;
    proof(ok ? us >= 0 : us == before, "not negative, or as it was");
    enum fv_err err = fv_quantity_when(s, nondet_int64(), nondet_bool(), &moment);
    proof(err == FV_OK || err == FV_E_USAGE, "one of two codes");
    proof_reached();
}

void prove_count(void)
{
    static const uint64_t units[] = {1,
                                     1024,
                                     UINT64_C(1) << 20,
                                     UINT64_C(1) << 30,
                                     UINT64_C(1) << 40,
                                     SECOND_US,
                                     60 * SECOND_US,
                                     3600 * SECOND_US,
                                     DAY_US,
                                     7 * DAY_US};
    const uint64_t unit = units[STATE];
    struct measure m = {.whole = nondet_uint64(), .decimals = nondet_uint64(), .scale = 1000000};
    uint64_t out = 0;
    proof_assume(m.decimals < m.scale);
    proof(m.decimals <= UINT64_MAX / unit, "the product of the decimals fits");
    bool ok = count(&m, unit, &out);
    proof(!ok || out >= m.whole, "the result is not less than the number");
    proof_reached();
}
