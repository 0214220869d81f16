/* SPDX-License-Identifier: MIT */
/*
 * Reader of HTTP/1.x response heads (RFC 9112 4 and 5): status line and field lines, in pieces of
 * any size.
 *
 * Accepts HTTP/1.0 to HTTP/1.9. Interim responses (1xx, RFC 9110 15.2) are skipped; 101 is an
 * error.
 *
 * Lines end in CRLF. Refused with FV_E_HTTP_SYNTAX: a bare LF or CR, white space before the first
 * field line or before a colon, NUL and other control bytes. A folded field line counts as one
 * line, with a space for each fold (RFC 9112 5.2). A line longer than FV_CAP_LINE is
 * FV_E_HTTP_LINE, except for a field that the program does not use. Heads longer than FV_CAP_HEAD
 * together, interim ones included, are FV_E_HTTP_HEAD. Field names are compared without case.
 *
 * Duplicates: equal Content-Length values count as one. FV_E_HTTP_FRAMING (RFC 9112 6.3): different
 * Content-Length values; a length that is not 1*DIGIT or does not fit in 64 bits; a
 * Transfer-Encoding other than "chunked" alone, given twice, together with Content-Length, or in
 * HTTP/1.0. ETag, Last-Modified, Location and Content-Range count as absent if they are given twice
 * with different values.
 */
#ifndef FV_PARSE_HEAD_H
#define FV_PARSE_HEAD_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"
#include "parse/range.h"

#include <stdbool.h>
#include <stdint.h>

/* How the body is framed (RFC 9112 6.3). */
enum fv_framing {
    FV_FRAMING_NONE,    /* no body: 204, 304, a response to HEAD, 2xx to CONNECT */
    FV_FRAMING_LENGTH,  /* Content-Length */
    FV_FRAMING_CHUNKED, /* Transfer-Encoding: chunked, the only coding */
    FV_FRAMING_CLOSE    /* the end of the connection ends the body */
};

/* Private: what the reader expects next. */
enum fv_head_next {
    FV_HEAD_TEXT,
    FV_HEAD_LF,
    FV_HEAD_LINE,  /* after a field line, which a space or tab would continue (obs-fold) */
    FV_HEAD_VALUE, /* the blanks at the start of a folded line */
    FV_HEAD_BODY
};

struct fv_head {
    int64_t now_us; /* wall time, for two-digit years; INT64_MIN (after reset): not known */

    /* The response. Valid from FV_OK until reset. */
    uint16_t status; /* 200 to 999; 600 and above are undefined and count as 5xx */
    uint8_t minor;   /* 0 for HTTP/1.0, 1 for any higher version */
    bool keep_alive; /* the connection may be used after the body (RFC 9112 9.3) */
    enum fv_framing framing;
    uint64_t length;        /* bytes, for FV_FRAMING_LENGTH */
    bool has_content_range; /* Content-Range is there and valid */
    struct fv_content_range content_range;
    /* Content-Encoding names a registered coding: the content is not the file's own bytes */
    bool encoded;
    bool multipart;           /* Content-Type: multipart/byteranges */
    bool html;                /* Content-Type: text/html */
    int64_t date_us;          /* Date; INT64_MIN if absent or not valid */
    int64_t last_modified_us; /* Last-Modified; INT64_MIN if absent or not valid */
    /* Retry-After in seconds; -1 if absent. A date is converted to seconds after Date; without
     * Date, it is kept in retry_at_us. */
    int64_t retry_after_s;
    int64_t retry_at_us; /* Retry-After as an instant of wall time; INT64_MIN if none */

    /* Private: state of the reader. */
    uint8_t state;    /* enum fv_head_next */
    bool for_connect; /* the request is CONNECT: a 2xx has no body */
    /* The framing is decided from these. */
    bool have_length, chunked, bad_framing, close_seen, keep_seen;
    bool etag_seen, modified_seen, location_seen, range_seen;
    bool cut;       /* the line is longer than the part that is kept */
    uint32_t total; /* bytes of all heads so far */
    size_t line_len;

    /* Valid from FV_OK until reset, as the fields above. Last in the structure because they are
     * long. */
    /* Field values as received, quotes and W/ included; empty if absent, too long or malformed. */
    union {
        char location[FV_CAP_URL + 1]; /* if fv_head_redirects() */
        struct {                       /* otherwise */
            char etag[FV_CAP_VALIDATOR + 1];
            char last_modified[FV_CAP_VALIDATOR + 1]; /* for If-Range */
        };
    };
    char line[FV_CAP_LINE];
};

/* Prepare for one response. for_connect: it is the response to a CONNECT request. */
void fv_head_reset(struct fv_head *h, bool for_connect);

/* Take bytes. FV_MORE: all n bytes were used and the head is not complete. FV_OK: the final head is
 * complete; it ends after *used bytes, and the rest is body. FV_E_HTTP_SYNTAX, FV_E_HTTP_LINE,
 * FV_E_HTTP_HEAD, FV_E_HTTP_FRAMING: see above. */
enum fv_err fv_head_push(struct fv_head *h, const uint8_t *p, size_t n, size_t *used) FV_MUSTUSE;

/* The connection ended before the head was complete. Return FV_E_CLOSED if no byte had arrived,
 * FV_E_TRUNCATED otherwise. */
enum fv_err fv_head_finish(const struct fv_head *h) FV_MUSTUSE;

/* Return whether the response is a redirect: 301, 302, 303, 307 or 308 (RFC 9110 15.4). Only its
 * Location is kept, not its validators. */
bool fv_head_redirects(const struct fv_head *h);

/* Return the strong validator of a response that is not a redirect, for If-Range (RFC 9110 13.1.5).
 * It is the ETag if that is strong; otherwise Last-Modified if RFC 9110 8.8.2.2 calls it strong (at
 * least one second older than Date); otherwise empty. Borrows from h. */
struct fv_slice fv_head_validator(const struct fv_head *h);

/* Return whether a status is transient: the same request may succeed later. These are 408, 425, 429
 * (RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4) and every 5xx except those about the request or the
 * server itself: 501, 505, 506, 508, 510, 511 (RFC 9110 15.6, RFC 2295 8.1, RFC 5842 7.2, RFC 2774
 * 7, RFC 6585 6). 600 to 999 are not transient: they are undefined. */
bool fv_head_transient(uint16_t status);

/* Return whether the private state, and what was read so far, is what it is between two calls. For
 * proofs and sanitised builds. */
bool fv_head_holds(const struct fv_head *h);

#endif
