/* SPDX-License-Identifier: MIT */
#include "parse/head.h"

#include <string.h>

#include "base/check.h"
#include "base/num.h"
#include "parse/octet.h"
#include "parse/timestamp.h"

#define SECOND_US 1000000

/* Begin a response: the first one, or the one after an interim response. */
static void expect_status_line(struct fv_head *h)
{
    h->state = FV_HEAD_TEXT;
    h->status = 0;
    h->line_len = 0;
}

void fv_head_reset(struct fv_head *h, bool for_connect)
{
    /* The line's buffer is most of the struct and needs no clearing. */
    memset(h, 0, offsetof(struct fv_head, line));
    h->now_us = FV_TIMESTAMP_NONE;
    h->for_connect = for_connect;
    h->date_us = FV_TIMESTAMP_NONE;
    h->last_modified_us = FV_TIMESTAMP_NONE;
    h->retry_after_s = -1;
    h->retry_at_us = FV_TIMESTAMP_NONE;
    expect_status_line(h);
}

bool fv_head_redirects(const struct fv_head *h)
{
    return (h->status >= 301 && h->status <= 303) || h->status == 307 || h->status == 308;
}

/* Keep a value that may be there once. If it is there again and differs, neither value is kept. */
static void keep_once(char *out, size_t cap, bool *seen, struct fv_slice value)
{
    if (!*seen && value.len > 0 && value.len <= cap) {
        memcpy(out, value.ptr, value.len);
        out[value.len] = '\0';
    } else if (*seen && !fv_slice_eq(fv_slice_of(out), value)) {
        out[0] = '\0';
    }
    *seen = true;
}

/* Take the next element of a comma-separated list, trimmed; it may be empty. Return false after the
 * last one. */
static bool next_element(struct fv_slice *list, bool *more, struct fv_slice *element)
{
    if (!*more) {
        return false;
    }
    struct fv_slice head;
    struct fv_slice rest;
    *more = fv_slice_cut(*list, ',', &head, &rest);
    *element = fv_slice_trim(head);
    *list = rest;
    return true;
}

/* ---- Fields that decide where the body ends */

/* A 2xx to CONNECT opens a tunnel: its framing fields are to be ignored (RFC 9110 9.3.6). */
static bool opens_tunnel(const struct fv_head *h)
{
    return h->for_connect && h->status < 300;
}

static void take_length(struct fv_head *h, struct fv_slice value)
{
    struct fv_slice element;
    bool more = true;
    while (next_element(&value, &more, &element)) {
        uint64_t length = 0;
        h->bad_framing |= !fv_num_decimal(element, UINT64_MAX, &length) ||
                          (h->have_length && h->length != length);
        h->have_length = true;
        h->length = length;
    }
}

/* Only chunked is accepted, because no request has a TE field. With another coding, other
 * recipients may see the end of the response elsewhere. The same is true for chunked given twice,
 * and for HTTP/1.0, which has no transfer codings (RFC 9112 6.1). */
static void take_transfer(struct fv_head *h, struct fv_slice value)
{
    h->bad_framing |=
        h->chunked || h->minor == 0 || !fv_slice_eq_nocase(value, FV_SLICE("chunked"));
    h->chunked = true;
}

static void take_connection(struct fv_head *h, struct fv_slice value)
{
    struct fv_slice option;
    bool more = true;
    while (next_element(&value, &more, &option)) {
        h->close_seen |= fv_slice_eq_nocase(option, FV_SLICE("close"));
        h->keep_seen |= fv_slice_eq_nocase(option, FV_SLICE("keep-alive"));
    }
}

/* ---- Fields about the file */

static void take_content_range(struct fv_head *h, struct fv_slice value)
{
    /* With two of them it is not clear which one is true. */
    h->has_content_range = !h->range_seen && fv_range_parse(value, &h->content_range) == FV_OK;
    h->range_seen = true;
}

static bool has_element(struct fv_slice list, struct fv_slice wanted)
{
    struct fv_slice element;
    bool more = true;
    while (next_element(&list, &more, &element)) {
        if (fv_slice_eq_nocase(wanted, element)) {
            return true;
        }
    }
    return false;
}

/* The registered content codings (RFC 9110 8.4.1, 16.6.1), except identity. No request allows one,
 * and the file would hold the encoded bytes. Other words (none, utf-8, aws-chunked) do not name a
 * coding: servers send them with content that is not encoded. */
