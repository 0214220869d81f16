/* SPDX-License-Identifier: MIT */
/*
 * Text from outside as a terminal may show it, and how wide that is.
 *
 * Names are UTF-8 whatever the locale is, and a static program has none, so wcwidth() is not asked. Widths are those of Unicode's
 * East Asian Width (wide and fullwidth: 2) in blocks; within these a character may be narrower than is said here, never wider, so a line
 * that fits does not wrap. Combining marks of the Latin, Greek and Cyrillic scripts have no width; others count as 1.
 */
#ifndef FV_CLI_VISIBLE_H
#define FV_CLI_VISIBLE_H

#include "base/slice.h"
#include "base/writer.h"

#include <stdint.h>

/* One character. */
struct fv_visible {
    char text
        [20]; /* what to print for it, with a NUL: control bytes, and what is not UTF-8, as \xHH */
    size_t len;     /* bytes of text */
    size_t used;    /* bytes of the source */
    unsigned width; /* columns */
};

/* Columns of a character that is shown as it is: 0 to 2. */
unsigned fv_visible_width(uint32_t code);

/* Take the character at the start of s, which is not empty. */
void fv_visible_next(struct fv_slice s, struct fv_visible *v);

/* Write s so that it is at most `columns` wide: whole, or its end behind "..."; with `head` its beginning in front of that. Returns its
 * width. */
unsigned fv_visible_fit(struct fv_writer *w, struct fv_slice s, unsigned columns, bool head);

/* Write a time in seconds: 0:07, 1:02:03, 5 d. */
void fv_visible_span(struct fv_writer *w, uint64_t seconds);

#endif
