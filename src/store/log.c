/* SPDX-License-Identifier: MIT */
#include "store/log.h"

#include "base/num.h"
#include "base/writer.h"
#include "parse/localpath.h"

#include <string.h>

#define FIRST_LINE "fluxvision ledger "
#define VERSION "1 "
#define LINE_FIXED (sizeof FIRST_LINE VERSION - 1) /* the generation and a line end follow */

#define HEAD 16u /* marker, length, check */
#define BODY (FV_LOG_FIXED - HEAD)

static_assert(LINE_FIXED + 16 + 1 == FV_LOG_HEADER, "the first line has its size");
static_assert(FV_CAP_PATH <= UINT16_MAX && FV_CAP_URL <= UINT16_MAX, "lengths are 16 bits");

static const uint8_t marker[4] = {0xFF, 'F', 'V', 0x01};

void fv_log_init(struct fv_log *l, const struct fv_port_storage *io, int file, uint64_t size)
{
    l->size = size;
    l->io = io;
    l->file = file;
    l->torn = false;
    l->start = 0;
    l->len = 0;
}

/* Read n bytes from position on into the buffer, unless they are there; *from is where they are.
 * FV_E_CORRUPT: the log is shorter. */
static enum fv_err load(struct fv_log *l, uint64_t position, size_t n, const uint8_t **from)
{
    if (position < l->start || position - l->start > l->len ||
        l->len - (size_t)(position - l->start) < n) {
        const struct fv_port_storage *io = l->io;
        size_t got = 0;
        l->len = 0;
        enum fv_err err = io->read(io->ctx, l->file, position, l->buf, sizeof l->buf, &got);
        if (err != FV_OK) {
            return err;
        }
        l->start = position;
        l->len = got;
        if (got < n) {
            return FV_E_CORRUPT;
        }
    }
    *from = l->buf + (size_t)(position - l->start);
    return FV_OK;
}

enum fv_err fv_log_write_line(const struct fv_port_storage *io, int file, uint64_t generation)
{
    char line[FV_LOG_HEADER + 1];
    uint8_t g[8];
    struct fv_writer w;
    for (size_t i = 0; i < sizeof g; i++) {
        g[i] = (uint8_t)(generation >> (56 - 8 * i));
    }
    fv_writer_init(&w, line, sizeof line);
    fv_writer_text(&w, FIRST_LINE VERSION);
    fv_writer_hex(&w, g, sizeof g);
    fv_writer_char(&w, '\n');
    return io->write(io->ctx, file, 0, line, FV_LOG_HEADER);
}

/* Return whether the line has a version: a number and a blank. A torn line may have none. */
static bool is_versioned(struct fv_slice line)
{
    struct fv_slice version;
    struct fv_slice rest;
    uint64_t number = 0;
    return fv_slice_starts(line, FV_SLICE(FIRST_LINE)) &&
           fv_slice_cut(fv_slice_from(line, sizeof FIRST_LINE - 1), ' ', &version, &rest) &&
           fv_num_decimal(version, UINT64_MAX, &number);
}

/* The log is of another version, unless a record of this version follows: then the line is
 * damaged. */
static enum fv_err check_version(struct fv_log *l)
{
    struct fv_log_view v;
    return fv_log_read(l, FV_LOG_HEADER, &v);
}

enum fv_err fv_log_read_line(struct fv_log *l, uint64_t *generation, bool *intact)
{
    const uint8_t *p = NULL;
    enum fv_err err = load(l, 0, FV_LOG_HEADER, &p);
    if (err != FV_OK) {
        return err;
    }
    struct fv_slice line = {(const char *)p, FV_LOG_HEADER};
    struct fv_slice digits = {line.ptr + LINE_FIXED, 16};
    bool ours = fv_slice_starts(line, FV_SLICE(FIRST_LINE VERSION));
    bool other = !ours && is_versioned(line);
    *intact = ours && p[FV_LOG_HEADER - 1] == '\n' && fv_num_hex(digits, UINT64_MAX, generation);
    return !other ? FV_OK : FV_CAP_COMPARE ? check_version(l) : FV_E_CORRUPT;
}

