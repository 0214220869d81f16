/* SPDX-License-Identifier: MIT */
/*
 * Names and dates that can be decided only when the whole listing is known, before the plan is
 * executed.
 */
#ifndef FV_CLIENT_NAMING_H
#define FV_CLIENT_NAMING_H

#include "client/client.h"

/* A file that is listed more than once, with one URL, gets the latest of its dates, and the filters
 * use that date. Call after fv_plan_finish(). FV_OK, FV_E_CANCELLED, FV_E_TIMEOUT, errors of the
 * port. */
enum fv_err fv_naming_merge(struct fv_client *c) FV_MUSTUSE;

/* A URL that the ledger knows keeps the path that it has there. The other entries get their
 * paths in the order of the listing. From then on the records of the plan are read with these
 * paths. The ledger must be open; c->plan is rewound. FV_OK, FV_E_CANCELLED, FV_E_TIMEOUT,
 * errors of the port. */
enum fv_err fv_naming_settle(struct fv_client *c) FV_MUSTUSE;

#endif
