/* SPDX-License-Identifier: MIT */
#include "parse/glob.h"

#include "base/utf8.h"

#include <stdint.h>

#define NOWHERE SIZE_MAX
/* a byte that is not UTF-8 counts as a character of its own, above all others */
#define NOT_UTF8 0x110000u

/* Decode the character at *at, which is inside text, and advance *at over it. */
static uint32_t take_char(struct fv_slice text, size_t *at)
{
    uint32_t code;
    size_t n = fv_utf8_next(fv_slice_from(text, *at), &code);
    if (n == 0) {
        code = NOT_UTF8 + (uint8_t)text.ptr[*at];
        n = 1;
    }
    *at += n;
    return code;
}

/* The same for a pattern, where "\" quotes the next character. Return false at the end of the
 * pattern. */
static bool take_literal(struct fv_slice pattern, size_t *at, uint32_t *code)
{
    if (*at < pattern.len && pattern.ptr[*at] == '\\') {
        (*at)++;
    }
    if (*at >= pattern.len) {
        return false;
    }
    *code = take_char(pattern, at);
    return true;
}

/* The classes of the POSIX locale (Base Definitions, 7.3.1.1): ranges of two characters each. */
static const struct {
    char name[sizeof "xdigit"];
    char ranges[sizeof "!/:@[`{~"];
} classes[] = {
    {"alnum", "09AZaz"},   {"alpha", "AZaz"},   {"blank", "\t\t  "}, {"cntrl", "\1\x1f\x7f\x7f"},
    {"digit", "09"},       {"graph", "!~"},     {"lower", "az"},     {"print", " ~"},
    {"punct", "!/:@[`{~"}, {"space", "\t\r  "}, {"upper", "AZ"},     {"xdigit", "09AFaf"},
};

/* Return the ranges of the class with that name, or NULL. */
static const char *class_ranges(struct fv_slice name)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (fv_slice_eq(name, fv_slice_of(classes[i].name))) {
            return classes[i].ranges;
        }
    }
    return NULL;
}

/* Return the length of the class "[:name:]" at `at`. 0: there is none, and "[" is an ordinary
 * member of the set. */
static size_t class_length(struct fv_slice pattern, size_t at)
{
    struct fv_slice rest = fv_slice_from(pattern, at);
    size_t end = fv_slice_find(rest, ']');
    return end < rest.len && end >= 3 && rest.ptr[0] == '[' && rest.ptr[1] == ':' &&
                   rest.ptr[end - 1] == ':'
               ? end + 1
               : 0;
}

/* Read a member of a set, and set *found if it matches code. Return false if it has no end or is an
 * unknown class. */
static bool take_member(struct fv_slice pattern, size_t *at, uint32_t code, bool *found)
{
    size_t length = class_length(pattern, *at);
    uint32_t low, high;
    if (length > 0) {
        const char *range = class_ranges((struct fv_slice){pattern.ptr + *at + 2, length - 4});
        *at += length;
        for (; range != NULL && *range != '\0'; range += 2) {
            *found = *found || ((unsigned char)range[0] <= code && code <= (unsigned char)range[1]);
        }
        return range != NULL;
    }
    if (!take_literal(pattern, at, &low)) {
        return false;
    }
    high = low;
    if (pattern.len - *at >= 2 && pattern.ptr[*at] == '-' && pattern.ptr[*at + 1] != ']') {
        (*at)++;
        if (!take_literal(pattern, at, &high)) {
            return false;
        }
    }
    *found = *found || (low <= code && code <= high);
    return true;
}

/* Read a set from the byte after its "[". *in tells whether code is in it. A "]" that comes first
 * is a member, as in POSIX. Return false if the set has no end or names an unknown class. */
static bool take_set(struct fv_slice pattern, size_t *at, uint32_t code, bool *in)
{
    bool negated = *at < pattern.len && (pattern.ptr[*at] == '!' || pattern.ptr[*at] == '^');
    bool found = false;
    *at += negated;
    do {
        if (!take_member(pattern, at, code, &found)) {
            return false;
        }
    } while (*at < pattern.len && pattern.ptr[*at] != ']');
    if (*at == pattern.len) {
        return false;
    }
    (*at)++;
    *in = found != negated;
    return true;
}

