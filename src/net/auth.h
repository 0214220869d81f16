/*
 * Basic authentication (RFC 7617): the value of Authorization, or Proxy-Authorization, from user and password.
 *
 * Sent as UTF-8, as it is given. Refuses a ":" in the user name, and control bytes in either (RFC 7617 2).
 */
#ifndef FV_NET_AUTH_H
#define FV_NET_AUTH_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"

/* Holds a secret: reset it when done. */
struct fv_auth {
    struct fv_slice value; /* borrows from text; empty: no credentials */
    char text[6 + (2 * FV_CAP_SECRET + 1 + 2) / 3 * 4 +
              1]; /* "Basic " and Base64 of user:password */
};

/* Make the value. FV_OK; FV_E_USAGE: a character that cannot be sent; FV_E_CAPACITY: longer than FV_CAP_SECRET. In both
 * cases auth is reset. */
enum fv_err fv_auth_basic(struct fv_auth *auth, struct fv_slice user,
                          struct fv_slice password) FV_MUSTUSE;

/* Wipe. */
void fv_auth_reset(struct fv_auth *auth);

#endif
