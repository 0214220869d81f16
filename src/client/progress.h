/* SPDX-License-Identifier: MIT */
/*
 * The progress of a call, for the front end. It is read from the state of the client, its
 * connections and files, and may be asked for at any moment of the call.
 */
#ifndef FV_CLIENT_PROGRESS_H
#define FV_CLIENT_PROGRESS_H

#include "client/client.h"

/* Call events.progress, if it is set. */
void fv_progress_tell(const struct fv_client *c);

/* What a run has done, as the base of an estimate. */
struct fv_progress_so_far {
    uint64_t files;   /* files that have ended, failed ones included */
    uint64_t bytes;   /* content of these files */
    uint64_t due;     /* files known to be fetched, without the current one */
    uint64_t seen;    /* files compared so far, unchanged ones included */
    uint64_t unseen;  /* files not compared yet */
    uint64_t current; /* bytes missing of the current file; UINT64_MAX: not known */
};

/* Estimate the bytes still to come: of the files not yet compared, the same share is fetched as
 * of the others, and each has the average size of the files so far. UINT64_MAX: not known. */
uint64_t fv_progress_estimate(const struct fv_progress_so_far *s);

#endif
