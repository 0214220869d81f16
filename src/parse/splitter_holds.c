/* SPDX-License-Identifier: MIT */
/* What is true of a splitter between two calls. */
#include "parse/splitter.h"

#include <string.h>

#include "parse/splitter_state.h"

/* The brackets that are open allow what is expected next. */
static bool brackets_hold(const struct fv_splitter *s)
{
    bool outside = s->state == NEXT_ARRAY || s->state == NEXT_NOTHING ||
                   (s->state >= NEXT_MARK_OR_ARRAY && s->state <= NEXT_MARK_BF);
    if (outside || s->depth == 0) {
        return outside && s->depth == 0;
    }
    bool string = s->state >= NEXT_CHARACTER && s->state <= NEXT_HEX;
    bool in_object = s->state == NEXT_KEY || s->state == NEXT_KEY_OR_END ||
                     s->state == NEXT_COLON || (string && s->role != ROLE_VALUE);
    return (s->kinds & 1) == KIND_ARRAY && (!in_object || kind(s) == KIND_OBJECT) &&
           (s->state != NEXT_VALUE_OR_END || kind(s) != KIND_OBJECT);
}

/* The text of the listed object has a beginning and room for its end. */
static bool text_holds(const struct fv_splitter *s)
{
    if (s->depth < LISTED || s->len == 0) {
        return !s->keep;
    }
    bool between = s->state == NEXT_KEY || s->state == NEXT_KEY_OR_END;
    bool value = s->depth > LISTED || !between;
    return s->len < sizeof s->object && s->object[0] == '{' && (value || !s->keep);
}

static bool string_holds(const struct fv_splitter *s)
{
    bool member = s->role == ROLE_MEMBER;
    return s->role <= ROLE_VALUE && (s->role == ROLE_VALUE || member == (s->depth == LISTED)) &&
           (s->key_len <= sizeof s->key || s->key_len == UINT8_MAX) && !(member && s->keep) &&
           (s->state != NEXT_HEX || s->digits < 4);
}

static bool literal_holds(const char *rest)
{
    static const char *const literals[] = {"rue", "alse", "ull"};
    for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++) {
        for (const char *at = literals[i]; *at != '\0'; at++) {
            if (strcmp(rest, at) == 0) {
                return true;
            }
        }
    }
    return false;
}

bool fv_splitter_holds(const struct fv_splitter *s)
{
    bool string = s->state >= NEXT_CHARACTER && s->state <= NEXT_HEX;
    bool counts = s->depth <= s->offset && s->objects <= s->offset &&
                  s->odd <= s->offset - s->objects && !(s->odd > 0 && s->any);
    for (size_t i = 0; i < s->wanted_count; i++) {
        counts = counts && s->wanted[i].len <= FV_SPLITTER_KEY;
    }
    return s->state == REFUSED || (s->state < REFUSED && counts && brackets_hold(s) &&
                                   text_holds(s) && (!string || string_holds(s)) &&
                                   (s->state != NEXT_LITERAL || literal_holds(s->literal)));
}
