/* SPDX-License-Identifier: MIT */
#include "store/plan.h"

#include "base/num.h"
#include "store/store.h"

#include <string.h>

#define PLAN FV_STORE_DIR "/plan"
#define FIXED 20u   /* bytes of a record besides path and URL */
#define DIGITS 256u /* values of one digit in the search for the n-th latest date */

#define LEFT_OUT (FV_PLAN_HIDDEN | FV_PLAN_DATED)

static_assert(FV_CAP_PATH <= UINT16_MAX && FV_CAP_URL <= UINT16_MAX, "lengths are 16 bits");

/* The windows no longer have the content of the file. */
static void forget(struct fv_plan *p)
{
    for (size_t i = 0; i < FV_PLAN_WINDOWS; i++) {
        p->window[i].len = 0;
    }
}

static void reset(struct fv_plan *p, const struct fv_port_storage *io)
{
    p->io = io;
    p->total = 0;
    p->kept = 0;
    p->settled = false;
    p->size = 0;
    p->position = 0;
    p->oldest_us = INT64_MAX;
    p->newest_us = INT64_MIN;
    p->cut_us = INT64_MIN;
    p->cut_position = UINT64_MAX;
    forget(p);
    p->window[0].start = 0;
}

static enum fv_err make_dir(struct fv_plan *p)
{
    struct fv_port_stat st;
    enum fv_err err = p->io->stat(p->io->ctx, FV_STORE_DIR, &st);
    if (err != FV_OK || st.kind == FV_PORT_DIR) {
        return err;
    }
    err = p->io->make_dir(p->io->ctx, FV_STORE_DIR);
    p->made_dir = err == FV_OK;
    return err;
}

enum fv_err fv_plan_begin(struct fv_plan *p, struct fv_table_page *page,
                          const struct fv_port_storage *io, bool fat)
{
    fv_plan_close(p);
    reset(p, io);
    enum fv_err err = make_dir(p);
    if (err == FV_OK) {
        err = io->open(io->ctx, PLAN, FV_PORT_OPEN_CREATE, &p->file);
    }
    if (err != FV_OK) {
        return err;
    }
    p->is_open = true;
    err = fv_names_begin(&p->names, page, io, fat);
    if (err != FV_OK) {
        fv_plan_close(p);
    }
    return err;
}

static enum fv_err flush(struct fv_plan *p)
{
    struct fv_plan_window *w = &p->window[0];
    if (w->len == 0) {
        return FV_OK;
    }
    enum fv_err err = p->io->write(p->io->ctx, p->file, w->start, w->buf, w->len);
    if (err == FV_OK) {
        w->start += w->len;
        w->len = 0;
    }
    return err;
}

/* Append n bytes, a buffer at a time. */
static enum fv_err put(struct fv_plan *p, const void *bytes, size_t n)
{
    struct fv_plan_window *w = &p->window[0];
    const uint8_t *from = bytes;
    while (n > 0) {
        size_t room = sizeof w->buf - w->len;
        size_t take = n < room ? n : room;
        memcpy(w->buf + w->len, from, take);
        w->len += take;
        p->size += take;
        from += take;
        n -= take;
        if (w->len == sizeof w->buf) {
            enum fv_err err = flush(p);
            if (err != FV_OK) {
                return err;
            }
        }
    }
    return FV_OK;
}

/* Header: date, number, lengths of path and URL (16 bits each), flags, error code (negated),
 * field, scope. */
static void write_head(uint8_t head[FIXED], const struct fv_plan_record *r)
{
    fv_num_put64(head, (uint64_t)r->modified_us);
    fv_num_put32(head + 8, r->number);
    fv_num_put32(head + 12, (uint32_t)(r->path.len | r->url.len << 16));
    fv_num_put32(head + 16, r->flags | (uint32_t)-r->err << 8 | (uint32_t)r->field << 16 |
                                (uint32_t)r->scope << 24);
}

/* Return whether fv_plan_latest() ranks the record. */
static bool is_ranked(const struct fv_plan_record *r)
{
    return (r->flags & (LEFT_OUT | FV_PLAN_UNREAD)) == 0;
}

static void count(struct fv_plan *p, const struct fv_plan_record *r)
{
    if (is_ranked(r)) {
        p->total++;
        p->oldest_us = r->modified_us < p->oldest_us ? r->modified_us : p->oldest_us;
        p->newest_us = r->modified_us > p->newest_us ? r->modified_us : p->newest_us;
    }
    p->kept = p->total;
}

enum fv_err fv_plan_add(struct fv_plan *p, const struct fv_plan_record *record)
{
    uint8_t head[FIXED];
    if (record->path.len > FV_CAP_PATH || record->url.len > FV_CAP_URL) {
        return FV_E_CAPACITY;
    }
    write_head(head, record);
    enum fv_err err = put(p, head, sizeof head);
    if (err == FV_OK) {
        err = put(p, record->path.ptr, record->path.len);
    }
    if (err == FV_OK) {
        err = put(p, record->url.ptr, record->url.len);
    }
    if (err == FV_OK) {
        count(p, record);
    }
    return err;
}

