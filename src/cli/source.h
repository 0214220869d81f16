/* SPDX-License-Identifier: MIT */
/*
 * Files that settings, passwords and certificates come from (fluxvision.conf(5) has the same
 * table):
 *
 *   source                           missing   empty             readable by all users
 *   --config FILE                    error     no settings       warning if it holds a password
 *   the two default settings files   next      no settings       warning if it holds a password
 *   --password-file FILE             error     error             reported with -v
 *   systemd's credentials            next      error             -
 *   ~/.netrc                         next      next source       reported with -v
 *   --cacert FILE                    error     FV_E_TLS_CA       -
 *
 * A file that exists and cannot be read is always an error. So is a malformed file; the message
 * names the file and the line. "Missing" means ENOENT or ENOTDIR. A directory without search
 * permission is an error too, because it may hide the file.
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
    const char *path;   /* borrowed */
    int64_t until_us;   /* on the port's clock: how long to wait for a pipe; INT64_MAX: no limit */
    struct fv_out *err; /* messages are printed here */

    /* Private. */
    int fd;
    bool waits, exposed;
};

/* Open the file. FV_OK; FV_E_NOT_FOUND: missing, and not an error for this kind; FV_E_USAGE: the
 * reason was printed. */
enum fv_err fv_source_open(struct fv_source *s) FV_MUSTUSE;
/* Read the next bytes, at most size. *got is 0 at the end only. FV_OK; FV_E_USAGE, FV_E_TIMEOUT:
 * the reason was printed; FV_E_CANCELLED. */
enum fv_err fv_source_read(const struct fv_source *s, char *out, size_t size,
                           size_t *got) FV_MUSTUSE;
void fv_source_close(struct fv_source *s);

/* Warn that all users can read this file, which holds a password, if its kind requires that. */
void fv_source_warn(const struct fv_source *s, bool quiet, bool verbose);
/* Print what is wrong in that line (0: in no certain line); subject may be empty. Return
 * FV_E_USAGE. */
enum fv_err fv_source_refuse(const struct fv_source *s, uint64_t line, const char *what,
                             struct fv_slice subject);
/* Print that the file cannot be read. Return FV_E_USAGE. */
enum fv_err fv_source_unreadable(const struct fv_source *s, int error);

#endif
