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

/* Keep ORG[/STUDY[/DELIVERY]] as c->scope and make t ready for its listing. FV_E_USAGE for anything else. */
enum fv_err fv_listing_scope(struct fv_client *c, struct fv_slice scope,
                             struct fv_transfer *t) FV_MUSTUSE;

/* The local path of what was asked for. */
struct fv_listing_folder {
    size_t len;
    char text[FV_CAP_PATH + 1];
};

/* Write that of c->scope. */
enum fv_err fv_listing_folder(struct fv_client *c, struct fv_listing_folder *f) FV_MUSTUSE;
/* Whether path lies in it. */
bool fv_listing_is_in(const struct fv_listing_folder *f, struct fv_slice path);

/* Read the listing of t. FV_OK only if it was whole and well-formed. */
enum fv_err fv_listing_read(struct fv_client *c, struct fv_transfer *t,
                            const struct fv_listing_visitor *visitor) FV_MUSTUSE;

/* Return whether the filters pass an entry if its date is modified_us. */
bool fv_listing_passes(const struct fv_client *c, const struct fv_entry *e, int64_t modified_us);

/* An entry is not usable: make its error, field and number the fault of the client, and count
 * it. */
void fv_listing_blame(struct fv_client *c, const struct fv_plan_record *record);

#endif