enum fv_err fv_plan_rewind(struct fv_plan *p)
{
    p->position = 0;
    return FV_OK;
}

enum fv_err fv_plan_finish(struct fv_plan *p)
{
    enum fv_err err = flush(p);
    return err == FV_OK ? fv_plan_rewind(p) : err;
}

static bool is_in(const struct fv_plan_window *w, uint64_t position)
{
    return position >= w->start && position - w->start < w->len;
}

/* Set *at to the window that position is in. If it is in none, read it into *at. */
static enum fv_err look_at(struct fv_plan *p, uint64_t position, struct fv_plan_window **at)
{
    struct fv_plan_window *w = *at;
    for (size_t i = 0; i < FV_PLAN_WINDOWS; i++) {
        if (is_in(&p->window[i], position)) {
            *at = &p->window[i];
            return FV_OK;
        }
    }
    w->len = 0;
    w->start = position;
    enum fv_err err = p->io->read(p->io->ctx, p->file, position, w->buf, sizeof w->buf, &w->len);
    return err == FV_OK && w->len == 0 ? FV_E_CORRUPT : err;
}

/* Read n bytes from position on, a window at a time. */
static enum fv_err get(struct fv_plan *p, uint64_t position, void *bytes, size_t n)
{
    uint8_t *to = bytes;
    if (position > p->size || n > p->size - position) {
        return FV_E_CORRUPT;
    }
    while (n > 0) {
        struct fv_plan_window *w = &p->window[p->again && FV_PLAN_WINDOWS > 1 ? 1 : 0];
        enum fv_err err = look_at(p, position, &w);
        if (err != FV_OK) {
            return err;
        }
        size_t at = (size_t)(position - w->start);
        size_t take = n < w->len - at ? n : w->len - at;
        memcpy(to, w->buf + at, take);
        to += take;
        position += take;
        n -= take;
    }
    return FV_OK;
}

static enum fv_err get_text(struct fv_plan *p, uint64_t position, char *text, struct fv_slice *out)
{
    if (text == NULL) {
        *out = FV_SLICE_NONE;
        return FV_OK;
    }
    text[out->len] = '\0';
    out->ptr = text;
    return get(p, position, text, out->len);
}

enum fv_err fv_plan_redate(struct fv_plan *p, struct fv_plan_record *record, int64_t modified_us,
                           bool dated)
{
    uint8_t head[FIXED];
    p->total -= is_ranked(record) ? 1 : 0;
    record->modified_us = modified_us;
    record->flags = (uint8_t)((record->flags & ~FV_PLAN_DATED) | (dated ? FV_PLAN_DATED : 0));
    count(p, record);
    write_head(head, record);
    forget(p);
    return p->io->write(p->io->ctx, p->file, record->position, head, sizeof head);
}

static bool is_dropped(const struct fv_plan *p, const struct fv_plan_record *r)
{
    if (!is_ranked(r)) {
        return (r->flags & LEFT_OUT) != 0;
    }
    return r->modified_us < p->cut_us ||
           (r->modified_us == p->cut_us && r->position >= p->cut_position);
}

/* Replace the path in text by the one that the record's URL has. */
static enum fv_err read_name(struct fv_plan *p, struct fv_plan_record *record, char *text)
{
    char own[FV_CAP_PATH + 1];
    bool found = false;
    enum fv_err err = fv_names_find(&p->names, record->path, record->url, own, &found);
    if (err == FV_OK && found && p->names.choice > 0) {
        record->path.len = fv_slice_of(own).len;
        memcpy(text, own, record->path.len + 1);
    }
    return err;
}

/* Read the record at position; *end is the position after it. */
static enum fv_err read_record(struct fv_plan *p, uint64_t position, struct fv_plan_record *record,
                               const struct fv_plan_text *text, uint64_t *end)
{
    uint8_t head[FIXED];
    enum fv_err err = get(p, position, head, sizeof head);
    if (err != FV_OK) {
        return err;
    }
    uint32_t lengths = fv_num_get32(head + 12);
    *record = (struct fv_plan_record){
        .path.len = lengths & UINT16_MAX,
        .url.len = lengths >> 16,
        .modified_us = (int64_t)fv_num_get64(head),
        .flags = head[16],
        .err = (enum fv_err) - (int)head[17],
        .field = head[18],
        .scope = head[19],
        .number = fv_num_get32(head + 8),
        .position = position,
    };
    if (record->path.len > FV_CAP_PATH || record->url.len > FV_CAP_URL) {
        return FV_E_CORRUPT;
    }
    record->dropped = is_dropped(p, record);
    uint64_t url_at = position + FIXED + record->path.len;
    *end = url_at + record->url.len;
    err = get_text(p, position + FIXED, text != NULL ? text->path : NULL, &record->path);
    if (err == FV_OK) {
        err = get_text(p, url_at, text != NULL ? text->url : NULL, &record->url);
    }
    return err;
}

