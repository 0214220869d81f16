/*
 * A partial file that is whole gets its final name, and the ledger its record.
 *
 * Commit, step by step, and what a power cut before the step leaves:
 *  1. set the part's time, sync it    part and state as of the last checkpoint: the download goes on
 *  2. make the directories            the same; empty directories
 *  3. put the record, sync the ledger the same
 *  4. rename the part                 old file, ledger has the new record, part is whole: fv_commit_recover() ends it, which
 *                                     is also the way on where the rename failed
 *  5. sync both directories           as before 4, or as after 5, or both names: the part is removed by fv_partial_clean(); or the
 *                                     old file and an empty part, which FAT may leave: the file is fetched again
 *  6. remove the state                final file and record agree; the state belongs to no part and is removed by clean
 * Before 5 the ledger may name a file that is nowhere, if the part's own name was lost: it is the ledger's record in doubt then,
 * and no longer counts as fetched before.
 * If the old file has the new one's size and date, the two can't be told apart in the situation of 4: then 3 comes after 5,
 * and a cut between them costs a second download, never a wrong "unchanged".
 *
 * A file under the final name that the ledger does not know is replaced, and p->there and p->known tell that; one that the medium
 * takes for it, and is another's, never is: FV_E_EXISTS (store/taken.h). Anything else there is left: FV_E_EXISTS for a
 * directory, FV_E_DENIED for a symbolic link or a device.
 */
#ifndef FV_STORE_COMMIT_H
#define FV_STORE_COMMIT_H

#include "store/partial.h"

/* Look at what is under a final name: *st. FV_OK, and a file may be put there; FV_E_EXISTS, FV_E_DENIED as above; errors of the port. */
enum fv_err fv_commit_target(struct fv_store *s, const char *path,
                             struct fv_port_stat *st) FV_MUSTUSE;

/* Give the file its final name, as described above, and note it in ledger, with the URL that it was begun with. FV_OK, and sha256 is
 * written. After an error the file is closed, and kept if it can be. */
enum fv_err fv_commit_part(struct fv_partial *p, struct fv_ledger *ledger, struct fv_slice url,
                           bool hook_pending, uint8_t sha256[FV_SHA256_SIZE]) FV_MUSTUSE;

/* End a commit that was cut before its rename: record is in the ledger, its file is not there. If the part has the record's size and
 * SHA-256, rename it: *done is true. hooks: the ledger, where a hook has to run for such a file, which is noted there before the rename, so
 * that record's slices are not valid any more; NULL: none has. FV_OK, FV_E_CANCELLED, or an error of the port. */
enum fv_err fv_commit_recover(struct fv_store *store, const struct fv_ledger_record *record,
                              struct fv_ledger *hooks, bool *done) FV_MUSTUSE;

/* Whether a part is there that recover would look at: it has the size of record's file. FV_OK and *waits, or an error of the port. */
enum fv_err fv_commit_waits(struct fv_store *store, const struct fv_ledger_record *record,
                            bool *waits) FV_MUSTUSE;

/* End the doubt about the ledger's last record, if there is any (see above): its file is there, or can be recovered, or the
 * ledger forgets it. hook: one has to run for a file that is recovered. FV_OK, FV_E_CANCELLED, or an error of the port. */
enum fv_err fv_commit_end_doubt(struct fv_store *store, struct fv_ledger *ledger,
                                bool hook) FV_MUSTUSE;

#endif
