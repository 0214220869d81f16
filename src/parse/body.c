/* SPDX-License-Identifier: MIT */
#include "parse/body.h"

#include "base/check.h"
#include "base/num.h"
#include "parse/octet.h"

/* Named after what is expected next. The first two are for every framing, the others for
 * chunked. */
enum {
    NEXT_RESPONSE,
    NEXT_CONTENT,
    NEXT_SIZE,      /* the first digit of a chunk's size */
    NEXT_SIZE_MORE, /* more digits, an extension or the line's end */
    NEXT_SEMICOLON, /* after white space that only an extension or the line's end may follow */
    NEXT_EXTENSION,
    NEXT_SIZE_LF,
    NEXT_CONTENT_CR,
    NEXT_CONTENT_LF,
    NEXT_TRAILER, /* the first octet of a trailer field or of the empty line */
    NEXT_FOLD, /* the same after a trailer field, which a space or tab continues (RFC 9112 5.2) */
    NEXT_NAME,
    NEXT_VALUE,
    NEXT_TRAILER_LF,
    NEXT_LAST_LF
};

void fv_body_init(struct fv_body *b, const struct fv_head *head)
{
    *b = (struct fv_body){.framing = head->framing, .state = NEXT_CONTENT};
    switch (head->framing) {
    case FV_FRAMING_NONE:
        b->state = NEXT_RESPONSE;
        break;
    case FV_FRAMING_LENGTH:
        b->left = head->length;
        b->state = b->left == 0 ? NEXT_RESPONSE : NEXT_CONTENT;
        break;
    case FV_FRAMING_CHUNKED:
        b->state = NEXT_SIZE;
        break;
    case FV_FRAMING_CLOSE:
        b->left = UINT64_MAX;
        break;
    }
}

static enum fv_err size_digit(struct fv_body *b, int digit)
{
    if (b->left > UINT64_MAX >> 4) {
        return FV_E_HTTP_FRAMING;
    }
    b->left = b->left << 4 | (uint64_t)digit;
    b->state = NEXT_SIZE_MORE;
    return FV_OK;
}

/* chunk = chunk-size [ chunk-ext ] CRLF; chunk-ext = *( BWS ";" ... ). Of an extension, only the
 * ";" is checked. Some servers pad the size with blanks. */
static enum fv_err in_size_line(struct fv_body *b, uint8_t c)
{
    int digit = fv_num_hexdigit((char)c);
    if (b->state <= NEXT_SIZE_MORE && digit >= 0) {
        return size_digit(b, digit);
    }
    if (b->state == NEXT_SIZE) {
        return FV_E_HTTP_SYNTAX;
    }
    if (c == '\r') {
        b->state = NEXT_SIZE_LF;
        return FV_OK;
    }
    if (b->state == NEXT_EXTENSION) {
        return fv_octet_text(c) ? FV_OK : FV_E_HTTP_SYNTAX;
    }
    if (c != ';' && c != ' ' && c != '\t') {
        return FV_E_HTTP_SYNTAX;
    }
    b->state = c == ';' ? NEXT_EXTENSION : NEXT_SEMICOLON;
    return FV_OK;
}

static enum fv_err end_size_line(struct fv_body *b)
{
    uint64_t sum;
    if (!fv_num_add(b->received, b->left, &sum)) {
        return FV_E_HTTP_FRAMING;
    }
    b->line = 0;
    b->state = b->left == 0 ? NEXT_TRAILER : NEXT_CONTENT;
    return FV_OK;
}

/* trailer-section CRLF: field lines as in a head. Each of them is dropped. */
static enum fv_err in_trailer(struct fv_body *b, uint8_t c)
{
    if (c == '\r' && b->state != NEXT_NAME) {
        b->state = b->state == NEXT_VALUE ? NEXT_TRAILER_LF : NEXT_LAST_LF;
        return FV_OK;
    }
    if (b->state == NEXT_FOLD && (c == ' ' || c == '\t')) {
        b->state = NEXT_VALUE;
    }
    if (b->state == NEXT_VALUE) {
        return fv_octet_text(c) ? FV_OK : FV_E_HTTP_SYNTAX;
    }
    if (c == ':' && b->state == NEXT_NAME) {
        b->state = NEXT_VALUE;
        return FV_OK;
    }
    b->state = NEXT_NAME;
    return fv_octet_tchar(c) ? FV_OK : FV_E_HTTP_SYNTAX;
}

