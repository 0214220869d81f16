/* SPDX-License-Identifier: MIT */
/*
 * The state of a partial file on storage (store/partial.h), and the names of both files.
 */
#ifndef FV_STORE_STATE_H
#define FV_STORE_STATE_H

#include "store/store.h"

#define FV_PARTIAL_NAME 36 /* ".fluxvision/" KEY ".state" and a NUL */

struct fv_state {
    uint32_t sequence; /* of the slot; the first is 1 */
    uint8_t digest[FV_SHA256_SIZE];
    uint64_t total;   /* bytes; UINT64_MAX: not known */
    uint64_t durable; /* bytes */
    char validator[FV_CAP_VALIDATOR + 1];
    uint8_t content[FV_SHA256_SIZE]; /* SHA-256 of the durable bytes */
};

/* Write the names of the partial file and of the state for path. */
void fv_state_names(struct fv_slice path, char part[FV_PARTIAL_NAME], char state[FV_PARTIAL_NAME]);

/* Read the newest slot that is complete and has a sequence lower than before. FV_OK;
 * FV_E_NOT_FOUND: there is no file; FV_E_CORRUPT: it has no such slot; errors of the port. */
enum fv_err fv_state_read(struct fv_store *s, const char *name, uint32_t before,
                          struct fv_state *out) FV_MUSTUSE;

/* Write the slot with state->sequence, and sync it unless the port has sync_all. anew: create a new
 * file for path; a file that is there but does not belong to this program alone is replaced as
 * well. FV_OK or an error of the port. */
enum fv_err fv_state_write(struct fv_store *s, const char *name, const struct fv_state *state,
                           struct fv_slice path, bool anew) FV_MUSTUSE;

/* Remove the file if it exists. FV_OK or an error of the port. */
enum fv_err fv_state_drop(struct fv_store *s, const char *name) FV_MUSTUSE;

/* Read the path that the file was created for. FV_OK; FV_E_NOT_FOUND, FV_E_CORRUPT; errors of the
 * port. */
enum fv_err fv_state_path(struct fv_store *s, const char *name, char path[FV_CAP_PATH + 1],
                          size_t *len) FV_MUSTUSE;

#endif
