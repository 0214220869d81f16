/*
 * Fetches the files of a plan that have to be fetched: over each lane several requests in flight, the lanes side by side.
 *
 * Files are begun in the order of the plan; with several lanes they end in another one. Each is committed, reported and
 * shown to the hook before its lane begins the next.
 */
#ifndef FV_CLIENT_DOWNLOAD_H
#define FV_CLIENT_DOWNLOAD_H

#include "client/client.h"

struct fv_download {
    struct fv_client *c;
    /* Give the next record of the plan that is to be fetched. FV_OK, and *any says whether there was one; other errors end
     * the downloads. Called again after *any was false. */
    enum fv_err (*next)(void *ctx, uint64_t *position, bool *any);
    void *ctx;
    struct fv_fault *first; /* written: why the first file failed */

    /* Private. */
    bool partials; /* there are files that an earlier run began */
};

/* Fetch all. FV_OK: whatever became of each, it was reported; else the error after which no other file can succeed, files under
 * way then are kept for resuming. */
enum fv_err fv_download_all(struct fv_download *d) FV_MUSTUSE;

/* Whether no further file can succeed after err. */
bool fv_download_ends(const struct fv_client *c, enum fv_err err);

/* Run the hook for a complete file and note that in the ledger. */
enum fv_err fv_download_hook(struct fv_client *c, const struct fv_file *file) FV_MUSTUSE;

#endif
