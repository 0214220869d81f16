/* SPDX-License-Identifier: MIT */
/*
 * Names that the medium treats as the same. Only the medium knows which these are. If the port
 * knows the medium (name_key of port.h; ooFatFs has tables), it is asked. Otherwise the medium is
 * tried: for each component of a path, a file with that name is created in `.fluxvision/names.d`,
 * whatever its place in the path. The first of the names that are the same writes a mark into the
 * file, and the others find that mark. So every kind of folding is found: of case, of Unicode
 * normal forms, of trailing dots, of characters that are left out.
 *
 * A class is the set of all paths that are the same on the medium. The first path that is proposed
 * gets the class, unless another path of the class blocks it because a file or record has it
 * already. All this is kept in the table of names (store/names.h), and costs nothing if no name is
 * new.
 */
#ifndef FV_STORE_FOLD_H
#define FV_STORE_FOLD_H

#include "store/names.h"
#include "store/store.h"

struct fv_fold {
    /* FV_E_DENIED of a function below means that the medium refuses the path; it is not an error of
     * the port. */
    bool refused;

    /* Private. */
    struct fv_store *store;
    struct fv_names *names;
    uint64_t own;        /* class of `.fluxvision` */
    uint64_t folder;     /* hash of the folder of the last call; 0: none */
    uint64_t folder_key; /* start of the class of that folder */
    bool measured;
    bool folder_own;
    bool removed; /* close has removed a mark */
};

/* Start. names must have begun, and must be settled (fv_claims_settle()) when any function below is
 * called. Both are borrowed until close. FV_OK or an error of the port. */
enum fv_err fv_fold_open(struct fv_fold *f, struct fv_store *store,
                         struct fv_names *names) FV_MUSTUSE;

/* Propose a path for its class. FV_OK; errors of the port. FV_E_DENIED with refused set: on this
 * medium, one of its components is the program's own directory, or is not possible. No fault is
 * recorded then. */
enum fv_err fv_fold_propose(struct fv_fold *f, struct fv_slice path) FV_MUSTUSE;

/* A file or a record of the ledger has that path. If it is not the path that was proposed for
 * its class, the class is blocked. Errors as above. */
enum fv_err fv_fold_block(struct fv_fold *f, struct fv_slice path) FV_MUSTUSE;

/* Return in *free whether path was the first one proposed and is not blocked. FV_OK, or errors as
 * above. */
enum fv_err fv_fold_free(struct fv_fold *f, struct fv_slice path, bool *free) FV_MUSTUSE;

/* Remove all files that were created. */
void fv_fold_close(struct fv_fold *f);

/* Remove the files of an interrupted run; for a run that tries no names. */
void fv_fold_sweep(struct fv_store *store);

#endif
