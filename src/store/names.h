/* SPDX-License-Identifier: MIT */
/*
 * The local paths of a run: which path belongs to which URL, so that no two URLs share one. They
 * are claims (store/claims.h) from path to URL, both as 64-bit hashes, so that memory does not
 * depend on their number. All paths that an entry may get are in the same folder.
 *
 * The name and the URL of an entry alone decide which paths it may get: the path of its name; the
 * same with "~" and the last segment of the URL; the same with "~" and a hash of the URL after
 * that. They do not depend on how many entries want the same path, so many such entries cost no
 * more than different ones.
 *
 * Paths are equal if their bytes are equal or, if the port has name_key, if their keys are. So it
 * is easy to see that the medium treats two of them as the same; store/fold.h decides which entry
 * gets which. Two URLs with the same hash would be taken for one, and one of the two files would
 * not be fetched.
 */
#ifndef FV_STORE_NAMES_H
#define FV_STORE_NAMES_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"
#include "port/port.h"
#include "store/claims.h"

#include <stdbool.h>
#include <stdint.h>

/* Paths that an entry may get; the fourth only if a name looks like the third. */
#define FV_NAMES_CHOICES 4u

struct fv_names {
    bool fat;       /* names follow the rules of FAT */
    bool contested; /* a claim found a path that belongs to another URL */
    bool dates;     /* some dates were noted */
    bool again;     /* the last claim was made before, with the same URL */
    /* Set by the owner: paths are equal if their bytes are, whatever the port says. */
    bool by_bytes;
    /* number of the path that the last claim or find gave; 0: the path of the name */
    unsigned choice;

    struct fv_claims claims; /* the owner gives it memory before begin */

    /* Private. */
    uint64_t folder; /* hash of the current folder of the claims; 0: none */
    unsigned most;   /* the greatest choice that was given; a find looks no further */
};

/* Start without names. page and io are borrowed until close; page may also be used by another
 * table. fat: as in parse/localpath.h. FV_OK or an error of the port. */
enum fv_err fv_names_begin(struct fv_names *n, struct fv_table_page *page,
                           const struct fv_port_storage *io, bool fat) FV_MUSTUSE;

/* Write the path with number choice that an entry may get; path is the path of its name. FV_OK;
 * FV_E_CAPACITY: it is too long. */
enum fv_err fv_names_write(const struct fv_names *n, unsigned choice, struct fv_slice path,
                           struct fv_slice url, char out[FV_CAP_PATH + 1]) FV_MUSTUSE;

/* Give url the first of its paths that is free or its own. FV_OK: it is written to out if n->choice
 * is not 0. FV_E_EXISTS: none is free. Errors of the port. */
enum fv_err fv_names_claim(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                           char out[FV_CAP_PATH + 1]) FV_MUSTUSE;

/* Give url exactly that path, which fv_names_write() wrote for that choice, unless it belongs to
 * another URL. FV_OK and *own, or an error of the port. */
enum fv_err fv_names_take(struct fv_names *n, unsigned choice, struct fv_slice path,
                          struct fv_slice url, bool *own) FV_MUSTUSE;

/* Find the path that url has. FV_OK and *found; it is written to out if n->choice is not 0. Errors
 * of the port. */
enum fv_err fv_names_find(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                          char out[FV_CAP_PATH + 1], bool *found) FV_MUSTUSE;

/* Return in *has whether path belongs to any URL. FV_OK or an error of the port. */
enum fv_err fv_names_has(struct fv_names *n, struct fv_slice path, bool *has) FV_MUSTUSE;

/* Return in *other whether path belongs to another URL. FV_OK or an error of the port. */
enum fv_err fv_names_is_other(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                              bool *other) FV_MUSTUSE;

/* Note a date for an entry that is listed more than once. The latest date is kept. FV_OK or an
 * error of the port. */
enum fv_err fv_names_note_date(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                               int64_t modified_us) FV_MUSTUSE;

/* If a date was noted that is later than *modified_us, set *modified_us to it. FV_OK or an error
 * of the port. */
enum fv_err fv_names_raise_date(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                                int64_t *modified_us) FV_MUSTUSE;

/* Close and remove the files. Does nothing for names that are zero and were not begun. */
void fv_names_close(struct fv_names *n);

#endif
