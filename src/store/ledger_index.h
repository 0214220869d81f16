/* SPDX-License-Identifier: MIT */
/*
 * Part of the ledger: finds the last record about a path, by the index if it can be used, otherwise
 * by searching the log. Rebuilds the index when it does not fit the log. Only for ledger*.c.
 */
#ifndef FV_STORE_LEDGER_INDEX_H
#define FV_STORE_LEDGER_INDEX_H

#include "store/ledger.h"

#define FV_LEDGER_INDEX FV_STORE_DIR "/ledger.index"

/* What is searched: a path; or, with path NULL, any path with that key. */
struct fv_ledger_wanted {
    uint64_t key;
    const struct fv_slice *path;
};

/* Return the key of a path in the index. */
uint64_t fv_ledger_key(struct fv_slice path);

/* Find the last record that is wanted; it may be a removal. With an index, the cursor can be used
 * to change its entry. FV_OK and *found, or an error of the port. */
enum fv_err fv_ledger_locate(struct fv_ledger *l, const struct fv_ledger_wanted *w,
                             struct fv_table_cursor *c, struct fv_log_view *v,
                             bool *found) FV_MUSTUSE;

/* Mark the index as not closed in order, durably. Does nothing if it is marked so already. FV_OK
 * or an error of the port. */
enum fv_err fv_ledger_begin_change(struct fv_ledger *l) FV_MUSTUSE;

/* Set the entry of path to a record that was just read or written. FV_OK, FV_E_CAPACITY, or an
 * error of the port. */
enum fv_err fv_ledger_point(struct fv_ledger *l, const struct fv_log_view *v,
                            struct fv_slice path) FV_MUSTUSE;

/* Return in *live whether v, which was just read, is the record that counts for its path. Uses the
 * index, unless every record counts. */
enum fv_err fv_ledger_is_live(struct fv_ledger *l, const struct fv_log_view *v,
                              bool *live) FV_MUSTUSE;

/* Build the index from the log (for a reader, in scratch), and cut off the bytes after the last
 * record. mend: damage is recorded before. FV_OK, FV_E_CAPACITY, or an error of the port. */
enum fv_err fv_ledger_rebuild(struct fv_ledger *l, bool mend) FV_MUSTUSE;

/* Return whether there is an index for a log that has records. */
bool fv_ledger_was_longer(struct fv_ledger *l);

/* Open the index, or build it if there is none that fits. In that case the last records are in
 * doubt. A reader without scratch has no index. FV_OK or an error of the port. */
enum fv_err fv_ledger_open_index(struct fv_ledger *l) FV_MUSTUSE;

/* Mark the index as closed in order, durably. FV_OK, FV_E_CAPACITY, or an error of the port. */
enum fv_err fv_ledger_close_index(struct fv_ledger *l) FV_MUSTUSE;

#endif
