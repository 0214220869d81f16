/*
 * A file on its way: `.fluxvision/KEY.part` holds what has arrived, `.fluxvision/KEY.state` what is needed to go on with it;
 * KEY is 16 hexadecimal digits of the local path's SHA-256. One file is under way at a time.
 *
 * State: two slots of 512 bytes (a sector each, so that a torn write spoils one) which are written in turn, each with
 * sequence number, digest of path, URL and date, total size, durable bytes and their digest, validator and check; behind them
 * the path. A checkpoint syncs the part and then writes and syncs the state, so durable bytes are there whatever happens; that
 * they are the same still is seen when they are hashed again. It is made every FV_PARTIAL_BYTES or FV_PARTIAL_US, which bounds
 * what a power cut costs; smaller files never have a state.
 * State that does not fit is removed before the part is written anew. The power may bring it back, but not the bytes whose digest
 * it has: no state is ever taken for another content's.
 *
 * Commit, step by step, and what a power cut before the step leaves:
 *  1. set the part's time, sync it    part and state as of the last checkpoint: the download goes on
 *  2. make the directories            the same; empty directories
 *  3. put the record, sync the ledger the same
 *  4. rename the part                 old file, ledger has the new record, part is whole: fv_partial_recover() ends it, which
 *                                     is also the way on where the rename failed
 *  5. sync both directories           as before 4, or as after 5, or both names: the part is removed by fv_partial_clean(); or the
 *                                     old file and an empty part, which FAT may leave: the file is fetched again
 *  6. remove the state                final file and record agree; the state belongs to no part and is removed by clean
 * Before 5 the ledger may name a file that is nowhere, if the part's own name was lost: it is the ledger's record in doubt then,
 * and no longer counts as fetched before.
 * If the old file has the new one's size and date, the two can't be told apart in the situation of 4: then 3 comes after 5,
 * and a cut between them costs a second download, never a wrong "unchanged".
 *
 * A file under the final name that the ledger does not know is replaced. Anything else there is left: FV_E_EXISTS for a
 * directory, FV_E_DENIED for a symbolic link or a device.
 */
#ifndef FV_STORE_PARTIAL_H
#define FV_STORE_PARTIAL_H

#include "store/ledger.h"
#include "store/state.h"
#include "store/store.h"

#define FV_PARTIAL_BYTES (4u << 20) /* between checkpoints */
#define FV_PARTIAL_US 5000000

/* What is fetched. */
struct fv_partial_id {
    struct fv_slice
        path; /* local path, the final name: borrowed until the partial file is closed */
    struct fv_slice url;
    int64_t modified_us; /* date of the listing */
};

struct fv_partial {
    uint64_t offset;                      /* bytes there, and hashed */
    uint64_t total;                       /* size of the whole, UINT64_MAX: not known */
    char validator[FV_CAP_VALIDATOR + 1]; /* for If-Range; empty: can't be continued */

    /* Private. */
    struct fv_store *store;
    struct fv_slice path;
    int64_t modified_us;
    uint8_t digest[FV_SHA256_SIZE]; /* of path, URL and date */
    struct fv_sha256 sha;
    char part[FV_PARTIAL_NAME];
    char state[FV_PARTIAL_NAME];
    uint64_t durable;   /* bytes that the state on storage tells of */
    int64_t durable_us; /* when that was, clock->now */
    uint32_t sequence;  /* of the slot written last */
    bool has_state;     /* the state file is this part's */
    int file;
    bool is_open;
};

/* Open the partial file for id; what is there is continued if its state fits, and then offset, total and validator are what the
 * state says; otherwise it is empty. Reads the file up to offset. store is borrowed until it is closed.
 * FV_OK; FV_E_EXISTS, FV_E_DENIED (see above); FV_E_CAPACITY; FV_E_CANCELLED; errors of the port. Not open after failure. */
enum fv_err fv_partial_begin(struct fv_partial *p, struct fv_store *store,
                             const struct fv_partial_id *id) FV_MUSTUSE;

/* Whether something is there that begin may continue. FV_OK and *exists, or an error of the port. */
enum fv_err fv_partial_exists(struct fv_store *store, struct fv_slice path,
                              bool *exists) FV_MUSTUSE;

/* Whether there is any such file, of whatever path. FV_OK and *any, or an error of the port. */
enum fv_err fv_partial_any(struct fv_store *store, bool *any) FV_MUSTUSE;

/* Forget what is there: offset 0, no total, no validator. */
enum fv_err fv_partial_restart(struct fv_partial *p) FV_MUSTUSE;

/* Note what the answer's head says, before the first push and after each new answer: total, UINT64_MAX if unknown; validator,
 * may be empty, copied, or p->validator itself; one over FV_CAP_VALIDATOR counts as none. FV_OK; FV_E_FULL if what is missing
 * does not fit beside store->min_free; errors of the port. */
enum fv_err fv_partial_expect(struct fv_partial *p, uint64_t total,
                              struct fv_slice validator) FV_MUSTUSE;

/* Append n bytes, and make a checkpoint if one is due. After an error offset counts what is certain; the file can be kept. */
enum fv_err fv_partial_push(struct fv_partial *p, const void *bytes, size_t n) FV_MUSTUSE;

/* Close, so that a later begin can go on; what can't be continued (no validator, no byte) is removed. */
enum fv_err fv_partial_keep(struct fv_partial *p) FV_MUSTUSE;

/* Close and remove. */
void fv_partial_abort(struct fv_partial *p);

/* Give the file its final name, as described above, and note it in ledger, with the URL that it was begun with. FV_OK, and sha256 is
 * written. After an error the file is closed, and kept if it can be. */
enum fv_err fv_partial_commit(struct fv_partial *p, struct fv_ledger *ledger, struct fv_slice url,
                              bool hook_pending, uint8_t sha256[FV_SHA256_SIZE]) FV_MUSTUSE;

/* End a commit that was cut before its rename: record is in the ledger, its file is not there. If the part has the record's size and
 * SHA-256, rename it: *done is true. hooks: the ledger, where a hook has to run for such a file, which is noted there before the rename, so
 * that record's slices are not valid any more; NULL: none has. FV_OK, FV_E_CANCELLED, or an error of the port. */
enum fv_err fv_partial_recover(struct fv_store *store, const struct fv_ledger_record *record,
                               struct fv_ledger *hooks, bool *done) FV_MUSTUSE;

/* Whether a part is there that recover would look at: it has the size of record's file. FV_OK and *waits, or an error of the port. */
enum fv_err fv_partial_waits(struct fv_store *store, const struct fv_ledger_record *record,
                             bool *waits) FV_MUSTUSE;

/* End the doubt about the ledger's last record, if there is any (see above): its file is there, or can be recovered, or the
 * ledger forgets it. hook: one has to run for a file that is recovered. FV_OK, FV_E_CANCELLED, or an error of the port. */
enum fv_err fv_partial_end_doubt(struct fv_store *store, struct fv_ledger *ledger,
                                 bool hook) FV_MUSTUSE;

/* Remove parts and states that nobody can continue, and those for whose path keep says no. A part is also continued if it is
 * what a record of ledger waits for, see fv_partial_recover(); if keep says no to that one, the ledger forgets the record, which would
 * never come true. path is valid during the call of keep, which may use ledger and
 * plan. FV_OK, what keep returned, or an error of the port. */
enum fv_err fv_partial_clean(struct fv_store *store, struct fv_ledger *ledger,
                             enum fv_err (*keep)(void *arg, struct fv_slice path, bool *wanted),
                             void *arg) FV_MUSTUSE;

#endif
