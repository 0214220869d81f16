/* SPDX-License-Identifier: MIT */
/*
 * What was meant by a word that is none of those that are known: the nearest of them, by letters left out, added, changed or
 * swapped, or the one that begins like it. No memory is taken.
 */
#ifndef FV_CLI_NEAR_H
#define FV_CLI_NEAR_H

#include "base/slice.h"

struct fv_near {
    struct fv_slice word; /* borrowed */
    const char *best;     /* the nearest so far, borrowed; NULL: none is near enough */
    unsigned limit;       /* a name has to be nearer than that */
};

/* Begin. In a word of three to five letters one mistake is allowed, in a longer one two, in a shorter one none. */
struct fv_near fv_near_begin(struct fv_slice word);

/* Compare the word with a name that is known. Of equally near ones the first stays. */
void fv_near_try(struct fv_near *n, const char *name);

#endif
