/*
 * A file on its way: `.fluxvision/KEY.part` holds what has arrived, `.fluxvision/KEY.state` what is needed to go on with it;
 * KEY is 16 hexadecimal digits of the local path's SHA-256. One file is under way at a time.
 *
 * State: two slots of 512 bytes (a sector each, so that a torn write spoils one) which are written in turn, each with
 * sequence number, digest of path, URL and date, total size, durable bytes and their digest, validator and check; behind them
 * the path. A checkpoint syncs the part and then writes and syncs the state; or, where there is a sync_all, writes the state and syncs both
 * with that, and the slot before tells of bytes that are durable if a power cut leaves this one alone. That they are the same still is seen
 * when they are hashed again. It is made every FV_CAP_BATCH_BYTES or FV_PARTIAL_US, which bounds
 * what a power cut costs; smaller files never have a state.
 * State that does not fit is removed before the part is written anew. The power may bring it back, but not the bytes whose digest
 * it has: no state is ever taken for another content's.
 *
 * How it gets its final name is told in store/commit.h.
 */
#ifndef FV_STORE_PARTIAL_H
#define FV_STORE_PARTIAL_H

#include "store/ledger.h"
#include "store/state.h"
#include "store/store.h"

#define FV_PARTIAL_US 5000000 /* between checkpoints */

/* What is fetched. */
struct fv_partial_id {
    struct fv_slice
        path; /* local path, the final name: borrowed until the partial file is closed */
    struct fv_slice url;
    int64_t modified_us; /* date of the listing */
};

struct fv_partial {
    uint64_t offset; /* bytes there, and hashed: what waits in store->gather is not counted */
    uint64_t total;  /* size of the whole, UINT64_MAX: not known */

    /* Private. */
    struct fv_store *store;
    struct fv_slice path;
    int64_t modified_us;
    uint64_t durable;  /* bytes that the state on storage tells of */
    uint64_t looked;   /* offset when a checkpoint was last made, or could not be */
    int64_t looked_us; /* when that was, clock->now */
    uint32_t sequence; /* of the slot written last */
    bool has_state;    /* the state file is this part's */
    bool spilt;        /* a write that failed may have left bytes behind offset */
    bool there;        /* a file was under the final name when it was begun */
    bool is_open;
    int file;
    struct fv_sha256 sha;
    char validator[FV_CAP_VALIDATOR + 1]; /* for If-Range; empty: can't be continued */
    uint8_t digest[FV_SHA256_SIZE];       /* of path, URL and date */
    char part[FV_PARTIAL_NAME];
    char state[FV_PARTIAL_NAME];
};

/* Open the partial file for id; what is there is continued if its state fits, and then offset, total and validator are what the
 * state says; otherwise it is empty. Reads the file up to offset. store is borrowed until it is closed.
 * FV_OK; FV_E_EXISTS, FV_E_DENIED (see above); FV_E_CAPACITY; FV_E_CANCELLED; errors of the port. Not open after failure. */
enum fv_err fv_partial_begin(struct fv_partial *p, struct fv_store *store,
                             const struct fv_partial_id *id) FV_MUSTUSE;

/* Whether something is there that begin may continue. FV_OK and *exists, or an error of the port. */
enum fv_err fv_partial_exists(struct fv_store *store, struct fv_slice path,
                              bool *exists) FV_MUSTUSE;

/* Whether begin would continue the very file that is there by now, as ledger knows it: somebody has put it back. FV_OK and *needless, or an
 * error of the port. */
enum fv_err fv_partial_needless(struct fv_store *store, struct fv_ledger *ledger,
                                struct fv_slice path, bool *needless) FV_MUSTUSE;

/* Whether there is any such file, of whatever path. FV_OK and *any, or an error of the port. */
enum fv_err fv_partial_any(struct fv_store *store, bool *any) FV_MUSTUSE;

/* Forget what is there: offset 0, no total, no validator. */
enum fv_err fv_partial_restart(struct fv_partial *p) FV_MUSTUSE;

/* Note what the answer's head says, before the first push and after each new answer: total, UINT64_MAX if unknown; validator,
 * may be empty, copied, or p->validator itself; one over FV_CAP_VALIDATOR counts as none. FV_OK; FV_E_FULL if what is missing
 * does not fit beside store->min_free; FV_E_LARGE: the medium has no files of that size (push says so where the total was not
 * known); errors of the port. */
enum fv_err fv_partial_expect(struct fv_partial *p, uint64_t total,
                              struct fv_slice validator) FV_MUSTUSE;

/* Make durable what has been appended; with a sync_all, all else as well. After an error nobody knows what arrived, and a later sync that succeeds says nothing of it
 * (fsync(2)): the validator is forgotten, so that keep removes the file. FV_OK or an error of the port. */
enum fv_err fv_partial_sync(struct fv_partial *p) FV_MUSTUSE;

/* Append n bytes, or let them wait for more in store->gather, until that is full or the total reached; and make a checkpoint if one is due, as above. A state for
 * which there is no space is left out. After an error offset counts what is certain; keep decides what can be continued. */
enum fv_err fv_partial_push(struct fv_partial *p, const void *bytes, size_t n) FV_MUSTUSE;

/* Append what waits. FV_OK or an error of the port: it is lost then, and has to be pushed again. */
enum fv_err fv_partial_settle(struct fv_partial *p) FV_MUSTUSE;

/* Bytes that have come: those that wait as well. */
uint64_t fv_partial_arrived(const struct fv_partial *p);

/* Write the SHA-256 of what is there so far. */
void fv_partial_digest(const struct fv_partial *p, uint8_t digest[FV_SHA256_SIZE]);

/* Append what waits and close, so that a later begin can go on; what can't be continued (no validator, no byte) is removed. */
enum fv_err fv_partial_keep(struct fv_partial *p) FV_MUSTUSE;

/* Close the file, as it is; what waits is lost. FV_OK or an error of the port. */
enum fv_err fv_partial_close(struct fv_partial *p) FV_MUSTUSE;

/* Close and remove. */
void fv_partial_abort(struct fv_partial *p);

/* Remove parts and states that nobody can continue, and those for whose path keep says no. A part is also continued if it is
 * what a record of ledger waits for, see fv_commit_recover(); if keep says no to that one, the ledger forgets the record, which would
 * never come true. path is valid during the call of keep, which may use ledger and
 * plan. FV_OK, what keep returned, or an error of the port. */
enum fv_err fv_partial_clean(struct fv_store *store, struct fv_ledger *ledger,
                             enum fv_err (*keep)(void *arg, struct fv_slice path, bool *wanted),
                             void *arg) FV_MUSTUSE;

#endif
