/* SPDX-License-Identifier: MIT */
/*
 * Writer of HTTP/1.1 request heads (RFC 9112 3): GET in origin-form, CONNECT in authority-form. No
 * request has a body.
 */
#ifndef FV_PARSE_REQUEST_H
#define FV_PARSE_REQUEST_H

#include "parse/url.h"

struct fv_request {
    const struct fv_url *url; /* URL to get; for CONNECT, its host and port are used */
    /* value of Authorization (GET) or Proxy-Authorization (CONNECT); empty: none */
    struct fv_slice authorization;
    struct fv_slice accept; /* value of Accept; empty: none */
    uint64_t range_from;    /* first byte wanted; 0: the whole file, without Range */
    /* validator for If-Range (RFC 9110 13.1.5); empty: none; used only if range_from is not 0 */
    struct fv_slice if_range;
};

/* Write the head of a GET, with the empty line at its end. FV_OK; FV_E_CAPACITY: does not fit in w;
 * FV_E_URL: a value holds a control byte. */
enum fv_err fv_request_get(const struct fv_request *r, struct fv_writer *w) FV_MUSTUSE;
/* Write the head of a CONNECT to the host and port of url. The same errors. */
enum fv_err fv_request_connect(const struct fv_request *r, struct fv_writer *w) FV_MUSTUSE;

#endif
