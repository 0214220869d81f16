/* SPDX-License-Identifier: MIT */
/*
 * The directory that a run works on: the program's own directory in it, `.fluxvision/`, the lock,
 * and what all users of storage share. The content of a file is in store/partial.h, the record of
 * what was fetched in store/ledger.h.
 *
 * Paths are relative to the root of the port (see port.h). They are slices, and are copied where a
 * NUL is needed. A function of store/ that returns an error of the port has recorded it in fault,
 * with the port's native code.
 */
#ifndef FV_STORE_STORE_H
#define FV_STORE_STORE_H

#include "base/cap.h"
#include "base/err.h"
#include "base/sha256.h"
#include "base/slice.h"
#include "port/port.h"
#include "store/medium.h"

#include <stdbool.h>
#include <stdint.h>

#define FV_STORE_DIR ".fluxvision"
#define FV_STORE_LOCK ".fluxvision/lock"

struct fv_ledger_record;
struct fv_partial;

/* Memory in which content of one partial file waits to be written together. */
struct fv_gather {
    /* the caller's memory, borrowed while a partial file is open; NULL: content is written as it
     * arrives */
    uint8_t *memory;
    size_t size;
    /* Private. */
    const struct fv_partial *owner; /* the file whose content waits; NULL: none */
    size_t len;
};

struct fv_store {
    const struct fv_port_storage *io;  /* borrowed until close */
    const struct fv_port_clock *clock; /* borrowed until close */
    uint64_t min_free;   /* bytes that must stay free; 0 after open; the user sets it */
    int64_t deadline_us; /* end of the time for reading files; INT64_MAX after open */
    /* Where a reader may create an index; NULL (after open): nowhere. */
    const struct fv_port_storage *scratch;
    struct fv_fault fault; /* first error since open, with its path */
    struct fv_medium medium;
    struct fv_gather gather[FV_CAP_GATHER > 0]; /* none after open */

    /* Private. */
    bool reader; /* opened for reading: nothing may be changed */
    bool locked;
    bool is_new; /* there was no ledger: nothing has to be durable yet */
    int lock;
    enum fv_err lost; /* why a sync_all failed; FV_OK: none has */
    uint64_t settled; /* key of a directory whose name, and those above it, are durable; 0: none */
};

/* Create `.fluxvision`, take the lock, and measure the medium. The directory is durable then; if
 * the port has sync_all, after fv_store_sync_made(). FV_OK; FV_E_BUSY: another process works
 * here; errors of the port. After an error, nothing has to be closed. */
enum fv_err fv_store_open(struct fv_store *s, const struct fv_port_storage *io,
                          const struct fv_port_clock *clock) FV_MUSTUSE;

/* Open for reading; creates nothing. Takes the lock if there is a lock file. If the medium refuses
 * that, it is read without the lock. FV_OK or FV_E_BUSY. */
enum fv_err fv_store_open_reader(struct fv_store *s, const struct fv_port_storage *io,
                                 const struct fv_port_clock *clock) FV_MUSTUSE;

/* Release the lock. fault can still be read. */
void fv_store_close(struct fv_store *s);

/* Copy path and a NUL to buf. FV_OK or FV_E_CAPACITY. */
enum fv_err fv_store_path(struct fv_slice path, char buf[FV_CAP_PATH + 1]) FV_MUSTUSE;

/* Create the missing directories above path. Afterwards their names, and that of `.fluxvision`, are
 * durable, whoever created them; if the port has sync_all, once it was called. FV_OK; FV_E_EXISTS:
 * a file is where a directory must be; FV_E_DENIED: a symbolic link is; errors of the port. */
enum fv_err fv_store_make_parents(struct fv_store *s, const char *path) FV_MUSTUSE;

/* Make the names in the directory of path durable. FV_OK, FV_E_CAPACITY, or an error of the
 * port. */
enum fv_err fv_store_sync_parent(struct fv_store *s, const char *path) FV_MUSTUSE;

