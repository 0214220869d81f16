/*
 * The plan of a run: what the listing holds, record by record, and which local names are taken (store/names.h). The records are in
 * `.fluxvision/plan`, so that memory does not depend on the listing's length. Nothing of it survives a run: it is begun anew and
 * removed at the end.
 *
 * Life: begin, then claim names and add in the listing's order; finish; latest if wanted; rewind, next, read_at; close.
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
    FV_PLAN_HIDDEN = 1, /* the filters leave it out by its name */
    FV_PLAN_DATED = 2,  /* the filters leave it out by its date */
    FV_PLAN_UNREAD = 4  /* not an entry: no path, no date */
};

struct fv_plan_record {
    struct fv_slice path; /* local path, at most FV_CAP_PATH bytes; may be empty */
    struct fv_slice url;  /* at most FV_CAP_URL bytes; may be empty */
    int64_t modified_us;  /* date of the listing */
    uint8_t flags;        /* of enum fv_plan_flag */
    enum fv_err err;      /* why the entry can't be used, with the two below; FV_OK: it can */
    uint8_t field;        /* which of its fields is to blame */
    uint8_t scope;        /* which listing it is of */
    uint32_t number;      /* its place in that listing, from 1 on */
    uint64_t position;    /* for read_at; written by next and read_at */
    bool dropped;         /* filters or latest left it out; written by next and read_at */
};

/* The caller's room for a record's texts, each with a NUL behind it; NULL: that one is left out. */
struct fv_plan_text {
    char *path; /* FV_CAP_PATH + 1 bytes; not without url */
    char *url;  /* FV_CAP_URL + 1 bytes */
};

/* Where requests are sent ahead, what is read next is far from what is read again: FV_CAP_BLOCK bytes of the file for each. */
#define FV_PLAN_WINDOWS (FV_CAP_PIPELINE > 1 ? 2 : 1)

struct fv_plan_window {
    /* Private. */
    uint64_t start; /* place of buf[0] in the file */
    size_t len;     /* bytes in buf */
    uint8_t buf[FV_CAP_BLOCK];
};

/* Zero before the first begin. */
struct fv_plan {
    uint64_t total; /* records that the filters leave, but those that are unread */
    uint64_t kept;  /* of these, not dropped */
    bool
        settled; /* the owner's: a record is read with the path that its URL has in names, not with that of its own */
    struct fv_names names;

    /* Private. */
    const struct fv_port_storage *io;
    int file;
    bool is_open;
    bool made_dir;
    bool again;                   /* read_at is reading */
    uint64_t size;                /* bytes of records */
    uint64_t position;            /* of the next record to read */
    int64_t oldest_us, newest_us; /* of all records */
    int64_t cut_us;               /* records before that date are dropped */
    uint64_t cut_position;        /* of those of that very date, the ones from there on */
    struct fv_plan_window window[FV_PLAN_WINDOWS]; /* what is written or read next, and read_at's */
};

/* Start an empty plan; also again after begin, which forgets what was there. page and io are borrowed until close; page may
 * be a ledger's too. fat: as in parse/localpath.h. FV_OK or an error of the port. */
enum fv_err fv_plan_begin(struct fv_plan *p, struct fv_table_page *page,
                          const struct fv_port_storage *io, bool fat) FV_MUSTUSE;

/* Append a record; position and dropped are not read, the slices copied. FV_OK, FV_E_CAPACITY, errors of the port. */
enum fv_err fv_plan_add(struct fv_plan *p, const struct fv_plan_record *record) FV_MUSTUSE;

/* End the adding, before anything is read. */
enum fv_err fv_plan_finish(struct fv_plan *p) FV_MUSTUSE;

/* Give a record that next gave, with its texts, another date, before latest; dated: the filters leave that one out. FV_OK or an error
 * of the port. */
enum fv_err fv_plan_redate(struct fv_plan *p, struct fv_plan_record *record, int64_t modified_us,
                           bool dated) FV_MUSTUSE;

/* Drop all but the n records (n > 0) with the latest dates, of those that count in total; of equal dates the ones listed first stay. Reads the plan at most
 * nine times. FV_OK; FV_E_CAPACITY over 2^32 records; FV_E_CORRUPT; errors of the port. */
enum fv_err fv_plan_latest(struct fv_plan *p, uint64_t n) FV_MUSTUSE;

/* Go back to the first record. */
enum fv_err fv_plan_rewind(struct fv_plan *p) FV_MUSTUSE;

/* Read the next record, dropped ones too. FV_OK, and *any says whether there was one. path and URL are written to text, which the
 * slices then borrow; with text NULL they are left out. FV_E_CORRUPT, errors of the port. */
enum fv_err fv_plan_next(struct fv_plan *p, struct fv_plan_record *record,
                         const struct fv_plan_text *text, bool *any) FV_MUSTUSE;

/* Read the record at a position that next gave; does not change what next reads. Errors and text as there. */
enum fv_err fv_plan_read_at(struct fv_plan *p, uint64_t position, struct fv_plan_record *record,
                            const struct fv_plan_text *text) FV_MUSTUSE;

/* Close and remove the files; failures are of no consequence. A plan that was not begun is left alone. */
void fv_plan_close(struct fv_plan *p);

#endif
