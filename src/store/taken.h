/* SPDX-License-Identifier: MIT */
/*
 * Detects whether a file at a path that the ledger does not know is the file of another path, which
 * the medium treats as the same in a way that was not measured (store/medium.h): names that are
 * cut, folding that begins below some directory or came with another mount, the short names of FAT.
 */
#ifndef FV_STORE_TAKEN_H
#define FV_STORE_TAKEN_H

#include "store/ledger.h"

/* st was found at path, and the ledger has no record about path. *taken: it is the file of another
 * path. It must not be replaced, and the medium counts as one that folds names from then on. FV_OK,
 * errors of the port. */
enum fv_err fv_taken(struct fv_store *s, struct fv_ledger *ledger, struct fv_slice path,
                     const struct fv_port_stat *st, bool *taken) FV_MUSTUSE;

#endif
