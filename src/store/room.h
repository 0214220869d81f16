/*
 * A room: values that a table (store/table.h) has been given and not yet written to its file. They are in the order of their homes, as there,
 * so that each of its pages is written once.
 *
 * A filter beside them knows most of the keys that the file does not have: no page has to be read for these.
 */
#ifndef FV_STORE_ROOM_H
#define FV_STORE_ROOM_H

#include "base/cap.h"

#include <stdbool.h>
#include <stdint.h>

#define FV_ROOM_SLOTS (FV_CAP_INDEX > 0 ? FV_CAP_INDEX : 1)

struct fv_room_value {
    uint64_t key;
    uint64_t value; /* 0: an empty slot */
};

struct fv_room {
    /* Private. */
    struct fv_room_value slot[FV_ROOM_SLOTS];
    uint16_t count;   /* slots in use */
    uint16_t written; /* slots before that one are in use no more */
    bool filters;     /* seen knows all that is in the file */
    uint8_t seen[FV_CAP_INDEX > 0 ? 8 * FV_CAP_INDEX
                                  : 1]; /* a bit for keys whose upper bits are its number */
};

/* Where a search stands. Valid until the next put. */
struct fv_room_cursor {
    uint32_t slot; /* where it goes on */
    uint32_t left; /* slots not yet looked at */
};

/* Begin without a value. filters: the file has none either. */
void fv_room_reset(struct fv_room *r, bool filters);

/* Begin a search for the values of key that wait. */
struct fv_room_cursor fv_room_search(uint64_t key);
/* Find the next one of that key: *value, or false. */
bool fv_room_next(const struct fv_room *r, uint64_t key, struct fv_room_cursor *c, uint64_t *value);
/* Replace the value that was found last. */
void fv_room_set(struct fv_room *r, const struct fv_room_cursor *c, uint64_t value);
/* Whether the file may have values of key. */
bool fv_room_may_be_written(const struct fv_room *r, uint64_t key);

/* Whether there is no room for one more. */
bool fv_room_is_full(const struct fv_room *r);
/* Add a value, neither 0 nor UINT64_MAX; there is room. */
void fv_room_put(struct fv_room *r, uint64_t key, uint64_t value);

/* The value to be written first, NULL: none waits. */
const struct fv_room_value *fv_room_first(struct fv_room *r);
/* That one is in the file now. */
void fv_room_written(struct fv_room *r);

#endif
