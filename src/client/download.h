/*
 * Fetches the files of a plan that have to be fetched: over each lane several requests in flight, the lanes side by side.
 *
 * Files are begun in the order of the plan; with several lanes they end in another one. Those that are whole are committed together,
 * reported and shown to the hook (client/batch.h), at the end of the run at the latest. What a failure ends is said by client/ends.h.
 */
#ifndef FV_CLIENT_DOWNLOAD_H
#define FV_CLIENT_DOWNLOAD_H

#include "client/client.h"

/* Files in a row that fail for the same want of storage, and bytes that are as good as none. */
#define FV_DOWNLOAD_REFUSED 3
#define FV_DOWNLOAD_FULL (64u << 10)

struct fv_download {
    struct fv_client *c;
    /* Give the next record of the plan that is to be fetched. FV_OK, and *any says whether there was one; other errors end
     * the downloads. Called again after *any was false. */
    enum fv_err (*next)(void *ctx, uint64_t *position, bool *any);
    void *ctx;
    struct fv_fault *first; /* written: why the first file failed */

    /* Private. */
    bool partials;      /* there are files that an earlier run began */
    unsigned refused;   /* in a row by the storage: of FV_DOWNLOAD_REFUSED for each connection */
    enum fv_err ending; /* after which no other file can succeed */
};

/* Fetch all. FV_OK: whatever became of each, it was reported; else the error after which no other file can succeed: files under
 * way then are kept for resuming, and the summary counts those that were not attempted. */
enum fv_err fv_download_all(struct fv_download *d) FV_MUSTUSE;

/* Whether no further file can succeed after one has failed with err at place; FV_PLACE_NAME may be what the store's fault shows to be
 * FV_PLACE_DIR. Called once for each file that fails, before that is reported. */
bool fv_download_ends(struct fv_download *d, enum fv_place place, enum fv_err err);

#endif
