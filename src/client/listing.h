/*
 * Reading a listing: request, splitter, entry, filters; each entry that passes goes to a visitor.
 */
#ifndef FV_CLIENT_LISTING_H
#define FV_CLIENT_LISTING_H

#include "client/client.h"

/* Called for each entry of the listing that can be read, filtered or not, with its local path in c->lane->path if paths is set; url
 * is its admitted URL in normal form, empty where it can't be fetched (refused says why). Its number is c->splitter.objects. An error
 * stops the listing. */
struct fv_listing_visitor {
    void *ctx;
    enum fv_err (*entry)(void *ctx, const struct fv_entry *entry, struct fv_slice url, bool passes,
                         enum fv_err refused);
    /* The listing is read again from its start after a failure: forget all entries. NULL: entries that were given are not given
     * again, and must be the same. */
    enum fv_err (*restart)(void *ctx);
    bool names; /* keep orga_name and so on of each entry, which are only shown */
    bool plan;  /* begin c->plan on c->plan_io whenever the listing begins */
    bool paths; /* give each entry a local path of its own; asks for plan */

    bool unsettled; /* let c->lane->path be that of the entry's name, although another one has it */
    bool
        repeats; /* with paths: give entries that are the same file as one before, see c->plan.names.again */
    /* Called for each entry that can't be read: why, and the index of the field to blame. NULL: it is passed over. */
    enum fv_err (*bad)(void *ctx, enum fv_err err, uint8_t field);
};

/* Keep scopes, each ORG[/STUDY[/DELIVERY]] with or without a slash behind it. FV_E_USAGE for anything else, and for none or more than
 * FV_CAP_SCOPES. */
enum fv_err fv_listing_scopes(struct fv_client *c, const struct fv_slice *scopes,
                              size_t count) FV_MUSTUSE;

/* Whether a file of that local path is listed no longer: it lies in a scope, in none whose listing failed, and no entry has it, filtered or
 * not. FV_OK and *gone, or an error of the port. */
enum fv_err fv_listing_lacks(struct fv_client *c, struct fv_slice path, bool *gone) FV_MUSTUSE;

/* Read the listings of all scopes but those that have failed in this call, with t, whatever it was. visitor->plan and restart are
 * heeded until one was read; entries of a later one that was cut and is read again must be the same. Where there are several scopes, one whose
 * listing the server answers with an error status is reported as a failed file without a path, and noted in c->scope_failed;
 * first is as in fv_report_failure() then, and may be NULL otherwise. FV_OK: one at least was read, and all that were read were whole and
 * well-formed. */
enum fv_err fv_listing_read(struct fv_client *c, struct fv_transfer *t,
                            const struct fv_listing_visitor *visitor,
                            struct fv_fault *first) FV_MUSTUSE;

/* Whether the filters leave an entry, were its date modified_us. */
bool fv_listing_passes(const struct fv_client *c, const struct fv_entry *e, int64_t modified_us);

/* Take err, field and number of an entry that can't be used as the client's fault, and count it. */
void fv_listing_blame(struct fv_client *c, const struct fv_plan_record *record);

#endif
