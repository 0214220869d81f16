/* SPDX-License-Identifier: MIT */
#include "client/progress.h"
#include "client/wanted.h"

#include <string.h>

#define OWN_NAME 36 /* bytes: ".fluxvision-", 16 digits, an ending and a NUL */

/* The destination of the content: the front end's stream, or a file that is renamed when it is
 * complete. */
struct output {
    struct fv_client *c;
    const char *url;
    int file; /* -1: the stream */
    uint64_t offset;
    uint64_t total;
    char validator[FV_CAP_VALIDATOR + 1];
};

/* Content that was written to a stream cannot be withdrawn. */
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

/* Set what progress shows of the file. */
static void show(const struct output *o)
{
    struct fv_lane *l = o->c->lane;
    l->partial.offset = o->offset;
    l->total = o->total;
}

static enum fv_err output_begin(void *ctx, uint64_t from, uint64_t total, struct fv_slice validator)
{
    struct output *o = ctx;
    bool known = o->total != UINT64_MAX;
    bool other = from > 0 && (known ? total != o->total : from == total);
    if ((from == 0 || other) && o->offset > 0) {
        enum fv_err err = forget_output(o);
        if (err != FV_OK || other) {
            return err == FV_OK ? FV_RESTART : err;
        }
    }
    o->offset = from;
    o->total = total;
    show(o);
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
    show(o);
    fv_progress_tell(c);
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

static enum fv_err fetch_to(struct output *o, const struct fv_wanted *w)
{
    struct fv_client *c = o->c;
    struct fv_transfer *t = &c->lane->transfer;
    const struct fv_transfer_sink sink = {.ctx = o,
                                          .begin = output_begin,
                                          .content = output_content,
                                          .have = output_have,
                                          .address = output_address};
    o->total = UINT64_MAX;
    o->url = w->url;
    c->files_total = 1;
    show(o);
    fv_client_enter(c, FV_PHASE_FILES);
    enum fv_err err = fv_transfer_init(t, &c->lane->way, fv_slice_of(w->url), FV_TRANSFER_ALONE);
    if (err == FV_OK) {
        c->lane->busy = true;
        err = fv_lane_fetch(c->lane, t, &sink);
        c->lane->busy = false;
    }
    return err < FV_OK ? fv_client_fail(c, err, fv_slice_of(c->lane->path)) : err;
}

/* Set the path of the file being fetched. */
static enum fv_err name_it(struct fv_client *c, struct fv_slice name)
{
    struct fv_writer path;
    fv_writer_init(&path, c->lane->path, sizeof c->lane->path);
    fv_writer_slice(&path, name);
    return fv_writer_check(&path);
}

enum fv_err fv_get_stream(struct fv_client *c, struct fv_slice what)
{
    struct fv_wanted w = {.c = c};
    struct output o = {.c = c, .file = -1};
    fv_client_begin(c);
    enum fv_err err = fv_wanted_find(&w, what);
    if (err == FV_OK) {
        err = name_it(c, fv_slice_of(w.local));
    }
    if (err == FV_OK) {
        err = fetch_to(&o, &w);
    }
    return fv_client_end(c, err);
}

/* Write, sync, rename, sync: the name appears when the file is complete and durable. */
static enum fv_err write_file(struct fv_wanted *w, const char *part, const char *lock,
                              const char *name)
{
    struct fv_client *c = w->c;
    const struct fv_port_storage *io = c->port->storage;
    struct output o = {.c = c};
    enum fv_err err = io->open(io->ctx, part, FV_PORT_OPEN_CREATE, &o.file);
    if (err != FV_OK) {
        (void)io->remove(io->ctx, lock);
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
    if (err != FV_OK) {
        (void)io->remove(io->ctx, part);
    }
    (void)io->remove(io->ctx, lock); /* the part has its final name, or was removed */
    if (err == FV_OK) {
        err = io->sync_dir(io->ctx, "");
    }
    return err == FV_OK ? FV_OK : fv_client_fail(c, err, fv_slice_of(name));
}

/* Write the name of one of our files beside path. */
static void write_own_name(struct fv_slice path, const char *ending, char name[OWN_NAME])
{
    uint8_t digest[FV_SHA256_SIZE];
    struct fv_writer w;
    fv_sha256_of(path.ptr, path.len, digest);
    fv_writer_init(&w, name, OWN_NAME);
    fv_writer_text(&w, ".fluxvision-");
    fv_writer_hex(&w, digest, 8);
    fv_writer_text(&w, ending);
}

/* Lock the name, because only one process may write the partial file. */
static enum fv_err write_alone(struct fv_wanted *w, const char *path)
{
    struct fv_client *c = w->c;
    const struct fv_port_storage *io = c->port->storage;
    char part[OWN_NAME];
    char lock[OWN_NAME];
    int held = -1;
    write_own_name(fv_slice_of(path), ".part", part);
    write_own_name(fv_slice_of(path), ".lock", lock);
    enum fv_err err = io->lock(io->ctx, lock, &held);
    if (err != FV_OK) {
        return fv_client_fail(c, err, fv_slice_of(path));
    }
    err = write_file(w, part, lock, path);
    io->unlock(io->ctx, held);
    return err;
}

enum fv_err fv_get_file(struct fv_client *c, struct fv_slice what, struct fv_slice name)
{
    struct fv_wanted w = {.c = c};
    fv_client_begin(c);
    enum fv_err err = fv_wanted_find(&w, what);
    if (err != FV_OK) {
        return fv_client_end(c, err);
    }
    err = name_it(c, name.len > 0 ? name : fv_slice_of(w.local));
    if (err == FV_OK) {
        err = write_alone(&w, c->lane->path);
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
