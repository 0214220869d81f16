/*
 * Names that the medium takes for one: which they are is the medium's own business. Where the port knows it (port.h: name_key; ooFatFs has
 * tables) it is asked there. Otherwise the medium is: for each component of a path a file of that very name is made in
 * `.fluxvision/names.d`, whatever its place in the path; the first of those that are one leaves its mark in it, and the others find that.
 * So any folding counts, of case, of normal forms, of dots at the end, of characters that are left out.
 *
 * A class is all paths that are one on the medium. Its first proposer is the one to have it, unless it is blocked by a path that somebody
 * else has. All of it is kept in the table of the names (store/names.h), and costs nothing where no name is new.
 */
#ifndef FV_STORE_FOLD_H
#define FV_STORE_FOLD_H

#include "store/names.h"
#include "store/store.h"

struct fv_fold {
    bool
        refused; /* FV_E_DENIED of a call below is the medium's word about the path, and no fault of the port */

    /* Private. */
    struct fv_store *store;
    struct fv_names *names;
    uint64_t own;        /* class of `.fluxvision` */
    uint64_t folder;     /* hash of the folder asked about last; 0: none */
    uint64_t folder_key; /* and what its class begins with */
    bool measured;
    bool folder_own;
    bool removed; /* a mark, by close */
};

/* Start; names has begun, and is settled (fv_claims_settle) whenever anything below is called. Both are borrowed until close. FV_OK or an error of the port. */
enum fv_err fv_fold_open(struct fv_fold *f, struct fv_store *store,
                         struct fv_names *names) FV_MUSTUSE;

/* Propose a path for its class. FV_OK, errors of the port; FV_E_DENIED, and refused is set: one of its components is the program's own directory
 * to the medium, or none that it can bear; no fault is recorded then. */
enum fv_err fv_fold_propose(struct fv_fold *f, struct fv_slice path) FV_MUSTUSE;

/* Somebody has that path: if it is not the very one that was proposed for its class, the class is blocked. Errors as of propose. */
enum fv_err fv_fold_block(struct fv_fold *f, struct fv_slice path) FV_MUSTUSE;

/* Whether path was the first one proposed, and is not blocked. FV_OK and *free, or as propose. */
enum fv_err fv_fold_free(struct fv_fold *f, struct fv_slice path, bool *free) FV_MUSTUSE;

/* Remove what was made. */
void fv_fold_close(struct fv_fold *f);

/* Remove what a run that was cut short has made, for a run that has nothing to ask. */
void fv_fold_sweep(struct fv_store *store);

#endif
