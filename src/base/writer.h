/* SPDX-License-Identifier: MIT */
/*
 * A bounded writer appends text to the caller's buffer. Text that does not fit is detected and
 * never cut silently.
 *
 * When something does not fit, `full` is set and later calls write nothing. So a sequence of calls
 * needs one check, at its end. The buffer always ends in a NUL, which is not counted.
 */
#ifndef FV_BASE_WRITER_H
#define FV_BASE_WRITER_H

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

struct fv_writer {
    char *buf;  /* the caller's, borrowed while the writer is used */
    size_t cap; /* bytes of buf, at least 1 */
    size_t len; /* bytes written, less than cap */
    bool full;  /* some text did not fit */
};

void fv_writer_init(struct fv_writer *w, char *buf, size_t cap);
void fv_writer_char(struct fv_writer *w, char c);
void fv_writer_slice(struct fv_writer *w, struct fv_slice s);
void fv_writer_text(struct fv_writer *w, const char *text);
void fv_writer_u64(struct fv_writer *w, uint64_t v);
/* A size for people: 12 B, 3.4 KiB, 1.2 GiB; rounded down. */
void fv_writer_size(struct fv_writer *w, uint64_t bytes);
/* Append v in decimal, with leading zeros up to width digits (1 to 20). */
void fv_writer_u64_padded(struct fv_writer *w, uint64_t v, unsigned width);
/* Append n bytes in lower-case hexadecimal, two digits for each byte. */
void fv_writer_hex(struct fv_writer *w, const uint8_t *p, size_t n);
/* Append an IP address in n bytes, in network order: 127.0.0.1 for 4, 2001:0db8:... for 16. */
void fv_writer_address(struct fv_writer *w, const uint8_t *p, size_t n);
/* Append byte as `%` and two upper-case hexadecimal digits (RFC 3986 2.1). */
void fv_writer_percent(struct fv_writer *w, uint8_t byte);
/* Return the text written so far. It is valid until the next call that writes. */
struct fv_slice fv_writer_done(const struct fv_writer *w);
/* Return FV_OK, or FV_E_CAPACITY if some text did not fit. */
enum fv_err fv_writer_check(const struct fv_writer *w) FV_MUSTUSE;

/* Return whether the state is what it is between two calls. For proofs and sanitised builds. */
bool fv_writer_holds(const struct fv_writer *w);

#endif