/* Return whether the port has one operation that makes everything durable. */
static inline bool fv_store_syncs_all(const struct fv_store *s)
{
    return FV_CAP_SYNC_ALL && s->io->sync_all != NULL;
}

/* Return whether no file of `.fluxvision` has to be synced before fv_store_sync_made(): there
 * was no ledger, and the port has sync_all. */
static inline bool fv_store_is_new(const struct fv_store *s)
{
    return FV_CAP_SYNC_ALL && s->is_new;
}

/* Make the names in `.fluxvision` durable. If the port has sync_all, everything else as well;
 * and if the directory is new, the result of measuring the medium is stored then. No record is
 * put before this, unless the index was closed in order. FV_OK or an error of the port. */
enum fv_err fv_store_sync_made(struct fv_store *s) FV_MUSTUSE;

/* Make everything durable that was done so far, if the port has an operation for it. After a
 * failure it is not known what was lost, and a later call of the port would not tell. So every
 * later call fails, until the store is opened again. FV_OK, FV_E_CANCELLED, or an error of the
 * port. */
enum fv_err fv_store_sync_all(struct fv_store *s) FV_MUSTUSE;

/* Make a rename durable, and the directories created for it. FV_OK, FV_E_CANCELLED, or an error
 * of the port. */
enum fv_err fv_store_sync_names(struct fv_store *s, const char *from, const char *to) FV_MUSTUSE;

/* Return the length of the directory part of path, without its slash; 0: the root. */
size_t fv_store_parent_length(const char *path);

/* Round an instant down to step_us, as the medium does; with step_us 0 return INT64_MIN. */
int64_t fv_store_round(int64_t us, uint32_t step_us);

/* Return whether st is a file of that size and date. Any date is equal if the medium keeps no
 * times, or loses them. If the file system behind the port keeps whole or even seconds only (vfat
 * under POSIX), dates that round to the same are equal. */
bool fv_store_same(const struct fv_store *s, const struct fv_port_stat *st, uint64_t size,
                   int64_t modified_us);

/* Return whether st is the file of record: as above, or with the time that the medium gave it when
 * it was complete. */
bool fv_store_fits(const struct fv_store *s, const struct fv_port_stat *st,
                   const struct fv_ledger_record *record);

/* If the medium may have given the file of record, which is complete at path, a time other than its
 * date, note that time in record. FV_OK or an error of the port. */
enum fv_err fv_store_note_time(struct fv_store *s, const char *path,
                               struct fv_ledger_record *record) FV_MUSTUSE;

/* Return in *current whether the file of record exists with the size and date of record. Its
 * content is not read. FV_OK or an error of the port. */
enum fv_err fv_store_current(struct fv_store *s, const struct fv_ledger_record *record,
                             bool *current) FV_MUSTUSE;

/* Push the first size bytes of an open file to sha. FV_OK; FV_E_CORRUPT: the file is shorter;
 * FV_E_CANCELLED; FV_E_TIMEOUT; errors of the port. */
enum fv_err fv_store_hash(struct fv_store *s, int file, uint64_t size,
                          struct fv_sha256 *sha) FV_MUSTUSE;

/* Copy the content of one open file to another, or write it again in place, and sync it. FV_OK;
 * FV_E_CANCELLED; FV_E_TIMEOUT; errors of the port. */
enum fv_err fv_store_copy(struct fv_store *s, int from, int to) FV_MUSTUSE;

/* Return whether fault is about a file in `.fluxvision`, which every file needs. */
bool fv_store_fault_is_own(const struct fv_store *s);

/* Record err in fault, with the port's code and subject (may be NULL). Return err. FV_OK and above
 * are not recorded. */
enum fv_err fv_store_fail(struct fv_store *s, enum fv_err err, const char *subject) FV_MUSTUSE;

/* Record that need bytes of the file `name` do not fit, while left bytes are free, with both
 * numbers if FV_CAP_DETAIL has room for them. Return FV_E_FULL. */
enum fv_err fv_store_full(struct fv_store *store, struct fv_slice name, uint64_t need,
                          uint64_t left);

#endif