enum fv_err fv_log_read(struct fv_log *l, uint64_t position, struct fv_log_view *v)
{
    const uint8_t *p = NULL;
    if (position > l->size || l->size - position < FV_LOG_FIXED) {
        return FV_E_CORRUPT;
    }
    enum fv_err err = load(l, position, FV_LOG_FIXED, &p);
    if (err != FV_OK) {
        return err;
    }
    uint32_t body = fv_num_get32(p + 4);
    size_t path_len = p[HEAD + 2] + 256u * p[HEAD + 3];
    size_t url_len = p[HEAD + 4] + 256u * p[HEAD + 5];
    size_t kept_len = (p[HEAD + 1] & FV_LEDGER_KEPT) != 0 ? FV_LOG_KEPT : 0;
    if (memcmp(p, marker, sizeof marker) != 0 || path_len == 0 || path_len > FV_CAP_PATH ||
        url_len > FV_CAP_URL || body != BODY + path_len + url_len + kept_len ||
        l->size - position < HEAD + body) {
        return FV_E_CORRUPT;
    }
    err = load(l, position, HEAD + body, &p);
    if (err != FV_OK) {
        return err;
    }
    uint8_t type = p[HEAD];
    if (fv_num_get64(p + 8) != fv_sha256_key(p + HEAD, body) ||
        (type != FV_LOG_FILE && type != FV_LOG_REMOVED)) {
        return FV_E_CORRUPT;
    }
    const char *text = (const char *)p + FV_LOG_FIXED;
    v->position = position;
    v->length = HEAD + body;
    v->type = type;
    v->record.marks = p[HEAD + 1];
    v->record.kept_us =
        kept_len > 0 ? (int64_t)fv_num_get64((const uint8_t *)text + path_len + url_len) : 0;
    v->record.path = (struct fv_slice){text, path_len};
    /* older versions allowed such a path; it counts as removed */
    if (fv_localpath_is_own(v->record.path)) {
        v->type = FV_LOG_REMOVED;
    }
    v->record.url = (struct fv_slice){text + path_len, url_len};
    v->record.modified_us = (int64_t)fv_num_get64(p + HEAD + 6);
    v->record.size = fv_num_get64(p + HEAD + 14);
    memcpy(v->record.sha256, p + HEAD + 22, FV_SHA256_SIZE);
    return FV_OK;
}

/* Set *position to the next byte after it that may begin a record. */
static enum fv_err skip(struct fv_log *l, uint64_t *position, uint64_t end)
{
    for (++*position; *position < end; *position = l->start + l->len) {
        const uint8_t *p = NULL;
        enum fv_err err = load(l, *position, 1, &p);
        if (err != FV_OK) {
            /* the file is shorter than its size said */
            return err == FV_E_CORRUPT ? FV_E_STORAGE : err;
        }
        size_t left = l->len - (size_t)(*position - l->start);
        const uint8_t *hit = memchr(p, marker[0], left);
        if (hit != NULL) {
            *position += (uint64_t)(hit - p);
            return FV_OK;
        }
    }
    return FV_OK;
}

struct fv_log_scan fv_log_scan(uint64_t position, uint64_t end)
{
    return (struct fv_log_scan){.position = position, .end = end, .last = position, .torn = end};
}

enum fv_err fv_log_next(struct fv_log *l, struct fv_log_scan *s)
{
    bool gap = false;
    while (s->position < s->end) {
        enum fv_err err = fv_log_read(l, s->position, &s->v);
        if (err == FV_OK) {
            s->gaps += gap ? 1 : 0;
            s->bad += gap && s->last < s->torn ? 1 : 0;
            s->position += s->v.length;
            s->last = s->position;
            s->any = true;
            return FV_OK;
        }
        if (err == FV_E_CORRUPT) {
            gap = true;
            err = skip(l, &s->position, s->end);
        }
        if (err != FV_OK) {
            return err;
        }
    }
    s->any = false;
    return FV_OK;
}

/* Return whether text is in the buffer. */
static bool is_in(const struct fv_log *l, struct fv_slice text)
{
    uintptr_t at = (uintptr_t)text.ptr;
    return at >= (uintptr_t)l->buf && at < (uintptr_t)l->buf + sizeof l->buf;
}

/* Write a record that is not in the buffer, through the buffer: the records of a batch are read
 * again soon. */
static enum fv_err write_whole(struct fv_log *l, const uint8_t head[FV_LOG_FIXED],
                               const struct fv_ledger_record *r, size_t n)
{
    if (l->start + l->len != l->size || sizeof l->buf - l->len < n) {
        l->start = l->size;
        l->len = 0;
    }
    uint8_t *p = l->buf + l->len;
    memcpy(p, head, FV_LOG_FIXED);
    memcpy(p + FV_LOG_FIXED, r->path.ptr, r->path.len);
    if (r->url.len > 0) {
        memcpy(p + FV_LOG_FIXED + r->path.len, r->url.ptr, r->url.len);
    }
    if ((r->marks & FV_LEDGER_KEPT) != 0) {
        fv_num_put64(p + FV_LOG_FIXED + r->path.len + r->url.len, (uint64_t)r->kept_us);
    }
    enum fv_err err = l->io->write(l->io->ctx, l->file, l->size, p, n);
    l->len += err == FV_OK ? n : 0;
    return err;
}

