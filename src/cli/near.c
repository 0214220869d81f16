/* SPDX-License-Identifier: MIT */
#include "cli/near.h"

#define LONGEST 31 /* longest word or name that is compared */

struct fv_near fv_near_begin(struct fv_slice word)
{
    bool compares = word.len >= 3 && word.len <= LONGEST;
    return (struct fv_near){.word = word, .limit = !compares ? 0 : word.len <= 5 ? 2 : 3};
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Return the number of mistakes between a and b: the Damerau-Levenshtein distance, in its
 * variant without changing a part twice. */
static unsigned distance(struct fv_slice a, struct fv_slice b)
{
    unsigned rows[3][LONGEST + 1]; /* for the last three characters of a */
    for (size_t j = 0; j <= b.len; j++) {
        rows[0][j] = (unsigned)j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.len; j++) {
            unsigned other = a.ptr[i - 1] == b.ptr[j - 1] ? 0 : 1;
            row[j] = least(above[j - 1] + other, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1]) {
                row[j] = least(row[j], rows[(i + 1) % 3][j - 2] + 1);
            }
        }
    }
    return rows[a.len % 3][b.len];
}

void fv_near_try(struct fv_near *n, const char *name)
{
    struct fv_slice known = fv_slice_of(name);
    if (n->limit == 0 || known.len > LONGEST) {
        return;
    }
    unsigned far = fv_slice_starts(known, n->word) ? 1 : distance(n->word, known);
    if (far < n->limit) {
        n->limit = far;
        n->best = name;
    }
}
