/* SPDX-License-Identifier: MIT */
/*
 * A file that is being fetched. `.fluxvision/KEY.part`, the part, holds the bytes that have
 * arrived. `.fluxvision/KEY.state`, the state, holds what is needed to resume. KEY is 16
 * hexadecimal digits of the SHA-256 of the local path. One file at a time is open.
 *
 * The state has two slots of 512 bytes, each in a sector of its own, so that a torn write damages
 * only one. They are written in turn. A slot has a sequence number, the digest of path, URL and
 * date, the total size, the durable bytes and their digest, the validator and a checksum. The path
 * follows after the slots.
 *
 * A checkpoint syncs the part, and then writes and syncs the state. With sync_all, it writes the
 * state and syncs both at once; if a power cut leaves only the state, the other slot describes
 * bytes that are durable. When a file is resumed, these bytes are hashed again. A checkpoint is
 * made after every FV_CAP_BATCH_BYTES or FV_PARTIAL_US, which limits what a power cut costs.
 * Smaller files have no state.
 *
 * A state that does not fit is removed before the part is written from its start. A power cut may
 * bring the state back, but not the bytes that its digest is about: no state is ever used with
 * other content.
 *
 * store/commit.h says how a file gets its final name.
 */
#ifndef FV_STORE_PARTIAL_H
#define FV_STORE_PARTIAL_H

#include "store/ledger.h"
#include "store/state.h"
#include "store/store.h"

#define FV_PARTIAL_US 5000000 /* time between checkpoints */

/* The file to fetch. */
struct fv_partial_id {
    /* Local path, which is the final name. Borrowed until the partial file is closed. */
    struct fv_slice path;
    struct fv_slice url;
    int64_t modified_us; /* date of the listing */
};

struct fv_partial {
    /* bytes that are written and hashed, without those that wait in store->gather */
    uint64_t offset;
    uint64_t total; /* size of the whole file; UINT64_MAX: not known */

    /* Private. */
    struct fv_store *store;
    struct fv_slice path;
    int64_t modified_us;
    uint64_t durable;  /* bytes that the state on storage describes */
    uint64_t looked;   /* offset of the last checkpoint, or of the last attempt to make one */
    int64_t looked_us; /* instant of that, of clock->now */
    uint32_t sequence; /* of the slot that was written last */
    bool has_state;    /* the state file belongs to this part */
    bool spilt;        /* a write that failed may have left bytes after `offset` */
    bool there;        /* a file had the final name at the beginning */
    bool is_open;
    int file;
    struct fv_sha256 sha;
    char validator[FV_CAP_VALIDATOR + 1]; /* for If-Range; empty: cannot be resumed */
    uint8_t digest[FV_SHA256_SIZE];       /* of path, URL and date */
    char part[FV_PARTIAL_NAME];
    char state[FV_PARTIAL_NAME];
};

/* Open the partial file for id. If its state fits, it is resumed: offset, total and validator are
 * set from the state, and the file is read up to offset. Otherwise it is empty. store is borrowed
 * until it is closed. FV_OK; FV_E_EXISTS, FV_E_DENIED (see store/commit.h); FV_E_CAPACITY;
 * FV_E_CANCELLED; errors of the port. After an error it is not open. */
enum fv_err fv_partial_begin(struct fv_partial *p, struct fv_store *store,
                             const struct fv_partial_id *id) FV_MUSTUSE;

/* Return in *exists whether there is something that begin may resume. FV_OK or an error of the
 * port. */
enum fv_err fv_partial_exists(struct fv_store *store, struct fv_slice path,
                              bool *exists) FV_MUSTUSE;

/* Return in *needless whether begin would only fetch again the file that is there as ledger
 * knows it, because somebody has put it back. FV_OK or an error of the port. */
enum fv_err fv_partial_needless(struct fv_store *store, struct fv_ledger *ledger,
                                struct fv_slice path, bool *needless) FV_MUSTUSE;

/* Return in *any whether there is any partial file, of any path. FV_OK or an error of the port. */
enum fv_err fv_partial_any(struct fv_store *store, bool *any) FV_MUSTUSE;

/* Drop all bytes: offset 0, no total, no validator. FV_OK or an error of the port. */
enum fv_err fv_partial_restart(struct fv_partial *p) FV_MUSTUSE;

/* Record what the head of a response says; before the first push, and after each new response.
 * total: UINT64_MAX if not known. validator: copied; may be empty, or p->validator itself; one
 * longer than FV_CAP_VALIDATOR counts as none. FV_OK; FV_E_FULL: the missing bytes do not fit with
 * store->min_free left; FV_E_LARGE: the medium has no files of that size (push returns it if the
 * total was not known); errors of the port. */
enum fv_err fv_partial_expect(struct fv_partial *p, uint64_t total,
                              struct fv_slice validator) FV_MUSTUSE;

/* Make durable what was appended; with sync_all, everything else as well. After an error it is not
 * known what arrived, and a later sync that succeeds does not tell (fsync(2)). The validator is
 * then dropped, so that keep removes the file. FV_OK or an error of the port. */
enum fv_err fv_partial_sync(struct fv_partial *p) FV_MUSTUSE;

/* Append n bytes, or keep them in store->gather until that is full or the total is reached; then
 * make a checkpoint if one is due, as above. If there is no space for a state, it is left out.
 * FV_OK or an error of the port, after which offset counts only bytes that were written;
 * fv_partial_keep() decides what can be resumed. */
enum fv_err fv_partial_push(struct fv_partial *p, const void *bytes, size_t n) FV_MUSTUSE;

/* Write the bytes that wait in store->gather. FV_OK or an error of the port: these bytes are
 * lost, and must be pushed again. */
enum fv_err fv_partial_settle(struct fv_partial *p) FV_MUSTUSE;

/* Return the bytes received: offset, and those that wait in store->gather. */
uint64_t fv_partial_arrived(const struct fv_partial *p);

/* Write the SHA-256 of the bytes so far. */
void fv_partial_digest(const struct fv_partial *p, uint8_t digest[FV_SHA256_SIZE]);

/* Write the bytes that wait and close the file, so that a later begin can resume it. A file that
 * cannot be resumed (no validator, no bytes) is removed. FV_OK or an error of the port. */
enum fv_err fv_partial_keep(struct fv_partial *p) FV_MUSTUSE;

/* Close the file as it is; bytes that wait are lost. FV_OK or an error of the port. */
enum fv_err fv_partial_close(struct fv_partial *p) FV_MUSTUSE;

/* Close the file and remove it. */
void fv_partial_abort(struct fv_partial *p);

/* Remove parts and states that no run can resume, and those for whose path keep sets *wanted to
 * false. A part is also kept if a record of ledger waits for it, see fv_commit_recover(). If
 * keep does not want such a part, the ledger forgets the record, which could never become true.
 * path is valid during the call of keep, which may use ledger and plan. FV_OK, the code that
 * keep returned, or an error of the port. */
enum fv_err fv_partial_clean(struct fv_store *store, struct fv_ledger *ledger,
                             enum fv_err (*keep)(void *arg, struct fv_slice path, bool *wanted),
                             void *arg) FV_MUSTUSE;

#endif
