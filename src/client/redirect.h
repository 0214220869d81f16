/*
 * Where a redirect leads (RFC 9110 15.4, 10.2.2): Location, relative to the URL it answers, under the origin rule.
 */
#ifndef FV_CLIENT_REDIRECT_H
#define FV_CLIENT_REDIRECT_H

#include "parse/origin.h"

/* Replace url, in normal form, by where location leads. FV_OK, and *credentials says whether they go along; FV_E_HTTP_REDIRECT: no
 * location, none that is a URL, to plain HTTP, or longer than FV_CAP_URL; url is not usable then. */
enum fv_err fv_redirect(const struct fv_url *endpoint, struct fv_slice location,
                        char url[FV_CAP_URL + 1], bool *credentials) FV_MUSTUSE;

#endif
