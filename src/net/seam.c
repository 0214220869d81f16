/* SPDX-License-Identifier: MIT */
#include "net/seam.h"

#include <assert.h>
#include <string.h>

static const char response[] = "HTTP/1."; /* its first character occurs only once in it */

static_assert(FV_SEAM_MOST == sizeof response - 2, "a whole one is not held back");

bool fv_seam_begins(uint8_t byte)
{
    return byte == (uint8_t)response[0];
}

/* Continue the search in the piece. Return true if a complete match was found. */
static bool find(struct fv_seam *s, struct fv_slice piece, bool others)
{
    const char *end = piece.ptr + piece.len, *p = piece.ptr;
    if (!others && piece.len > FV_SEAM_MOST) {
        /* Without other requests no complete match is searched: only the last bytes matter. */
        p = end - FV_SEAM_MOST;
        s->alike = 0;
    }
    for (; p < end; p++) {
        p = s->alike > 0 ? p : memchr(p, response[0], (size_t)(end - p));
        if (p == NULL) {
            return false;
        }
        s->alike = (uint8_t)(*p == response[s->alike] ? s->alike + 1 : *p == response[0]);
        if (s->alike == sizeof response - 1 && others) {
            return true;
        }
        s->alike %= sizeof response - 1;
    }
    return false;
}

bool fv_seam_look(struct fv_seam *s, bool others, struct fv_slice *before, struct fv_slice *content)
{
    struct fv_slice held = {&response[s->alike - s->held], s->held};
    *before = FV_SLICE_NONE;
    if (find(s, *content, others)) {
        return true;
    }
    size_t last = s->alike < content->len ? s->alike : content->len;
    /* the bytes held back are still a possible start of a response */
    bool goes_on = s->alike > content->len;
    last = others || (goes_on && held.len > 0) ? last : 0;
    content->len -= last;
    s->held = (uint8_t)(last + (goes_on ? held.len : 0));
    if (!goes_on) {
        *before = held;
    }
    return false;
}

struct fv_slice fv_seam_release(struct fv_seam *s)
{
    struct fv_slice end = {&response[s->alike - s->held], s->held};
    *s = (struct fv_seam){0, 0};
    return end;
}
