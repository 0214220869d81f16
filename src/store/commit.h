/* SPDX-License-Identifier: MIT */
/*
 * Commit: complete partial files get their final names, and the ledger gets their records. Many
 * files at once are a batch.
 *
 * The steps, and what a power cut before each step leaves:
 *  1. A file is complete: set the time of the part, and sync it if the port has no sync_all.
 *       Part and state as at the last checkpoint: the download is resumed.
 *  2. Announce its record in the ledger, without a sync. Part and record wait until the batch is
 *     full or 2 s old.
 *       Any of the parts may be complete, and any of the records may be there.
 *  3. Sync all of that: one sync_all; or the ledger alone, if each part was synced by itself.
 *       The same. A record whose part has its SHA-256: fv_commit_recover() completes the commit,
 *       as it does after a failed rename. Any other record is in doubt, and no longer counts as
 *       fetched.
 *  4. Create the directories, accept the records, rename the parts.
 *       Old files or new ones; for old ones as before.
 *  5. Sync the names: each directory once, and `.fluxvision`. With sync_all, step 3 of the next
 *     batch does it, or a sync_all 2 s later.
 *       Old files, new ones, or both names: fv_partial_clean() removes the part. Or an old file and
 *       an empty part, which FAT may leave: the file is fetched again.
 *  6. Remove the states, and report the files.
 *       Final files and records agree; fv_partial_clean() removes a state without a part.
 *
 * A record is announced before its content is durable. So only its SHA-256 shows that a part is the
 * content of the record. If the old file has the same size and date as the new one, the two cannot
 * be told apart once the record is there. Such a file is a batch of its own (`late`), and its
 * record follows after step 5. A power cut before that costs a second download, but never a wrong
 * "unchanged".
 *
 * With sync_all a batch costs one call. Steps 1 and 2 of the next batch are done meanwhile, so
 * after a power cut two batches may be in doubt.
 *
 * If step 3 fails, it is not known what is durable. All parts of the batch are removed, and the old
 * records count. If step 5 fails, it is not known which names are durable, and no later sync tells.
 * The ledger forgets these files, so that they are fetched again before anybody calls them
 * unchanged.
 *
 * A file under the final name that the ledger does not know is replaced; `there` and `known` report
 * that. If the medium treats the file of another path as this one, that file is never replaced:
 * FV_E_EXISTS (store/taken.h). Anything else under the name is left alone: FV_E_EXISTS for a
 * directory, FV_E_DENIED for a symbolic link or a device.
 */
#ifndef FV_STORE_COMMIT_H
#define FV_STORE_COMMIT_H

#include "store/partial.h"

/* Files of a batch, and of the batch before it, whose names become durable with the next
 * sync_all. */
#define FV_COMMIT_FILES ((1 + FV_CAP_SYNC_ALL) * FV_CAP_BATCH)

/* The files that wait. Zero: none. */
struct fv_commit {
    size_t count; /* files that wait for their names */
    size_t named; /* files before these, which wait for their names to be durable */

    /* Private. */
    uint32_t bytes; /* of `count` files together, at most FV_CAP_BATCH_BYTES */
    const struct fv_ledger_record *late;
    int64_t until_us;              /* instant at which the first file has waited long enough */
    uint64_t at[FV_COMMIT_FILES];  /* positions of their records in the ledger */
    uint64_t dir[FV_COMMIT_FILES]; /* keys of the directories of their final names */
    uint8_t flags[FV_COMMIT_FILES];
};

/* The result for a file. */
struct fv_commit_file {
    const struct fv_ledger_record *record; /* valid during the call, with its slices */
    enum fv_err err;                       /* FV_OK: the file has its name, durably */
    bool resumed;                          /* the value that fv_commit_add() was given */
    /* What was there before: a record of the path; in that record, this URL and date; a file. */
    bool known, same, there;
};

/* How a file arrived, and how it is committed. */
struct fv_commit_how {
    bool resumed;
    bool alone; /* the value that fv_commit_end_file() returned */
};

/* Called with the result of each file. It may use the ledger and the store. */
struct fv_commit_visitor {
    void (*visit)(void *arg, const struct fv_commit_file *file);
    void *arg;
};

/* Look at what is under a final name, and write *st. FV_OK: a file may be put there. FV_E_EXISTS,
 * FV_E_DENIED: as above. Errors of the port. */
enum fv_err fv_commit_target(struct fv_store *s, const char *path,
                             struct fv_port_stat *st) FV_MUSTUSE;

/* Close a complete partial file, and set its date. record is filled in for the ledger; it
 * borrows path and url. *alone: the file must be a batch of its own; all others must be
 * committed before it is added. FV_OK; errors of fv_commit_target() or of the port, after which
 * the file is kept for the next run if possible. */
enum fv_err fv_commit_end_file(struct fv_partial *p, struct fv_slice url, bool hook_pending,
                               struct fv_ledger_record *record, bool *alone) FV_MUSTUSE;

/* Add the file to the batch, which must have room (fv_commit_until() was in the future). If the
 * file is alone, record is borrowed until the batch is committed. FV_OK; FV_E_CAPACITY; errors of
 * the port: the file is not in the batch, and fv_partial_clean() will remove its part. */
enum fv_err fv_commit_add(struct fv_commit *b, struct fv_ledger *ledger, const struct fv_partial *p,
                          struct fv_ledger_record *record,
                          const struct fv_commit_how *how) FV_MUSTUSE;

/* Return when the batch must be committed: an instant of clock->now; INT64_MIN: at once; INT64_MAX:
 * no file waits. */
int64_t fv_commit_until(const struct fv_commit *b);

/* Give the files that wait their final names, as described above. Then visit each file whose name
 * is durable, in order, those of the batch before first, and each file that failed. Afterwards no
 * file waits for its name; with sync_all, names may still wait to be durable. FV_OK, whatever the
 * results are; or an error of the port: the ledger's log cannot be read, so it is not known which
 * files to visit. */
enum fv_err fv_commit_step(struct fv_commit *b, struct fv_store *store, struct fv_ledger *ledger,
                           const struct fv_commit_visitor *visitor) FV_MUSTUSE;

/* The same, until all files were visited and the batch is empty. */
enum fv_err fv_commit_all(struct fv_commit *b, struct fv_store *store, struct fv_ledger *ledger,
                          const struct fv_commit_visitor *visitor) FV_MUSTUSE;

/* Complete a commit that was cut off before its rename: record is in the ledger, and its file is
 * not there. If the part has the size and SHA-256 of record, rename it and set *done. Before the
 * rename, the ledger is told what differs (so the slices of record are no longer valid): with hook,
 * that a hook must run; and the time that the medium gave the file, which the power cut may have
 * changed. FV_OK, FV_E_CANCELLED, or an error of the port. */
enum fv_err fv_commit_recover(struct fv_store *store, const struct fv_ledger_record *record,
                              struct fv_ledger *ledger, bool hook, bool *done) FV_MUSTUSE;

/* Return in *waits whether there is a part with the size of record's file. fv_commit_recover()
 * then reads it. FV_OK or an error of the port. */
enum fv_err fv_commit_waits(struct fv_store *store, const struct fv_ledger_record *record,
                            bool *waits) FV_MUSTUSE;

/* End the doubt about the last records of the ledger, if there is any (see above). For each of
 * them: a file is there, or a part waits for fv_commit_recover(), or the ledger forgets the record.
 * FV_OK, FV_E_CANCELLED, or an error of the port. */
enum fv_err fv_commit_end_doubt(struct fv_store *store, struct fv_ledger *ledger) FV_MUSTUSE;

#endif
