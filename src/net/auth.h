/* SPDX-License-Identifier: MIT */
/*
 * Basic authentication (RFC 7617): makes the value of Authorization or Proxy-Authorization from
 * user name and password.
 *
 * Both are sent as UTF-8, unchanged. A ":" in the user name and control bytes in either are refused
 * (RFC 7617 2).
 */
#ifndef FV_NET_AUTH_H
#define FV_NET_AUTH_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"

/* Bytes of "Basic " and the Base64 of user:password, at most. */
#define FV_AUTH_VALUE (6 + (2 * FV_CAP_SECRET + 1 + 2) / 3 * 4)

/* Holds a secret: call fv_auth_reset() when it is no longer needed. */
struct fv_auth {
    struct fv_slice value; /* borrows from text; empty: no credentials */
    char text[FV_AUTH_VALUE + 1];
};

/* Make the value. user and password are not borrowed after the call. FV_OK; FV_E_USAGE: a character
 * that cannot be sent; FV_E_CAPACITY: longer than FV_CAP_SECRET. After an error auth is reset. */
enum fv_err fv_auth_basic(struct fv_auth *auth, struct fv_slice user,
                          struct fv_slice password) FV_MUSTUSE;

/* Wipe the secret. */
void fv_auth_reset(struct fv_auth *auth);

#endif
