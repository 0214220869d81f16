/* SPDX-License-Identifier: MIT */
/*
 * How far a call is, for the front end: read from the state of the client, its connections and files, at any moment of the call.
 */
#ifndef FV_CLIENT_PROGRESS_H
#define FV_CLIENT_PROGRESS_H

#include "client/client.h"

/* Tell the front end, if it wants to know. */
void fv_progress_tell(const struct fv_client *c);

/* What a run has done, from which it is estimated how much comes. */
struct fv_progress_so_far {
    uint64_t files;   /* ended, failed ones too */
    uint64_t bytes;   /* of these */
    uint64_t due;     /* files that are known to be fetched, without the one under way */
    uint64_t seen;    /* files that were looked at, unchanged ones too */
    uint64_t unseen;  /* files that were not */
    uint64_t current; /* bytes that the file under way lacks; UINT64_MAX: not known */
};

/* Estimate the bytes that are still to come: of the files not yet seen as large a share is fetched as of the others, and each is as large
 * as those before. UINT64_MAX: nothing is known. */
uint64_t fv_progress_estimate(const struct fv_progress_so_far *s);

#endif
