/*
 * Writer of HTTP/1.1 request heads (RFC 9112 3): GET in origin-form, CONNECT in authority-form. No request has a body.
 */
#ifndef FV_PARSE_REQUEST_H
#define FV_PARSE_REQUEST_H

#include "parse/url.h"

struct fv_request {
    const struct fv_url *url; /* what to get, or for CONNECT the authority */
    struct fv_slice
        authorization; /* value of Authorization (GET) or Proxy-Authorization (CONNECT); empty: none */
    struct fv_slice accept; /* value of Accept; empty: none */
    uint64_t range_from;    /* first byte wanted; 0: the whole, no Range */
    struct fv_slice
        if_range; /* validator for If-Range (RFC 9110 13.1.5); empty: none. Used with range_from only */
};

/* Write the head of a GET, its empty line included. FV_OK or FV_E_CAPACITY; FV_E_URL if a value holds a control byte. */
enum fv_err fv_request_get(const struct fv_request *r, struct fv_writer *w) FV_MUSTUSE;
/* Write the head of a CONNECT to url's host and port. The same errors. */
enum fv_err fv_request_connect(const struct fv_request *r, struct fv_writer *w) FV_MUSTUSE;

#endif
