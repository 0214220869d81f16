/*
 * What can be said of names and dates only when the whole listing is known, before its plan is carried out.
 */
#ifndef FV_CLIENT_NAMING_H
#define FV_CLIENT_NAMING_H

#include "client/client.h"

/* Give each file that is listed more than once, with one URL, the latest of its dates; the filters see that one. Comes behind
 * fv_plan_finish(). FV_OK, FV_E_CANCELLED, FV_E_TIMEOUT, errors of the port. */
enum fv_err fv_naming_merge(struct fv_client *c) FV_MUSTUSE;

/* Let each URL that the ledger knows have the path that it has there; of what is left, give each entry its own in the listing's
 * order. The plan's records are read with these paths from then on. Asks for an open ledger; c->plan is rewound.
 * FV_OK, FV_E_CANCELLED, FV_E_TIMEOUT, errors of the port. */
enum fv_err fv_naming_settle(struct fv_client *c) FV_MUSTUSE;

#endif
