/*
 * Partial files that are whole get their final names, and the ledger its records: many at once, a batch.
 *
 * Step by step, and what a power cut before the step leaves:
 *  1. a file is whole: set the part's time, and sync it where the port has no sync_all
 *                                     part and state as of the last checkpoint: the download goes on
 *  2. announce its record in the ledger, which is not synced: part and record wait for the batch to be full, or 2 s old
 *                                     any of the parts may be whole, and any of the records there
 *  3. sync all that (one sync_all; or the ledger, where each part was synced by itself)
 *                                     the same; a record whose part has its SHA-256: fv_commit_recover() ends it, which is also the way on
 *                                     where a rename failed. Another is in doubt, and no longer counts as fetched before
 *  4. make the directories, let the records count, rename the parts
 *                                     old files or new ones; for the former as before
 *  5. sync the names (each directory once, and `.fluxvision`; a sync_all does it when the next batch comes to 3, or 2 s later)
 *                                     old files, new ones, or both names: the part is removed by fv_partial_clean(); or an old
 *                                     file and an empty part, which FAT may leave: the file is fetched again
 *  6. remove the states, tell of the files
 *                                     final files and records agree; a state belongs to no part and is removed by clean
 * A record is announced before its content is durable, so nothing but its SHA-256 says that a part is what it tells of. If the old file has
 * the new one's size and date, the two can't be told apart once the record is there: such a file is a batch of its own (`late`), whose record comes
 * after 5; a cut before that costs a second download, never a wrong "unchanged".
 * Where there is a sync_all a batch costs one: what is done of the next one meanwhile are 1 and 2, so a cut finds two batches that may be in doubt.
 * If 3 fails nobody knows what is durable: all parts of the batch are removed, and what the ledger knew before counts. If 5 fails nobody knows which
 * names are, and no later sync tells: the ledger forgets these files, so that they are fetched again before anybody calls them unchanged.
 *
 * A file under the final name that the ledger does not know is replaced, and `there` and `known` tell that; one that the medium
 * takes for it, and is another's, never is: FV_E_EXISTS (store/taken.h). Anything else there is left: FV_E_EXISTS for a
 * directory, FV_E_DENIED for a symbolic link or a device.
 */
#ifndef FV_STORE_COMMIT_H
#define FV_STORE_COMMIT_H

#include "store/partial.h"

/* Files of a batch, and of the one before, whose names wait for the next sync of all. */
#define FV_COMMIT_FILES ((1 + FV_CAP_SYNC_ALL) * FV_CAP_BATCH)

/* The files that wait. Zero: none. */
struct fv_commit {
    size_t count; /* for their names, */
    size_t named; /* and those before them, for their names to be durable */

    /* Private. */
    uint32_t bytes; /* of count files together, FV_CAP_BATCH_BYTES at most */
    const struct fv_ledger_record *late;
    int64_t until_us;              /* when the first has waited long enough */
    uint64_t at[FV_COMMIT_FILES];  /* where the ledger has their records */
    uint64_t dir[FV_COMMIT_FILES]; /* keys of the directories of their final names */
    uint8_t flags[FV_COMMIT_FILES];
};

/* What became of a file. */
struct fv_commit_file {
    const struct fv_ledger_record *record; /* valid during the call, as its slices are */
    enum fv_err err;                       /* FV_OK: it has its name, durably */
    bool resumed;                          /* as add was told */
    bool known, same,
        there; /* what was found: a record about the path; with this URL and date; a file */
};

/* How a file came, and comes in. */
struct fv_commit_how {
    bool resumed;
    bool alone; /* as end_file says */
};

/* Is told of each file. May call what it likes of the ledger and the store. */
struct fv_commit_visitor {
    void (*visit)(void *arg, const struct fv_commit_file *file);
    void *arg;
};

/* Look at what is under a final name: *st. FV_OK, and a file may be put there; FV_E_EXISTS, FV_E_DENIED as above; errors of the port. */
enum fv_err fv_commit_target(struct fv_store *s, const char *path,
                             struct fv_port_stat *st) FV_MUSTUSE;

/* Close a partial file that is whole, with its date. record is what the ledger is to know of it, and borrows path and url. *alone: it can only
 * be a batch of its own, and all others have to be committed before it is added. FV_OK; errors as of target, or of the port: the file
 * is kept then if it can be. */
enum fv_err fv_commit_end_file(struct fv_partial *p, struct fv_slice url, bool hook_pending,
                               struct fv_ledger_record *record, bool *alone) FV_MUSTUSE;

/* Let the file wait for the batch, which has room: fv_commit_until() was in the future. record is borrowed until the batch is committed
 * if it is alone. FV_OK; FV_E_CAPACITY; errors of the port: the file is not in it, and its part is left for clean. */
enum fv_err fv_commit_add(struct fv_commit *b, struct fv_ledger *ledger, const struct fv_partial *p,
                          struct fv_ledger_record *record,
                          const struct fv_commit_how *how) FV_MUSTUSE;

/* When it is to be committed: an instant of clock->now; INT64_MIN: at once; INT64_MAX: there is nothing. */
int64_t fv_commit_until(const struct fv_commit *b);

/* Give the files that wait their final names, as described above, and tell of each whose name is durable, in their order, those of the batch before
 * first; and of those that failed. None waits for its name then; where there is a sync_all, names wait to be durable. FV_OK, whatever became of each; or
 * an error of the port: the ledger's log can't be read, and nobody knows of whom to tell. */
enum fv_err fv_commit_step(struct fv_commit *b, struct fv_store *store, struct fv_ledger *ledger,
                           const struct fv_commit_visitor *visitor) FV_MUSTUSE;

/* The same until all have been told of, and the batch is empty. */
enum fv_err fv_commit_all(struct fv_commit *b, struct fv_store *store, struct fv_ledger *ledger,
                          const struct fv_commit_visitor *visitor) FV_MUSTUSE;

/* End a commit that was cut before its rename: record is in the ledger, its file is not there. If the part has the record's size and
 * SHA-256, rename it: *done is true. What is another thing then is noted in ledger before the rename, so that record's slices are not valid
 * any more: that a hook has to run, where hook, and the time that the medium gave the file, which the cut may have changed. FV_OK,
 * FV_E_CANCELLED, or an error of the port. */
enum fv_err fv_commit_recover(struct fv_store *store, const struct fv_ledger_record *record,
                              struct fv_ledger *ledger, bool hook, bool *done) FV_MUSTUSE;

/* Whether a part is there that recover would look at: it has the size of record's file. FV_OK and *waits, or an error of the port. */
enum fv_err fv_commit_waits(struct fv_store *store, const struct fv_ledger_record *record,
                            bool *waits) FV_MUSTUSE;

/* End the doubt about the ledger's last records, if there is any (see above): a file is there, or a part waits for recover, or
 * the ledger forgets it. FV_OK, FV_E_CANCELLED, or an error of the port. */
enum fv_err fv_commit_end_doubt(struct fv_store *store, struct fv_ledger *ledger) FV_MUSTUSE;

#endif
