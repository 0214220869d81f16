/*
 * The origin rule: where a request may go and whether credentials go along. This is the one place that decides it.
 *
 * An origin is scheme, host and port (RFC 6454 4, RFC 9110 4.3.1); hosts compare without regard to ASCII case and to one
 * trailing dot.
 */
#ifndef FV_PARSE_ORIGIN_H
#define FV_PARSE_ORIGIN_H

#include "parse/url.h"

/* Read an endpoint: https://HOST[:PORT][/PREFIX]. FV_E_URL: any other URL, and one with user information, query or fragment, or
 * with an "@" anywhere, which may end a password that has a "/" in it; FV_E_CAPACITY. Borrows from text. */
enum fv_err fv_origin_endpoint(struct fv_slice text, struct fv_url *endpoint) FV_MUSTUSE;

/* Same scheme, host and port. */
bool fv_origin_same(const struct fv_url *a, const struct fv_url *b);

/* Judge a URL that a listing or the user gave, against the endpoint (always https), and turn it into the URL to fetch.
 * An http URL of the endpoint's host (with no port, port 80 or the endpoint's port) becomes https at the endpoint's port.
 * FV_OK: *url has the endpoint's origin now, credentials go along. FV_E_ORIGIN: any other origin, *url unchanged. */
enum fv_err fv_origin_admit(const struct fv_url *endpoint, struct fv_url *url) FV_MUSTUSE;

/* Judge the target of a redirect. FV_OK: follow; *credentials says whether they go along, which they do to the endpoint's
 * own origin only. An http target of the endpoint's host is upgraded as above; any other http target is
 * FV_E_HTTP_REDIRECT. */
enum fv_err fv_origin_redirect(const struct fv_url *endpoint, struct fv_url *target,
                               bool *credentials) FV_MUSTUSE;

#endif