enum fv_err fv_glob_check(struct fv_slice pattern)
{
    size_t at = 0;
    while (at < pattern.len) {
        uint32_t code;
        bool in;
        if (pattern.ptr[at] == '[') {
            at++;
            if (!take_set(pattern, &at, 0, &in)) {
                return FV_E_USAGE;
            }
        } else if (!take_literal(pattern, &at, &code)) {
            return FV_E_USAGE;
        }
    }
    return at > 0 ? FV_OK : FV_E_USAGE;
}

/* Match one character. Advance both positions only if it matches. */
static bool match_one(struct fv_slice pattern, size_t *p, struct fv_slice text, size_t *t)
{
    if (*t == text.len) {
        return false;
    }
    size_t in_pattern = *p, in_text = *t;
    uint32_t code = take_char(text, &in_text), literal;
    bool matches;
    if (pattern.ptr[*p] == '?') {
        in_pattern++;
        matches = code != '/';
    } else if (pattern.ptr[*p] == '[') {
        in_pattern++;
        matches = take_set(pattern, &in_pattern, code, &matches) && matches && code != '/';
    } else {
        matches = take_literal(pattern, &in_pattern, &literal) && literal == code;
    }
    if (matches) {
        *p = in_pattern;
        *t = in_text;
    }
    return matches;
}

/* Where to go on after a mismatch: in the pattern after a "*" or "**" (p; NOWHERE: there is none),
 * and in the text at t, which only increases. segments: the "**" stands for whole segments, so it
 * goes on only where a segment begins. */
struct retry {
    size_t p, t;
    bool segments;
};

/* Record a "*" or "**" at *p, and advance *p over it. */
static bool take_star(struct fv_slice pattern, size_t *p, size_t t, struct retry *star,
                      struct retry *deep)
{
    if (pattern.ptr[*p] != '*') {
        return false;
    }
    bool begins = *p == 0 || pattern.ptr[*p - 1] == '/';
    size_t stars = 0;
    while (*p < pattern.len && pattern.ptr[*p] == '*') {
        (*p)++;
        stars++;
    }
    *star = (struct retry){stars > 1 ? NOWHERE : *p, t, false};
    if (stars > 1) {
        bool segments = begins && *p < pattern.len && pattern.ptr[*p] == '/';
        *p += segments; /* "**" and its "/" may match nothing */
        *deep = (struct retry){*p, t, segments};
    }
    return true;
}

/*
 * After a mismatch, let the last "*" match one more character; if it is at the end of its segment,
 * let the last "**" match more. Return false if neither can.
 *
 * Earlier stars need no new attempt: what the last star reaches from an earlier start includes all
 * that it reaches from a later one. For the same reason, a "**" with a "*" after it goes on in the
 * next segment. So each segment is read once for each part of the pattern, and the time is linear.
 */
static bool step_back(struct fv_slice text, struct retry *star, struct retry *deep)
{
    if (star->p != NOWHERE && star->t < text.len && text.ptr[star->t] != '/') {
        (void)take_char(text, &star->t);
        return true;
    }
    if (deep->p == NOWHERE || deep->t == text.len) {
        return false;
    }
    if (star->p != NOWHERE || deep->segments) {
        size_t slash = deep->t + fv_slice_find(fv_slice_from(text, deep->t), '/');
        if (slash == text.len) {
            return false;
        }
        deep->t = slash;
    }
    (void)take_char(text, &deep->t);
    star->p = NOWHERE;
    return true;
}

/* How far a match has come, in the pattern and in the text. */
struct match {
    size_t p, t;
    struct retry star, deep;
};

/* Match the next item of the pattern, or step back. Return false if the text does not match. */
static bool advance(struct fv_slice pattern, struct fv_slice text, struct match *m)
{
    if (m->p < pattern.len && (take_star(pattern, &m->p, m->t, &m->star, &m->deep) ||
                               match_one(pattern, &m->p, text, &m->t))) {
        return true;
    }
    if (!step_back(text, &m->star, &m->deep)) {
        return false;
    }
    const struct retry *from = m->star.p != NOWHERE ? &m->star : &m->deep;
    m->p = from->p;
    m->t = from->t;
    return true;
}

bool fv_glob_match(struct fv_slice pattern, struct fv_slice text)
{
    struct match m = {.star = {.p = NOWHERE}, .deep = {.p = NOWHERE}};
    while (m.p < pattern.len || m.t < text.len) {
        if (!advance(pattern, text, &m)) {
            return false;
        }
    }
    return true;
}
