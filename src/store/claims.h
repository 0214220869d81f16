/* SPDX-License-Identifier: MIT */
/*
 * Claims: pairs of 64-bit numbers, a key and its owner. Each claim belongs to a folder. Claims of a
 * folder are searched and added while it is the current folder.
 *
 * They are kept in memory. When the memory is full, the claims of the folders before the current
 * one are appended to `.fluxvision/names.log`, and only the keys of these folders stay in memory.
 * So a listing in which the files of each folder are together needs no read from storage. If a
 * folder whose claims were written becomes current again, or if the current folder is too large,
 * all claims move to the table `.fluxvision/names` (store/table.h), which is used from then on.
 * Without memory, the table is used from the start.
 */
#ifndef FV_STORE_CLAIMS_H
#define FV_STORE_CLAIMS_H

#include "store/table.h"

struct fv_claim {
    uint64_t key;
    uint64_t value; /* 0: the key is that of a folder */
};

/* Set to zero before first use. */
struct fv_claims {
    /* Private. */
    const struct fv_port_storage *io; /* NULL: not begun */
    struct fv_table_page *page;
    /* memory for `most` claims, and an index of twice as many entries after them; NULL: none */
    struct fv_claim *room;
    uint32_t most;
    uint32_t capacity; /* claims of room in use: a power of two */
    uint32_t count;
    uint32_t folders; /* number of folders at the start of room whose claims were written */
    uint32_t current; /* index of the current folder in room */
    uint64_t logged;  /* claims in the log, folders included */
    bool in_table;
    struct fv_table table;
};

/* The place where a claim was searched. Valid until the next set or enter. */
struct fv_claims_place {
    uint64_t key;
    uint64_t value; /* 0: there is no such claim */
    /* Private. */
    struct fv_claim *claim; /* in memory; NULL: in the table */
    struct fv_table_cursor cursor;
};

/* Give memory of size bytes, aligned for uint64_t, for up to FV_CAP_NAMES claims. It is borrowed
 * as long as c is used. */
void fv_claims_room(struct fv_claims *c, void *memory, size_t size);

/* Return the part of that memory that holds no claim; *size is its bytes, and may be 0. It may
 * be used until the next claim is added. */
void *fv_claims_spare(const struct fv_claims *c, size_t *size);

/* Start without claims. page and io are borrowed until close; page may also be used by another
 * table. FV_OK or an error of the port. */
enum fv_err fv_claims_begin(struct fv_claims *c, struct fv_table_page *page,
                            const struct fv_port_storage *io) FV_MUSTUSE;

/* Make the folder with that key the current one. FV_OK or an error of the port. */
enum fv_err fv_claims_enter(struct fv_claims *c, uint64_t folder) FV_MUSTUSE;

/* Search a key of the current folder. FV_OK and *p, or an error of the port. */
enum fv_err fv_claims_find(struct fv_claims *c, uint64_t key, struct fv_claims_place *p) FV_MUSTUSE;

/* Add or replace the claim at p, which must be the last one searched. value is not 0. FV_OK or an
 * error of the port. */
enum fv_err fv_claims_set(struct fv_claims *c, const struct fv_claims_place *p,
                          uint64_t value) FV_MUSTUSE;

/* Move all claims to the table, which the caller may use from then on. FV_OK or an error of the
 * port. */
enum fv_err fv_claims_settle(struct fv_claims *c) FV_MUSTUSE;

/* Close and remove the files. Does nothing if the claims were not begun. */
void fv_claims_close(struct fv_claims *c);

#endif
