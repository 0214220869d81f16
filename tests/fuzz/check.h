/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz entries share: a property that ends the run where it does not hold, and exact
 * copies of the input.
 */
#ifndef FUZZ_CHECK_H
#define FUZZ_CHECK_H

#include <stdio.h>

#include "base/slice.h"
#include "unit/pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(property)                                                                            \
    do {                                                                                           \
        if (!(property)) {                                                                         \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #property);          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* Where to cut the input in two: depends on all of it, so that a fuzzer reaches every place. */
static inline size_t some_cut(const uint8_t *data, size_t size)
{
    size_t sum = size;
    for (size_t i = 0; i < size; i++) {
        sum = sum * 31 + data[i];
    }
    return sum % (size + 1);
}

/* A heap block of exactly size bytes; to be freed. */
static inline char *exact_copy(const void *data, size_t size)
{
    char *copy = malloc(size + (size == 0));
    if (copy == NULL) {
        abort();
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    return copy;
}

/* Whether inner lies inside outer; empty slices lie anywhere. */
static inline int inside(struct fv_slice inner, struct fv_slice outer)
{
    return inner.len == 0 ||
           (inner.ptr >= outer.ptr && inner.ptr + inner.len <= outer.ptr + outer.len);
}

#endif
