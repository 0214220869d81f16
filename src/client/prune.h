/* SPDX-License-Identifier: MIT */
/*
 * --prune: removes local files that the portal no longer lists.
 */
#ifndef FV_CLIENT_PRUNE_H
#define FV_CLIENT_PRUNE_H

#include "client/client.h"

/* false: prune_none.c is linked, which removes nothing */
extern const bool fv_prune_linked;

/* Remove (with dry_run: report) files that the ledger says were fetched, that fv_listing_lacks() finds to be gone, and that are
 * unmodified. With limit_deletes and more than max_delete of them: none, and FV_E_MAX_DELETE. What the ledger says of such files that are
 * no longer there is forgotten. */
enum fv_err fv_prune(struct fv_client *c) FV_MUSTUSE;

#endif
