/*
 * Whether a file that the ledger does not know by a path is another path's, which the medium takes for that one in a way that the probe did
 * not see (store/medium.h): names that are cut, folding that begins below some directory or came with another mount, the short aliases of FAT.
 */
#ifndef FV_STORE_TAKEN_H
#define FV_STORE_TAKEN_H

#include "store/ledger.h"

/* Asked where st is under path, and the ledger has no record about it. *taken: it is another path's file; it must not be replaced, and
 * the medium counts as one that folds names from then on. FV_OK, errors of the port. */
enum fv_err fv_taken(struct fv_store *s, struct fv_ledger *ledger, struct fv_slice path,
                     const struct fv_port_stat *st, bool *taken) FV_MUSTUSE;

#endif
