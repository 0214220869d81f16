/* SPDX-License-Identifier: MIT */
/*
 * Splitter of a listing: cuts a JSON array (RFC 8259) of objects into one compact object at a time,
 * as bytes arrive.
 *
 * It checks the whole grammar: literals, numbers, escapes, control bytes in strings, commas, and
 * that only white space follows the array. Of each object, only the members that the caller wants
 * are copied, as compact JSON text. Unknown members of any size and depth therefore take no memory.
 * Objects and arrays may be nested without limit. The kind of a bracket is checked in the outermost
 * FV_SPLITTER_DEPTH levels; deeper, only the number of brackets is checked, and ":" counts as ",".
 *
 * A UTF-8 byte order mark before the array is skipped. Strings are not checked for UTF-8. An object
 * whose wanted members exceed FV_CAP_OBJECT is returned without its text. An element that is not an
 * object is returned as an object without members.
 *
 * Refused with FV_E_JSON: input that is not JSON or not an array, and an array that has elements
 * but no object.
 */
#ifndef FV_PARSE_SPLITTER_H
#define FV_PARSE_SPLITTER_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define FV_SPLITTER_DEPTH 64
#define FV_SPLITTER_KEY 40 /* bytes of the longest wanted member name, at most 254 */

struct fv_splitter {
    uint64_t objects; /* complete objects so far */
    uint64_t offset;  /* bytes read so far; after an error, its place */
    size_t member; /* after a too large object: index of the first wanted member that did not fit */

    /* Private. */
    const struct fv_slice *wanted;
    size_t wanted_count;
    uint64_t depth;      /* open brackets, the one of the listing included */
    uint64_t kinds;      /* one bit for each level, the outermost in the lowest bit; 1: an object */
    const char *literal; /* the rest of the literal that is being read */
    uint16_t code;       /* of the \u escape that is being read */
    uint8_t digits;      /* digits of that escape so far */
    uint8_t state;
    uint8_t role;    /* what the string being read is used for */
    uint8_t key_len; /* UINT8_MAX: not a wanted member */
    bool keep;       /* the current member is copied */
    bool any;        /* at least one element was an object */
    uint64_t odd;    /* elements before the first object; they are returned later */
    char key[FV_SPLITTER_KEY];
    size_t len; /* of the current object's text; 0: it does not fit */
    char object[FV_CAP_OBJECT];
};

/* Start. wanted holds count names of the members to keep, in printable ASCII without quote and
 * backslash. It is borrowed while the splitter is used. A name that the listing writes with escapes
 * is compared after decoding, and is copied without escapes. */
void fv_splitter_reset(struct fv_splitter *s, const struct fv_slice *wanted, size_t count);

/* Take bytes. FV_OK: an object is complete; *object and *len are its compact text inside the
 * splitter, valid until the next call, and the caller may change it. *len is 0 if the object was
 * too large. Call again with the bytes from *used on. FV_MORE: all n bytes were used. FV_E_JSON:
 * refused; offset is the place of the refused byte, and all later calls fail too. */
enum fv_err fv_splitter_push(struct fv_splitter *s, const uint8_t *p, size_t n, size_t *used,
                             char **object, size_t *len) FV_MUSTUSE;

/* The body has ended. FV_OK: the array was closed, and it is empty or has an object. FV_E_JSON
 * otherwise. */
enum fv_err fv_splitter_finish(const struct fv_splitter *s) FV_MUSTUSE;

/* Return whether the private state is what it is between two calls. For proofs and sanitised
 * builds. */
bool fv_splitter_holds(const struct fv_splitter *s);

#endif
