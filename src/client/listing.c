#include "client/listing.h"

#include "client/filter.h"
#include "parse/localpath.h"
#include "parse/origin.h"

struct reading {
    struct fv_client *c;
    const struct fv_listing_visitor *visitor;
    uint64_t seen;  /* entries of this attempt */
    uint64_t given; /* entries that the visitor got */
    uint64_t fold;  /* what tells the entries of this attempt apart from others */
    uint64_t given_fold;
};

static enum fv_err scope_part(struct fv_client *c, struct fv_slice part, bool first,
                              struct fv_writer *url, struct fv_writer *path)
{
    if (part.len == 0 || fv_slice_eq(part, FV_SLICE(".")) || fv_slice_eq(part, FV_SLICE("..")) ||
        fv_slice_has_control(part)) {
        return FV_E_USAGE;
    }
    if (!first) {
        fv_writer_char(path, '/');
    }
    fv_url_write_segment(part, url);
    fv_writer_char(url, '/');
    bool fat = c->port->storage != NULL && c->port->storage->fat_names;
    return fv_localpath_component(part, FV_SLICE_NONE, fat, first, path);
}

static enum fv_err write_scope(struct fv_client *c, struct fv_writer *url, struct fv_writer *path)
{
    struct fv_slice rest = c->scope;
    bool more = true;
    for (size_t i = 0; more; i++) {
        struct fv_slice part;
        more = fv_slice_cut(rest, '/', &part, &rest);
        enum fv_err err = i < 3 ? scope_part(c, part, i == 0, url, path) : FV_E_USAGE;
        if (err != FV_OK) {
            return err;
        }
    }
    return FV_OK;
}

enum fv_err fv_listing_folder(struct fv_client *c, struct fv_writer *path)
{
    char nothing[1];
    struct fv_writer url;
    fv_writer_init(&url, nothing, sizeof nothing);
    return write_scope(c, &url, path);
}

/* Write the URL of the scope's listing. */
static enum fv_err write_address(struct fv_client *c, char text[FV_CAP_URL + 1])
{
    char folder[FV_CAP_PATH + 1]; /* to know that it fits */
    struct fv_writer url;
    struct fv_writer path;
    fv_writer_init(&url, text, FV_CAP_URL + 1);
    fv_writer_init(&path, folder, sizeof folder);
    fv_url_write(&c->endpoint, &url);
    fv_writer_text(&url, "api_file/v1/");
    enum fv_err err = write_scope(c, &url, &path);
    return err == FV_OK ? fv_writer_check(&url) : err;
}

enum fv_err fv_listing_scope(struct fv_client *c, struct fv_slice scope, struct fv_transfer *t)
{
    char text[FV_CAP_URL + 1];
    bool slash = scope.len > 1 && scope.ptr[scope.len - 1] == '/';
    c->scope = fv_slice_head(scope, scope.len - slash);
    enum fv_err err = write_address(c, text);
    if (err != FV_OK) {
        return fv_client_fail(c, err, c->scope);
    }
    err = fv_transfer_init(t, &c->lane->way, fv_slice_of(text), FV_TRANSFER_ALONE);
    t->json = true;
    return err;
}

/* Write the path of an entry, or of a duplicate with a suffix, and see whether it is free; claims it then. */
static enum fv_err try_path(struct fv_client *c, const struct fv_entry *e, struct fv_slice suffix,
                            bool *taken)
{
    bool fat = c->port->storage != NULL && c->port->storage->fat_names;
    struct fv_localpath p = {e->org, e->study, e->delivery, e->name, suffix, fat};
    struct fv_writer w;
    fv_writer_init(&w, c->lane->path, sizeof c->lane->path);
    enum fv_err err = fv_localpath_write(&p, &w);
    if (err != FV_OK) {
        return err;
    }
    char folded[FV_CAP_PATH + 1];
    struct fv_writer key;
    fv_writer_init(&key, folded, sizeof folded);
    err = fv_localpath_key(fv_writer_done(&w), fat, &key);
    return err == FV_OK ? fv_plan_claim(&c->plan, fv_writer_done(&key), taken) : err;
}

/* The rule for two entries of one name (interface.md, On disk); a third of the same URL gets a number as well. */
static enum fv_err own_path(struct fv_client *c, const struct fv_entry *e)
{
    bool taken = false;
    enum fv_err err = try_path(c, e, FV_SLICE_NONE, &taken);
    if (err != FV_OK || !taken) {
        return err;
    }
    struct fv_url url;
    char text[FV_CAP_COMPONENT + 1];
    struct fv_slice last = FV_SLICE_NONE;
    if (fv_url_parse(e->url, &url) == FV_OK) {
        last = fv_slice_head(fv_url_last_segment(&url), FV_CAP_COMPONENT - 24);
    }
    for (uint64_t n = 1; n < UINT32_MAX; n++) {
        struct fv_writer w;
        fv_writer_init(&w, text, sizeof text);
        fv_writer_slice(&w, last);
        if (n > 1 || last.len == 0) {
            fv_writer_char(&w, '~');
            fv_writer_u64(&w, n);
        }
        err = try_path(c, e, fv_writer_done(&w), &taken);
        if (err != FV_OK || !taken) {
            return err;
        }
    }
    return FV_E_CAPACITY;
}

/* Write the URL to fetch an entry from, or say what the origin rule has against it. */
static enum fv_err own_url(struct fv_client *c, const struct fv_entry *e, struct fv_writer *w)
{
    struct fv_url url;
    enum fv_err err = fv_url_parse(e->url, &url);
    if (err == FV_OK) {
        err = fv_origin_admit(&c->endpoint, &url);
    }
    if (err != FV_OK) {
        return err;
    }
    fv_url_write(&url, w);
    return fv_writer_check(w);
}

