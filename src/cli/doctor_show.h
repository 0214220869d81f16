/* SPDX-License-Identifier: MIT */
/*
 * What a doctor finds, in words: a line for each step, "ok", "warn" or "FAIL", more of it behind, and what to do; or, with --json, an
 * object for each, and a last one that tells how it ended. No secret is in it.
 */
#ifndef FV_CLI_DOCTOR_SHOW_H
#define FV_CLI_DOCTOR_SHOW_H

#include "cli/out.h"
#include "client/doctor.h"

struct fv_doctor_show {
    struct fv_out *out;
    bool json, quiet;        /* quiet: steps that are ok are left out, but for --json */
    const char *dir;         /* its path */
    const char *file_system; /* of DIR, as "FAT, "; NULL: not known */
    uint64_t count[3];       /* of steps, by result */
    int exit;                /* status of the first step that failed; 0 */
    char error[512];         /* and what it is; empty */
    struct fv_out text;      /* what was found in a step, lines; never written */
};

/* Append to o. In format, %s is a text (NULL: nothing), %v a slice, by pointer, %j the same as JSON (empty: null), %u a uint64_t, %z one that is
 * a size, %t an int64_t that is an instant, %m one that is a span, as " in 12 ms". */
void fv_doctor_show_put(struct fv_out *o, const char *format, ...);

/* Print a step: s->text, and advice, which may be NULL or empty; exit: the status, if it failed. s->text is empty then. */
void fv_doctor_show_step(struct fv_doctor_show *s, enum fv_doctor_step step,
                         enum fv_doctor_result result, const char *advice, int exit);
/* The same in words that are found here: for struct fv_doctor, whose ctx is the show. */
void fv_doctor_show_told(void *ctx, const struct fv_doctor *d);
/* Print the last line; wall_us: now, or INT64_MIN. */
void fv_doctor_show_end(struct fv_doctor_show *s, int64_t wall_us);

#endif