enum fv_err fv_plan_read_at(struct fv_plan *p, uint64_t position, struct fv_plan_record *record,
                            const struct fv_plan_text *text)
{
    uint64_t end = 0;
    p->again = true;
    enum fv_err err = read_record(p, position, record, text, &end);
    p->again = false;
    if (err == FV_OK && p->settled && record->path.len > 0) {
        err = read_name(p, record, text->path);
    }
    return err;
}

/* Read the next record with its own path. A separate function, so that the frames for names are
 * not on the stack under latest. */
static enum fv_err read_next(struct fv_plan *p, struct fv_plan_record *record,
                             const struct fv_plan_text *text, bool *any)
{
    uint64_t end = 0;
    *any = p->position < p->size;
    enum fv_err err = *any ? read_record(p, p->position, record, text, &end) : FV_OK;
    if (err == FV_OK && *any) {
        p->position = end;
    }
    return err;
}

enum fv_err fv_plan_next(struct fv_plan *p, struct fv_plan_record *record,
                         const struct fv_plan_text *text, bool *any)
{
    enum fv_err err = read_next(p, record, text, any);
    if (err == FV_OK && *any && p->settled && record->path.len > 0) {
        err = read_name(p, record, text->path);
    }
    return err;
}

/* Map dates to numbers with the same order. */
static uint64_t rank(int64_t us)
{
    return (uint64_t)us ^ (UINT64_C(1) << 63);
}

/* Among the ranks whose digits above shift are prefix, find the digit at shift of the *n-th
 * greatest rank. Append it to prefix, and make *n the position among the ranks with that digit. */
static enum fv_err select_digit(struct fv_plan *p, unsigned shift, uint64_t *prefix, uint64_t *n)
{
    uint32_t counts[DIGITS] = {0};
    struct fv_plan_record record;
    bool any = true;
    enum fv_err err = fv_plan_rewind(p);
    while (err == FV_OK) {
        err = read_next(p, &record, NULL, &any);
        if (err != FV_OK || !any) {
            break;
        }
        uint64_t digits = rank(record.modified_us) >> shift;
        if (is_ranked(&record) && digits / DIGITS == *prefix) {
            counts[digits % DIGITS]++;
        }
    }
    if (err != FV_OK) {
        return err;
    }
    unsigned digit = DIGITS - 1;
    while (digit > 0 && counts[digit] < *n) {
        *n -= counts[digit];
        digit--;
    }
    *prefix = *prefix * DIGITS + digit;
    return FV_OK;
}

/* Find where the records of the date cut_us are no longer among the first n of that date. */
static enum fv_err cut_ties(struct fv_plan *p, uint64_t n)
{
    struct fv_plan_record record;
    bool any = true;
    enum fv_err err = fv_plan_rewind(p);
    while (err == FV_OK && any) {
        err = read_next(p, &record, NULL, &any);
        if (err == FV_OK && any && is_ranked(&record) && record.modified_us == p->cut_us &&
            n-- == 0) {
            p->cut_position = record.position;
            break;
        }
    }
    return err;
}

enum fv_err fv_plan_latest(struct fv_plan *p, uint64_t n)
{
    if (n >= p->total) {
        return fv_plan_rewind(p);
    }
    if (p->total > UINT32_MAX) {
        return FV_E_CAPACITY;
    }
    uint64_t differ = rank(p->oldest_us) ^ rank(p->newest_us);
    unsigned shift = 0; /* bits below which the dates differ */
    while (shift < 64 && differ >> shift != 0) {
        shift += 8;
    }
    uint64_t prefix = shift < 64 ? rank(p->newest_us) >> shift : 0;
    uint64_t left = n;
    while (shift > 0) {
        shift -= 8;
        enum fv_err err = select_digit(p, shift, &prefix, &left);
        if (err != FV_OK) {
            return err;
        }
    }
    p->cut_us = (int64_t)(prefix ^ (UINT64_C(1) << 63));
    p->kept = n;
    enum fv_err err = cut_ties(p, left);
    return err == FV_OK ? fv_plan_rewind(p) : err;
}

void fv_plan_close(struct fv_plan *p)
{
    if (!p->is_open) {
        return;
    }
    (void)p->io->close(p->io->ctx, p->file);
    p->is_open = false;
    fv_names_close(&p->names);
    (void)p->io->remove(p->io->ctx, PLAN);
    if (p->made_dir) {
        (void)p->io->remove_dir(p->io->ctx, FV_STORE_DIR);
        p->made_dir = false;
    }
}
