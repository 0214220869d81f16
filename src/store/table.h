/* SPDX-License-Identifier: MIT */
/*
 * A hash table in a file: 64-bit key to 64-bit value, open addressing, linear probing; several values may share a key.
 *
 * File: a header of 512 bytes (magic, capacity, use, the owner's tags, a check), then capacity slots of 16 bytes, key and
 * value, little-endian. Value 0 is an empty slot; there are 2^31 slots at most. A slot's home is given by the key's upper bits, so that a table is copied
 * into one of twice the size (when half full) in one sweep of both files. One page of slots is kept in memory, and tables
 * that are not busy at the same time can share it. Until a table that has grown is marked, the file under its name is the one that was marked
 * before: what the copy holds has no name that anybody looks for.
 *
 * An owner may lend it a room (store/room.h): what is put waits there, and is written page by page, by drain or once the room is full.
 *
 * What is in a table is derived from something else and can be lost at any moment: an owner checks what it finds, and has
 * a tag that says whether the file was closed in order.
 */
#ifndef FV_STORE_TABLE_H
#define FV_STORE_TABLE_H

#include "base/cap.h"
#include "base/err.h"
#include "port/port.h"
#include "store/room.h"

#include <stdbool.h>
#include <stdint.h>

#define FV_TABLE_TAGS 4

struct fv_table;

/* Memory for one page of slots. Set to zero before first use. */
struct fv_table_page {
    /* Private. */
    struct fv_table *owner; /* the table whose slots are in block; NULL: none */
    uint32_t number;        /* number of the page in that table's file */
    bool dirty;             /* block differs from the file */
    uint8_t block[FV_CAP_BLOCK];
};

struct fv_table {
    uint64_t tag[FV_TABLE_TAGS]; /* the owner's; saved by mark and renew; all zero: none */
    uint32_t used;               /* slots in use */

    /* Private. */
    struct fv_table_page *page; /* may hold the slots of another table at the moment */
    const struct fv_port_storage *io;
    const char *path;
    struct fv_room *room; /* NULL: none */
    uint32_t capacity;    /* slots, a power of two */
    int file;
    bool is_open;
    bool unsynced; /* slots were written since the last sync */
    uint8_t
        beside; /* with tags: which of two names beside path its file has, since it has grown: 1 or 2; 0: it is at path */
};

/* Position of a search. Valid until the next put. */
struct fv_table_cursor {
    uint64_t key;
    uint32_t slot;                 /* where the search goes on */
    uint32_t left;                 /* slots that were not looked at yet */
    struct fv_room_cursor waiting; /* the room is searched first */
    bool in_room;                  /* the last value found is in the room */
};

/* Create an empty table at path, replacing what is there. page, io and path are borrowed until
 * close. Another table may use the same page; its slots are written to its file when this table
 * needs the page. FV_OK or an error of the port. */
enum fv_err fv_table_create(struct fv_table *t, struct fv_table_page *page,
                            const struct fv_port_storage *io, const char *path) FV_MUSTUSE;

/* The same with the tags that t has: a power cut leaves either what is there, or them; where there is no space for both, perhaps neither.
 * anew: nothing is there, and the caller makes them durable. */
enum fv_err fv_table_renew(struct fv_table *t, struct fv_table_page *page,
                           const struct fv_port_storage *io, const char *path,
                           bool anew) FV_MUSTUSE;

/* Open a table, to read it and, unless reader is set, to change it. FV_OK; FV_E_NOT_FOUND;
 * FV_E_CORRUPT: not a table; errors of the port. */
enum fv_err fv_table_open(struct fv_table *t, struct fv_table_page *page,
                          const struct fv_port_storage *io, const char *path,
                          bool reader) FV_MUSTUSE;

/* From now on, new values wait in room, which is borrowed until close. Does nothing if FV_CAP_INDEX
 * is 0. */
void fv_table_lend(struct fv_table *t, struct fv_room *room);

/* Begin a search for the values of key. */
void fv_table_search(const struct fv_table *t, uint64_t key, struct fv_table_cursor *c);

/* Find the next value. FV_OK and *found; *value is written if it is true. FV_E_CORRUPT or errors of
 * the port. For each page that is looked at, at most one page of the file is read and one written;
 * nearly always one page is enough. */
enum fv_err fv_table_next(struct fv_table *t, struct fv_table_cursor *c, uint64_t *value,
                          bool *found) FV_MUSTUSE;

/* Replace the value that the last fv_table_next() found with c. value is not 0. */
enum fv_err fv_table_set(struct fv_table *t, const struct fv_table_cursor *c,
                         uint64_t value) FV_MUSTUSE;

/* Add a value, whatever other values key has. It is not 0 and, with a room, not UINT64_MAX. Doubles
 * the table when it becomes half full. FV_OK; FV_E_CAPACITY, errors of the port: the table is
 * unchanged. */
enum fv_err fv_table_put(struct fv_table *t, uint64_t key, uint64_t value) FV_MUSTUSE;

/* Write the values in the room to the file. FV_OK; FV_E_CAPACITY, errors of the port: they stay in
 * the room. */
enum fv_err fv_table_drain(struct fv_table *t) FV_MUSTUSE;

/* Nothing waits in a room. Write what is not yet written and sync, then write the header with the tags and sync: tags are never durable before the
 * slots they speak of. One that has grown gets its name then, and one sync is enough; whether a power cut leaves that name to the file that had it
 * is for the next sync of its directory to say. FV_OK or an error of the port: if it was that of the slots the table is closed, and can only be
 * created anew. */
enum fv_err fv_table_mark(struct fv_table *t) FV_MUSTUSE;

/* Return whether path is where the file of t is since it has grown: it must not be removed. */
bool fv_table_is_beside(const struct fv_table *t, const char *path);

/* Lend block of the page to the caller until a table is used again. What was not written yet is
 * written first. FV_OK or an error of the port. */
enum fv_err fv_table_release(struct fv_table_page *page) FV_MUSTUSE;

/* Close the file. What was put since the last mark may be lost, and is if the table has grown. A table that is not open is left alone. */
void fv_table_close(struct fv_table *t);

#endif
