/* SPDX-License-Identifier: MIT */
/*
 * The plan of a run: the entries of the listing, one record each, and the local paths that are
 * taken (store/names.h). The records are in `.fluxvision/plan`, so that memory does not depend on
 * the length of the listing. The plan is created for each run and removed at its end.
 *
 * Order of calls: begin; then claim names and add, in the order of the listing; finish; latest if
 * needed; rewind, next, read_at; close.
 */
#ifndef FV_STORE_PLAN_H
#define FV_STORE_PLAN_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"
#include "port/port.h"
#include "store/names.h"

#include <stdbool.h>
#include <stdint.h>

enum fv_plan_flag {
    FV_PLAN_HIDDEN = 1, /* the filters exclude its name */
    FV_PLAN_DATED = 2,  /* the filters exclude its date */
    FV_PLAN_UNREAD = 4  /* not a valid entry: no path, no date */
};

struct fv_plan_record {
    struct fv_slice path; /* local path, at most FV_CAP_PATH bytes; may be empty */
    struct fv_slice url;  /* at most FV_CAP_URL bytes; may be empty */
    int64_t modified_us;  /* date of the listing */
    uint8_t flags;        /* of enum fv_plan_flag */
    enum fv_err err;      /* why the entry is not usable, with `field`; FV_OK: it is usable */
    uint8_t field;        /* index of the field with the error */
    uint8_t scope;        /* index of the scope whose listing it is from */
    uint32_t number;      /* its position in that listing, from 1 */
    uint64_t position;    /* for read_at; written by next and read_at */
    bool dropped;         /* excluded by filters or latest; written by next and read_at */
};

/* The caller's memory for the texts of a record, each with a NUL after it. NULL: that text is not
 * read. */
struct fv_plan_text {
    char *path; /* FV_CAP_PATH + 1 bytes; requires url */
    char *url;  /* FV_CAP_URL + 1 bytes */
};

/* If requests are sent ahead, the next record and the record that is read again are far apart in
 * the file. Each gets a window of FV_CAP_BLOCK bytes. */
#define FV_PLAN_WINDOWS (FV_CAP_PIPELINE > 1 ? 2 : 1)

struct fv_plan_window {
    /* Private. */
    uint64_t start; /* position of buf[0] in the file */
    size_t len;     /* bytes in buf */
    uint8_t buf[FV_CAP_BLOCK];
};

/* Set to zero before the first begin. */
struct fv_plan {
    uint64_t total; /* records that pass the filters, without entries that are not valid */
    uint64_t kept;  /* of these, records that are not dropped */
    /* Set by the owner: a record is read with the path that its URL has in names, not with its
     * own. */
    bool settled;
    struct fv_names names;

    /* Private. */
    const struct fv_port_storage *io;
    int file;
    bool is_open;
    bool made_dir;
    bool again;                   /* read_at is reading */
    uint64_t size;                /* bytes of all records */
    uint64_t position;            /* of the next record to read */
    int64_t oldest_us, newest_us; /* dates of all records */
    int64_t cut_us;               /* records with an earlier date are dropped */
    /* of records with exactly that date, those from this position on are dropped */
    uint64_t cut_position;
    /* one for writing and for next, one for read_at */
    struct fv_plan_window window[FV_PLAN_WINDOWS];
};

/* Start an empty plan. Called again after begin, it drops all records. page and io are borrowed
 * until close; page may also be used by a ledger. fat: as in parse/localpath.h. FV_OK or an error
 * of the port. */
enum fv_err fv_plan_begin(struct fv_plan *p, struct fv_table_page *page,
                          const struct fv_port_storage *io, bool fat) FV_MUSTUSE;

/* Append a record. position and dropped are ignored; the slices are copied. FV_OK, FV_E_CAPACITY,
 * errors of the port. */
enum fv_err fv_plan_add(struct fv_plan *p, const struct fv_plan_record *record) FV_MUSTUSE;

/* End adding. Must be called before records are read. FV_OK or an error of the port. */
enum fv_err fv_plan_finish(struct fv_plan *p) FV_MUSTUSE;

/* Change the date of a record that next returned with its texts; before latest. dated: the
 * filters exclude the new date. FV_OK or an error of the port. */
enum fv_err fv_plan_redate(struct fv_plan *p, struct fv_plan_record *record, int64_t modified_us,
                           bool dated) FV_MUSTUSE;

/* Keep only the n records (n > 0) with the latest dates, of those that count in total, and drop the
 * others. Of records with the same date, those that are listed first stay. Reads the plan at most
 * nine times. FV_OK; FV_E_CAPACITY: more than 2^32 records; FV_E_CORRUPT; errors of the port. */
enum fv_err fv_plan_latest(struct fv_plan *p, uint64_t n) FV_MUSTUSE;

/* Go back to the first record. Always FV_OK. */
enum fv_err fv_plan_rewind(struct fv_plan *p) FV_MUSTUSE;

/* Read the next record, dropped ones too. FV_OK: *any tells whether there was one. Path and URL are
 * written to text, and the slices borrow from it; with text NULL they are not read. FV_E_CORRUPT,
 * errors of the port. */
enum fv_err fv_plan_next(struct fv_plan *p, struct fv_plan_record *record,
                         const struct fv_plan_text *text, bool *any) FV_MUSTUSE;

/* Read the record at a position that next returned. Does not change what next reads. Errors and
 * text as above. */
enum fv_err fv_plan_read_at(struct fv_plan *p, uint64_t position, struct fv_plan_record *record,
                            const struct fv_plan_text *text) FV_MUSTUSE;

/* Close and remove the files; errors are ignored. Does nothing for a plan that was not begun. */
void fv_plan_close(struct fv_plan *p);

#endif
