/* SPDX-License-Identifier: MIT */
/*
 * --prune: removes local files that the portal no longer lists.
 */
#ifndef FV_CLIENT_PRUNE_H
#define FV_CLIENT_PRUNE_H

#include "client/client.h"

/* false: prune_none.c is linked, which removes nothing */
extern const bool fv_prune_linked;

/* Remove (with dry_run: report) the files of the ledger that are no longer listed
 * (fv_listing_lacks()) and unmodified. With limit_deletes, if there are more than max_delete:
 * remove none, and FV_E_MAX_DELETE. Records of such files that are missing are forgotten. FV_OK,
 * FV_E_CANCELLED, FV_E_TIMEOUT, errors of the port. */
enum fv_err fv_prune(struct fv_client *c) FV_MUSTUSE;

#endif
