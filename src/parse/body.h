/* SPDX-License-Identifier: MIT */
/*
 * The body of an HTTP/1.x response (RFC 9112 6 and 7): takes bytes from the connection and returns
 * slices of content.
 *
 * Only this module decides whether a response is complete. Chunk sizes have up to 64 bits. Chunk
 * extensions are skipped, at most FV_CAP_LINE bytes a line. The trailer section is checked as field
 * lines and dropped, at most FV_CAP_HEAD bytes. A line ends in CRLF.
 */
#ifndef FV_PARSE_BODY_H
#define FV_PARSE_BODY_H

#include "parse/head.h"

struct fv_body {
    uint64_t received; /* bytes of content returned so far */
    /* Private. */
    enum fv_framing framing;
    uint8_t state;
    uint64_t left;  /* bytes still to come of the body, or of the chunk */
    uint32_t line;  /* bytes of the current line so far */
    uint32_t total; /* bytes of the trailer section so far */
};

/* Prepare for the body that head announces. head is not used after the call. */
void fv_body_init(struct fv_body *b, const struct fv_head *head);

/* Take bytes of the connection. *used bytes of p were read, and *content is a slice of p (possibly
 * empty) that holds content; it is valid as long as p. Call this at least once for each response,
 * even if no body is expected; n may be 0.
 * FV_MORE: the body goes on. Call again with the rest of p if *used < n, otherwise with new bytes.
 * FV_OK: the body is complete. The bytes of p from *used on belong to the next response.
 * FV_E_HTTP_SYNTAX: not a valid chunk. FV_E_HTTP_LINE, FV_E_HTTP_HEAD: a line or the trailer
 * section is too long. FV_E_HTTP_FRAMING: a size does not fit in 64 bits. */
enum fv_err fv_body_push(struct fv_body *b, const uint8_t *p, size_t n, size_t *used,
                         struct fv_slice *content) FV_MUSTUSE;

/* The connection has ended. clean: its end is authentic (close_notify of TLS; FIN on plain TCP).
 * Return FV_OK if the body is complete, FV_E_TRUNCATED otherwise. */
enum fv_err fv_body_finish(const struct fv_body *b, bool clean) FV_MUSTUSE;

/* Return whether the private state is what it is between two calls, none of which has failed. For
 * proofs and sanitised builds. */
bool fv_body_holds(const struct fv_body *b);

#endif
