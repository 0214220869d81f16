/* SPDX-License-Identifier: MIT */
/*
 * The file that a lane is fetching: from its record in the plan to its name in DIR.
 */
#ifndef FV_CLIENT_INCOMING_H
#define FV_CLIENT_INCOMING_H

#include "client/download.h"

/* The context of the sink below. */
struct fv_incoming {
    struct fv_client *c;
    struct fv_lane *lane;
    struct fv_download *d;
};

/* Return the sink for the file under way. in is borrowed. */
struct fv_transfer_sink fv_incoming_sink(struct fv_incoming *in);

/* Read the plan's record of the first file in the lane's ring, and open its partial file.
 * lane->busy is set then. Errors of the plan, of the partial file and of the origin rule. */
enum fv_err fv_incoming_open(struct fv_incoming *in) FV_MUSTUSE;

/* The transfer has ended with err. FV_OK: the file now waits for its name (client/batch.h).
 * Otherwise what has arrived is kept for another run, and err is returned. */
enum fv_err fv_incoming_end(struct fv_incoming *in, enum fv_err err) FV_MUSTUSE;

/* Report the file as failed with err and the fault of the call. *first keeps the first such
 * fault. */
void fv_incoming_report(struct fv_incoming *in, enum fv_err err, struct fv_fault *first);

/* Run the hook for a complete file, and record in the ledger that it ran. */
enum fv_err fv_incoming_hook(struct fv_client *c, const struct fv_file *file) FV_MUSTUSE;

#endif
