/* SPDX-License-Identifier: MIT */
/*
 * Reads a listing: request, splitter, entry, filters. Each valid entry goes to a visitor.
 */
#ifndef FV_CLIENT_LISTING_H
#define FV_CLIENT_LISTING_H

#include "client/client.h"

/* entry is called for each valid entry of the listing, whether it passes the filters or not. If
 * paths is set, its local path is in c->lane->path. url is its URL in normal form, or empty if it
 * must not be fetched; refused then says why. The number of the entry is c->splitter.objects. An
 * error stops the listing. */
struct fv_listing_visitor {
    void *ctx;
    enum fv_err (*entry)(void *ctx, const struct fv_entry *entry, struct fv_slice url, bool passes,
                         enum fv_err refused);
    /* After a failure the listing is read again from its start: forget all entries. NULL: entries
     * that were visited are not visited again, and must be the same. */
    enum fv_err (*restart)(void *ctx);
    bool names; /* read orga_name and the other names that are only shown */
    bool plan;  /* begin c->plan on c->plan_io each time the listing begins */
    bool paths; /* give each entry a local path of its own; requires plan */

    /* set c->lane->path to the path of the entry's name, even if another entry has it */
    bool unsettled;
    /* with paths: also visit entries that are the same file as an earlier one
     * (c->plan.names.again) */
    bool repeats;
    /* Called for each entry that is not valid, with the error and the index of its field. NULL:
     * such entries are skipped. */
    enum fv_err (*bad)(void *ctx, enum fv_err err, uint8_t field);
};

/* Keep scopes, each ORG[/STUDY[/DELIVERY]] with or without a slash behind it. FV_E_USAGE for anything else, and for none or more than
 * FV_CAP_SCOPES. */
enum fv_err fv_listing_scopes(struct fv_client *c, const struct fv_slice *scopes,
                              size_t count) FV_MUSTUSE;

/* Whether a file of that local path is listed no longer: it lies in a scope, in none whose listing failed, and no entry has it, filtered or
 * not. FV_OK and *gone, or an error of the port. */
enum fv_err fv_listing_lacks(struct fv_client *c, struct fv_slice path, bool *gone) FV_MUSTUSE;

/* Make t ready for the listing of c->scope. Errors of fv_transfer_init(). */
enum fv_err fv_listing_open(struct fv_client *c, struct fv_transfer *t) FV_MUSTUSE;

/* Read the listings of all scopes but those that have failed in this call, with t, whatever it was. visitor->plan and restart are
 * heeded until one was read; entries of a later one that was cut and is read again must be the same. Where there are several scopes, one whose
 * listing the server answers with an error status is reported as a failed file without a path, and noted in c->scope_failed;
 * first is as in fv_report_failure() then, and may be NULL otherwise. FV_OK: one at least was read, and all that were read were whole and
 * well-formed. */
enum fv_err fv_listing_read(struct fv_client *c, struct fv_transfer *t,
                            const struct fv_listing_visitor *visitor,
                            struct fv_fault *first) FV_MUSTUSE;

/* Return whether the filters pass an entry if its date is modified_us. */
bool fv_listing_passes(const struct fv_client *c, const struct fv_entry *e, int64_t modified_us);

/* An entry is not usable: make its error, field and number the fault of the client, and count
 * it. */
void fv_listing_blame(struct fv_client *c, const struct fv_plan_record *record);

#endif
