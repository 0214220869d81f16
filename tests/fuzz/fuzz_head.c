/* SPDX-License-Identifier: MIT */
/* Response heads: any split gives the same result, and the values of a response agree with each
 * other. */
#include "parse/head.h"

#include "fuzz/check.h"

struct run {
    struct fv_head head;
    enum fv_err err;
    size_t used;
};

static bool take(void *ctx, const uint8_t *p, size_t n)
{
    struct run *r = ctx;
    size_t used = n + 1;
    r->err = fv_head_push(&r->head, p, n, &used);
    if (r->err < FV_OK) {
        CHECK(used == n + 1);
        return false;
    }
    CHECK(used <= n && (r->err == FV_OK || used == n));
    r->used += used;
    return r->err == FV_MORE;
}

static void run(struct run *r, const uint8_t *data, size_t size, size_t cut, bool for_connect)
{
    memset(r, 0x5A, sizeof *r);
    fv_head_reset(&r->head, for_connect);
    r->err = FV_MORE;
    r->used = 0;
    in_pieces((const char *)data, size, cut, take, r);
}

static void same(const struct run *a, const struct run *b)
{
    const struct fv_head *x = &a->head;
    const struct fv_head *y = &b->head;
    CHECK(a->err == b->err);
    if (a->err != FV_OK) {
        return;
    }
    CHECK(a->used == b->used);
    CHECK(x->status == y->status && x->minor == y->minor && x->keep_alive == y->keep_alive);
    CHECK(x->framing == y->framing && x->length == y->length);
    CHECK(x->has_content_range == y->has_content_range && x->encoded == y->encoded);
    CHECK(x->date_us == y->date_us && x->last_modified_us == y->last_modified_us);
    CHECK(x->retry_after_s == y->retry_after_s && x->retry_at_us == y->retry_at_us);
    if (fv_head_redirects(x)) {
        CHECK(strcmp(x->location, y->location) == 0);
    } else {
        CHECK(strcmp(x->etag, y->etag) == 0);
        CHECK(strcmp(x->last_modified, y->last_modified) == 0);
    }
}

static void sound(const struct fv_head *h, bool for_connect)
{
    CHECK(h->status >= 200 && h->status <= 999 && h->minor <= 1);
    CHECK(h->framing == FV_FRAMING_LENGTH || h->length == 0);
    CHECK(h->framing != FV_FRAMING_CHUNKED || h->minor == 1);
    CHECK(h->framing != FV_FRAMING_CLOSE || !h->keep_alive);
    CHECK((h->framing == FV_FRAMING_NONE) ==
          (h->status == 204 || h->status == 304 || (for_connect && h->status < 300)));
    CHECK(h->retry_after_s >= -1 && h->retry_after_s <= INT64_C(9999) * 366 * 86400);
    CHECK(h->retry_at_us == INT64_MIN || h->date_us == INT64_MIN);
    if (fv_head_redirects(h)) {
        return;
    }
    struct fv_slice v = fv_head_validator(h);
    CHECK(v.len == 0 || v.ptr == h->etag || v.ptr == h->last_modified);
    CHECK(h->etag[0] == '\0' || h->etag[0] == '"' || v.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct run whole;
    static struct run cut;
    for (int for_connect = 0; for_connect <= 1; for_connect++) {
        run(&whole, data, size, 0, for_connect);
        if (whole.err == FV_OK) {
            sound(&whole.head, for_connect);
        }
        run(&cut, data, size, some_cut(data, size), for_connect);
        same(&whole, &cut);
        run(&cut, data, size, BYTE_BY_BYTE, for_connect);
        if (size > 0) {
            same(&whole, &cut);
        }
    }
    return 0;
}
