/*
 * A bounded writer: text is appended to the caller's buffer, and what does not fit is noticed, never cut silently.
 *
 * Once something did not fit, `full` stays set and later calls write nothing, so a sequence of puts is checked once at
 * its end. The buffer always ends in NUL, which is not counted.
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
    bool full;  /* something did not fit */
};

void fv_writer_init(struct fv_writer *w, char *buf, size_t cap);
void fv_writer_char(struct fv_writer *w, char c);
void fv_writer_slice(struct fv_writer *w, struct fv_slice s);
void fv_writer_text(struct fv_writer *w, const char *text);
void fv_writer_u64(struct fv_writer *w, uint64_t v);
/* A size for people: 12 B, 3.4 KiB, 1.2 GiB; rounded down. */
void fv_writer_size(struct fv_writer *w, uint64_t bytes);
/* Decimal with leading zeros up to width digits (1 to 20). */
void fv_writer_u64_padded(struct fv_writer *w, uint64_t v, unsigned width);
/* Lower-case hexadecimal, two digits a byte. */
void fv_writer_hex(struct fv_writer *w, const uint8_t *p, size_t n);
/* `%` and two upper-case hexadecimal digits (RFC 3986 2.1). */
/* Append an IP address of n bytes: 127.0.0.1, or, of 16, 2001:0db8:...; of no more than 16. */
void fv_writer_address(struct fv_writer *w, const uint8_t *p, size_t n);
void fv_writer_percent(struct fv_writer *w, uint8_t byte);
/* What is written so far; valid until the next put. */
struct fv_slice fv_writer_done(const struct fv_writer *w);
/* Return FV_OK, or FV_E_CAPACITY once something did not fit. */
enum fv_err fv_writer_check(const struct fv_writer *w) FV_MUSTUSE;

#endif
