/* SPDX-License-Identifier: MIT */
/*
 * Where a redirect leads (RFC 9110 15.4, 10.2.2): its Location, relative to the URL of the request,
 * under the origin rule.
 */
#ifndef FV_CLIENT_REDIRECT_H
#define FV_CLIENT_REDIRECT_H

#include "parse/origin.h"

/* Replace url, in normal form, by the URL that location leads to. FV_OK: *credentials tells whether
 * credentials go with it. FV_E_HTTP_REDIRECT: location is empty, not a URL, plain HTTP, or longer
 * than FV_CAP_URL; url is then not usable. */
enum fv_err fv_redirect(const struct fv_url *endpoint, struct fv_slice location,
                        char url[FV_CAP_URL + 1], bool *credentials) FV_MUSTUSE;

#endif
