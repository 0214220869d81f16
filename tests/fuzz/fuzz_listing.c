/* SPDX-License-Identifier: MIT */
/* Listings: any split gives the same objects, error and place; an object listed again alone stays
 * the same; and jsmn never refuses what the splitter let through. */
#include "parse/entry.h"
#include "parse/splitter.h"

#include "fuzz/check.h"

#define SEED UINT64_C(14695981039346656037)

struct run {
    struct fv_splitter splitter;
    enum fv_err err;
    uint64_t hash; /* of all objects */
    bool look;     /* into each object */
};

static uint64_t hash(uint64_t sum, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sum = (sum ^ (uint8_t)p[i]) * UINT64_C(1099511628211);
    }
    return sum * 31 + n;
}

static void read_entry(char *object, size_t len)
{
    struct fv_slice all = {object, len};
    struct fv_entry e;
    size_t field = SIZE_MAX;
    enum fv_err err = fv_entry_parse(object, len, &e, &field);
    if (err != FV_OK) {
        CHECK(err == FV_E_ENTRY || err == FV_E_ENTRY_TIME);
        CHECK(field < fv_entry_field_count);
        return;
    }
    CHECK(field == SIZE_MAX && e.org.ptr != NULL && e.name.ptr != NULL && e.modified.len > 0);
    CHECK(inside(e.org, all) && inside(e.study, all) && inside(e.delivery, all));
    CHECK(inside(e.name, all) && inside(e.url, all) && inside(e.modified, all));
    CHECK(inside(e.org_name, all) && inside(e.study_name, all) && inside(e.delivery_name, all));
    CHECK(memchr(e.url.len > 0 ? e.url.ptr : "x", '\0', e.url.len) == NULL);
}

/* One object, as a listing of its own. */
static void look_into(const char *object, size_t len)
{
    static struct fv_splitter again;
    char *text = malloc(len + 2);
    size_t used = 0;
    char *second = NULL;
    size_t second_len = 0;
    CHECK(text != NULL && len >= 2 && len <= FV_CAP_OBJECT);
    text[0] = '[';
    memcpy(text + 1, object, len);
    text[len + 1] = ']';
    fv_splitter_reset(&again, fv_entry_fields, fv_entry_field_count);
    CHECK(fv_splitter_push(&again, (const uint8_t *)text, len + 2, &used, &second, &second_len) ==
          FV_OK);
    CHECK(used == len + 1 && second_len == len && memcmp(second, object, len) == 0);
    free(text);
    text = exact_copy(object, len);
    read_entry(text, len);
    free(text);
}

static bool take(void *ctx, const uint8_t *p, size_t n)
{
    struct run *r = ctx;
    size_t at = 0;
    do {
        size_t used = 0;
        char *object = NULL;
        size_t len = 0;
        r->err =
            fv_splitter_push(&r->splitter, p == NULL ? NULL : p + at, n - at, &used, &object, &len);
        if (r->err < FV_OK) {
            return false;
        }
        CHECK(used <= n - at && (r->err == FV_OK || used == n - at));
        at += used;
        if (r->err == FV_OK) {
            r->hash = hash(r->hash, object, len);
            if (r->look && len > 0) {
                look_into(object, len);
            }
            memset(object, '"', len);
        }
    } while (r->err == FV_OK);
    return true;
}

static void run(struct run *r, const uint8_t *data, size_t size, size_t cut)
{
    r->err = FV_MORE;
    r->hash = SEED;
    fv_splitter_reset(&r->splitter, fv_entry_fields, fv_entry_field_count);
    in_pieces((const char *)data, size, cut, take, r);
    CHECK(r->splitter.offset <= size && (r->err < FV_OK || r->splitter.offset == size));
    CHECK(r->err >= FV_OK || fv_splitter_finish(&r->splitter) == FV_E_JSON);
}

static void same(const struct run *a, const struct run *b)
{
    CHECK(a->err == b->err && a->hash == b->hash);
    CHECK(a->splitter.objects == b->splitter.objects);
    CHECK(a->splitter.offset == b->splitter.offset);
    CHECK(fv_splitter_finish(&a->splitter) == fv_splitter_finish(&b->splitter));
}

/* An entry's reader meets damaged text too, if a caller is wrong: it must stay inside. */
static void as_object(const uint8_t *data, size_t size)
{
    char *text = exact_copy(data, size);
    struct fv_entry e;
    size_t field = SIZE_MAX;
    enum fv_err err = fv_entry_parse(text, size, &e, &field);
    CHECK(err == FV_OK || err == FV_E_JSON || err == FV_E_ENTRY || err == FV_E_ENTRY_TIME);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct run whole = {.look = true};
    static struct run other;
    run(&whole, data, size, 0);
    run(&other, data, size, some_cut(data, size));
    same(&whole, &other);
    if (size > 0) {
        run(&other, data, size, BYTE_BY_BYTE);
        same(&whole, &other);
    }
    as_object(data, size);
    return 0;
}
