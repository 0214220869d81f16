/* SPDX-License-Identifier: MIT */
/*
 * Text from outside, made safe for a terminal, and its width.
 *
 * Names are UTF-8 whatever the locale is, and a static program has no locales, so wcwidth() is not
 * used. Widths are those of Unicode's East Asian Width (wide and fullwidth: 2), for blocks of
 * characters. Some characters of a block may be narrower than stated, none is wider, so a line that
 * fits does not wrap. Combining marks of Latin, Greek and Cyrillic have width 0; others count as 1.
 */
#ifndef FV_CLI_VISIBLE_H
#define FV_CLI_VISIBLE_H

#include "base/slice.h"
#include "base/writer.h"

#include <stdint.h>

/* One character. */
struct fv_visible {
    /* what to print, NUL-terminated; \xHH for control bytes and bytes that are not UTF-8 */
    char text[20];
    size_t len;     /* bytes of text */
    size_t used;    /* bytes of the source */
    unsigned width; /* columns */
};

/* Return the columns of a character that is printed unchanged: 0 to 2. */
unsigned fv_visible_width(uint32_t code);

/* Read the character at the start of s, which is not empty. */
void fv_visible_next(struct fv_slice s, struct fv_visible *v);

/* Write s in at most `columns` columns: complete, or its end after "..."; with `head`, its
 * beginning before "...". Return the width. */
unsigned fv_visible_fit(struct fv_writer *w, struct fv_slice s, unsigned columns, bool head);

/* Write a duration: 0:07, 1:02:03, 5 d. */
void fv_visible_span(struct fv_writer *w, uint64_t seconds);

#endif
