/*
 * What the ledger says of files that the portal no longer lists, for verify: with it loosen.c is linked, without loosen_none.c.
 */
#ifndef FV_CLIENT_LOOSEN_H
#define FV_CLIENT_LOOSEN_H

#include "client/client.h"

/* Note in the ledger which files that lie in the folder of c->scope the complete listing in c->plan does not hold, filtered or not: sync
 * no longer looks after them, and the user may do with them what he wants. */
enum fv_err fv_loosen(struct fv_client *c) FV_MUSTUSE;

#endif
