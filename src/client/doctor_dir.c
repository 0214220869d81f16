/* SPDX-License-Identifier: MIT */
/* Checks the directory, without leaving anything in it. */
#include "client/doctor_steps.h"

#define PROBE FV_STORE_DIR "/doctor"
#define CAPITALS ".FLUXVISION"
#define LEAST_FREE 65536 /* below it a directory is full: src/INTERFACE.md */

static enum fv_err write_probe(const struct fv_port_storage *io)
{
    int file = -1;
    (void)io->remove(io->ctx, PROBE); /* left by a run that was killed */
    enum fv_err err = io->open(io->ctx, PROBE, FV_PORT_OPEN_NEW, &file);
    if (err != FV_OK) {
        return err;
    }
    err = io->write(io->ctx, file, 0, PROBE, sizeof PROBE - 1);
    if (err == FV_OK) {
        err = io->sync(io->ctx, file);
    }
    enum fv_err closed = io->close(io->ctx, file);
    enum fv_err removed = io->remove(io->ctx, PROBE);
    closed = closed == FV_OK ? removed : closed;
    return err == FV_OK ? closed : err;
}

static enum fv_err remove_one(void *ctx, const char *name)
{
    const struct fv_port_storage *io = ((struct fv_doctor *)ctx)->c->port->storage;
    char path[FV_CAP_PATH + 1];
    struct fv_writer w;
    fv_writer_init(&w, path, sizeof path);
    fv_writer_text(&w, FV_STORE_DIR "/");
    fv_writer_text(&w, name);
    return fv_writer_check(&w) == FV_OK ? io->remove(io->ctx, path) : FV_OK;
}

/* Remove what was created. The lock is held. */
static void unmake(struct fv_doctor *d, const struct fv_port_storage *io)
{
    enum fv_err err = io->list_dir(io->ctx, FV_STORE_DIR, remove_one, d);
    err = err == FV_OK ? io->remove_dir(io->ctx, FV_STORE_DIR) : err;
    (void)err; /* if that fails, it does no harm */
}

/* A reader works without the lock if it cannot have it. A sync fails then, and so does this
 * step. */
static enum fv_err lock_as_sync(struct fv_store *s, const struct fv_port_storage *io)
{
    struct fv_port_stat st = {.kind = FV_PORT_NONE};
    enum fv_err err = io->stat(io->ctx, FV_STORE_LOCK, &st);
    if (!s->locked && err == FV_OK && st.kind != FV_PORT_NONE) {
        err = io->lock(io->ctx, FV_STORE_LOCK, &s->lock);
        s->locked = err == FV_OK;
    }
    return err == FV_E_NOT_FOUND ? FV_OK : fv_store_fail(s, err, FV_STORE_LOCK);
}

static void note_medium(struct fv_doctor *d, const struct fv_port_storage *io)
{
    const struct fv_medium *m = &d->c->store.medium;
    struct fv_port_stat st = {.kind = FV_PORT_NONE};
    bool capitals = io->stat(io->ctx, CAPITALS, &st) == FV_OK && st.kind != FV_PORT_NONE;
    d->folds = m->folds || capitals; /* a reader does not measure folding */
    d->fat = m->fat || io->fat_names;
    d->exact = m->exact;
    d->lost = m->lost;
    d->lacks = io->lacks;
}

static enum fv_err check_space(struct fv_doctor *d, const struct fv_port_storage *io)
{
    uint64_t least = d->c->settings->min_free;
    least = least > LEAST_FREE ? least : LEAST_FREE;
    enum fv_err err = io->free_space(io->ctx, &d->free_bytes);
    return err == FV_OK && d->free_bytes < least ? FV_E_FULL : err;
}

void fv_doctor_dir(struct fv_doctor *d)
{
    struct fv_client *c = d->c;
    const struct fv_port_storage *io = c->port->storage;
    const struct fv_port_clock *clock = c->port->clock;
    struct fv_port_stat st = {.kind = FV_PORT_NONE};
    bool there = io->stat(io->ctx, FV_STORE_DIR, &st) == FV_OK && st.kind != FV_PORT_NONE;
    d->made = !there;
    enum fv_err err =
        there ? fv_store_open_reader(&c->store, io, clock) : fv_store_open(&c->store, io, clock);
    if (err == FV_OK && there) {
        err = lock_as_sync(&c->store, io);
    }
    if (err == FV_OK) {
        err = write_probe(io);
        err = err == FV_OK ? check_space(d, io) : err;
        note_medium(d, io);
    }
    (void)fv_client_fail(c, err, FV_SLICE_NONE);
    if (!there && err != FV_E_BUSY) {
        unmake(d, io);
    }
    fv_store_close(&c->store);
    if (err != FV_OK) {
        (void)fv_doctor_fail(d, FV_DOCTOR_DIR, err);
        return;
    }
    (void)fv_doctor_tell(d, FV_DOCTOR_DIR,
                         d->lost || d->lacks != 0 ? FV_DOCTOR_WARN : FV_DOCTOR_OK);
}
