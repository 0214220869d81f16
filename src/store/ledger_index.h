/*
 * Inside of the ledger: from a path to the last record about it, by the index where it can be asked, else by searching the
 * log; and the index itself, which is built anew whenever it does not fit. Only for ledger*.c.
 */
#ifndef FV_STORE_LEDGER_INDEX_H
#define FV_STORE_LEDGER_INDEX_H

#include "store/ledger.h"

#define FV_LEDGER_INDEX FV_STORE_DIR "/ledger.index"

/* What is looked for: a path, or (path NULL) whatever path has that key. */
struct fv_ledger_wanted {
    uint64_t key;
    const struct fv_slice *path;
};

/* The key of a path in the index. */
uint64_t fv_ledger_key(struct fv_slice path);

/* Find the last record that is wanted, a tombstone too. With an index the cursor can be used to set its value.
 * FV_OK and *found, or an error of the port. */
enum fv_err fv_ledger_locate(struct fv_ledger *l, const struct fv_ledger_wanted *w,
                             struct fv_table_cursor *c, struct fv_log_view *v,
                             bool *found) FV_MUSTUSE;

/* Let the index tell from now on, durably, that it is not closed in order. */
enum fv_err fv_ledger_begin_change(struct fv_ledger *l) FV_MUSTUSE;

/* Point the index at a record about path that has just been read or written. */
enum fv_err fv_ledger_point(struct fv_ledger *l, const struct fv_log_view *v,
                            struct fv_slice path) FV_MUSTUSE;

/* Whether v, which has just been read, is what counts for its path. Asks the index, unless each record counts. */
enum fv_err fv_ledger_is_live(struct fv_ledger *l, const struct fv_log_view *v,
                              bool *live) FV_MUSTUSE;

/* Build the index from the log, a reader in scratch, and cut off what is behind the log's last record. mend: what is damaged is noted
 * before. */
enum fv_err fv_ledger_rebuild(struct fv_ledger *l, bool mend) FV_MUSTUSE;

/* Whether there is an index that knows of a log with records. */
bool fv_ledger_was_longer(struct fv_ledger *l);

/* Open the index, or build it where there is none that fits; what was the last record then is in doubt. A reader without scratch does
 * without. FV_OK or an error of the port. */
enum fv_err fv_ledger_open_index(struct fv_ledger *l) FV_MUSTUSE;

/* Let the index tell, durably, that it is closed in order. */
enum fv_err fv_ledger_close_index(struct fv_ledger *l) FV_MUSTUSE;

#endif
