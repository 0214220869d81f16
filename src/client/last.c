/* SPDX-License-Identifier: MIT */
#include "fluxvision.h"
#include "store/store.h"

/* If it is left behind, the next sync removes it (store/partial_clean.c). */
#define NEW FV_STORE_DIR "/last.new"

enum fv_err fv_last_read(const struct fv_port_storage *io, char *text, size_t size, size_t *len)
{
    size_t got = 0;
    int file = -1;
    enum fv_err err = io->open(io->ctx, FV_LAST_NAME, FV_PORT_OPEN_READ, &file);
    if (err != FV_OK) {
        return err;
    }
    err = io->read(io->ctx, file, 0, text, size, &got);
    (void)io->close(io->ctx, file); /* only read */
    if (err == FV_OK) {
        *len = got;
    }
    return err;
}

static enum fv_err put(const struct fv_port_storage *io, struct fv_slice text)
{
    int file = -1;
    enum fv_err err = io->open(io->ctx, NEW, FV_PORT_OPEN_CREATE, &file);
    if (err != FV_OK) {
        return err;
    }
    err = io->write(io->ctx, file, 0, text.ptr, text.len);
    if (err == FV_OK) {
        err = io->sync(io->ctx, file);
    }
    enum fv_err closed = io->close(io->ctx, file);
    err = err == FV_OK ? closed : err;
    if (err == FV_OK) {
        err = io->rename(io->ctx, NEW, FV_LAST_NAME);
    }
    if (err != FV_OK) {
        (void)io->remove(io->ctx, NEW);
    }
    return err;
}

enum fv_err fv_last_write(const struct fv_port_storage *io, struct fv_slice text)
{
    int lock = -1;
    enum fv_err err = io->lock(io->ctx, FV_STORE_LOCK, &lock);
    if (err != FV_OK) {
        return err;
    }
    err = put(io, text);
    io->unlock(io->ctx, lock);
    return err;
}
