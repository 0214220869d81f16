/*
 * Removing what the portal no longer lists: --prune for files, always for partial files that nothing will continue.
 */
#ifndef FV_CLIENT_PRUNE_H
#define FV_CLIENT_PRUNE_H

#include "client/client.h"

/* Note in the ledger which files that lie in the folder of c->scope the complete listing in c->plan does not hold, filtered or not: sync
 * no longer looks after them, and the user may do with them what he wants. */
enum fv_err fv_prune_loosen(struct fv_client *c) FV_MUSTUSE;

/* Remove (with dry_run: report) files that the ledger says were fetched, that lie in the folder of c->scope, that the complete listing in
 * c->plan does not hold, filtered or not, and that are unmodified. With limit_deletes and more than max_delete of them: none, and
 * FV_E_MAX_DELETE. What the ledger says of such files that are no longer there is forgotten. */
enum fv_err fv_prune(struct fv_client *c) FV_MUSTUSE;

/* Remove partial files that the listing in c->plan does not ask for. */
enum fv_err fv_prune_partials(struct fv_client *c) FV_MUSTUSE;

#endif
