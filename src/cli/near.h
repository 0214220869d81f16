/* SPDX-License-Identifier: MIT */
/*
 * Finds the known name that is nearest to an unknown word: the one with the fewest letters left
 * out, added, changed or swapped, or one that begins with the word.
 */
#ifndef FV_CLI_NEAR_H
#define FV_CLI_NEAR_H

#include "base/slice.h"

struct fv_near {
    struct fv_slice word; /* borrowed */
    const char *best;     /* the nearest so far, borrowed; NULL: none is near enough */
    unsigned limit;       /* a name must have a smaller distance than this */
};

/* Begin. A word of three to five letters may have one mistake, a longer one two, a shorter one
 * none. */
struct fv_near fv_near_begin(struct fv_slice word);

/* Compare the word with a known name. Of equally near names the first one is kept. */
void fv_near_try(struct fv_near *n, const char *name);

#endif
