/*
 * ~/.netrc: `machine NAME login L password P`, `default`, tokens in any line; "account X" and "macdef" are skipped; tokens may
 * be in double quotes with \" \\ \n \r \t (as curl has it). A `#` where a keyword is expected begins a comment to the line's
 * end; a name or password may begin with it. The first entry that fits wins, `default` fits every host, and an entry without
 * a login fits every user. A macro ends at a blank line. Refuses other keywords, open quotes and NUL.
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
    char login[FV_CAP_SECRET + 1];
    char password[FV_CAP_SECRET + 1];
    bool has_login, has_password;

    /* Private. */
    struct fv_slice host, user;
    bool active, in_macro;
    uint8_t expect;
};

/* Look for host (compared without case), and for that login if user is not empty. Both are borrowed until reset. */
void fv_netrc_init(struct fv_netrc *n, struct fv_slice host, struct fv_slice user);
/* Read one line, without its line end. FV_MORE: go on; FV_OK: found, no further line is needed; FV_E_USAGE: not netrc;
 * FV_E_CAPACITY: a login or password is too long. */
enum fv_err fv_netrc_line(struct fv_netrc *n, struct fv_slice line) FV_MUSTUSE;
/* The file has ended: FV_OK (found or not). */
enum fv_err fv_netrc_finish(struct fv_netrc *n) FV_MUSTUSE;
/* Wipe. */
void fv_netrc_reset(struct fv_netrc *n);

#endif
