/* SPDX-License-Identifier: MIT */
/*
 * How a run ended: its exit status, the reason, and its numbers. It is computed once, at the end of
 * the run, and is the source of the last line of --json, `.fluxvision/last.json`, --metrics,
 * `status`, and the program's exit status.
 *
 * As text it is one JSON object, which is written and read with one table of its members.
 * `.fluxvision/last.json` has one member a line, and only this layout is read. Members that are not
 * known (of a later version) are skipped. Anything else that fv_outcome_write() does not write is
 * refused, because the storage may hold anything.
 */
#ifndef FV_CLI_OUTCOME_H
#define FV_CLI_OUTCOME_H

#include "cli/out.h"
#include "fluxvision.h"

#define FV_OUTCOME_ERROR 512 /* bytes of the error text with its NUL; longer texts are cut */
/* most bytes of the JSON text; each byte of error may be an escape of six bytes */
#define FV_OUTCOME_TEXT 4096

/* Instants: wall time, microseconds since 1970; INT64_MIN: not known. */
struct fv_outcome {
    bool dry_run;
    bool complete; /* it was reported; not in the text */
    uint64_t exit; /* exit status of the program */
    int64_t began_us, ended_us;
    int64_t success_us;         /* end of the last run with exit status 0 */
    int64_t certificate_end_us; /* expiry of the portal's certificate, as seen last */
    /* of a dry run: files that would be downloaded, adopted or removed; they are not counted as
     * such */
    uint64_t planned;
    /* without its date_us and certificate_end_us, which are not in the text */
    struct fv_summary summary;
    char error[FV_OUTCOME_ERROR]; /* why exit is not 0; empty: it is 0, or no reason was printed */
};

/* Reset: numbers 0, instants not known. */
void fv_outcome_init(struct fv_outcome *outcome);

/* Copy the numbers of a client's last call. dry_run must be set before. */
void fv_outcome_count(struct fv_outcome *outcome, const struct fv_summary *summary);

/* Copy from the outcome before what this run does not know: the last success, and the
 * certificate's expiry if it saw no certificate. */
void fv_outcome_follow(struct fv_outcome *outcome, const struct fv_outcome *before);

/* Write it as JSON without a line end. between: the separator of members, "," or ",\n". */
void fv_outcome_write(struct fv_out *o, const struct fv_outcome *outcome, const char *between);

/* Get the i-th number of the run, from 0, and its name in the text, which is constant. Return
 * false if there are no more. */
bool fv_outcome_number(const struct fv_outcome *outcome, size_t i, const char **name,
                       uint64_t *value);

/* Write a duration in seconds with three decimals. */
void fv_outcome_seconds(struct fv_writer *w, int64_t us);

/* Read the outcome of the last sync. FV_OK; FV_E_NOT_FOUND: there is none; FV_E_CORRUPT: the
 * text is damaged; errors of the port. If it is not FV_OK, *last is as after fv_outcome_init():
 * the outcome is not known, which callers accept. */
enum fv_err fv_outcome_last(const struct fv_port_storage *storage,
                            struct fv_outcome *last) FV_MUSTUSE;

/* Read the text of fv_outcome_write() with ",\n" and a line end. Return false if it is another
 * text; *outcome is then not usable. */
bool fv_outcome_read(struct fv_slice text, struct fv_outcome *outcome);

#endif
