#include "client/listing.h"
#include "parse/localpath.h"

#include <string.h>

/* What get fetches: the URL, and what the listing says of it when a name was given. */
struct wanted {
    struct fv_client *c;
    struct fv_slice name;     /* FILE_NAME, or a duplicate's local name */
    char url[FV_CAP_URL + 1]; /* in normal form; of the entry, when it is met */
    uint64_t matches;
    struct fv_plan_record bad; /* the first entry that can't be read, if err says so */
    int64_t modified_us;
    uint64_t size;                    /* once it is fetched */
    char local[FV_CAP_COMPONENT + 1]; /* local name */
};

/* Where the content goes: the front end's stream, or a file that is renamed at its end. */
struct output {
    struct fv_client *c;
    const char *url;
    int file; /* -1: the stream */
    uint64_t offset;
    uint64_t total;
    char validator[FV_CAP_VALIDATOR + 1];
};

static enum fv_err match_entry(void *ctx, const struct fv_entry *e, struct fv_slice url,
                               bool passes, enum fv_err refused)
{
    struct wanted *w = ctx;
    struct fv_slice local = fv_slice_of(w->c->lane->path);
    local = fv_slice_from(local, fv_slice_find_last(local, '/') + 1);
    (void)passes; /* the name says which file, filters do not */
    if (!fv_slice_eq(e->name, w->name) && !fv_slice_eq(local, w->name)) {
        return FV_OK;
    }
    if (w->matches++ > 0) {
        return FV_OK;
    }
    if (refused != FV_OK) {
        return fv_client_fail(w->c, refused, e->url);
    }
    w->modified_us = e->modified_us;
    struct fv_writer name;
    fv_writer_init(&name, w->local, sizeof w->local);
    fv_writer_slice(&name, local);
    struct fv_writer copy;
    fv_writer_init(&copy, w->url, sizeof w->url);
    fv_writer_slice(&copy, url);
    return fv_writer_check(&copy);
}

/* Who knows which name it would have had. */
static enum fv_err note_bad(void *ctx, enum fv_err err, uint8_t field)
{
    struct wanted *w = ctx;
    if (w->bad.err == FV_OK) {
        w->bad = (struct fv_plan_record){.err = err,
                                         .field = field,
                                         .number = (uint32_t)w->c->splitter.objects};
    }
    return FV_OK;
}

static enum fv_err forget_matches(void *ctx)
{
    struct wanted *w = ctx;
    w->matches = 0;
    w->bad.err = FV_OK;
    return FV_OK;
}

/* ORG/STUDY/DELIVERY/FILE_NAME: look it up in the delivery's listing. */
static enum fv_err look_up(struct wanted *w, struct fv_slice what)
{
    struct fv_client *c = w->c;
    struct fv_transfer listing;
    size_t slash = fv_slice_find_last(what, '/');
    struct fv_slice scope = fv_slice_head(what, slash);
    w->name = fv_slice_from(what, slash + 1);
    size_t first = fv_slice_find(scope, '/');
    struct fv_slice study = fv_slice_from(scope, first + 1);
    if (w->name.len == 0 || fv_slice_find(study, '/') >= study.len) {
        return fv_client_fail(c, FV_E_USAGE,
                              FV_SLICE("a URL or ORG/STUDY/DELIVERY/FILE_NAME is "
                                       "needed"));
    }
    enum fv_err err = fv_listing_scope(c, scope, &listing);
    if (err != FV_OK) {
        return err;
    }
    c->plan_io = c->port->scratch;
    const struct fv_listing_visitor visitor = {.ctx = w,
                                               .entry = match_entry,
                                               .restart = forget_matches,
                                               .plan = true,
                                               .paths = true,
                                               .bad = note_bad};
    err = fv_listing_read(c, &listing, &visitor);
    fv_plan_close(&c->plan);
    if (err == FV_OK && w->matches == 0 && w->bad.err != FV_OK) {
        fv_listing_blame(c, &w->bad);
        return w->bad.err;
    }
    if (err == FV_OK && w->matches == 0) {
        err = fv_client_fail(c, FV_E_MISSED, what);
    }
    if (err == FV_OK && w->matches > 1) {
        err = fv_client_fail(c, FV_E_USAGE,
                             FV_SLICE("several files have that name: give the URL, "
                                      "or the local name that list --json shows"));
    }
    return err;
}

