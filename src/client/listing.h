/* SPDX-License-Identifier: MIT */
/*
 * Reads a listing: request, splitter, entry, filters. Each valid entry goes to a visitor.
 */
#ifndef FV_CLIENT_LISTING_H
#define FV_CLIENT_LISTING_H

#include "client/client.h"

/* entry is called for each valid entry of the listing, whether it passes the filters or not.
 * With paths, its local path is in c->lane->path. url is its URL in normal form; or empty if it
 * must not be fetched, and refused is then the error. The number of the entry is
 * c->splitter.objects. Any code but FV_OK ends the listing. */
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

    /* with paths: c->lane->path is the path of the entry's name, even if another entry has it */
    bool unsettled;
    /* with paths: also visit entries that are the same file as an earlier one
     * (c->plan.names.again) */
    bool repeats;
    /* Called for each entry that is not valid, with the error and the index of its field. NULL:
     * such entries are skipped. */
    enum fv_err (*bad)(void *ctx, enum fv_err err, uint8_t field);
};

/* Set the scopes of the call, each ORG[/STUDY[/DELIVERY]] with or without a slash at its end.
 * FV_OK; FV_E_USAGE: one is not of this form, or there are none, or more than FV_CAP_SCOPES;
 * FV_E_CAPACITY: its URL or local path is too long. */
enum fv_err fv_listing_scopes(struct fv_client *c, const struct fv_slice *scopes,
                              size_t count) FV_MUSTUSE;

/* Return in *gone whether a local path is no longer listed: it is in a scope, in no scope whose
 * listing failed, and no entry has it, filtered or not. FV_OK or an error of the port. */
enum fv_err fv_listing_lacks(struct fv_client *c, struct fv_slice path, bool *gone) FV_MUSTUSE;

/* Prepare t to fetch the listing of c->scope. Errors of fv_transfer_init(), and those of
 * fv_listing_scopes(). */
enum fv_err fv_listing_open(struct fv_client *c, struct fv_transfer *t) FV_MUSTUSE;

/* Read the listings of all scopes, except those that have failed in this call, with t, whose
 * state does not matter. visitor->plan and restart are used until the first listing was read
 * completely; if a later one is cut and read again, its entries must be the same. With several
 * scopes, a scope for which the server sends an error status is reported as a failed file
 * without a path and noted in c->scope_failed; first is then used as in fv_report_failure().
 * With one scope, first may be NULL. FV_OK: at least one listing was read, and all that were
 * read are complete and well-formed. FV_E_MEANWHILE: the listing has changed between two
 * attempts. Otherwise the error of the transfer, of the content, or of the visitor. */
enum fv_err fv_listing_read(struct fv_client *c, struct fv_transfer *t,
                            const struct fv_listing_visitor *visitor,
                            struct fv_fault *first) FV_MUSTUSE;

/* Return whether the filters pass an entry if its date is modified_us. */
bool fv_listing_passes(const struct fv_client *c, const struct fv_entry *e, int64_t modified_us);

/* An entry is not usable: make its error, field and number the fault of the client, and count
 * it. */
void fv_listing_blame(struct fv_client *c, const struct fv_plan_record *record);

#endif
