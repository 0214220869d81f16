/* SPDX-License-Identifier: MIT */
/*
 * The first error of a connection, with details. The same as struct fv_fault of base/err.h, but it
 * borrows its texts instead of holding them.
 */
#ifndef FV_NET_FAULT_H
#define FV_NET_FAULT_H

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

/* Reset it by assigning zero. */
struct fv_net_fault {
    enum fv_err err;
    int32_t native; /* errno, mbedTLS's code, or a proxy's status; 0 if there is none */
    /* A host or a constant; may be empty. Borrows from the configuration or from the exchange. */
    struct fv_slice subject;
    /* Details of the error; may be empty. Borrows from the connection until it is opened again. */
    struct fv_slice detail;
};

/* Record err in fault, unless an earlier error is there. Return err. */
enum fv_err fv_net_fault_set(struct fv_net_fault *fault, enum fv_err err, int32_t native);
/* The same; also set the subject, even if an earlier error is there. */
enum fv_err fv_net_fault_blame(struct fv_net_fault *fault, enum fv_err err, int32_t native,
                               struct fv_slice subject);

/* The same as fv_net_fault_set(), with details. */
enum fv_err fv_net_fault_explain(struct fv_net_fault *fault, enum fv_err err, int32_t native,
                                 struct fv_slice detail);

/* Return whether err means that the bytes received are not an HTTP response, or are mixed with
 * another response. The bytes before them are not reliable either. */
bool fv_net_fault_garbled(enum fv_err err);

#endif