static void take_encoding(struct fv_head *h, struct fv_slice value)
{
    const struct fv_slice known = FV_SLICE("gzip,x-gzip,deflate,br,zstd,compress,x-compress,dcb,"
                                           "dcz,exi,pack200-gzip,aes128gcm");
    struct fv_slice coding;
    bool more = true;
    while (next_element(&value, &more, &coding)) {
        h->encoded |= has_element(known, coding);
    }
}

static void take_type(struct fv_head *h, struct fv_slice value)
{
    struct fv_slice type = fv_slice_trim(fv_slice_head(value, fv_slice_find(value, ';')));
    h->multipart |= fv_slice_eq_nocase(type, FV_SLICE("multipart/byteranges"));
    h->html |= fv_slice_eq_nocase(type, FV_SLICE("text/html"));
}

static int64_t http_date(const struct fv_head *h, struct fv_slice value)
{
    int64_t us = FV_TIMESTAMP_NONE;
    if (fv_timestamp_parse_http(value, h->now_us, &us) != FV_OK) {
        return FV_TIMESTAMP_NONE;
    }
    return us;
}

static void take_date(struct fv_head *h, struct fv_slice value)
{
    h->date_us = http_date(h, value);
}

static void take_last_modified(struct fv_head *h, struct fv_slice value)
{
    if (fv_head_redirects(h)) {
        return;
    }
    keep_once(h->last_modified, FV_CAP_VALIDATOR, &h->modified_seen, value);
    h->last_modified_us = h->last_modified[0] != '\0' ? http_date(h, value) : FV_TIMESTAMP_NONE;
}

/* entity-tag of RFC 9110 8.8.3: [ "W/" ] DQUOTE *etagc DQUOTE. */
static bool is_entity_tag(struct fv_slice value)
{
    struct fv_slice s = fv_slice_from(value, fv_slice_starts(value, FV_SLICE("W/")) ? 2 : 0);
    if (s.len < 2 || s.ptr[0] != '"' || s.ptr[s.len - 1] != '"') {
        return false;
    }
    for (size_t i = 1; i < s.len - 1; i++) {
        /* Of the octets of a line, etagc leaves out only these. */
        if (s.ptr[i] == '"' || s.ptr[i] == ' ' || s.ptr[i] == '\t') {
            return false;
        }
    }
    return true;
}

static void take_etag(struct fv_head *h, struct fv_slice value)
{
    if (!fv_head_redirects(h)) {
        keep_once(h->etag, FV_CAP_VALIDATOR, &h->etag_seen,
                  fv_slice_head(value, is_entity_tag(value) ? value.len : 0));
    }
}

/* ---- Fields about what to do next */

static void take_location(struct fv_head *h, struct fv_slice value)
{
    if (fv_head_redirects(h)) {
        keep_once(h->location, FV_CAP_URL, &h->location_seen, value);
    }
}

static bool all_digits(struct fv_slice s)
{
    size_t i = 0;
    while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9') {
        i++;
    }
    return i > 0 && i == s.len;
}

static void take_retry_after(struct fv_head *h, struct fv_slice value)
{
    if (all_digits(value)) {
        /* More seconds than fit mean a very long time, not none. */
        uint64_t seconds = UINT32_MAX;
        (void)fv_num_decimal(value, UINT32_MAX, &seconds);
        h->retry_after_s = (int64_t)seconds;
    } else {
        h->retry_at_us = http_date(h, value);
    }
}

#define FRAMING_FIELDS 2u
static const struct field {
    const char *name;
    void (*take)(struct fv_head *h, struct fv_slice value);
} fields[] = {
    {"content-length", take_length}, /* FRAMING_FIELDS */
    {"transfer-encoding", take_transfer},  {"connection", take_connection},
    {"content-range", take_content_range}, {"content-encoding", take_encoding},
    {"content-type", take_type},           {"date", take_date},
    {"last-modified", take_last_modified}, {"etag", take_etag},
    {"location", take_location},           {"retry-after", take_retry_after},
};

/* ---- Lines */

/* field-line = field-name ":" OWS field-value OWS. A space in the name is refused: it is white
 * space before the first field line or before the colon. */