/* Filters see the names as the portal has them, not the local ones. */
static bool passes(struct fv_client *c, const struct fv_entry *e)
{
    char text[FV_CAP_PATH + 1];
    struct fv_writer w;
    const struct fv_slice parts[] = {e->org, e->study, e->delivery, e->name};
    fv_writer_init(&w, text, sizeof text);
    for (size_t i = 0; i < 4; i++) {
        if (i > 0) {
            fv_writer_char(&w, '/');
        }
        fv_writer_slice(&w, parts[i]);
    }
    return fv_filter_passes(c->settings, e->name, fv_writer_done(&w), e->modified_us);
}

static enum fv_err give(struct reading *r, const struct fv_entry *e)
{
    char text[FV_CAP_URL + 1];
    struct fv_writer url;
    fv_writer_init(&url, text, sizeof text);
    enum fv_err refused = own_url(r->c, e, &url);
    return r->visitor->entry(r->visitor->ctx, e, fv_writer_done(&url), passes(r->c, e), refused);
}

static enum fv_err take_entry(struct reading *r, char *object, size_t len)
{
    struct fv_client *c = r->c;
    struct fv_entry e;
    size_t field = c->splitter.member;
    enum fv_err err = len > 0 ? fv_entry_parse(object, len, &e, &field) : FV_E_ENTRY_SIZE;
    if (err != FV_OK) {
        char text[96];
        struct fv_writer w;
        fv_writer_init(&w, text, sizeof text);
        fv_writer_slice(&w, fv_entry_fields[field]);
        fv_writer_text(&w, " of entry ");
        fv_writer_u64(&w, r->seen + 1);
        return fv_client_fail(c, err, fv_writer_done(&w));
    }
    if (r->visitor->paths) {
        err = own_path(c, &e);
        if (err != FV_OK) {
            return fv_client_fail(c, err, e.name);
        }
    }
    r->seen++;
    r->fold = (r->fold ^ (uint64_t)e.modified_us) * 0x100000001b3u + e.url.len + e.name.len;
    if (r->seen <= r->given) {
        if (r->seen == r->given && r->fold != r->given_fold) {
            return fv_client_fail(c, FV_E_CHANGED, FV_SLICE("the listing, while it was read"));
        }
        return FV_OK;
    }
    r->given = r->seen;
    r->given_fold = r->fold;
    return give(r, &e);
}

static enum fv_err listing_begin(void *ctx, uint64_t from, uint64_t total,
                                 struct fv_slice validator)
{
    struct reading *r = ctx;
    (void)from;
    (void)total;
    (void)validator;
    fv_splitter_reset(&r->c->splitter, fv_entry_fields,
                      r->visitor->names ? fv_entry_field_count : fv_entry_required_count);
    r->seen = 0;
    r->fold = 0;
    enum fv_err err = FV_OK;
    if (r->visitor->restart != NULL) {
        r->given = 0;
        err = r->visitor->restart(r->visitor->ctx);
    }
    if (err == FV_OK && r->visitor->plan) {
        err = fv_plan_begin(&r->c->plan, &r->c->page, r->c->plan_io);
    }
    return err;
}

/* Say where the listing went wrong, or ended. */
static enum fv_err bad_listing(struct fv_client *c, enum fv_err err, const char *place)
{
    char text[FV_CAP_HOST + 96];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_writer_text(&w, "listing from ");
    fv_writer_slice(&w, c->endpoint.host);
    fv_writer_text(&w, place);
    fv_writer_u64(&w, c->splitter.offset);
    fv_writer_text(&w, ", entry ");
    fv_writer_u64(&w, c->splitter.objects + 1);
    return fv_client_fail(c, err, fv_writer_done(&w));
}

static enum fv_err listing_content(void *ctx, struct fv_slice bytes)
{
    struct reading *r = ctx;
    struct fv_splitter *s = &r->c->splitter;
    while (bytes.len > 0) {
        size_t used = 0;
        char *object = NULL;
        size_t len = 0;
        enum fv_err err =
            fv_splitter_push(s, (const uint8_t *)bytes.ptr, bytes.len, &used, &object, &len);
        if (err < FV_OK) {
            return bad_listing(r->c, err, ", byte ");
        }
        bytes = fv_slice_from(bytes, used);
        if (err == FV_OK) {
            err = take_entry(r, object, len);
            if (err != FV_OK) {
                return err;
            }
        }
    }
    return FV_OK;
}

static uint64_t listing_have(void *ctx, struct fv_slice *validator)
{
    (void)ctx;
    *validator = FV_SLICE_NONE;
    return 0; /* a listing is never continued */
}

static enum fv_err listing_address(void *ctx, char url[FV_CAP_URL + 1])
{
    const struct reading *r = ctx;
    return write_address(r->c, url);
}

enum fv_err fv_listing_read(struct fv_client *c, struct fv_transfer *t,
                            const struct fv_listing_visitor *visitor)
{
    struct reading r = {.c = c, .visitor = visitor};
    const struct fv_sink sink = {.ctx = &r,
                                 .begin = listing_begin,
                                 .content = listing_content,
                                 .have = listing_have,
                                 .address = listing_address};
    enum fv_err err = fv_lane_fetch(c->lane, t, &sink);
    if (err == FV_OK) {
        err = fv_splitter_finish(&c->splitter);
        if (err != FV_OK) {
            return bad_listing(c, err, " ends at byte ");
        }
    }
    c->summary.listed = r.seen;
    return err;
}
