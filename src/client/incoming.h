/*
 * The file under way on a lane: from its record in the plan to its name in DIR.
 */
#ifndef FV_CLIENT_INCOMING_H
#define FV_CLIENT_INCOMING_H

#include "client/download.h"

/* What the sink below is about. */
struct fv_incoming {
    struct fv_client *c;
    struct fv_lane *lane;
    struct fv_download *d;
};

/* Return the sink of the file under way; in is borrowed. */
struct fv_sink fv_incoming_sink(struct fv_incoming *in);

/* Take what the plan says of the first file of the lane's ring, and open its partial file: lane->busy is set then. Errors of plan and
 * partial file, of the origin rule. */
enum fv_err fv_incoming_open(struct fv_incoming *in) FV_MUSTUSE;

/* Its transfer has ended with err. FV_OK: let it wait for its name (client/batch.h). Otherwise keep what is
 * there for another run, and return err. */
enum fv_err fv_incoming_end(struct fv_incoming *in, enum fv_err err) FV_MUSTUSE;

/* Report it as failed with err, the call's fault; *first keeps the first such fault. */
void fv_incoming_report(struct fv_incoming *in, enum fv_err err, struct fv_fault *first);

/* Run the hook for a complete file and note that in the ledger. */
enum fv_err fv_incoming_hook(struct fv_client *c, const struct fv_file *file) FV_MUSTUSE;

#endif
