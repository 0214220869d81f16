/* SPDX-License-Identifier: MIT */
/*
 * URLs (RFC 3986) of the schemes http and https, as far as a client needs them.
 *
 * Reads: scheme "://" host [":" port] [path] ["?" query] ["#" fragment]. The fragment is dropped.
 * Path and query may hold spaces and bytes above 0x7F, which the portal does not encode;
 * fv_url_write() percent-encodes them. A "%" without two hexadecimal digits after it becomes "%25".
 *
 * Refused with FV_E_URL: other schemes; user information; an empty host; a host that is not an IP
 * literal in brackets, an IPv4 address, or a name of letters, digits, "-", "_" and "."; a port
 * outside 1 to 65535; control bytes and DEL anywhere. FV_E_CAPACITY: a host longer than
 * FV_CAP_HOST, or a URL longer than FV_CAP_URL.
 */
#ifndef FV_PARSE_URL_H
#define FV_PARSE_URL_H

#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"

#include <stdbool.h>
#include <stdint.h>

/* All slices borrow from the text that was parsed. */
struct fv_url {
    bool https;            /* scheme */
    struct fv_slice host;  /* as written, IPv6 without its brackets */
    bool ipv6;             /* host is an IPv6 literal */
    uint16_t port;         /* as written, or the scheme's default (80, 443) */
    bool has_port;         /* a port was written */
    struct fv_slice path;  /* with its leading "/"; empty if absent. Raw. */
    struct fv_slice query; /* after "?", raw */
    bool has_query;        /* there is a "?", even if nothing follows it */
};

/* Split text into its parts. An empty port ("https://h:/") means the scheme's default. FV_OK,
 * FV_E_URL or FV_E_CAPACITY. */
enum fv_err fv_url_parse(struct fv_slice text, struct fv_url *out) FV_MUSTUSE;

/* If the host of url is an IP address, write it in network order. Return its length: 4 or 16; 0 for
 * a name. */
size_t fv_url_address(const struct fv_url *url, uint8_t out[16]);

/* Write url in normal form: scheme and host in lower case, no default port, path "/" if empty, path
 * and query percent-encoded where needed (an existing encoding is kept), no fragment. */
void fv_url_write(const struct fv_url *url, struct fv_writer *w);

/* Write the request target in origin-form (RFC 9112 3.2.1): path and query, encoded as in
 * fv_url_write(). */
void fv_url_write_target(const struct fv_url *url, struct fv_writer *w);

/* Write the value of the Host field (RFC 9110 7.2), or with with_port the authority of CONNECT:
 * host [":" port]. */
void fv_url_write_authority(const struct fv_url *url, bool with_port, struct fv_writer *w);

/* Resolve a reference (the Location of a redirect) against base (RFC 3986 5.2), remove dot
 * segments, and write the URL in normal form. w also needs room for the segments that dot segments
 * remove. FV_OK; FV_E_URL, also for a scheme other than http and https; FV_E_CAPACITY. */
enum fv_err fv_url_resolve(const struct fv_url *base, struct fv_slice reference,
                           struct fv_writer *w) FV_MUSTUSE;

/* Return the last segment of the path, raw; empty if the path ends in "/". Borrows from the text of
 * url. */
struct fv_slice fv_url_last_segment(const struct fv_url *url);

/* Percent-encode text as one path segment: everything but the unreserved characters of RFC 3986
 * 2.3. */
void fv_url_write_segment(struct fv_slice text, struct fv_writer *w);

/* Decode percent-encoded text (RFC 3986 2.1). FV_OK; FV_E_URL: a "%" without two hexadecimal digits
 * after it. w tells whether the text did fit. */
enum fv_err fv_url_decode(struct fv_slice text, struct fv_writer *w) FV_MUSTUSE;

#endif
