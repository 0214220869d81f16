/*
 * What get fetches: a URL, or a file of a delivery that is named, of which the listing says more.
 */
#ifndef FV_CLIENT_WANTED_H
#define FV_CLIENT_WANTED_H

#include "client/client.h"

struct fv_wanted {
    struct fv_client *c;
    struct fv_slice name;     /* FILE_NAME, or a duplicate's local name */
    char url[FV_CAP_URL + 1]; /* in normal form; of the entry, when it is met */
    uint64_t matches;
    struct fv_plan_record bad; /* the first entry that can't be read, if err says so */
    int64_t modified_us;
    uint64_t size;                    /* once it is fetched */
    char local[FV_CAP_COMPONENT + 1]; /* local name */
};

/* Find what is named by a URL or ORG/STUDY/DELIVERY/FILE_NAME: url, local and modified_us (INT64_MIN: not known) are written. w->c is the
 * caller's, all else zero. Errors of fv_transfer_admit() and fv_listing_read(); FV_E_MISSED: no such file; FV_E_USAGE: what is
 * neither, or several have that name; what is wrong with the entry. They are recorded in the client's fault. */
enum fv_err fv_wanted_find(struct fv_wanted *w, struct fv_slice what) FV_MUSTUSE;

#endif
