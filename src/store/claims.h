/*
 * Claims: pairs of 64-bit numbers, a key and who has it, each of which belongs to a folder. What is there of a folder is asked and
 * added while the folder is the current one.
 *
 * They are kept in memory. When that is full, those of the folders before the current one go to the end of `.fluxvision/names.log`,
 * and only the folders' own keys stay. So a listing whose folders come in one piece each costs no look at storage. As soon as a folder
 * comes back whose claims have gone, or the current one is too large, all are put into `.fluxvision/names`, a table (store/table.h), which
 * serves from then on. Without memory that is so from the start.
 */
#ifndef FV_STORE_CLAIMS_H
#define FV_STORE_CLAIMS_H

#include "store/table.h"

struct fv_claim {
    uint64_t key;
    uint64_t value; /* 0: key is a folder's */
};

/* Zero before its first use. */
struct fv_claims {
    /* Private. */
    const struct fv_port_storage *io; /* NULL: not begun */
    struct fv_table_page *page;
    struct fv_claim *room; /* most of them, and an index of twice as many behind; NULL: none */
    uint32_t most;
    uint32_t capacity; /* of these, in use: a power of two */
    uint32_t count;
    uint32_t folders; /* the first ones, whose claims have gone */
    uint32_t current; /* place of the current folder */
    uint64_t logged;  /* claims in the log, folders among them */
    bool in_table;
    struct fv_table table;
};

/* Where a claim was looked for. Valid until the next put or enter. */
struct fv_claims_place {
    uint64_t key;
    uint64_t value; /* 0: there is none */
    /* Private. */
    struct fv_claim *claim; /* in memory */
    struct fv_table_cursor cursor;
};

/* Give memory of size bytes, aligned for uint64_t, to use up to FV_CAP_NAMES claims of; borrowed for good. */
void fv_claims_room(struct fv_claims *c, void *memory, size_t size);

/* Return what of that memory holds no claim, until another one is added: *size bytes, perhaps 0. */
void *fv_claims_spare(const struct fv_claims *c, size_t *size);

/* Start without any claim. page and io are borrowed until close; page may be another table's too. FV_OK or an error of the port. */
enum fv_err fv_claims_begin(struct fv_claims *c, struct fv_table_page *page,
                            const struct fv_port_storage *io) FV_MUSTUSE;

/* Make the folder that key stands for the current one. FV_OK or an error of the port. */
enum fv_err fv_claims_enter(struct fv_claims *c, uint64_t folder) FV_MUSTUSE;

/* Look for a key of the current folder. FV_OK and *p, or an error of the port. */
enum fv_err fv_claims_find(struct fv_claims *c, uint64_t key, struct fv_claims_place *p) FV_MUSTUSE;

/* Add or replace the claim at p, which was looked for last; value is not 0. FV_OK or an error of the port. */
enum fv_err fv_claims_set(struct fv_claims *c, const struct fv_claims_place *p,
                          uint64_t value) FV_MUSTUSE;

/* Put all into the table, which the caller may use from then on. FV_OK or an error of the port. */
enum fv_err fv_claims_settle(struct fv_claims *c) FV_MUSTUSE;

/* Close and remove the files. Claims that were not begun are left alone. */
void fv_claims_close(struct fv_claims *c);

#endif
