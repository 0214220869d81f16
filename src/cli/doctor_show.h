/* SPDX-License-Identifier: MIT */
/*
 * Prints what doctor finds: a line for each step with "ok", "warn" or "FAIL", details below it, and
 * what to do; or, with --json, an object for each step, and a last one that tells how it ended. No
 * secret is printed.
 */
#ifndef FV_CLI_DOCTOR_SHOW_H
#define FV_CLI_DOCTOR_SHOW_H

#include "cli/out.h"
#include "client/doctor.h"

struct fv_doctor_show {
    struct fv_out *out;
    bool json, quiet;        /* quiet: leave out steps that are ok, except with --json */
    const char *dir;         /* path of DIR */
    const char *file_system; /* of DIR, such as "FAT, "; NULL: not known */
    uint64_t count[3];       /* number of steps, by result */
    int exit;                /* exit status of the first step that failed; 0: none */
    char error[512];         /* the error of that step; empty: none */
    struct fv_out text;      /* what a step has found, as lines; never written itself */
};

/* Append to o. In format, %s is a text (NULL: nothing), %v a slice, by pointer, %j the same as
 * JSON (empty: null), %u a uint64_t, %z a uint64_t that is a size, %t an int64_t that is an
 * instant, %m an int64_t that is a duration, written as " in 12 ms". */
void fv_doctor_show_put(struct fv_out *o, const char *format, ...);

/* Print a step: s->text and advice, which may be NULL or empty. exit: its exit status, if it
 * failed. s->text is empty afterwards. */
void fv_doctor_show_step(struct fv_doctor_show *s, enum fv_doctor_step step,
                         enum fv_doctor_result result, const char *advice, int exit);
/* Print a step of struct fv_doctor, whose ctx is the show, with the words for its facts. */
void fv_doctor_show_told(void *ctx, const struct fv_doctor *d);
/* Print the last line. wall_us: the time now; INT64_MIN: not known. */
void fv_doctor_show_end(struct fv_doctor_show *s, int64_t wall_us);

#endif
