/* SPDX-License-Identifier: MIT */
/*
 * Fetches the files of a plan: several requests in flight on each lane, and all lanes at the same
 * time.
 *
 * Files are begun in the order of the plan. With several lanes they may end in another order.
 * Complete files are committed together, then reported and passed to the hook (client/batch.h), at
 * the latest at the end of the run. client/ends.h says what a failure ends.
 */
#ifndef FV_CLIENT_DOWNLOAD_H
#define FV_CLIENT_DOWNLOAD_H

#include "client/client.h"

/* The storage counts as full when so many files in a row fail because it has no room, or when
 * fewer than so many bytes are free. */
#define FV_DOWNLOAD_REFUSED 3
#define FV_DOWNLOAD_FULL (64u << 10)

struct fv_download {
    struct fv_client *c;
    /* Get the next record of the plan that must be fetched. FV_OK, and *any tells whether there is
     * one; any other code ends the downloads. It is called again after *any was false. */
    enum fv_err (*next)(void *ctx, uint64_t *position, bool *any);
    void *ctx;
    struct fv_fault *first; /* written: the failure of the first file that failed */

    /* Private. */
    bool partials; /* an earlier run has left partial files */
    /* files in a row that the storage refused; the limit is FV_DOWNLOAD_REFUSED for each lane */
    unsigned refused;
    enum fv_err ending; /* the error after which no other file can succeed */
};

/* Fetch all files. FV_OK: the result of each file was reported. Otherwise the error after which no
 * other file can succeed; the files under way are kept for resuming, and the summary counts the
 * files that were not attempted. */
enum fv_err fv_download_all(struct fv_download *d) FV_MUSTUSE;

/* A file has failed with err at place. Return whether no further file can succeed. With
 * FV_PLACE_NAME, the store's fault may show that it was FV_PLACE_DIR. Called once for each file
 * that fails, before the failure is reported. */
bool fv_download_ends(struct fv_download *d, enum fv_place place, enum fv_err err);

#endif
