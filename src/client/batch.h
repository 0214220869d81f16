/* SPDX-License-Identifier: MIT */
/*
 * The files that wait for their names (store/commit.h): when they are committed, and what is
 * reported.
 */
#ifndef FV_CLIENT_BATCH_H
#define FV_CLIENT_BATCH_H

#include "client/download.h"

/* Commit all files that wait: report each, and call the hook. FV_OK; FV_E_CANCELLED, also if a hook
 * was ended; or an error after which no other file can succeed. */
enum fv_err fv_batch_commit(struct fv_download *d) FV_MUSTUSE;

/* Do one step of that if it is due. With a hook, commit after each file. Errors as above, and
 * FV_E_TIMEOUT. */
enum fv_err fv_batch_step(struct fv_download *d) FV_MUSTUSE;

#endif