/* A URL: its last segment is the name. */
static enum fv_err take_url(struct wanted *w, struct fv_slice what)
{
    struct fv_url url;
    enum fv_err err = fv_transfer_admit(&w->c->endpoint, what, w->url);
    if (err == FV_OK) {
        err = fv_url_parse(fv_slice_of(w->url), &url);
    }
    if (err != FV_OK) {
        return fv_client_fail(w->c, err, what);
    }
    struct fv_writer name;
    fv_writer_init(&name, w->local, sizeof w->local);
    bool fat = w->c->port->storage != NULL && w->c->port->storage->fat_names;
    return fv_localpath_component(fv_url_last_segment(&url), FV_SLICE_NONE, fat, true, &name);
}

static bool is_url(struct fv_slice what)
{
    return fv_slice_starts_nocase(what, FV_SLICE("http://")) ||
           fv_slice_starts_nocase(what, FV_SLICE("https://"));
}

static enum fv_err find(struct wanted *w, struct fv_slice what)
{
    w->modified_us = INT64_MIN;
    return is_url(what) ? take_url(w, what) : look_up(w, what);
}

/* What a stream has seen can't be taken back. */
static enum fv_err forget_output(struct output *o)
{
    const struct fv_port_storage *io = o->c->port->storage;
    if (o->file < 0) {
        return fv_client_fail(o->c, FV_E_MEANWHILE, FV_SLICE("the file"));
    }
    o->offset = 0;
    o->total = UINT64_MAX;
    o->validator[0] = '\0';
    return io->truncate(io->ctx, o->file, 0);
}

static enum fv_err output_begin(void *ctx, uint64_t from, uint64_t total, struct fv_slice validator)
{
    struct output *o = ctx;
    bool known = o->total != UINT64_MAX;
    bool other = from > 0 && (known ? total != o->total : from == total);
    if ((from == 0 || other) && o->offset > 0) {
        enum fv_err err = forget_output(o);
        if (err != FV_OK || other) {
            return err == FV_OK ? FV_AGAIN : err;
        }
    }
    o->offset = from;
    o->total = total;
    if (from > 0) {
        return FV_OK;
    }
    struct fv_writer w;
    fv_writer_init(&w, o->validator, sizeof o->validator);
    fv_writer_slice(&w, validator);
    return fv_writer_check(&w);
}

static enum fv_err output_content(void *ctx, struct fv_slice bytes)
{
    struct output *o = ctx;
    struct fv_client *c = o->c;
    enum fv_err err = FV_OK;
    if (o->file < 0) {
        err = c->events->content(c->events->ctx, bytes.ptr, bytes.len);
    } else {
        const struct fv_port_storage *io = c->port->storage;
        err = io->write(io->ctx, o->file, o->offset, bytes.ptr, bytes.len);
    }
    if (err != FV_OK) {
        return err;
    }
    o->offset += bytes.len;
    if (c->events->progress != NULL) {
        const struct fv_progress p = {
            fv_slice_of(c->lane->path), o->offset, o->total, 0, 1, c->summary.bytes};
        c->events->progress(c->events->ctx, &p);
    }
    return FV_OK;
}

static uint64_t output_have(void *ctx, struct fv_slice *validator)
{
    struct output *o = ctx;
    *validator = fv_slice_of(o->validator);
    return o->offset;
}

static enum fv_err output_address(void *ctx, char url[FV_CAP_URL + 1])
{
    const struct output *o = ctx;
    struct fv_writer w;
    fv_writer_init(&w, url, FV_CAP_URL + 1);
    fv_writer_text(&w, o->url);
    return fv_writer_check(&w);
}

