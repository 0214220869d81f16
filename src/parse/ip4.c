/* SPDX-License-Identifier: MIT */
#include "parse/ip4.h"

#include "base/num.h"

bool fv_ip4_parse(struct fv_slice s, uint8_t out[4])
{
    for (int i = 0; i < 4; i++) {
        struct fv_slice part;
        uint64_t value;
        bool more = fv_slice_cut(s, '.', &part, &s);
        if (more != (i < 3) || part.len > 3 || !fv_num_decimal(part, 255, &value)) {
            return false;
        }
        out[i] = (uint8_t)value;
    }
    return true;
}
