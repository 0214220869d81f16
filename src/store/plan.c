#include "store/plan.h"

#include "base/num.h"
#include "base/sha256.h"
#include "base/writer.h"
#include "store/store.h"

#include <string.h>

#define PLAN FV_STORE_DIR "/plan"
#define NAMES FV_STORE_DIR "/names"
#define FIXED 16u   /* bytes of a record besides path and URL */
#define DIGITS 256u /* values of one digit in the search for the n-th latest date */

static_assert(FV_CAP_PATH <= UINT16_MAX && FV_CAP_URL <= UINT16_MAX, "lengths are 16 bits");

static void reset(struct fv_plan *p, const struct fv_port_storage *io)
{
    p->io = io;
    p->total = 0;
    p->kept = 0;
    p->size = 0;
    p->position = 0;
    p->oldest_us = INT64_MAX;
    p->newest_us = INT64_MIN;
    p->cut_us = INT64_MIN;
    p->cut_position = UINT64_MAX;
    p->start = 0;
    p->len = 0;
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
                          const struct fv_port_storage *io)
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
    err = fv_table_create(&p->names, page, io, NAMES);
    if (err != FV_OK) {
        fv_plan_close(p);
    }
    return err;
}

struct name {
    uint64_t key, value;
};

static struct name name_of(struct fv_slice text)
{
    uint8_t digest[FV_SHA256_SIZE];
    fv_sha256_of(text.ptr, text.len, digest);
    uint64_t value = fv_num_get64(digest + 8);
    return (struct name){fv_num_get64(digest), value != 0 ? value : 1};
}

static enum fv_err has_name(struct fv_plan *p, const struct name *name, bool *has)
{
    struct fv_table_cursor c;
    bool found = true;
    fv_table_search(&p->names, name->key, &c);
    for (;;) {
        uint64_t value = 0;
        enum fv_err err = fv_table_next(&p->names, &c, &value, &found);
        if (err != FV_OK) {
            return err;
        }
        if (!found || value == name->value) {
            *has = found;
            return FV_OK;
        }
    }
}

enum fv_err fv_plan_claim(struct fv_plan *p, struct fv_slice key, bool *taken)
{
    const struct name name = name_of(key);
    bool has = false;
    enum fv_err err = has_name(p, &name, &has);
    if (err == FV_OK && !has) {
        err = fv_table_put(&p->names, name.key, name.value);
    }
    if (err == FV_OK) {
        *taken = has;
    }
    return err;
}

enum fv_err fv_plan_has_key(struct fv_plan *p, struct fv_slice key, bool *has)
{
    const struct name name = name_of(key);
    return has_name(p, &name, has);
}

static enum fv_err flush(struct fv_plan *p)
{
    if (p->len == 0) {
        return FV_OK;
    }
    enum fv_err err = p->io->write(p->io->ctx, p->file, p->start, p->buf, p->len);
    if (err == FV_OK) {
        p->start += p->len;
        p->len = 0;
    }
    return err;
}

/* Append n bytes, a buffer at a time. */
static enum fv_err put(struct fv_plan *p, const void *bytes, size_t n)
{
    const uint8_t *from = bytes;
    while (n > 0) {
        size_t room = sizeof p->buf - p->len;
        size_t take = n < room ? n : room;
        memcpy(p->buf + p->len, from, take);
        p->len += take;
        p->size += take;
        from += take;
        n -= take;
        if (p->len == sizeof p->buf) {
            enum fv_err err = flush(p);
            if (err != FV_OK) {
                return err;
            }
        }
    }
    return FV_OK;
}

