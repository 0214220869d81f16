/*
 * ~/.netrc, of any size: `machine NAME login L password P`, `default`, tokens in any line; "account X" and "macdef" are
 * skipped, and so is each word that is no keyword, as curl does it. Keywords in any case; tokens may be in double quotes with
 * \" \\ \n \r \t (as curl has it). A `#` where a keyword is expected begins a comment to the line's end; a name or password
 * may begin with it. A macro ends at a blank line. A byte order mark is skipped.
 *
 * The first entry that fits and has a password wins; `default` fits every host, and an entry without a login fits every user.
 * Where none has a password, the first login of the host is what is found.
 *
 * Refuses, in an entry of that host alone: an open quote, a NUL, a login or password that is missing or too long.
 */
#ifndef FV_PARSE_NETRC_H
#define FV_PARSE_NETRC_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct fv_netrc {
    /* The result: valid when found. Secrets: wipe with fv_netrc_reset(). */
    bool found;
    bool has_login, has_password;
    uint64_t line; /* of what was found, or of what is wrong; from 1 */

    /* Private. */
    struct fv_slice host, user;
    bool wants_password, active;
    uint8_t expect, state;
    uint64_t value_line; /* of the last login or password */
    uint64_t keyword_line;
    uint8_t mark;    /* bytes of a byte order mark that came; more than 3: there was none */
    bool blank_line; /* of a macro, so far */
    bool has_other;
    size_t token_len; /* FV_CAP_SECRET + 1: it is longer */
    bool token_nul;
    char login[FV_CAP_SECRET + 1];
    char password[FV_CAP_SECRET + 1];
    char other_login[FV_CAP_SECRET + 1]; /* of the first entry without a password */
    char token[FV_CAP_SECRET + 1];
};

/* Look for host (compared without case), and for that login if user is not empty. Both are borrowed until reset.
 * wants_password: false if only the login is of interest. */
void fv_netrc_init(struct fv_netrc *n, struct fv_slice host, struct fv_slice user,
                   bool wants_password);
/* Read len bytes more, cut anywhere. FV_MORE: go on; FV_OK: found, no more is needed; FV_E_USAGE: not netrc; FV_E_CAPACITY: a
 * login or password is too long. */
enum fv_err fv_netrc_push(struct fv_netrc *n, const char *text, size_t len) FV_MUSTUSE;
/* The file has ended: FV_OK (found or not), or the errors above. */
enum fv_err fv_netrc_finish(struct fv_netrc *n) FV_MUSTUSE;
/* Wipe. */
void fv_netrc_reset(struct fv_netrc *n);

#endif
