/* SPDX-License-Identifier: MIT */
/*
 * A local file in DIR: whether it exists, its size and its content.
 */
#ifndef FV_CLIENT_LOCAL_H
#define FV_CLIENT_LOCAL_H

#include "client/client.h"

struct fv_local_file {
    struct fv_slice path; /* the caller's */
    bool there;           /* something exists at path */
    uint64_t size;        /* bytes */
    uint8_t sha256[FV_SHA256_SIZE];
};

/* Find out whether it exists, and its size. FV_OK, FV_E_CAPACITY, errors of the port. */
enum fv_err fv_local_look(struct fv_client *c, struct fv_local_file *f) FV_MUSTUSE;

/* Read its content: if it exists, size and sha256 are written. FV_OK, FV_E_CAPACITY,
 * FV_E_CANCELLED, FV_E_TIMEOUT, errors of the port. */
enum fv_err fv_local_hash(struct fv_client *c, struct fv_local_file *f) FV_MUSTUSE;

/* Return whether the content that was read is the content of record. */
bool fv_local_is(const struct fv_local_file *f, const struct fv_ledger_record *record);

/* Set its time, if the medium allows that. */
void fv_local_set_time(struct fv_client *c, const struct fv_local_file *f, int64_t modified_us);

#endif
