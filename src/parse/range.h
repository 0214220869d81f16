/* SPDX-License-Identifier: MIT */
/*
 * Content-Range (RFC 9110 14.4) with the unit "bytes":
 *
 *     "bytes" SP ( first "-" last "/" ( total / "*" ) / "*" "/" total )
 */
#ifndef FV_PARSE_RANGE_H
#define FV_PARSE_RANGE_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct fv_content_range {
    bool has_range; /* first and last are set (a 206); otherwise "*" (a 416) */
    bool has_total; /* total is set; otherwise "*" */
    uint64_t first; /* offset of the first byte */
    uint64_t last;  /* offset of the last byte, at least first */
    uint64_t total; /* size of the whole, greater than last */
};

/* Read the value of a Content-Range field. FV_OK; FV_E_HTTP_RANGE: anything else, including
 * impossible numbers. */
enum fv_err fv_range_parse(struct fv_slice value, struct fv_content_range *out) FV_MUSTUSE;

/* Return whether r is what fv_range_parse() writes. For proofs and sanitised builds. */
bool fv_range_holds(const struct fv_content_range *r);

#endif
