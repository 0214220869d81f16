/* SPDX-License-Identifier: MIT */
/*
 * A room: values of a table (store/table.h) that are not yet written to its file. They are in the
 * order of their homes, as in the file, so that each page is written only once.
 *
 * A filter knows most of the keys that the file does not have. For these no page has to be read.
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
    uint16_t written; /* slots before this one are no longer in use */
    bool filters;     /* `seen` has all keys of the file */
    /* One bit for all keys with the same upper bits. */
    uint8_t seen[FV_CAP_INDEX > 0 ? 8 * FV_CAP_INDEX : 1];
};

/* Position of a search. Valid until the next put. */
struct fv_room_cursor {
    uint32_t slot; /* where the search goes on */
    uint32_t left; /* slots that were not looked at yet */
};

/* Begin without values. filters: the file has no values either. */
void fv_room_reset(struct fv_room *r, bool filters);

/* Begin a search for the values of key in the room. */
struct fv_room_cursor fv_room_search(uint64_t key);
/* Find the next value of that key. Return false if there is none. */
bool fv_room_next(const struct fv_room *r, uint64_t key, struct fv_room_cursor *c, uint64_t *value);
/* Replace the value that was found last. */
void fv_room_set(struct fv_room *r, const struct fv_room_cursor *c, uint64_t value);
/* Return whether the file may have values of key. */
bool fv_room_may_be_written(const struct fv_room *r, uint64_t key);

/* Return whether the room is full. */
bool fv_room_is_full(const struct fv_room *r);
/* Add a value, neither 0 nor UINT64_MAX. The room must not be full. */
void fv_room_put(struct fv_room *r, uint64_t key, uint64_t value);

/* Return the value that must be written first; NULL: none. */
const struct fv_room_value *fv_room_first(struct fv_room *r);
/* Tell that this value was written to the file. */
void fv_room_written(struct fv_room *r);

#endif
