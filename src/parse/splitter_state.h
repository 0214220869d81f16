/* SPDX-License-Identifier: MIT */
/*
 * States of the splitter: for its own files alone.
 */
#ifndef FV_PARSE_SPLITTER_STATE_H
#define FV_PARSE_SPLITTER_STATE_H

#include "parse/splitter.h"

/* Named after what is expected next. White space is allowed before all states up to
 * NEXT_NOTHING. */
enum {
    NEXT_ARRAY,
    NEXT_VALUE,
    NEXT_VALUE_OR_END, /* after "[" */
    NEXT_KEY,
    NEXT_KEY_OR_END, /* after "{" */
    NEXT_COLON,
    NEXT_COMMA_OR_END,
    NEXT_NOTHING,
    NEXT_MARK_OR_ARRAY, /* the byte order mark EF BB BF */
    NEXT_MARK_BB,
    NEXT_MARK_BF,
    NEXT_CHARACTER, /* of a string */
    NEXT_ESCAPED,
    NEXT_HEX,
    NEXT_LITERAL,
    NEXT_DIGIT, /* after "-" */
    NEXT_POINT, /* after a leading zero */
    NEXT_INTEGER,
    NEXT_FRACTION_DIGIT, /* after "." */
    NEXT_FRACTION,
    NEXT_EXPONENT_SIGN, /* after "e" */
    NEXT_EXPONENT_DIGIT,
    NEXT_EXPONENT,
    REFUSED
};

/* What a string is. */
enum {
    ROLE_MEMBER, /* name of a member of a listed object: read into s->key */
    ROLE_KEY,    /* any other name */
    ROLE_VALUE
};

enum { KIND_ARRAY, KIND_OBJECT, KIND_UNKNOWN };

/* Depth of the brackets of the listing and of a listed object. */
#define LISTING 1
#define LISTED 2

/* Return the kind of the innermost bracket that is open. */
static inline int kind(const struct fv_splitter *s)
{
    if (s->depth > FV_SPLITTER_DEPTH) {
        return KIND_UNKNOWN;
    }
    return (s->kinds >> (s->depth - 1) & 1U) != 0 ? KIND_OBJECT : KIND_ARRAY;
}

#endif
