/*
 * The log under the ledger: one file of records, each with a check, written at the end only and found again whatever is
 * between them. The format is described in store/ledger.h; which record counts is the ledger's business.
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
#define FV_LOG_FIXED 70u  /* bytes of a record besides path and URL */
#define FV_LOG_KEPT                                                                                \
    8u /* bytes of the time that the medium gave the file, where it has to be told */
#define FV_LOG_RECORD (FV_LOG_FIXED + FV_CAP_PATH + FV_CAP_URL + FV_LOG_KEPT)
#define FV_LOG_BUFFER (FV_CAP_BLOCK > FV_LOG_RECORD ? FV_CAP_BLOCK : FV_LOG_RECORD)

#define FV_LOG_FILE 1u    /* what is known of a file */
#define FV_LOG_REMOVED 2u /* nothing any more */

/* What is noted of a file besides. */
enum fv_ledger_mark {
    FV_LEDGER_HOOK = 1, /* it is complete, its hook has not ended well yet */
    FV_LEDGER_ADOPTED =
        2, /* it was there already: nobody has compared its content with the portal's */
    FV_LEDGER_EDITED = 4, /* its content was found to be another one, and has to be fetched again */
    FV_LEDGER_KEPT = 16,  /* the medium gave it another time than its date */
    FV_LEDGER_BATCH =
        32, /* the first of a batch: all before it had got their names, those before the last batch durably */
    FV_LEDGER_LOOSE =
        8 /* sync no longer looks after it: not listed any more, or moved away under --once */
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

/* A record in the log; its slices point into the log's buffer, until something else is read. */
struct fv_log_view {
    uint64_t position;
    size_t length;
    uint8_t type; /* FV_LOG_FILE, FV_LOG_REMOVED */
    struct fv_ledger_record record;
};

/* A way through the log. */
struct fv_log_scan {
    uint64_t position; /* where to look on: behind the last record found */
    uint64_t end;
    uint64_t last; /* behind the last record found */
    uint64_t gaps; /* places between records that are none */
    uint64_t bad;  /* of these, those that begin before torn */
    uint64_t torn; /* from there on the power may have left anything */
    bool any;      /* v is a record */
    struct fv_log_view v;
};

struct fv_log {
    uint64_t size; /* bytes, whole records only; what is behind does not count */

    /* Private. */
    const struct fv_port_storage *io;
    int file;
    bool torn;      /* a failed append left bytes behind size */
    uint64_t start; /* place of buf[0] in the file */
    size_t len;     /* bytes in buf */
    uint8_t buf[FV_LOG_BUFFER];
};

/* Begin to work on an open file of size bytes; io and file are borrowed. */
void fv_log_init(struct fv_log *l, const struct fv_port_storage *io, int file, uint64_t size);

/* Write the first line to file. FV_OK or an error of the port. */
enum fv_err fv_log_write_line(const struct fv_port_storage *io, int file,
                              uint64_t generation) FV_MUSTUSE;

/* Read the first line. FV_OK, and *intact says whether it is whole, *generation is set if so; FV_E_CORRUPT: it is the line of another
 * version; errors of the port. */
enum fv_err fv_log_read_line(struct fv_log *l, uint64_t *generation, bool *intact) FV_MUSTUSE;

/* Read the record at position. FV_OK; FV_E_CORRUPT: there is none whose check fits; errors of the port. Records that
 * follow each other are read a buffer at a time. */
enum fv_err fv_log_read(struct fv_log *l, uint64_t position, struct fv_log_view *v) FV_MUSTUSE;

/* Return a scan of what is between position and end. */
struct fv_log_scan fv_log_scan(uint64_t position, uint64_t end);

/* Find the next record; s->any says whether there is one. FV_OK or an error of the port. */
enum fv_err fv_log_next(struct fv_log *l, struct fv_log_scan *s) FV_MUSTUSE;

/* Return the bytes that a record takes. */
size_t fv_log_length(const struct fv_ledger_record *r);

/* Append a record; v gets position, length and type. The slices may point into the buffer, which stays as it is.
 * FV_OK or an error of the port: the log is as before then. */
enum fv_err fv_log_append(struct fv_log *l, uint8_t type, const struct fv_ledger_record *r,
                          struct fv_log_view *v) FV_MUSTUSE;

/* Forget the record that was appended last. */
void fv_log_take_back(struct fv_log *l, const struct fv_log_view *v);

/* Write the bytes of the record that was read last to another file. FV_OK or an error of the port. */
enum fv_err fv_log_copy(const struct fv_log *l, const struct fv_log_view *v, int file,
                        uint64_t offset) FV_MUSTUSE;

#endif
