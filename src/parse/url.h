/*
 * URLs (RFC 3986) of the schemes http and https, as far as a client needs them.
 *
 * Reads: scheme "://" host [":" port] [path] ["?" query] ["#" fragment]. The fragment is dropped. Path and query may hold what
 * the portal leaves raw: spaces and bytes above 0x7F, which fv_url_write() percent-encodes; a "%" that is not followed by
 * two hexadecimal digits becomes "%25".
 * Refuses (FV_E_URL): other schemes, user information, an empty host, hosts that are neither an IP literal in brackets, an
 * IPv4 address nor a name of letters, digits, "-", "_" and ".", ports outside 1 to 65535, control bytes and DEL anywhere.
 * A host that is longer than FV_CAP_HOST or a URL longer than FV_CAP_URL is FV_E_CAPACITY.
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
    struct fv_slice query; /* behind "?", raw */
    bool has_query;        /* "?" was there, even with nothing behind it */
};

/* Split text. An empty port ("https://h:/") is the scheme's. FV_OK, FV_E_URL or FV_E_CAPACITY. */
enum fv_err fv_url_parse(struct fv_slice text, struct fv_url *out) FV_MUSTUSE;

/* Write the address that url's host is, in the network's order. Returns its length: 4, 16, or 0 for a name. */
size_t fv_url_address(const struct fv_url *url, uint8_t out[16]);

/* Write url in its normal form: scheme and host in lower case, default port left out, path "/" if empty, path and query
 * percent-encoded where needed (what is encoded already stays as it is), no fragment. */
void fv_url_write(const struct fv_url *url, struct fv_writer *w);

/* Write the request target in origin-form (RFC 9112 3.2.1): path and query, encoded as in fv_url_write(). */
void fv_url_write_target(const struct fv_url *url, struct fv_writer *w);

/* Write the Host field's value, or CONNECT's authority (with_port always): host [":" port] (RFC 9110 7.2). */
void fv_url_write_authority(const struct fv_url *url, bool with_port, struct fv_writer *w);

/* Resolve a reference (the Location of a redirect) against base as RFC 3986 5.2 has it, dot segments removed, and write the
 * resulting URL in its normal form. w must have room for what dot segments take back, too. FV_OK, FV_E_URL (also for schemes other than http and https), FV_E_CAPACITY. */
enum fv_err fv_url_resolve(const struct fv_url *base, struct fv_slice reference,
                           struct fv_writer *w) FV_MUSTUSE;

/* The last segment of the path, raw; empty if the path ends in "/". Borrows as url does. */
struct fv_slice fv_url_last_segment(const struct fv_url *url);

/* Percent-encode text as one path segment (everything but the unreserved characters of RFC 3986 2.3). */
void fv_url_write_segment(struct fv_slice text, struct fv_writer *w);

/* Undo the percent-encoding of text (RFC 3986 2.1). FV_OK, or FV_E_URL where "%" is not followed by two hexadecimal digits;
 * w tells whether it fitted. */
enum fv_err fv_url_decode(struct fv_slice text, struct fv_writer *w) FV_MUSTUSE;

#endif
