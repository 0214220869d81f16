/*
 * The state of a partial file on storage, as store/partial.h describes it, and the names of both files.
 */
#ifndef FV_STORE_STATE_H
#define FV_STORE_STATE_H

#include "store/store.h"

#define FV_PARTIAL_NAME 36 /* ".fluxvision/" KEY ".state" and a NUL */

struct fv_state {
    uint32_t sequence; /* of the slot, from 1 on */
    uint8_t digest[FV_SHA256_SIZE];
    uint64_t total;   /* UINT64_MAX: not known */
    uint64_t durable; /* bytes */
    char validator[FV_CAP_VALIDATOR + 1];
    uint8_t content[FV_SHA256_SIZE]; /* digest of the durable bytes */
};

/* Write the names of path's partial file and of its state. */
void fv_state_names(struct fv_slice path, char part[FV_PARTIAL_NAME], char state[FV_PARTIAL_NAME]);

/* Read the newer of the slots that are whole and have a lower sequence than before. FV_OK; FV_E_NOT_FOUND; FV_E_CORRUPT: there is none; errors
 * of the port. */
enum fv_err fv_state_read(struct fv_store *s, const char *name, uint32_t before,
                          struct fv_state *out) FV_MUSTUSE;

/* Write a slot, the one that state->sequence names, and sync it unless the port has sync_all. anew: to a new file for path; one that is there and is not ours alone to
 * write to is replaced as well. FV_OK or an error of the port. */
enum fv_err fv_state_write(struct fv_store *s, const char *name, const struct fv_state *state,
                           struct fv_slice path, bool anew) FV_MUSTUSE;

/* Remove the file, if there is one. FV_OK or an error of the port. */
enum fv_err fv_state_drop(struct fv_store *s, const char *name) FV_MUSTUSE;

/* Read the path that the file was made for. FV_OK; FV_E_NOT_FOUND, FV_E_CORRUPT; errors of the port. */
enum fv_err fv_state_path(struct fv_store *s, const char *name, char path[FV_CAP_PATH + 1],
                          size_t *len) FV_MUSTUSE;

#endif