static bool split_field(const struct fv_head *h, struct fv_slice *name, struct fv_slice *value)
{
    struct fv_slice line = {h->line, h->line_len};
    if (!fv_slice_cut(line, ':', name, value) || name->len == 0) {
        return false;
    }
    for (size_t i = 0; i < name->len; i++) {
        if (!fv_octet_tchar((uint8_t)name->ptr[i])) {
            return false;
        }
    }
    return true;
}

/* Return the entry of a field, or NULL if the program does not use the field. Of an interim
 * response, only the fields that announce content are used. */
static const struct field *taker(const struct fv_head *h, struct fv_slice name)
{
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (fv_slice_eq_nocase(name, fv_slice_of(fields[i].name))) {
            return h->status >= 200 || i < FRAMING_FIELDS ? &fields[i] : NULL;
        }
    }
    return NULL;
}

static enum fv_err field_line(struct fv_head *h)
{
    struct fv_slice name;
    struct fv_slice value;
    if (!split_field(h, &name, &value)) {
        return FV_E_HTTP_SYNTAX;
    }
    const struct field *field = taker(h, name);
    if (field != NULL) {
        field->take(h, fv_slice_trim(value));
    }
    h->line_len = 0;
    h->cut = false;
    return FV_OK;
}

/* Return whether the line, which does not fit, is a field that the program does not use. */
static bool may_be_cut(const struct fv_head *h)
{
    struct fv_slice name;
    struct fv_slice value;
    return h->status != 0 && split_field(h, &name, &value) && taker(h, name) == NULL;
}

/* status-line = "HTTP/1." DIGIT SP 3DIGIT [ SP [ reason-phrase ] ]. Many servers leave out the last
 * space. A minor version above 1 is read as 1 (RFC 9110 6.2). What a status above 599 means is left
 * to the caller (RFC 9110 15). */
static enum fv_err status_line(struct fv_head *h)
{
    struct fv_slice line = {h->line, h->line_len};
    const size_t minor_at = sizeof "HTTP/1." - 1;
    const size_t code_at = sizeof "HTTP/1.1 " - 1;
    const size_t code_end = code_at + 3;
    struct fv_slice code = fv_slice_from(fv_slice_head(line, code_end), code_at);
    uint64_t minor = 0;
    uint64_t status = 0;
    if (!fv_slice_starts(line, FV_SLICE("HTTP/1.")) || code.len < 3 ||
        line.ptr[code_at - 1] != ' ' || (line.len > code_end && line.ptr[code_end] != ' ')) {
        return FV_E_HTTP_SYNTAX;
    }
    if (!fv_num_decimal((struct fv_slice){line.ptr + minor_at, 1}, 9, &minor) ||
        !fv_num_decimal(code, 999, &status) || status < 100 || status == 101) {
        return FV_E_HTTP_SYNTAX; /* 101: no upgrade was requested */
    }
    h->status = (uint16_t)status;
    h->minor = minor > 0;
    return FV_OK;
}

/* ---- The end of a head */

/* Where the body ends, in the order of RFC 9112 6.3. */
static enum fv_err decide_framing(struct fv_head *h)
{
    if (!opens_tunnel(h) && (h->bad_framing || (h->chunked && h->have_length))) {
        return FV_E_HTTP_FRAMING;
    }
    if (opens_tunnel(h)) {
        h->framing = FV_FRAMING_NONE;
    } else if (h->status == 204 || h->status == 205 || h->status == 304) {
        h->framing = FV_FRAMING_NONE;
        /* Some servers send a body here, announced or not, which cannot be distinguished from the
         * next response. So the connection ends. These responses are of no use to a client that
         * requests content. */
        h->close_seen = true;
    } else if (h->chunked) {
        h->framing = FV_FRAMING_CHUNKED;
    } else if (h->have_length) {
        h->framing = FV_FRAMING_LENGTH;
    } else {
        h->framing = FV_FRAMING_CLOSE;
    }
    if (h->framing != FV_FRAMING_LENGTH) {
        h->length = 0;
    }
    return FV_OK;
}

static void settle_retry(struct fv_head *h)
{
    if (h->retry_at_us == FV_TIMESTAMP_NONE || h->date_us == FV_TIMESTAMP_NONE) {
        return;
    }
    /* Both are whole seconds of the years 0000 to 9999: no overflow, no rounding. */
    int64_t span_us = h->retry_at_us - h->date_us;
    h->retry_after_s = span_us > 0 ? span_us / SECOND_US : 0;
    h->retry_at_us = FV_TIMESTAMP_NONE;
}

