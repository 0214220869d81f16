/*
 * The first error of a connection, with what an expert wants beside it: base/err.h's struct fv_fault without the room for a name.
 */
#ifndef FV_NET_FAULT_H
#define FV_NET_FAULT_H

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

/* Reset it by assigning zero. */
struct fv_net_fault {
    enum fv_err err;
    int32_t native; /* errno, the mbedTLS code, or a proxy's status; 0 if there is none */
    struct fv_slice
        subject; /* a host, or a constant; borrows from the configuration or the exchange; may be empty */
    struct fv_slice
        detail; /* what is known beside the error; borrows from the connection until it is opened again; may be empty */
};

/* Record err in fault unless an earlier one is there. Returns err. */
enum fv_err fv_net_fail(struct fv_net_fault *fault, enum fv_err err, int32_t native);
/* The same, and say in any case whom it is about. */
enum fv_err fv_net_blame(struct fv_net_fault *fault, enum fv_err err, int32_t native,
                         struct fv_slice subject);

/* Record err in fault unless an earlier one is there, with what is known beside it. Returns err. */
enum fv_err fv_net_explain(struct fv_net_fault *fault, enum fv_err err, int32_t native,
                           struct fv_slice detail);

/* Whether err says that what came is no HTTP response, or is mixed up with another one: the bytes before are not to be trusted
 * either. */
bool fv_net_garbled(enum fv_err err);

#endif
