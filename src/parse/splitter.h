/*
 * Splitter of a listing: a JSON array (RFC 8259) of objects, as bytes arrive, into one compact object at a time.
 *
 * Checks the whole grammar: literals, numbers, escapes, control bytes in strings, commas, nothing behind the array but white
 * space. Of each object only the members that the caller wants are copied, as compact JSON text, so that unknown members of
 * any size and depth cost no memory. Objects and arrays may nest without limit; the kind of bracket is checked for the
 * outermost FV_SPLITTER_DEPTH levels, beyond them only the count.
 * A UTF-8 byte order mark before the array is skipped; strings are not checked for UTF-8. Beyond the checked levels ":" counts
 * as ",".
 * An object whose wanted members exceed FV_CAP_OBJECT is given without its text. An element that is no object is given as an object
 * without members.
 * Refuses: FV_E_JSON (not JSON, not an array, an array in which no element is an object).
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
    uint64_t offset;  /* bytes taken so far: the place of an error */
    size_t
        member; /* of an object that was too large: index of the name from which on it did not fit */

    /* Private. */
    const struct fv_slice *wanted;
    size_t wanted_count;
    uint64_t depth;      /* open brackets, the listing's own included */
    uint64_t kinds;      /* a bit a level, the outermost the lowest: set for an object */
    const char *literal; /* what is left of the literal being read */
    uint16_t code;       /* of the \u escape being read */
    uint8_t digits;      /* of it so far */
    uint8_t state;
    uint8_t role;    /* of the string being read */
    uint8_t key_len; /* UINT8_MAX: not a wanted one */
    bool keep;       /* the current member is copied */
    bool large;      /* the current object does not fit */
    bool any;        /* an element was an object */
    uint64_t odd;    /* elements before the first one, which are not given yet */
    char key[FV_SPLITTER_KEY];
    size_t len;
    char object[FV_CAP_OBJECT];
};

/* Start. wanted: names of the members to keep, count of them, of printable ASCII without quote and backslash; borrowed while the
 * splitter is used. A name that the listing writes with escapes counts as what it stands for, and is copied without them. */
void fv_splitter_reset(struct fv_splitter *s, const struct fv_slice *wanted, size_t count);

/* Take bytes. FV_OK: an object is complete, *object and *len are its compact text inside the splitter, which the caller may
 * change, valid until the next call; *len is 0 if it was too large. Call again with the bytes behind *used. FV_MORE: all n
 * bytes were used. FV_E_JSON: offset is that of the byte refused, and later bytes are FV_E_JSON. */
enum fv_err fv_splitter_push(struct fv_splitter *s, const uint8_t *p, size_t n, size_t *used,
                             char **object, size_t *len) FV_MUSTUSE;

/* The body has ended: FV_OK if the array was closed, and an element is an object or there is none; FV_E_JSON otherwise. */
enum fv_err fv_splitter_finish(const struct fv_splitter *s) FV_MUSTUSE;

#endif
