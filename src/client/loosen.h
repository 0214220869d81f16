/* SPDX-License-Identifier: MIT */
/*
 * Ledger records of files that the portal no longer lists, for verify. With the feature verify,
 * loosen.c is linked; otherwise loosen_none.c.
 */
#ifndef FV_CLIENT_LOOSEN_H
#define FV_CLIENT_LOOSEN_H

#include "client/client.h"

/* Mark in the ledger the files inside c->scope that the complete listing in c->plan does not hold,
 * filtered or not. sync no longer checks them: the user may change or remove them. */
enum fv_err fv_loosen(struct fv_client *c) FV_MUSTUSE;

#endif
