/* SPDX-License-Identifier: MIT */
/*
 * Reader of ~/.netrc, of any size: `machine NAME login L password P` and `default`, with tokens on
 * any number of lines.
 *
 * "account X" and "macdef" are skipped, as is every word that is not a keyword (curl does the
 * same). A macro ends at a blank line. Keywords may have any case. Tokens may be in double quotes,
 * with \" \\ \n \r \t, as in curl. A `#` where a keyword is expected begins a comment that ends
 * with the line; a name or a password may begin with `#`. A byte order mark is skipped.
 *
 * The first entry that matches and has a password wins. `default` matches every host, and an entry
 * without a login matches every user. If no entry has a password, the result is the first login of
 * the host.
 *
 * Refused, in an entry of that host only: an open quote, a NUL, a login or password that is missing
 * or too long.
 */
#ifndef FV_PARSE_NETRC_H
#define FV_PARSE_NETRC_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct fv_netrc {
    /* The result, valid when found is true. It holds secrets: wipe it with fv_netrc_reset(). */
    bool found;
    bool has_login, has_password;
    uint64_t line; /* line of the entry, or of the error; the first is 1 */

    /* Private. */
    struct fv_slice host, user;
    bool wants_password, active;
    uint8_t expect, state;
    uint64_t value_line; /* line of the last login or password */
    uint64_t keyword_line;
    uint8_t mark;    /* bytes of a byte order mark read so far; 3: it is read, or there is none */
    bool blank_line; /* the current line of a macro is blank so far */
    bool has_other;
    size_t token_len; /* FV_CAP_SECRET + 1: the token is longer */
    bool token_nul;
    char login[FV_CAP_SECRET + 1];
    char password[FV_CAP_SECRET + 1];
    char other_login[FV_CAP_SECRET + 1]; /* login of the first entry without a password */
    char token[FV_CAP_SECRET + 1];
};

/* Look for host (compared without case) and, if user is not empty, for that login. Both are
 * borrowed until reset. wants_password: false if only the login is needed. */
void fv_netrc_init(struct fv_netrc *n, struct fv_slice host, struct fv_slice user,
                   bool wants_password);
/* Read len more bytes; the input may be cut anywhere. FV_MORE: call again. FV_OK: found; no more
 * input is needed. FV_E_USAGE: not in netrc format. FV_E_CAPACITY: a login or password is too
 * long. */
enum fv_err fv_netrc_push(struct fv_netrc *n, const char *text, size_t len) FV_MUSTUSE;
/* The file has ended. FV_OK, with found set or not; or the errors of fv_netrc_push(). */
enum fv_err fv_netrc_finish(struct fv_netrc *n) FV_MUSTUSE;
/* Return whether the private state is what it is between two calls. For proofs and sanitised
 * builds. */
bool fv_netrc_holds(const struct fv_netrc *n);
/* Wipe the secrets. */
void fv_netrc_reset(struct fv_netrc *n);

#endif
