/*
 * What the medium below DIR does with names and times, where the port does not know (port.h: identity): measured, not known by the name
 * of a file system. Once a run, in `.fluxvision/`, with some ten calls of the system where it is known:
 *
 * - The lock gets the time 2009-02-13T23:31:31.834567Z, as far as the medium keeps it: whether a date can be trusted to be kept, or
 *   has to be read back when a file is complete. Dates before 1980 and from 2038 on, which many media clamp, always are.
 * - Whether the lock answers to its name in capitals or with a dot behind it, a file é to É or to é in two characters: the medium folds
 *   names. Which ones it takes for one is asked for each new name, then (store/fold.h).
 * - The result is written into the lock, with the lock's identity (device, number, file system): what was measured holds as long as it
 *   is that file. Another mount in the place of DIR, or a tree that was moved or copied, is measured anew.
 * - The lock is a witness as well (where times are altered `.fluxvision/ledger.probe` is): if its time is another one in a later run, the
 *   medium loses times, and they say nothing from then on. Files are compared by size alone, and an edit that keeps the size is
 *   seen by sync --checksum only.
 */
#ifndef FV_STORE_MEDIUM_H
#define FV_STORE_MEDIUM_H

#include "base/err.h"
#include "port/port.h"

#include <stdbool.h>
#include <stdint.h>

struct fv_medium {
    bool folds; /* it takes some names that differ for one */
    bool fat;   /* it refuses what FAT forbids in names */
    bool exact; /* it keeps a date between 1980 and 2037, in steps of two seconds at most */
    bool lost;  /* it has lost a time that it had kept: no time on it says anything */
    bool fresh; /* nothing in the ledger has been compared on it yet */

    /* Private. */
    bool young; /* what is measured becomes durable with the next sync of all */
    uint64_t id;
    int64_t witness_us; /* the time that tells whether times last */
};

/* Find out, or read what was found out. A reader only reads. young: there are no records yet, and nothing is synced; the caller calls the port's
 * sync_all, and then keep. FV_OK, or an error of the port. Neither is a full medium an error, nor a lock that is another user's. */
enum fv_err fv_medium_open(struct fv_medium *m, const struct fv_port_storage *io, bool reader,
                           bool young) FV_MUSTUSE;

/* Write down what was found out, durably (where it was opened young: with the next sync_all). FV_OK, on a full medium too, or where the lock is another
 * user's: it is measured again then. Errors of the port. */
enum fv_err fv_medium_keep(struct fv_medium *m, const struct fv_port_storage *io) FV_MUSTUSE;

/* Whether a file with that date has to be looked at to know which time it got. */
bool fv_medium_alters(const struct fv_medium *m, int64_t modified_us);

#endif
