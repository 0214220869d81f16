/* SPDX-License-Identifier: MIT */
/*
 * The ledger: what was fetched. `.fluxvision/ledger` is a log that only grows: a line "fluxvision
 * ledger 1 GENERATION", then records. `.fluxvision/ledger.index` is a table from local path to the
 * last record about it.
 *
 * A record, little-endian: marker FF 46 56 01 (no path or URL contains the byte FF); u32 length of
 * the body; the first 8 bytes of the body's SHA-256. The body: u8 type (1 file, 2 removed), u8
 * marks (1 hook pending, 2 adopted, 4 edited, 8 loose, 16 has a time other than its date, 32 first
 * of a batch, see store/commit.h), u16 length of path, u16 length of URL, i64 date, u64 size, 32
 * bytes SHA-256, path, URL; with mark 16, also i64 time that the medium gave the file.
 *
 * What may be found, and what is done:
 * - A torn end. A power cut may leave any part of what was not synced: the last record may be there
 *   although an earlier one is not. Bytes after the last record are cut off without a message. The
 *   index tells this from damage: it knows the size of the log if it was closed in order. If it was
 *   not, the position decides: at most FV_LEDGER_UNSYNCED bytes, or one record, are ever unsynced.
 *   (Without an index nobody was writing.)
 * - Damage: in the first line, between records, or at the end but not torn; or a log that is
 *   shorter than the index knows. It is counted in `corrupt`. A writer keeps the file as
 *   `ledger.bad` (only the latest is kept), goes on with the records that can be read, and writes a
 *   new log at close.
 * - A failed sync. It may have lost its data, and the next sync does not report that (fsync(2)),
 *   although a system may still show the data to readers. So no sync succeeds afterwards, and the
 *   index is not closed in order. On such systems (FV_CAP_MEASURE), the next writer that opens the
 *   ledger writes the log again: to `ledger.new`, which is renamed, or in place if there is no
 *   space.
 * - An index that does not fit: it is missing, has another generation or size, was not closed in
 *   order (marked durably before its first change), or points to no record. It is built again from
 *   the log. Every result of the index is checked with the log. A reader never writes beside the
 *   log: it builds an index in scratch, or has none.
 * - A rewrite that did not end (at close, when more than half of the log is dead). The new log was
 *   not renamed, and is removed.
 */
#ifndef FV_STORE_LEDGER_H
#define FV_STORE_LEDGER_H

#include "store/log.h"
#include "store/store.h"
#include "store/table.h"

#define FV_LEDGER_LOG FV_STORE_DIR "/ledger"

/* At most that many bytes of records are not synced, unless one record is larger or a sync has
 * failed. So much of the end of the log may be torn. There is room for the records of a batch. */
#define FV_LEDGER_UNSYNCED (FV_CAP_BATCH > 16 ? 256u * FV_CAP_BATCH : 4096u)

/* Marks of records whose file got its name long before the record was put. */
#define FV_LEDGER_SETTLED (FV_LEDGER_EDITED | FV_LEDGER_LOOSE)

struct fv_ledger {
    /* Places where the log cannot be read, or lacks records that it had. A torn end is not
     * counted. */
    uint64_t corrupt;
    bool replaced;      /* The record that was put last has replaced one about the same path, */
    bool replaced_same; /* which had the same URL and date. */
    bool suffixed;      /* it may have paths with a suffix that begins with "~" (store/names.h) */

    /* Private. */
    struct fv_store *store;
    struct fv_table_page *page;
    size_t unsynced; /* bytes of records that a power cut may tear */
    uint64_t generation;
    uint64_t dead;    /* bytes of records that no longer count */
    uint64_t next;    /* end of the record that was found last; 0: it was not found */
    uint64_t last;    /* where doubt began when the index was built; 0: nowhere */
    uint64_t newest;  /* where the last batch began then; 0: there was none */
    uint64_t settled; /* records before this position are not in doubt, whatever was torn since */
    uint64_t doubt;   /* records from this position on are in doubt; 0: none */
    uint64_t known;   /* size of the log, from an index that was closed in order; 0: not known */
    uint64_t opened;  /* size of the log when it was opened */
    uint64_t met;     /* bytes of the records that this run has searched or put */
    enum fv_err lost; /* why a sync failed */
    int file;
    bool is_open;
    /* There is a usable index; otherwise (a reader without one) the log is searched. */
    bool indexed;
    bool changing; /* the index is marked as not closed in order */
    bool made;     /* this run has created the ledger */
    bool spoiled;  /* the index lacks something that is in the log */
    bool had_dead; /* some records did not count when it was opened */
    bool unmarked; /* there was an index that was not closed in order, unless `known` is set */
    bool pending;  /* records were announced and do not count yet */
    bool blind;    /* the index cannot be read: it may have been closed in order */
    bool headless; /* the first line is damaged */
    bool rewrite;  /* the log is damaged and must be written again */
    bool kept;     /* the damaged log was kept as ledger.bad */
    bool building; /* the index is being built */
    struct fv_table index;
    struct fv_room room[FV_CAP_INDEX > 0]; /* of the index; none if FV_CAP_INDEX is 0 */
    /* The record that was replaced. Its slices are valid until something is read. */
    struct fv_ledger_record old;
    struct fv_log log;
};

