/* SPDX-License-Identifier: MIT */
/*
 * The origin rule: where a request may go, and whether credentials go with it. Only this module
 * decides that.
 *
 * An origin is scheme, host and port (RFC 6454 4, RFC 9110 4.3.1). Hosts are compared without
 * regard to ASCII case and to one trailing dot.
 */
#ifndef FV_PARSE_ORIGIN_H
#define FV_PARSE_ORIGIN_H

#include "parse/url.h"

/* Read an endpoint: https://HOST[:PORT][/PREFIX]. Borrows from text. FV_E_URL: any other URL, one
 * with user information, query or fragment, or one with "@" anywhere: a password with "/" in it may
 * end there. FV_E_CAPACITY: too long. */
enum fv_err fv_origin_endpoint(struct fv_slice text, struct fv_url *endpoint) FV_MUSTUSE;

/* Return whether both have the same scheme, host and port. */
bool fv_origin_same(const struct fv_url *a, const struct fv_url *b);

/* Check a URL from a listing or from the user against the endpoint (always https), and turn it into
 * the URL to fetch. An http URL with the endpoint's host (no port, port 80 or the endpoint's port)
 * becomes https with the endpoint's port. FV_OK: *url has the endpoint's origin, and credentials go
 * with it. FV_E_ORIGIN: another origin; *url is unchanged. */
enum fv_err fv_origin_admit(const struct fv_url *endpoint, struct fv_url *url) FV_MUSTUSE;

/* Check the target of a redirect. FV_OK: follow it; *credentials tells whether they go with it,
 * which is so only for the endpoint's own origin. An http target with the endpoint's host becomes
 * https as above; any other http target is FV_E_HTTP_REDIRECT. */
enum fv_err fv_origin_redirect(const struct fv_url *endpoint, struct fv_url *target,
                               bool *credentials) FV_MUSTUSE;

#endif
