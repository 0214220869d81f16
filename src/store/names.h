/*
 * The local names of a run: which path is whose, so that no two URLs share one. Kept as claims (store/claims.h) from path to URL, both
 * as hashes of 64 bits, so that memory does not depend on their number. All paths that an entry may have are in one folder.
 *
 * An entry's path is one of a few that its name and URL alone decide: the path of its name; the same with "~" and the last
 * segment of the URL; with "~" and a hash of the URL behind that. Which of them does not depend on how many entries want
 * the same, so that any number of these costs no more than as many that differ.
 *
 * Paths count as equal if their bytes are, or where the port has a name_key, if that is: so it is seen without much ado whether the
 * medium takes some for one. Which of these gets which is store/fold.h's business. Two URLs with the same hash
 * would be taken for one, and one of the two files not be fetched.
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

#define FV_NAMES_CHOICES                                                                           \
    4u /* paths that an entry may have; the last one only if a name looks like the third */

struct fv_names {
    bool fat;       /* names are written as FAT wants them */
    bool contested; /* claim found a path that was another URL's */
    bool dates;     /* some were noted */
    bool again;     /* the last claim was made before, with the same URL */
    bool
        by_bytes; /* the owner's: paths count as equal if their bytes are, whatever the port says */
    unsigned choice; /* which of its paths the last claim or find gave; 0: that of the name */

    struct fv_claims claims; /* the owner's: its room, before begin */

    /* Private. */
    uint64_t folder; /* hash of the claims' current folder; 0: none */
};

/* Start without any name. page and io are borrowed until close; page may be another table's too. fat: as in parse/localpath.h.
 * FV_OK or an error of the port. */
enum fv_err fv_names_begin(struct fv_names *n, struct fv_table_page *page,
                           const struct fv_port_storage *io, bool fat) FV_MUSTUSE;

/* Write the choice-th of the paths that an entry may have; path is that of its name. FV_OK. */
enum fv_err fv_names_write(const struct fv_names *n, unsigned choice, struct fv_slice path,
                           struct fv_slice url, char out[FV_CAP_PATH + 1]) FV_MUSTUSE;

/* Give url the first of its paths that is free or its own. FV_OK, and it is written if choice is not 0; FV_E_EXISTS: there is none;
 * errors of the port. */
enum fv_err fv_names_claim(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                           char out[FV_CAP_PATH + 1]) FV_MUSTUSE;

/* Give url that very path, unless it is another's. FV_OK and *own, or an error of the port. */
enum fv_err fv_names_take(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                          bool *own) FV_MUSTUSE;

/* Find the path that url has. FV_OK and *found, and it is written if choice is not 0; errors of the port. */
enum fv_err fv_names_find(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                          char out[FV_CAP_PATH + 1], bool *found) FV_MUSTUSE;

/* Whether path is anybody's. FV_OK and *has, or an error of the port. */
enum fv_err fv_names_has(struct fv_names *n, struct fv_slice path, bool *has) FV_MUSTUSE;

/* Whether path is another URL's. FV_OK and *other, or an error of the port. */
enum fv_err fv_names_is_other(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                              bool *other) FV_MUSTUSE;

/* Remember a date for an entry that is listed more than once: the latest one stays. */
enum fv_err fv_names_note_date(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                               int64_t modified_us) FV_MUSTUSE;

/* Raise *modified_us to the date that was noted, if there is one. */
enum fv_err fv_names_raise_date(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                                int64_t *modified_us) FV_MUSTUSE;

/* Close and remove the files. Names that were not begun, and are zero, are left alone. */
void fv_names_close(struct fv_names *n);

#endif
