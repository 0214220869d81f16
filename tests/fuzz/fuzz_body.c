/* SPDX-License-Identifier: MIT */
/* Bodies: the first byte chooses the framing (and a length), the rest is the body and what follows.
 * Any split gives the same content, end and error; and a chunked body written anew from its content
 * reads the same. */
#include "parse/body.h"

#include "fuzz/check.h"

struct run {
    struct fv_body body;
    enum fv_err err;
    size_t used;
    size_t len;
    char *content; /* as large as the input */
};

static bool take(void *ctx, const uint8_t *p, size_t n)
{
    struct run *r = ctx;
    size_t at = 0;
    do {
        size_t used = 0;
        struct fv_slice content;
        struct fv_slice rest = {p == NULL ? NULL : (const char *)p + at, n - at};
        r->err = fv_body_push(&r->body, (const uint8_t *)rest.ptr, rest.len, &used, &content);
        if (r->err < FV_OK) {
            return false;
        }
        CHECK(used <= rest.len && inside(content, fv_slice_head(rest, used)));
        CHECK(used > 0 || rest.len == 0 || r->err == FV_OK);
        if (content.len > 0) {
            memcpy(r->content + r->len, content.ptr, content.len);
        }
        r->len += content.len;
        at += used;
        r->used += used;
    } while (r->err == FV_MORE && at < n);
    CHECK(r->body.received == r->len);
    return r->err == FV_MORE;
}

static void run(struct run *r, const struct fv_head *head, const void *data, size_t size,
                size_t cut)
{
    r->err = FV_MORE;
    r->used = 0;
    r->len = 0;
    fv_body_init(&r->body, head);
    in_pieces(data, size, cut, take, r);
    enum fv_err clean = fv_body_finish(&r->body, true);
    enum fv_err broken = fv_body_finish(&r->body, false);
    CHECK((r->err == FV_OK) == (broken == FV_OK));
    CHECK((clean == broken) == (r->err != FV_MORE || head->framing != FV_FRAMING_CLOSE));
}

static void same(const struct run *a, const struct run *b)
{
    CHECK(a->err == b->err && a->len == b->len);
    CHECK(a->err < FV_OK || a->used == b->used);
    CHECK(a->len == 0 || memcmp(a->content, b->content, a->len) == 0);
}

/* Chunks of one byte: 6 bytes each. */
static void written_anew(const struct fv_head *head, const struct run *whole, struct run *again)
{
    char *text = malloc(6 * whole->len + 5);
    size_t n = 0;
    CHECK(text != NULL);
    for (size_t i = 0; i < whole->len; i++) {
        memcpy(text + n, "1\r\nx\r\n", 6);
        text[n + 3] = whole->content[i];
        n += 6;
    }
    memcpy(text + n, "0\r\n\r\n", 5);
    run(again, head, text, n + 5, n / 2);
    CHECK(again->used == n + 5);
    again->used = whole->used;
    same(whole, again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fv_head head;
    struct run whole;
    struct run other;
    if (size == 0) {
        return 0;
    }
    head.framing = (enum fv_framing)(data[0] % 4);
    head.length = data[0] / 4;
    data++;
    size--;
    whole.content = malloc(size + 1);
    other.content = malloc(size + 1);
    CHECK(whole.content != NULL && other.content != NULL);
    run(&whole, &head, data, size, 0);
    run(&other, &head, data, size, some_cut(data, size));
    same(&whole, &other);
    if (size > 0) {
        run(&other, &head, data, size, BYTE_BY_BYTE);
        same(&whole, &other);
    }
    if (whole.err == FV_OK && head.framing == FV_FRAMING_CHUNKED) {
        written_anew(&head, &whole, &other);
    }
    free(whole.content);
    free(other.content);
    return 0;
}
