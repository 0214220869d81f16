/*
 * The body of an HTTP/1.x answer (RFC 9112 6 and 7): takes bytes off the connection, gives slices of content.
 *
 * This is the one place that decides whether an answer is complete. Chunked: sizes of up to 64 bits, extensions skipped
 * (at most FV_CAP_LINE bytes a line), trailers checked as field lines and dropped (at most FV_CAP_HEAD). Line ends are CRLF.
 */
#ifndef FV_PARSE_BODY_H
#define FV_PARSE_BODY_H

#include "parse/head.h"

struct fv_body {
    uint64_t received; /* bytes of content given out so far */
    /* Private. */
    enum fv_framing framing;
    uint8_t state;
    uint64_t left;  /* of the body or the chunk */
    uint32_t line;  /* bytes of the current line */
    uint32_t total; /* bytes of the trailer section */
};

/* Prepare for the body that head announces. */
void fv_body_init(struct fv_body *b, const struct fv_head *head);

/* Take bytes: *used of them were read, and *content is a slice of p (possibly empty) that is content; valid as long as p.
 * FV_MORE: the body goes on; call again with the rest of p, if *used < n, or with new bytes. FV_OK: the body is complete;
 * bytes behind *used belong to the next answer. Call at least once even if nothing is expected (n may be 0).
 * Errors: FV_E_HTTP_SYNTAX (chunk syntax), FV_E_HTTP_LINE, FV_E_HTTP_HEAD (trailers), FV_E_HTTP_FRAMING (a size that does not
 * fit). */
enum fv_err fv_body_push(struct fv_body *b, const uint8_t *p, size_t n, size_t *used,
                         struct fv_slice *content) FV_MUSTUSE;

/* The connection ended. clean: the end was authentic (TLS close_notify; over plain TCP, FIN). FV_OK: the body is complete;
 * FV_E_TRUNCATED otherwise. */
enum fv_err fv_body_finish(const struct fv_body *b, bool clean) FV_MUSTUSE;

#endif