/* Open the ledger; create it if the store is no reader. A reader changes nothing: without an index
 * that fits, it builds one in store->scratch, or without scratch searches the log each time. page
 * (which a plan may also use) and store are borrowed until close. FV_OK; FV_E_CORRUPT: the ledger
 * of another version; errors of the port. */
enum fv_err fv_ledger_open(struct fv_ledger *l, struct fv_table_page *page,
                           struct fv_store *store) FV_MUSTUSE;

/* Find the record of path, which must not borrow from l. FV_OK and *found. The slices of *record
 * are valid until the next call with l. Searches in the order of the records read the log
 * sequentially. Errors of the port. */
enum fv_err fv_ledger_find(struct fv_ledger *l, struct fv_slice path,
                           struct fv_ledger_record *record, bool *found) FV_MUSTUSE;

/* The same, for the path with that fv_sha256_key(). */
enum fv_err fv_ledger_find_key(struct fv_ledger *l, uint64_t key, struct fv_ledger_record *record,
                               bool *found) FV_MUSTUSE;

/* Find the first record in doubt: it is in the last batches, and the index was not closed in
 * order. The power may have failed before its file got its name durably (store/commit.h). FV_OK
 * and *found; errors of the port. */
enum fv_err fv_ledger_doubt(struct fv_ledger *l, struct fv_ledger_record *record,
                            bool *found) FV_MUSTUSE;

/* End the doubt about that record. FV_OK or an error of the port. */
enum fv_err fv_ledger_settle(struct fv_ledger *l) FV_MUSTUSE;

/* Append a record about record->path, which counts from now on. Durable after sync. The slices must
 * not borrow from l. FV_OK, FV_E_CAPACITY, errors of the port. After FV_E_FULL and similar errors
 * the log is unchanged. */
enum fv_err fv_ledger_put(struct fv_ledger *l, const struct fv_ledger_record *record) FV_MUSTUSE;

/* Append a record that will count once its file has its name. Before accept it is not found; but if
 * the ledger is opened after a power cut, it counts, in doubt. *at is its position until the ledger
 * is closed. Errors as for put. */
enum fv_err fv_ledger_announce(struct fv_ledger *l, const struct fv_ledger_record *record,
                               uint64_t *at) FV_MUSTUSE;
/* Read an announced record. Its slices are valid as those of find. FV_OK or an error of the
 * port. */
enum fv_err fv_ledger_announced(struct fv_ledger *l, uint64_t at,
                                struct fv_ledger_record *record) FV_MUSTUSE;
/* Accept: the announced record counts from now on; replaced and replaced_same describe the
 * record before it. Refuse: it will never count, and the record before it stays. record is the
 * announced one; its slices must not borrow from l. FV_OK or an error of the port. */
enum fv_err fv_ledger_accept(struct fv_ledger *l, uint64_t at,
                             const struct fv_ledger_record *record) FV_MUSTUSE;
enum fv_err fv_ledger_refuse(struct fv_ledger *l, const struct fv_ledger_record *record) FV_MUSTUSE;
/* Tell that all announced records were accepted or refused. */
void fv_ledger_ended(struct fv_ledger *l);

/* Clear and set marks of the record of path, if there is a record whose marks differ. Durable
 * after sync or close. path must not borrow from l. FV_OK or an error of the port. */
enum fv_err fv_ledger_mark(struct fv_ledger *l, struct fv_slice path, unsigned clear,
                           unsigned set) FV_MUSTUSE;

/* Count a record that was found as one of this run. Records that are put are counted
 * automatically. */
void fv_ledger_meet(struct fv_ledger *l, const struct fv_ledger_record *record);

/* Return whether the ledger has records that were neither met nor put, or had data that was not
 * looked at when it was opened. Then a pass over all records may find something. */
bool fv_ledger_has_others(const struct fv_ledger *l);

/* Forget path. FV_OK also if there is no record of it. Durable after sync or close. path must
 * not borrow from l. Errors of the port. */
enum fv_err fv_ledger_remove(struct fv_ledger *l, struct fv_slice path) FV_MUSTUSE;

/* Call visit for the record of each path, in the order of the log, until it returns a code other
 * than FV_OK, which is then returned. The slices of the record are valid until visit calls a
 * function with l. It may call find, remove and mark. Records that are put meanwhile are not
 * visited. */
enum fv_err fv_ledger_each(struct fv_ledger *l,
                           enum fv_err (*visit)(void *arg, const struct fv_ledger_record *record),
                           void *arg) FV_MUSTUSE;

/* Make durable all that was put. After an error (except FV_E_CANCELLED) it fails until the
 * ledger is opened again, because later syncs would not report what was lost. FV_OK,
 * FV_E_CANCELLED, or an error of the port. */
enum fv_err fv_ledger_sync(struct fv_ledger *l) FV_MUSTUSE;

/* The same, and everything else on the medium, if the port has one operation for that
 * (sync_all). */
enum fv_err fv_ledger_sync_all(struct fv_ledger *l) FV_MUSTUSE;

/* Sync, rewrite the log if more than half of it is dead, and close log and index. Closed after an
 * error too. A rewrite that fails leaves the log unchanged and is not an error. */
enum fv_err fv_ledger_close(struct fv_ledger *l) FV_MUSTUSE;

#endif
