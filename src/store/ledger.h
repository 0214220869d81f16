/*
 * The ledger: what was fetched, and as what. `.fluxvision/ledger` is a log that only grows: a line "fluxvision ledger 1
 * GENERATION", then records. `.fluxvision/ledger.index` is a table from local path to the last record about it.
 *
 * Record, little-endian: marker FF 46 56 01 (no path or URL holds the byte FF), u32 length of the body, first 8 bytes of the
 * body's SHA-256; body: u8 type (1 file, 2 removed), u8 marks (1 hook pending, 2 adopted, 4 edited, 8 loose, 16 another time than its date),
 * u16 length of path, u16 length of URL, i64 date, u64 size, 32 bytes SHA-256, path, URL, with mark 16 i64 time that the medium gave the file.
 * Mark 32: the first of a batch (store/commit.h).
 *
 * What may be found, and what is done:
 * - The power tears what was not synced: records that were not last may be there, and others not. What is no record behind the last one
 *   is cut off, and nothing is said. That is told from damage by the index, which knows the log's size where it was closed in order;
 *   where it was not, by its place (where there is none at all, nobody was at work): no more than FV_LEDGER_UNSYNCED bytes, or one record, are ever unsynced.
 * - Damage (a first line, a place between records, or an end that is no such record; a log that is shorter than the index knows) is
 *   counted in corrupt. A writer keeps the file as it is as `ledger.bad`, the latest one, goes on with the records that can be read, and
 *   writes the log anew at close.
 * - A sync that fails may have lost what it was to write, and the next one does not tell of it (fsync(2)), although a system still shows
 *   that to who reads. So none succeeds after it, the index is not closed in order, and where there is such a system (FV_CAP_MEASURE) who
 *   opens the ledger next has the log written anew: to `ledger.new`, which is renamed, or in its place where there is no space.
 * - The index does not fit the log (missing, another generation or size, or not closed in order, which is marked durably
 *   before its first change), or leads to no record: it is built anew from the log. What the index says is always checked against
 *   the log. A reader never writes beside the log: it builds its index in scratch, or does without.
 * - A rewrite (at close, when more than half is dead) that did not end: the new log has not been renamed and is removed.
 */
#ifndef FV_STORE_LEDGER_H
#define FV_STORE_LEDGER_H

#include "store/log.h"
#include "store/store.h"
#include "store/table.h"

#define FV_LEDGER_LOG FV_STORE_DIR "/ledger"

/* Bytes of records that are not synced at most, unless one is larger or a sync has failed: so much of the log's end may be torn. Room for the records of a batch. */
#define FV_LEDGER_UNSYNCED (FV_CAP_BATCH > 16 ? 256u * FV_CAP_BATCH : 4096u)

/* Marks of records whose file got its name long before they were put. */
#define FV_LEDGER_SETTLED (FV_LEDGER_EDITED | FV_LEDGER_LOOSE)

struct fv_ledger {
    uint64_t
        corrupt; /* places where the log can't be read, or lacks what it had: damage, not an end that the power tore */
    bool replaced;      /* the record put last took the place of one about the same path, */
    bool replaced_same; /* with the same URL and date */
    bool suffixed;      /* it may know paths with a "~", as store/names.h makes them */

    /* Private. */
    struct fv_store *store;
    struct fv_table_page *page;
    size_t unsynced; /* bytes of records that the power may tear */
    uint64_t generation;
    uint64_t dead;    /* bytes of records that no longer count */
    uint64_t next;    /* behind the record found last; 0: that one was not found */
    uint64_t last;    /* where doubt began as the index was built; 0: nowhere */
    uint64_t newest;  /* where the last batch began then; 0: there was none */
    uint64_t settled; /* records before that place are in no doubt, whatever was torn since */
    uint64_t doubt;   /* from that record on they are in doubt; 0: none */
    uint64_t known;   /* size of the log as the index, closed in order, tells it; 0: not known */
    uint64_t opened;  /* its size when it was opened */
    uint64_t met;     /* bytes of the records that this run has asked for or put */
    enum fv_err lost; /* why a sync failed */
    int file;
    bool is_open;
    bool
        indexed; /* the index can be asked; otherwise (reader without a usable one) the log is searched */
    bool changing; /* the index is marked as not closed in order */
    bool made;     /* by this run */
    bool spoiled;  /* the index lacks something that the log has */
    bool had_dead; /* some records did not count when it was opened */
    bool unmarked; /* there was an index that is not closed in order, unless known */
    bool pending;  /* there are records that were announced and do not count yet */
    bool blind;    /* it can't be read: it may have been closed in order */
    bool headless; /* the first line is damaged */
    bool rewrite;  /* the log is damaged, and has to be written anew */
    bool kept;     /* as it was, as ledger.bad */
    bool building; /* the index is being built */
    struct fv_table index;
    struct fv_room room[FV_CAP_INDEX > 0]; /* the index's; none where that is 0 */
    struct fv_ledger_record
        old; /* what was replaced; its slices are valid until something is read */
    struct fv_log log;
};

