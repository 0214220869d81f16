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

/* Whether the filters leave an entry, were its date modified_us. */
bool fv_listing_passes(const struct fv_client *c, const struct fv_entry *e, int64_t modified_us);

/* Take err, field and number of an entry that can't be used as the client's fault, and count it. */
void fv_listing_blame(struct fv_client *c, const struct fv_plan_record *record);

#endif
