/*
 * Files that settings, passwords and certificates come from, and what each may do (fluxvision.conf(5) has the same table):
 *
 *   source                           missing   empty             readable by all
 *   --config FILE                    error     no settings       warning if it holds a password
 *   the two default settings files   next      no settings       warning if it holds a password
 *   --password-file FILE             error     error             told with -v
 *   systemd's credentials            next      error             -
 *   ~/.netrc                         next      next source       told with -v
 *   --cacert FILE                    error     FV_E_TLS_CA       -
 *
 * One that is there and cannot be read is an error in each case, and so is one that is malformed: file and line are named.
 * "Missing" is ENOENT and ENOTDIR; a directory that may not be searched hides what may be there, and is an error too.
 */
#ifndef FV_CLI_SOURCE_H
#define FV_CLI_SOURCE_H

#include "cli/out.h"

enum fv_source_kind {
    FV_SOURCE_CONFIG,
    FV_SOURCE_CONFIG_DEFAULT,
    FV_SOURCE_PASSWORD_FILE,
    FV_SOURCE_CREDENTIALS,
    FV_SOURCE_NETRC,
    FV_SOURCE_CACERT
};

struct fv_source {
    enum fv_source_kind kind;
    const char *path; /* borrowed */
    int64_t until_us; /* of the port's clock: how long a pipe is waited for; INT64_MAX: no limit */
    struct fv_out *err; /* where it is told what is wrong */

    /* Private. */
    int fd;
    bool waits, exposed;
};

/* Open it. FV_OK; FV_E_NOT_FOUND: not there, and need not be; after saying what is wrong: FV_E_USAGE. */
enum fv_err fv_source_open(struct fv_source *s) FV_MUSTUSE;
/* Read what comes next, at most size bytes; *got is 0 at the end only. FV_OK; after saying what is wrong: FV_E_USAGE,
 * FV_E_TIMEOUT; FV_E_CANCELLED. */
enum fv_err fv_source_read(const struct fv_source *s, char *out, size_t size,
                           size_t *got) FV_MUSTUSE;
void fv_source_close(struct fv_source *s);

/* Say that all may read this file, which holds a password, where its kind wants it. */
void fv_source_warn(const struct fv_source *s, bool quiet, bool verbose);
/* Say what is wrong in that line (0: in none); subject may be empty. Returns FV_E_USAGE. */
enum fv_err fv_source_refuse(const struct fv_source *s, uint64_t line, const char *what,
                             struct fv_slice subject);
/* Say that it cannot be read. Returns FV_E_USAGE. */
enum fv_err fv_source_unreadable(const struct fv_source *s, int error);

#endif
