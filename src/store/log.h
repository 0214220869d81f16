/* SPDX-License-Identifier: MIT */
/*
 * The log under the ledger: one file of records, each with a checksum. Records are written at the
 * end only, and are found again whatever lies between them. store/ledger.h describes the format;
 * the ledger decides which record counts.
 */
#ifndef FV_STORE_LOG_H
#define FV_STORE_LOG_H

#include "base/cap.h"
#include "base/err.h"
#include "base/sha256.h"
#include "base/slice.h"
#include "port/port.h"

#include <stdbool.h>
#include <stdint.h>

#define FV_LOG_HEADER 37u /* bytes of the first line */
#define FV_LOG_FIXED 70u  /* bytes of a record without path and URL */
#define FV_LOG_KEPT 8u /* bytes of the time that the medium gave the file, if the record has it */
#define FV_LOG_RECORD (FV_LOG_FIXED + FV_CAP_PATH + FV_CAP_URL + FV_LOG_KEPT)
#define FV_LOG_BUFFER (FV_CAP_BLOCK > FV_LOG_RECORD ? FV_CAP_BLOCK : FV_LOG_RECORD)

#define FV_LOG_FILE 1u    /* the record of a file */
#define FV_LOG_REMOVED 2u /* the ledger has forgotten the file */

/* Marks of a file. */
enum fv_ledger_mark {
    FV_LEDGER_HOOK = 1, /* complete; its hook has not succeeded yet */
    /* The file was there already. Its content was never compared with the portal's. */
    FV_LEDGER_ADOPTED = 2,
    FV_LEDGER_EDITED = 4, /* its content was found to be different, and must be fetched again */
    FV_LEDGER_KEPT = 16,  /* the medium gave it a time other than its date */
    /* The first record of a batch. All records before it had their names; those before the last
     * batch, durably. */
    FV_LEDGER_BATCH = 32,
    /* sync no longer checks it: not listed any more, or moved away with --once. */
    FV_LEDGER_LOOSE = 8
};

struct fv_ledger_record {
    struct fv_slice path; /* local path, at most FV_CAP_PATH bytes, not empty */
    struct fv_slice url;  /* at most FV_CAP_URL bytes */
    int64_t modified_us;  /* date of the listing */
    uint64_t size;        /* bytes */
    uint8_t sha256[FV_SHA256_SIZE];
    uint8_t marks;   /* of enum fv_ledger_mark */
    int64_t kept_us; /* with FV_LEDGER_KEPT: the time that the medium gave the file */
};

/* A record in the log. Its slices point into the log's buffer, until something else is read. */
struct fv_log_view {
    uint64_t position;
    size_t length;
    uint8_t type; /* FV_LOG_FILE, FV_LOG_REMOVED */
    struct fv_ledger_record record;
};

/* A scan of a part of the log. */
struct fv_log_scan {
    uint64_t position; /* where to go on: after the last record found */
    uint64_t end;
    uint64_t last; /* end of the last record found */
    uint64_t gaps; /* places between records that are not a record */
    uint64_t bad;  /* of these, places that begin before `torn` */
    uint64_t torn; /* from this position on, a power cut may have left any bytes */
    bool any;      /* v is a record */
    struct fv_log_view v;
};

struct fv_log {
    uint64_t size; /* bytes of complete records; what follows does not count */

    /* Private. */
    const struct fv_port_storage *io;
    int file;
    bool torn;      /* an append that failed has left bytes after `size` */
    uint64_t start; /* position of buf[0] in the file */
    size_t len;     /* bytes in buf */
    uint8_t buf[FV_LOG_BUFFER];
};

/* Begin with an open file of size bytes. io and file are borrowed. */
void fv_log_init(struct fv_log *l, const struct fv_port_storage *io, int file, uint64_t size);

/* Write the first line to file. FV_OK or an error of the port. */
enum fv_err fv_log_write_line(const struct fv_port_storage *io, int file,
                              uint64_t generation) FV_MUSTUSE;

/* Read the first line. FV_OK: *intact tells whether it is complete; *generation is set if it is.
 * FV_E_CORRUPT: the line of another version. Errors of the port. */
enum fv_err fv_log_read_line(struct fv_log *l, uint64_t *generation, bool *intact) FV_MUSTUSE;

/* Read the record at position. FV_OK; FV_E_CORRUPT: there is none with a correct checksum; errors
 * of the port. Consecutive records are read one buffer at a time. */
enum fv_err fv_log_read(struct fv_log *l, uint64_t position, struct fv_log_view *v) FV_MUSTUSE;

/* Return a scan of the part between position and end. */
struct fv_log_scan fv_log_scan(uint64_t position, uint64_t end);

/* Find the next record. s->any tells whether there is one. FV_OK or an error of the port. */
enum fv_err fv_log_next(struct fv_log *l, struct fv_log_scan *s) FV_MUSTUSE;

/* Return the bytes of a record in the log. */
size_t fv_log_length(const struct fv_ledger_record *r);

/* Append a record. v gets position, length and type. The slices may point into the buffer, which is
 * unchanged. FV_OK; or an error of the port, after which the log is as before. */
enum fv_err fv_log_append(struct fv_log *l, uint8_t type, const struct fv_ledger_record *r,
                          struct fv_log_view *v) FV_MUSTUSE;

/* Remove the record that was appended last. If that fails, the next append tries again. */
void fv_log_take_back(struct fv_log *l, const struct fv_log_view *v);

/* Write the bytes of the record that was read last to another file. FV_OK or an error of the
 * port. */
enum fv_err fv_log_copy(const struct fv_log *l, const struct fv_log_view *v, int file,
                        uint64_t offset) FV_MUSTUSE;

#endif