static enum fv_err fetch_to(struct output *o, const struct wanted *w)
{
    struct fv_client *c = o->c;
    struct fv_transfer *t = &c->lane->transfer;
    const struct fv_sink sink = {.ctx = o,
                                 .begin = output_begin,
                                 .content = output_content,
                                 .have = output_have,
                                 .address = output_address};
    o->total = UINT64_MAX;
    o->url = w->url;
    enum fv_err err = fv_transfer_init(t, &c->lane->way, fv_slice_of(w->url), FV_TRANSFER_ALONE);
    if (err == FV_OK) {
        err = fv_lane_fetch(c->lane, t, &sink);
    }
    return err < FV_OK ? fv_client_fail(c, err, fv_slice_of(c->lane->path)) : err;
}

enum fv_err fv_get_stream(struct fv_client *c, struct fv_slice what)
{
    struct wanted w = {.c = c};
    struct output o = {.c = c, .file = -1};
    fv_client_begin(c);
    enum fv_err err = find(&w, what);
    if (err == FV_OK) {
        err = fetch_to(&o, &w);
    }
    return fv_client_end(c, err);
}

/* Write, sync, rename, sync: the name appears when the file is whole and durable. */
static enum fv_err write_file(struct wanted *w, const char *part, const char *name)
{
    struct fv_client *c = w->c;
    const struct fv_port_storage *io = c->port->storage;
    struct output o = {.c = c};
    enum fv_err err = io->open(io->ctx, part, FV_PORT_OPEN_CREATE, &o.file);
    if (err != FV_OK) {
        return fv_client_fail(c, err, fv_slice_of(name));
    }
    err = fetch_to(&o, w);
    w->size = o.offset;
    if (err == FV_OK && w->modified_us != INT64_MIN) {
        err = io->set_time(io->ctx, o.file, w->modified_us);
    }
    if (err == FV_OK) {
        err = io->sync(io->ctx, o.file);
    }
    enum fv_err closed = io->close(io->ctx, o.file);
    if (err == FV_OK) {
        err = closed;
    }
    if (err == FV_OK) {
        err = io->rename(io->ctx, part, name);
    }
    if (err == FV_OK) {
        err = io->sync_dir(io->ctx, "");
    }
    if (err != FV_OK) {
        (void)io->remove(io->ctx, part);
        return fv_client_fail(c, err, fv_slice_of(name));
    }
    return FV_OK;
}

enum fv_err fv_get_file(struct fv_client *c, struct fv_slice what, struct fv_slice name)
{
    struct wanted w = {.c = c};
    char part[FV_CAP_PATH + 1];
    fv_client_begin(c);
    enum fv_err err = find(&w, what);
    if (err != FV_OK) {
        return fv_client_end(c, err);
    }
    struct fv_writer path;
    fv_writer_init(&path, c->lane->path, sizeof c->lane->path);
    fv_writer_slice(&path, name.len > 0 ? name : fv_slice_of(w.local));
    uint8_t digest[FV_SHA256_SIZE];
    struct fv_writer p;
    fv_sha256_of(c->lane->path, fv_writer_done(&path).len, digest);
    fv_writer_init(&p, part, sizeof part);
    fv_writer_text(&p, ".fluxvision-");
    fv_writer_hex(&p, digest, 8);
    fv_writer_text(&p, ".part");
    err = fv_writer_check(&path);
    if (err == FV_OK) {
        err = write_file(&w, part, c->lane->path);
    }
    if (err == FV_OK && c->events->file != NULL) {
        const struct fv_file file = {.status = FV_DOWNLOADED,
                                     .path = fv_slice_of(c->lane->path),
                                     .url = fv_slice_of(w.url),
                                     .modified_us = w.modified_us,
                                     .size = w.size};
        c->events->file(c->events->ctx, &file);
    }
    return fv_client_end(c, err);
}
