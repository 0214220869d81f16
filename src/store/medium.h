/* SPDX-License-Identifier: MIT */
/*
 * What the medium below DIR does with names and times, if the port does not know (port.h:
 * identity). It is measured, not derived from the name of a file system. Once a run, in
 * `.fluxvision/`, with about ten system calls if the medium is known:
 *
 * - The lock file gets the time 2009-02-13T23:31:31.834567Z, as far as the medium keeps it. This
 *   shows whether a date is kept, or must be read back when a file is complete. Dates before 1980
 *   and from 2038 on are always read back, because many media clamp them.
 * - The lock file is looked up under its name in capitals and with a dot at the end, and a file é
 *   as É and as é in two characters. If one of these exists, the medium folds names. Which names it
 *   treats as the same is then tried for each new name (store/fold.h).
 * - The result is written into the lock file, with its identity (device, number, file system). It
 *   is valid as long as this is the same file. After another mount in place of DIR, or in a tree
 *   that was moved or copied, the medium is measured again.
 * - The lock file is also a witness (on media that change times, `.fluxvision/ledger.probe` is). If
 *   it has another time in a later run, the medium loses times, which are then ignored. Files are
 *   compared by size alone, and only sync --checksum finds an edit that keeps the size.
 */
#ifndef FV_STORE_MEDIUM_H
#define FV_STORE_MEDIUM_H

#include "base/err.h"
#include "port/port.h"

#include <stdbool.h>
#include <stdint.h>

struct fv_medium {
    bool folds; /* it treats some different names as the same */
    bool fat;   /* it refuses names that FAT forbids */
    /* it keeps a date between 1980 and 2037, with a resolution of two seconds or better */
    bool exact;
    bool lost;  /* it has lost a time that it had kept; times are ignored */
    bool fresh; /* it was measured in this run, and no file was compared with the ledger yet */

    /* Private. */
    bool young; /* the result becomes durable with the next sync of all */
    uint64_t id;
    int64_t witness_us; /* the time of the witness */
};

/* Measure the medium, or read the stored result if it is still valid. reader: only read. young:
 * the directory has no records yet, and nothing is synced; the caller calls the port's sync_all
 * and then fv_medium_keep(). FV_OK, also if the medium is full or the lock file belongs to
 * another user; errors of the port. */
enum fv_err fv_medium_open(struct fv_medium *m, const struct fv_port_storage *io, bool reader,
                           bool young) FV_MUSTUSE;

/* Store the result in the lock file, durably (if opened with young: with the next sync_all).
 * FV_OK, also if the medium is full or the lock file belongs to another user: the next run
 * measures again. Errors of the port. */
enum fv_err fv_medium_keep(struct fv_medium *m, const struct fv_port_storage *io) FV_MUSTUSE;

/* Return whether the medium may give a file with that date another time, which must be read
 * back. */
bool fv_medium_alters(const struct fv_medium *m, int64_t modified_us);

#endif