/* Write a record whose slices are in the buffer, and leave the buffer unchanged. */
static enum fv_err write_pieces(struct fv_log *l, const uint8_t head[FV_LOG_FIXED],
                                const struct fv_ledger_record *r)
{
    const struct fv_port_storage *io = l->io;
    enum fv_err err = io->write(io->ctx, l->file, l->size, head, FV_LOG_FIXED);
    if (err == FV_OK) {
        err = io->write(io->ctx, l->file, l->size + FV_LOG_FIXED, r->path.ptr, r->path.len);
    }
    if (err == FV_OK && r->url.len > 0) {
        err = io->write(io->ctx, l->file, l->size + FV_LOG_FIXED + r->path.len, r->url.ptr,
                        r->url.len);
    }
    if (err == FV_OK && (r->marks & FV_LEDGER_KEPT) != 0) {
        uint8_t kept[FV_LOG_KEPT];
        fv_num_put64(kept, (uint64_t)r->kept_us);
        err = io->write(io->ctx, l->file, l->size + FV_LOG_FIXED + r->path.len + r->url.len, kept,
                        sizeof kept);
    }
    return err;
}

size_t fv_log_length(const struct fv_ledger_record *r)
{
    return FV_LOG_FIXED + r->path.len + r->url.len +
           ((r->marks & FV_LEDGER_KEPT) != 0 ? FV_LOG_KEPT : 0);
}

static void encode(uint8_t type, const struct fv_ledger_record *r, uint8_t head[FV_LOG_FIXED])
{
    struct fv_sha256 sha;
    uint8_t digest[FV_SHA256_SIZE];
    memcpy(head, marker, sizeof marker);
    fv_num_put32(head + 4, (uint32_t)(fv_log_length(r) - HEAD));
    head[HEAD] = type;
    head[HEAD + 1] = r->marks;
    head[HEAD + 2] = (uint8_t)(r->path.len % 256);
    head[HEAD + 3] = (uint8_t)(r->path.len / 256);
    head[HEAD + 4] = (uint8_t)(r->url.len % 256);
    head[HEAD + 5] = (uint8_t)(r->url.len / 256);
    fv_num_put64(head + HEAD + 6, (uint64_t)r->modified_us);
    fv_num_put64(head + HEAD + 14, r->size);
    memcpy(head + HEAD + 22, r->sha256, FV_SHA256_SIZE);
    fv_sha256_init(&sha);
    fv_sha256_push(&sha, head + HEAD, BODY);
    fv_sha256_push(&sha, r->path.ptr, r->path.len);
    fv_sha256_push(&sha, r->url.ptr, r->url.len);
    if ((r->marks & FV_LEDGER_KEPT) != 0) {
        fv_num_put64(digest, (uint64_t)r->kept_us);
        fv_sha256_push(&sha, digest, FV_LOG_KEPT);
    }
    fv_sha256_finish(&sha, digest);
    memcpy(head + 8, digest, 8);
}

static void cut(struct fv_log *l, uint64_t size)
{
    l->size = size;
    l->torn = l->io->truncate(l->io->ctx, l->file, size) != FV_OK;
}

enum fv_err fv_log_append(struct fv_log *l, uint8_t type, const struct fv_ledger_record *r,
                          struct fv_log_view *v)
{
    const struct fv_port_storage *io = l->io;
    uint8_t head[FV_LOG_FIXED];
    if (l->torn) {
        enum fv_err err = io->truncate(io->ctx, l->file, l->size);
        if (err != FV_OK) {
            return err;
        }
        l->torn = false;
    }
    if (l->start + l->len > l->size) { /* bytes after the end were read; they are overwritten now */
        l->len = l->start < l->size ? (size_t)(l->size - l->start) : 0;
    }
    encode(type, r, head);
    enum fv_err err = is_in(l, r->path) || is_in(l, r->url)
                          ? write_pieces(l, head, r)
                          : write_whole(l, head, r, fv_log_length(r));
    if (err != FV_OK) {
        cut(l, l->size);
        return err;
    }
    v->position = l->size;
    v->length = fv_log_length(r);
    v->type = type;
    l->size += v->length;
    return FV_OK;
}

void fv_log_take_back(struct fv_log *l, const struct fv_log_view *v)
{
    cut(l, v->position);
}

enum fv_err fv_log_copy(const struct fv_log *l, const struct fv_log_view *v, int file,
                        uint64_t offset)
{
    return l->io->write(l->io->ctx, file, offset, l->buf + (size_t)(v->position - l->start),
                        v->length);
}