static enum fv_err end_head(struct fv_head *h)
{
    if (h->status < 200 && (h->chunked || h->length > 0)) {
        return FV_E_HTTP_FRAMING; /* an interim response has no content (RFC 9110 15.2) */
    }
    if (h->status < 200) {
        h->have_length = h->bad_framing = false;
        expect_status_line(h);
        return FV_OK;
    }
    enum fv_err err = decide_framing(h);
    if (err != FV_OK) {
        return err;
    }
    settle_retry(h);
    h->keep_alive =
        h->framing != FV_FRAMING_CLOSE && !h->close_seen && (h->minor == 1 || h->keep_seen);
    h->state = FV_HEAD_BODY;
    return FV_OK;
}

static enum fv_err end_line(struct fv_head *h)
{
    h->state = FV_HEAD_TEXT;
    if (h->status == 0) {
        enum fv_err err = status_line(h);
        h->line_len = 0;
        return err;
    }
    if (h->line_len == 0) {
        return end_head(h);
    }
    h->state = FV_HEAD_LINE;
    return FV_OK;
}

static enum fv_err put_octet(struct fv_head *h, char c)
{
    if (h->line_len < FV_CAP_LINE) {
        h->line[h->line_len++] = c;
        return FV_OK;
    }
    h->cut = h->cut || may_be_cut(h);
    return h->cut ? FV_OK : FV_E_HTTP_LINE;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* obs-fold = OWS CRLF RWS is replaced by one space (RFC 9112 5.2). The line before it is not
 * empty. */
static enum fv_err begin_fold(struct fv_head *h)
{
    while (h->line_len > 1 && is_blank(h->line[h->line_len - 1])) {
        h->line_len--;
    }
    h->state = FV_HEAD_VALUE;
    return put_octet(h, ' ');
}

static enum fv_err take_octet(struct fv_head *h, uint8_t c)
{
    if (h->state == FV_HEAD_LF) {
        return c == '\n' ? end_line(h) : FV_E_HTTP_SYNTAX;
    }
    if (h->state >= FV_HEAD_LINE && is_blank((char)c)) {
        return h->state == FV_HEAD_LINE ? begin_fold(h) : FV_OK;
    }
    enum fv_err err = h->state == FV_HEAD_LINE ? field_line(h) : FV_OK;
    if (err != FV_OK) {
        return err;
    }
    h->state = c == '\r' ? FV_HEAD_LF : FV_HEAD_TEXT;
    if (c == '\r') {
        return FV_OK;
    }
    return fv_octet_text(c) ? put_octet(h, (char)c) : FV_E_HTTP_SYNTAX;
}

enum fv_err fv_head_push(struct fv_head *h, const uint8_t *p, size_t n, size_t *used)
{
    size_t i = 0;
    while (i < n && h->state != FV_HEAD_BODY) {
        enum fv_err err = h->total++ < FV_CAP_HEAD ? take_octet(h, p[i]) : FV_E_HTTP_HEAD;
        if (err != FV_OK) {
            return err;
        }
        i++;
    }
    FV_CHECK(fv_head_holds(h));
    *used = i;
    return h->state == FV_HEAD_BODY ? FV_OK : FV_MORE;
}

enum fv_err fv_head_finish(const struct fv_head *h)
{
    return h->total == 0 ? FV_E_CLOSED : FV_E_TRUNCATED;
}

struct fv_slice fv_head_validator(const struct fv_head *h)
{
    /* If there is an entity tag, even a weak one, a date must not be used (RFC 9110 13.1.5). */
    if (h->etag[0] != '\0') {
        return h->etag[0] == '"' ? fv_slice_of(h->etag) : FV_SLICE_NONE;
    }
    if (h->date_us == FV_TIMESTAMP_NONE || h->last_modified_us == FV_TIMESTAMP_NONE ||
        h->date_us - h->last_modified_us < SECOND_US) {
        return FV_SLICE_NONE;
    }
    return fv_slice_of(h->last_modified);
}

bool fv_head_transient(uint16_t status)
{
    switch (status) {
    case 408:
    case 425:
    case 429:
        return true;
    case 501:
    case 505:
    case 506:
    case 508:
    case 510:
    case 511:
        return false;
    default:
        return status >= 500 && status < 600;
    }
}
