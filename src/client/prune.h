/*
 * --prune: removes local files that the portal no longer lists.
 */
#ifndef FV_CLIENT_PRUNE_H
#define FV_CLIENT_PRUNE_H

#include "client/client.h"

/* false: prune_none.c is linked, which removes nothing */
extern const bool fv_prune_linked;

/* Remove files (with dry_run: only report them) for which all of this is true: the ledger says that
 * they were fetched; they are inside c->scope; the complete listing in c->plan does not hold them,
 * filtered or not; they are unmodified. With limit_deletes and more than max_delete such files,
 * remove none and return FV_E_MAX_DELETE. Ledger records of such files that no longer exist are
 * removed. */
enum fv_err fv_prune(struct fv_client *c) FV_MUSTUSE;

#endif