static enum fv_err expect(struct fv_body *b, uint8_t c, uint8_t expected, uint8_t next)
{
    if (c != expected) {
        return FV_E_HTTP_SYNTAX;
    }
    b->line = 0;
    b->state = next;
    return FV_OK;
}

/* Count an octet of a line. The line end counts for the trailer section, not for the line. */
static enum fv_err count(struct fv_body *b, uint8_t c)
{
    if (b->state >= NEXT_TRAILER && b->total++ == FV_CAP_HEAD) {
        return FV_E_HTTP_HEAD;
    }
    if (c != '\r' && c != '\n' && b->line++ == FV_CAP_LINE) {
        return FV_E_HTTP_LINE;
    }
    return FV_OK;
}

static enum fv_err take_octet(struct fv_body *b, uint8_t c)
{
    enum fv_err err = count(b, c);
    if (err != FV_OK) {
        return err;
    }
    switch (b->state) {
    case NEXT_SIZE_LF:
        return c == '\n' ? end_size_line(b) : FV_E_HTTP_SYNTAX;
    case NEXT_CONTENT_CR:
        return expect(b, c, '\r', NEXT_CONTENT_LF);
    case NEXT_CONTENT_LF:
        return expect(b, c, '\n', NEXT_SIZE);
    case NEXT_TRAILER_LF:
        return expect(b, c, '\n', NEXT_FOLD);
    case NEXT_LAST_LF:
        return expect(b, c, '\n', NEXT_RESPONSE);
    case NEXT_TRAILER:
    case NEXT_FOLD:
    case NEXT_NAME:
    case NEXT_VALUE:
        return in_trailer(b, c);
    default:
        return in_size_line(b, c);
    }
}

/* Return the content at the start of p[0..n); n is not 0. */
static struct fv_slice take_content(struct fv_body *b, const uint8_t *p, size_t n)
{
    size_t len = b->left < n ? (size_t)b->left : n;
    b->received += len;
    if (b->framing != FV_FRAMING_CLOSE) {
        b->left -= len;
    }
    if (b->left == 0) {
        b->state = b->framing == FV_FRAMING_CHUNKED ? NEXT_CONTENT_CR : NEXT_RESPONSE;
    }
    return (struct fv_slice){(const char *)p, len};
}

enum fv_err fv_body_push(struct fv_body *b, const uint8_t *p, size_t n, size_t *used,
                         struct fv_slice *content)
{
    struct fv_slice out = FV_SLICE_NONE;
    size_t i = 0;
    while (i < n && b->state != NEXT_RESPONSE && out.len == 0) {
        if (b->state == NEXT_CONTENT) {
            out = take_content(b, p + i, n - i);
            i += out.len;
            continue;
        }
        enum fv_err err = take_octet(b, p[i]);
        if (err != FV_OK) {
            return err;
        }
        i++;
    }
    *used = i;
    *content = out;
    FV_CHECK(fv_body_holds(b));
    return b->state == NEXT_RESPONSE ? FV_OK : FV_MORE;
}

enum fv_err fv_body_finish(const struct fv_body *b, bool clean)
{
    bool ended = b->state == NEXT_RESPONSE || (b->framing == FV_FRAMING_CLOSE && clean);
    return ended ? FV_OK : FV_E_TRUNCATED;
}

bool fv_body_holds(const struct fv_body *b)
{
    bool content = b->state == NEXT_CONTENT;
    bool chunked = b->framing == FV_FRAMING_CHUNKED;
    bool close = b->framing == FV_FRAMING_CLOSE;
    bool size_line = b->state >= NEXT_SIZE_MORE && b->state <= NEXT_SIZE_LF;
    bool within = b->state == NEXT_NAME || b->state == NEXT_VALUE || b->state == NEXT_TRAILER_LF ||
                  b->state == NEXT_LAST_LF || size_line;
    uint64_t sum;
    return b->state <= NEXT_LAST_LF && (b->state <= NEXT_CONTENT || chunked) &&
           (size_line || content == (b->left > 0)) && (content || !close) &&
           (!close || b->left == UINT64_MAX) && (!content || b->framing != FV_FRAMING_NONE) &&
           (!content || close || fv_num_add(b->received, b->left, &sum)) &&
           b->line <= (within ? FV_CAP_LINE : 0) && b->total <= FV_CAP_HEAD;
}