/* Open, or for a store that is no reader, create. A reader changes nothing: without an index that fits it builds one in
 * store->scratch, or without that searches the log for each look-up. page (which may be a plan's too) and store are borrowed until close. FV_OK; FV_E_CORRUPT: another version's;
 * errors of the port. */
enum fv_err fv_ledger_open(struct fv_ledger *l, struct fv_table_page *page,
                           struct fv_store *store) FV_MUSTUSE;

/* Find what is known of path, which must not borrow from l. FV_OK and *found; the slices of *record are valid until the next
 * call with l. Look-ups in the order of the records read the log sequentially. Errors of the port. */
enum fv_err fv_ledger_find(struct fv_ledger *l, struct fv_slice path,
                           struct fv_ledger_record *record, bool *found) FV_MUSTUSE;

/* The same for the path whose fv_sha256_key() is key. */
enum fv_err fv_ledger_find_key(struct fv_ledger *l, uint64_t key, struct fv_ledger_record *record,
                               bool *found) FV_MUSTUSE;

/* Return the first record in doubt, if there is one: it was of the last batches when the index was not closed in order, so the power may
 * have gone before its file got its name, durably (store/commit.h), or a reader came between that and now. FV_OK and *found; errors of the
 * port. */
enum fv_err fv_ledger_doubt(struct fv_ledger *l, struct fv_ledger_record *record,
                            bool *found) FV_MUSTUSE;

/* The doubt about that one is over. FV_OK or an error of the port. */
enum fv_err fv_ledger_settle(struct fv_ledger *l) FV_MUSTUSE;

/* Append what is known of record->path from now on. Durable after sync. The slices must not borrow from l. FV_OK,
 * FV_E_CAPACITY, errors of the port; after FV_E_FULL and the like the log is as before. */
enum fv_err fv_ledger_put(struct fv_ledger *l, const struct fv_ledger_record *record) FV_MUSTUSE;

/* Append what will be known of record->path once its file has its name: nobody finds it before accept, but who opens the ledger after a
 * power cut does, in doubt. *at is its place until the ledger is closed. As put. */
enum fv_err fv_ledger_announce(struct fv_ledger *l, const struct fv_ledger_record *record,
                               uint64_t *at) FV_MUSTUSE;
/* Read what was announced; its slices are valid as those of find. FV_OK or an error of the port. */
enum fv_err fv_ledger_announced(struct fv_ledger *l, uint64_t at,
                                struct fv_ledger_record *record) FV_MUSTUSE;
/* It counts from now on, and replaced tells of which; or never will, and what was known of the path stays. record is what was announced; its slices
 * do not borrow from l. FV_OK or an error of the port. */
enum fv_err fv_ledger_accept(struct fv_ledger *l, uint64_t at,
                             const struct fv_ledger_record *record) FV_MUSTUSE;
enum fv_err fv_ledger_refuse(struct fv_ledger *l, const struct fv_ledger_record *record) FV_MUSTUSE;
/* All that was announced has been accepted or refused. */
void fv_ledger_ended(struct fv_ledger *l);

/* Clear and set marks of path's record, if there is one that has others. Durable after sync or close. path must not borrow from l. */
enum fv_err fv_ledger_mark(struct fv_ledger *l, struct fv_slice path, unsigned clear,
                           unsigned set) FV_MUSTUSE;

/* Count a record that was found among those that this run has to do with; what is put is counted by itself. */
void fv_ledger_meet(struct fv_ledger *l, const struct fv_ledger_record *record);

/* Whether the ledger has records that were neither met nor put: what each may find besides. Or had what nobody looks at, which each
 * finds to be readable or not. */
bool fv_ledger_has_others(const struct fv_ledger *l);

/* Forget path; FV_OK too if it is not known. Durable after sync or close. path must not borrow from l. */
enum fv_err fv_ledger_remove(struct fv_ledger *l, struct fv_slice path) FV_MUSTUSE;

/* Call visit for each path's record, in the log's order, until it returns something else than FV_OK, which is then returned.
 * The record's slices are valid until visit calls anything with l; it may call find, remove and mark, and records put meanwhile are
 * not visited. */
enum fv_err fv_ledger_each(struct fv_ledger *l,
                           enum fv_err (*visit)(void *arg, const struct fv_ledger_record *record),
                           void *arg) FV_MUSTUSE;

/* Make all that was put durable. After an error (but FV_E_CANCELLED) it fails until the ledger is opened again. */
enum fv_err fv_ledger_sync(struct fv_ledger *l) FV_MUSTUSE;

/* The same, and of all else on the medium where the port has one operation for that (sync_all). */
enum fv_err fv_ledger_sync_all(struct fv_ledger *l) FV_MUSTUSE;

/* Sync, rewrite the log if more than half of it is dead, close log and index. Closed in any case; a rewrite that failed
 * leaves the log as it was and is no error. */
enum fv_err fv_ledger_close(struct fv_ledger *l) FV_MUSTUSE;

#endif
