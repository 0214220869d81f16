/*
 * The files that wait for their names (store/commit.h): when that is due, and what is told of each then.
 */
#ifndef FV_CLIENT_BATCH_H
#define FV_CLIENT_BATCH_H

#include "client/download.h"

/* Commit all that waits: report each file, and show it to the hook. FV_OK; or the error after which no other file can succeed,
 * FV_E_CANCELLED also where a hook was ended. */
enum fv_err fv_batch_commit(struct fv_download *d) FV_MUSTUSE;

/* Go a step with what waits, if that is due; where there is a hook, commit after each file. */
enum fv_err fv_batch_step(struct fv_download *d) FV_MUSTUSE;

#endif