enum fv_err fv_plan_add(struct fv_plan *p, const struct fv_plan_record *record)
{
    uint8_t head[FIXED];
    if (record->path.len > FV_CAP_PATH || record->url.len > FV_CAP_URL) {
        return FV_E_CAPACITY;
    }
    fv_num_put64(head, (uint64_t)record->modified_us);
    fv_num_put32(head + 8, (uint32_t)record->path.len);
    fv_num_put32(head + 12, (uint32_t)record->url.len);
    enum fv_err err = put(p, head, sizeof head);
    if (err == FV_OK) {
        err = put(p, record->path.ptr, record->path.len);
    }
    if (err == FV_OK) {
        err = put(p, record->url.ptr, record->url.len);
    }
    if (err != FV_OK) {
        return err;
    }
    p->total++;
    p->kept++;
    p->oldest_us = record->modified_us < p->oldest_us ? record->modified_us : p->oldest_us;
    p->newest_us = record->modified_us > p->newest_us ? record->modified_us : p->newest_us;
    return FV_OK;
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

/* Read n bytes from position on, a buffer at a time. */
static enum fv_err get(struct fv_plan *p, uint64_t position, void *bytes, size_t n)
{
    uint8_t *to = bytes;
    if (position > p->size || n > p->size - position) {
        return FV_E_CORRUPT;
    }
    while (n > 0) {
        if (position < p->start || position - p->start >= p->len) {
            p->len = 0;
            p->start = position;
            enum fv_err err =
                p->io->read(p->io->ctx, p->file, position, p->buf, sizeof p->buf, &p->len);
            if (err != FV_OK || p->len == 0) {
                return err == FV_OK ? FV_E_CORRUPT : err;
            }
        }
        size_t at = (size_t)(position - p->start);
        size_t take = n < p->len - at ? n : p->len - at;
        memcpy(to, p->buf + at, take);
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

/* Read the record at position; *end is behind it. */
static enum fv_err read_record(struct fv_plan *p, uint64_t position, struct fv_plan_record *record,
                               const struct fv_plan_text *text, uint64_t *end)
{
    uint8_t head[FIXED];
    enum fv_err err = get(p, position, head, sizeof head);
    if (err != FV_OK) {
        return err;
    }
    int64_t modified = (int64_t)fv_num_get64(head);
    struct fv_slice path = {NULL, fv_num_get32(head + 8)};
    struct fv_slice url = {NULL, fv_num_get32(head + 12)};
    if (path.len > FV_CAP_PATH || url.len > FV_CAP_URL) {
        return FV_E_CORRUPT;
    }
    uint64_t url_at = position + FIXED + path.len;
    *end = url_at + url.len;
    err = get_text(p, position + FIXED, text != NULL ? text->path : NULL, &path);
    if (err == FV_OK) {
        err = get_text(p, url_at, text != NULL ? text->url : NULL, &url);
    }
    *record = (struct fv_plan_record){
        .path = path,
        .url = url,
        .modified_us = modified,
        .position = position,
        .dropped = modified < p->cut_us || (modified == p->cut_us && position >= p->cut_position),
    };
    return err;
}

enum fv_err fv_plan_read_at(struct fv_plan *p, uint64_t position, struct fv_plan_record *record,
                            const struct fv_plan_text *text)
{
    uint64_t end = 0;
    return read_record(p, position, record, text, &end);
}

enum fv_err fv_plan_next(struct fv_plan *p, struct fv_plan_record *record,
                         const struct fv_plan_text *text, bool *any)
{
    if (p->position >= p->size) {
        *any = false;
        return FV_OK;
    }
    uint64_t end = 0;
    enum fv_err err = read_record(p, p->position, record, text, &end);
    if (err == FV_OK) {
        *any = true;
        p->position = end;
    }
    return err;
}

/* Dates as numbers in the same order. */
static uint64_t rank(int64_t us)
{
    return (uint64_t)us ^ (UINT64_C(1) << 63);
}

/* Among the ranks that agree with prefix above shift + 8, find the digit at shift in which the *n-th greatest of them lies;
 * append it to prefix, and let *n count within that digit. */
static enum fv_err select_digit(struct fv_plan *p, unsigned shift, uint64_t *prefix, uint64_t *n)
{
    uint32_t counts[DIGITS] = {0};
    struct fv_plan_record record;
    bool any = true;
    enum fv_err err = fv_plan_rewind(p);
    while (err == FV_OK) {
        err = fv_plan_next(p, &record, NULL, &any);
        if (err != FV_OK || !any) {
            break;
        }
        uint64_t digits = rank(record.modified_us) >> shift;
        if (digits / DIGITS == *prefix) {
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
        err = fv_plan_next(p, &record, NULL, &any);
        if (err == FV_OK && any && record.modified_us == p->cut_us && n-- == 0) {
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
    fv_table_close(&p->names);
    (void)p->io->close(p->io->ctx, p->file);
    p->is_open = false;
    (void)p->io->remove(p->io->ctx, NAMES);
    (void)p->io->remove(p->io->ctx, PLAN);
    if (p->made_dir) {
        (void)p->io->remove_dir(p->io->ctx, FV_STORE_DIR);
        p->made_dir = false;
    }
}
