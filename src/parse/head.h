/*
 * Reader of HTTP/1.x response heads (RFC 9112 4 and 5): status line and field lines, in pieces of any size.
 *
 * Reads answers of HTTP/1.0 to HTTP/1.9; interim answers (1xx, RFC 9110 15.2) are skipped, except 101, which is an error.
 * Lines end in CRLF; a bare LF, a bare CR, white space before the first field line or before a colon, NUL and other control bytes
 * are refused (FV_E_HTTP_SYNTAX). A folded field line is one line, a space for each fold (RFC 9112 5.2). A line over FV_CAP_LINE is FV_E_HTTP_LINE, unless it is of a field that the program does not use; heads
 * over FV_CAP_HEAD in all, interim ones included, are FV_E_HTTP_HEAD. Field names compare without case.
 * Duplicates: equal Content-Length values count as one, different ones are FV_E_HTTP_FRAMING (RFC 9112 6.3). So are a length
 * that is not 1*DIGIT or over 64 bits, any Transfer-Encoding but "chunked" alone, that one twice, with Content-Length, or in
 * HTTP/1.0. ETag, Last-Modified, Location and Content-Range given twice with different values count as absent.
 */
#ifndef FV_PARSE_HEAD_H
#define FV_PARSE_HEAD_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"
#include "parse/range.h"

#include <stdbool.h>
#include <stdint.h>

/* How the body ends (RFC 9112 6.3). */
enum fv_framing {
    FV_FRAMING_NONE,    /* no body: 204, 304, an answer to HEAD, 2xx to CONNECT */
    FV_FRAMING_LENGTH,  /* Content-Length */
    FV_FRAMING_CHUNKED, /* Transfer-Encoding: chunked, the only coding */
    FV_FRAMING_CLOSE    /* until the connection is closed */
};

struct fv_head {
    int64_t
        now_us; /* wall time, for years of two digits; INT64_MIN, which reset sets, if not known */

    /* The answer; valid after FV_OK, until reset. */
    uint16_t status; /* 200 to 999; above 599 it is none that is known, to be taken for a 5xx */
    uint8_t minor;   /* 0, or 1 for what is above, too, of HTTP/1.x */
    bool keep_alive; /* the connection may be used again after the body (RFC 9112 9.3) */
    enum fv_framing framing;
    uint64_t length;        /* bytes, for FV_FRAMING_LENGTH */
    bool has_content_range; /* Content-Range was there and readable */
    struct fv_content_range content_range;
    bool encoded;    /* Content-Encoding names a registered coding: the bytes are not the file's */
    bool multipart;  /* Content-Type: multipart/byteranges */
    bool html;       /* Content-Type: text/html */
    int64_t date_us; /* Date, INT64_MIN if absent or not readable */
    int64_t last_modified_us; /* Last-Modified, the same */
    int64_t
        retry_after_s; /* Retry-After in seconds; -1 if absent. A date is turned into seconds after Date, or, without
                                    one, is kept in retry_at_us */
    int64_t retry_at_us; /* INT64_MIN if none */

    /* Private: state of the reader. */
    uint8_t state;
    bool for_connect; /* the request was CONNECT: a 2xx has no body */
    bool have_length, chunked, bad_framing, close_seen,
        keep_seen; /* what the framing is decided from */
    bool etag_seen, modified_seen, location_seen, range_seen;
    bool cut;       /* the line is longer than what is kept of it */
    uint32_t total; /* bytes of all heads so far */
    size_t line_len;

    /* Valid as the others after FV_OK; behind them for its length. */
    union { /* all of them as received, quotes and W/ included; empty if absent, too long or malformed */
        char location[FV_CAP_URL + 1]; /* where fv_head_redirects() */
        struct {                       /* elsewhere */
            char etag[FV_CAP_VALIDATOR + 1];
            char last_modified[FV_CAP_VALIDATOR + 1]; /* for If-Range */
        };
    };
    char line[FV_CAP_LINE];
};

/* Prepare for one answer. for_connect: it answers a CONNECT request. */
void fv_head_reset(struct fv_head *h, bool for_connect);

/* Take bytes: FV_MORE, all n were used and the head is not complete; FV_OK, the final head is complete and *used bytes
 * belong to it, the rest is body. Errors: FV_E_HTTP_SYNTAX, FV_E_HTTP_LINE, FV_E_HTTP_HEAD, FV_E_HTTP_FRAMING. */
enum fv_err fv_head_push(struct fv_head *h, const uint8_t *p, size_t n, size_t *used) FV_MUSTUSE;

/* The connection ended while a head was expected: FV_E_CLOSED if not one byte had come, FV_E_TRUNCATED otherwise. */
enum fv_err fv_head_finish(const struct fv_head *h) FV_MUSTUSE;

/* Say whether the answer refers to another place: 301, 302, 303, 307, 308 (RFC 9110 15.4). Such a one has a Location, and no validators
 * that anybody asks for. */
bool fv_head_redirects(const struct fv_head *h);

/* Of an answer that does not redirect, return the strong validator for If-Range (RFC 9110 13.1.5): the ETag if strong, else
 * Last-Modified where RFC 9110 8.8.2.2 calls it strong (at least a second older than Date, by its rule of comparison), else empty.
 * Borrows from h. */
struct fv_slice fv_head_validator(const struct fv_head *h);

/* Say whether the same request may get another answer later: 408, 425, 429 (RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4) and every
 * 5xx but those about what the request or the server is: 501, 505, 506, 508, 510, 511 (RFC 9110 15.6, RFC 2295 8.1, RFC 5842 7.2,
 * RFC 2774 7, RFC 6585 6). Not 600 to 999, which mean nothing. */
bool fv_head_transient(uint16_t status);

#endif
