/* SPDX-License-Identifier: MIT */
/*
 * What get fetches: a URL, or a file named by ORG/STUDY/DELIVERY/FILE_NAME, which is looked up in
 * the listing of its delivery.
 */
#ifndef FV_CLIENT_WANTED_H
#define FV_CLIENT_WANTED_H

#include "client/client.h"

struct fv_wanted {
    struct fv_client *c;
    struct fv_slice name;     /* FILE_NAME, or the local name of a duplicate */
    char url[FV_CAP_URL + 1]; /* in normal form; written when the entry is found */
    uint64_t matches;
    struct fv_plan_record bad; /* the first entry that is not valid, if its err is set */
    int64_t modified_us;
    uint64_t size;                    /* bytes, once the file was fetched */
    char local[FV_CAP_COMPONENT + 1]; /* local name */
};

/* Find the file: write url, local and modified_us (INT64_MIN: not known). w->c is set by the
 * caller, and all else is zero. Errors are recorded in the client's fault: those of
 * fv_transfer_admit() and fv_listing_read(); FV_E_MISSED: no such file; FV_E_USAGE: neither of the
 * two forms, or several files have that name; the error of an entry that is not valid. */
enum fv_err fv_wanted_find(struct fv_wanted *w, struct fv_slice what) FV_MUSTUSE;

#endif
