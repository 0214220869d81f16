/* SPDX-License-Identifier: MIT */
#include "client/local.h"

#include <string.h>

enum fv_err fv_local_look(struct fv_client *c, struct fv_local_file *f)
{
    char path[FV_CAP_PATH + 1];
    struct fv_port_stat st = {.kind = FV_PORT_NONE};
    enum fv_err err = fv_store_path(f->path, path);
    if (err == FV_OK) {
        err = c->port->storage->stat(c->port->storage->ctx, path, &st);
    }
    f->there = err == FV_OK && st.kind != FV_PORT_NONE;
    f->size = st.kind == FV_PORT_FILE ? st.size : 0;
    return err == FV_E_NOT_FOUND ? FV_OK : err;
}

/* Hash an open file to its end. FV_OK, FV_E_CANCELLED, FV_E_TIMEOUT, errors of the port. */
static enum fv_err hash_open(struct fv_client *c, struct fv_local_file *f, int file)
{
    const struct fv_port_storage *io = c->port->storage;
    uint8_t block[FV_CAP_READ];
    struct fv_sha256 sha;
    size_t got = sizeof block;
    fv_sha256_init(&sha);
    f->size = 0;
    while (got == sizeof block) {
        enum fv_err err = io->read(io->ctx, file, f->size, block, sizeof block, &got);
        if (err == FV_OK) {
            err = fv_client_stopped(c);
        }
        if (err != FV_OK) {
            return err;
        }
        fv_sha256_push(&sha, block, got);
        f->size += got;
    }
    fv_sha256_finish(&sha, f->sha256);
    return FV_OK;
}

enum fv_err fv_local_hash(struct fv_client *c, struct fv_local_file *f)
{
    const struct fv_port_storage *io = c->port->storage;
    char path[FV_CAP_PATH + 1];
    int file = -1;
    f->there = false;
    enum fv_err err = fv_store_path(f->path, path);
    if (err == FV_OK) {
        err = io->open(io->ctx, path, FV_PORT_OPEN_READ, &file);
    }
    if (err != FV_OK) {
        return err == FV_E_NOT_FOUND ? FV_OK : err;
    }
    f->there = true;
    if (FV_CAP_PROGRESS) {
        c->hashing = f;
    }
    err = hash_open(c, f, file);
    if (FV_CAP_PROGRESS) {
        c->hashing = NULL;
    }
    enum fv_err closed = io->close(io->ctx, file);
    return err == FV_OK ? closed : err;
}

bool fv_local_is(const struct fv_local_file *f, const struct fv_ledger_record *record)
{
    return f->there && f->size == record->size &&
           memcmp(f->sha256, record->sha256, sizeof f->sha256) == 0;
}

void fv_local_set_time(struct fv_client *c, const struct fv_local_file *f, int64_t modified_us)
{
    const struct fv_port_storage *io = c->port->storage;
    char path[FV_CAP_PATH + 1];
    int file = -1;
    if (fv_store_path(f->path, path) != FV_OK ||
        io->open(io->ctx, path, FV_PORT_OPEN_WRITE, &file) != FV_OK) {
        return;
    }
    if (io->set_time(io->ctx, file, modified_us) == FV_OK) {
        (void)io->sync(io->ctx, file);
    }
    (void)io->close(io->ctx, file);
}
