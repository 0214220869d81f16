/* SPDX-License-Identifier: MIT */
#include "parse/ip6.h"

#include "base/num.h"
#include "parse/ip4.h"

#include <string.h>

const bool fv_ip6_linked = true;

/* Read a group into out. Return its length: two bytes, or four for an IPv4 address at the end; 0 if
 * it is neither, or if room is too small. */
static size_t take_group(struct fv_slice group, bool last, uint8_t *out, size_t room)
{
    uint64_t value;
    if (room >= 2 && group.len <= 4 && fv_num_hex(group, 0xFFFF, &value)) {
        out[0] = (uint8_t)(value >> 8);
        out[1] = (uint8_t)value;
        return 2;
    }
    return last && room >= 4 && fv_ip4_parse(group, out) ? 4 : 0;
}

bool fv_ip6_parse(struct fv_slice s, uint8_t out[16])
{
    size_t len = 0;
    bool has_gap = fv_slice_starts(s, FV_SLICE("::"));
    size_t gap = 0; /* index in out */
    s = fv_slice_from(s, has_gap ? 2 : 0);
    while (s.len > 0) {
        size_t at = fv_slice_find(s, ':');
        size_t bytes = take_group(fv_slice_head(s, at), at == s.len, out + len, 16 - len);
        if (bytes == 0 || at + 1 == s.len) { /* a single ":" at the end */
            return false;
        }
        len += bytes;
        s = fv_slice_from(s, at);
        if (!fv_slice_starts(s, FV_SLICE("::"))) {
            s = fv_slice_from(s, 1);
        } else if (!has_gap) {
            has_gap = true;
            gap = len;
            s = fv_slice_from(s, 2);
        } else {
            return false;
        }
    }
    if (!has_gap || len == 16) {
        return !has_gap && len == 16;
    }
    memmove(out + 16 - (len - gap), out + gap, len - gap);
    memset(out + gap, 0, 16 - len);
    return true;
}
