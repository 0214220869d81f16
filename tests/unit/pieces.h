/* SPDX-License-Identifier: MIT */
/*
 * Feeding a reader of byte streams in pieces, each a heap block of exactly its size:
 * AddressSanitizer is the guard page.
 */
#ifndef TEST_PIECES_H
#define TEST_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BYTE_BY_BYTE SIZE_MAX

/* Takes a piece; false: no more of them. */
typedef bool piece_fn(void *ctx, const uint8_t *p, size_t n);

static inline bool one_piece(const void *data, size_t n, piece_fn *take, void *ctx)
{
    uint8_t *copy = malloc(n + (n == 0));
    if (copy == NULL) {
        abort();
    }
    memcpy(copy, data, n);
    bool more = take(ctx, n == 0 ? NULL : copy, n);
    free(copy);
    return more;
}

/* Feed n bytes cut in two at cut, or byte by byte. */
static inline void in_pieces(const char *data, size_t n, size_t cut, piece_fn *take, void *ctx)
{
    if (cut != BYTE_BY_BYTE) {
        if (one_piece(data, cut, take, ctx)) {
            one_piece(data + cut, n - cut, take, ctx);
        }
        return;
    }
    for (size_t i = 0; i < n && one_piece(data + i, 1, take, ctx); i++) {
    }
}

#endif
