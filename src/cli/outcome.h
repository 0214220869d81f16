/* SPDX-License-Identifier: MIT */
/*
 * How a run ended: its exit status, why, and its numbers. It is worked out once, when the run is over, and all that tell of it take it
 * from here: the last line of --json, `.fluxvision/last.json`, --metrics, `status`, and the program's exit status.
 *
 * As text it is one JSON object, written and read by one table of its members. `.fluxvision/last.json` has a member a line: a line
 * is what is read, so no other layout is understood. Members that are not known here are skipped (a later version's). All else that was not
 * written here is refused: what is on storage may be anything.
 */
#ifndef FV_CLI_OUTCOME_H
#define FV_CLI_OUTCOME_H

#include "cli/out.h"
#include "fluxvision.h"

#define FV_OUTCOME_ERROR 512 /* bytes of what was said, with its NUL; more is cut */
#define FV_OUTCOME_TEXT                                                                            \
    4096 /* bytes of its text at most: each byte of error may be an escape of six */

/* Instants: wall time, microseconds since 1970; INT64_MIN: not known. */
struct fv_outcome {
    bool dry_run;
    bool complete; /* it was told; not of the text */
    uint64_t exit; /* status of the program */
    int64_t began_us, ended_us;
    int64_t success_us;         /* when the last run that ended with 0 did so */
    int64_t certificate_end_us; /* of the portal, as seen last */
    uint64_t
        planned; /* files of a dry run that would be downloaded, adopted or removed: they are not counted as such */
    struct fv_summary summary;    /* its date_us and certificate_end_us are not of the text */
    char error[FV_OUTCOME_ERROR]; /* why exit is not 0; empty: it is, or nothing was said */
};

/* Forget all: numbers 0, instants not known. */
void fv_outcome_init(struct fv_outcome *outcome);

/* Take over the numbers of a client's last call; dry_run is set. */
void fv_outcome_count(struct fv_outcome *outcome, const struct fv_summary *summary);

/* Take over what a run does not know by itself from the one before: the last success, and the certificate's end if it saw none. */
void fv_outcome_follow(struct fv_outcome *outcome, const struct fv_outcome *before);

/* Write it as JSON, without a line's end; between: what separates its members, "," or ",\n". */
void fv_outcome_write(struct fv_out *o, const struct fv_outcome *outcome, const char *between);

/* The i-th number of the run, under the name that it has as text; from 0. False: there are no more. *name is constant. */
bool fv_outcome_number(const struct fv_outcome *outcome, size_t i, const char **name,
                       uint64_t *value);

/* Write how long something took, as seconds with three decimals. */
void fv_outcome_seconds(struct fv_writer *w, int64_t us);

/* The state of the last run of sync. FV_OK; FV_E_NOT_FOUND: there is none; FV_E_CORRUPT: it is not what was written; errors of the port.
 * *last is as fv_outcome_init() leaves it unless FV_OK is returned: what can't be read is not known, which is an error for nobody. */
enum fv_err fv_outcome_last(const struct fv_port_storage *storage,
                            struct fv_outcome *last) FV_MUSTUSE;

/* Read what fv_outcome_write() wrote with ",\n" and a line's end. False: it is not that; *outcome is not usable then. */
bool fv_outcome_read(struct fv_slice text, struct fv_outcome *outcome);

#endif
