/*
 * A file that is in DIR: what it is and holds.
 */
#ifndef FV_CLIENT_LOCAL_H
#define FV_CLIENT_LOCAL_H

#include "client/client.h"

struct fv_local_file {
    struct fv_slice path; /* the caller's */
    bool there;           /* something is */
    uint64_t size;        /* bytes */
    uint8_t sha256[FV_SHA256_SIZE];
};

/* Look whether it is there, and how large. FV_OK, FV_E_CAPACITY, errors of the port. */
enum fv_err fv_local_look(struct fv_client *c, struct fv_local_file *f) FV_MUSTUSE;

/* Read it: size and sha256 are written if it is there. FV_OK, FV_E_CAPACITY, FV_E_CANCELLED, FV_E_TIMEOUT, errors of the port. */
enum fv_err fv_local_hash(struct fv_client *c, struct fv_local_file *f) FV_MUSTUSE;

/* Whether what was read is the content of record. */
bool fv_local_is(const struct fv_local_file *f, const struct fv_ledger_record *record);

/* Set its time, if that can be done. */
void fv_local_set_time(struct fv_client *c, const struct fv_local_file *f, int64_t modified_us);

#endif
