/* SPDX-License-Identifier: MIT */
/*
 * A hash table in a file: 64-bit keys and 64-bit values, open addressing, linear probing. Several
 * values may share a key.
 *
 * File: a header of 512 bytes (magic, capacity, slots in use, the owner's tags, a check), then
 * capacity slots of 16 bytes: key and value, little-endian. Value 0 is an empty slot. There are at
 * most 2^31 slots. The home of a key is given by its upper bits, so a table is copied into one of
 * twice the size, when it is half full, in one pass over both files. One page of slots is kept in
 * memory; tables that are not used at the same time can share it.
 *
 * A table with tags that has grown is in another file until it is marked. Until then, the file
 * under its name stays as it was marked before.
 *
 * An owner may lend the table a room (store/room.h). New values wait there, and are written page by
 * page: by drain, or when the room is full.
 *
 * The content of a table is derived from other data and may be lost at any moment. So an owner
 * checks what it finds, and keeps a tag that says whether the file was closed in order.
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
    /* With tags, after it has grown: which of the two names beside path its file has, 1 or 2; 0:
     * it is at path. */
    uint8_t beside;
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

/* The same with the tags that t has. After a power cut, either the old file is there or a file
 * with these tags; if there is no space for both files, perhaps neither. anew: there is no old
 * file, and the caller makes the tags durable. FV_OK or an error of the port. */
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

/* Replace the value that the last fv_table_next() found with c. value is not 0. FV_OK;
 * FV_E_CORRUPT or errors of the port. */
enum fv_err fv_table_set(struct fv_table *t, const struct fv_table_cursor *c,
                         uint64_t value) FV_MUSTUSE;

/* Add a value, whatever other values key has. It is not 0 and, with a room, not UINT64_MAX. Doubles
 * the table when it becomes half full. FV_OK; FV_E_CAPACITY, errors of the port: the table is
 * unchanged. */
enum fv_err fv_table_put(struct fv_table *t, uint64_t key, uint64_t value) FV_MUSTUSE;

/* Write the values in the room to the file. FV_OK; FV_E_CAPACITY, errors of the port: they stay in
 * the room. */
enum fv_err fv_table_drain(struct fv_table *t) FV_MUSTUSE;

/* Write the slots and sync, then write the header with the tags and sync, so tags are never
 * durable before the slots that they describe. No values may wait in the room: call drain
 * before. A table that has grown gets its name then, with one sync; after a power cut before the
 * next sync of its directory, the old file may have that name. FV_OK or an error of the port. If
 * the slots could not be synced, the table is closed, and must be created again. */
enum fv_err fv_table_mark(struct fv_table *t) FV_MUSTUSE;

/* Return whether path is the file of t after it has grown. It must not be removed. */
bool fv_table_is_beside(const struct fv_table *t, const char *path);

/* Lend block of the page to the caller until a table is used again. What was not written yet is
 * written first. FV_OK or an error of the port. */
enum fv_err fv_table_release(struct fv_table_page *page) FV_MUSTUSE;

/* Close the file. Values put since the last mark may be lost; they are lost if the table has
 * grown. Does nothing if the table is not open. */
void fv_table_close(struct fv_table *t);

#endif
