/* SPDX-License-Identifier: MIT */
#include "base/num.h"
#include "port/littlefs/inside.h"
#include "port/path.h"

#include <string.h>

/* --- Errors and paths --- */

enum fv_err fv_littlefs_fail(struct fv_littlefs *l, int code)
{
    if (code >= 0) {
        return FV_OK;
    }
    l->last = code;
    switch (code) {
    case LFS2_ERR_NOENT:
        return FV_E_NOT_FOUND;
    case LFS2_ERR_EXIST:
    case LFS2_ERR_NOTDIR:
    case LFS2_ERR_ISDIR:
    case LFS2_ERR_NOTEMPTY:
        return FV_E_EXISTS;
    case LFS2_ERR_NOSPC:
        return FV_E_FULL;
    case LFS2_ERR_FBIG:
        return FV_E_LARGE;
    case LFS2_ERR_IO:
        return l->flash_err != FV_OK ? l->flash_err : FV_E_STORAGE;
    default:
        return FV_E_STORAGE;
    }
}

/* littlefs must not go on after the flash has failed: its cache still has the data that it could
 * not write. */
static enum fv_err check_flash(struct fv_littlefs *l)
{
    return l->flash_err == FV_OK ? FV_OK : fv_littlefs_fail(l, LFS2_ERR_IO);
}

enum fv_err fv_littlefs_path(struct fv_littlefs *l, const char *path, bool root)
{
    enum fv_err err = root && *path == '\0' ? FV_OK : fv_port_path_check(path, NULL);
    if (err != FV_OK) {
        l->last = LFS2_ERR_INVAL;
        return err;
    }
    return check_flash(l);
}

/* --- The flash --- */

static int flash_done(const struct lfs2_config *c, enum fv_err err)
{
    struct fv_littlefs *l = c->context;
    if (l->clock != NULL) {
        fv_port_idle(l->clock);
    }
    if (err == FV_OK) {
        return 0;
    }
    if (err == FV_E_CORRUPT) {
        return LFS2_ERR_CORRUPT;
    }
    l->flash_err = err;
    return LFS2_ERR_IO;
}

static const struct fv_flash *flash_of(const struct lfs2_config *c)
{
    return ((const struct fv_littlefs *)c->context)->flash;
}

static int flash_read(const struct lfs2_config *c, lfs2_block_t block, lfs2_off_t offset, void *p,
                      lfs2_size_t n)
{
    const struct fv_flash *flash = flash_of(c);
    return flash_done(c, flash->read(flash->ctx, block, offset, p, n));
}

static int flash_program(const struct lfs2_config *c, lfs2_block_t block, lfs2_off_t offset,
                         const void *p, lfs2_size_t n)
{
    const struct fv_flash *flash = flash_of(c);
    return flash_done(c, flash->program(flash->ctx, block, offset, p, n));
}

static int flash_erase(const struct lfs2_config *c, lfs2_block_t block)
{
    const struct fv_flash *flash = flash_of(c);
    return flash_done(c, flash->erase(flash->ctx, block));
}

static int flash_sync(const struct lfs2_config *c)
{
    const struct fv_flash *flash = flash_of(c);
    return flash_done(c, flash->sync(flash->ctx));
}

/* --- Files --- */

static struct fv_littlefs_file *file_of(void *ctx, int file)
{
    return &((struct fv_littlefs *)ctx)->files[file];
}

static void put_time(struct fv_littlefs_file *file, int64_t us)
{
    fv_num_put64(file->time, (uint64_t)us);
}

static enum fv_err storage_open(void *ctx, const char *path, enum fv_port_mode mode, int *file)
{
    static const int modes[] = {
        [FV_PORT_OPEN_READ] = LFS2_O_RDONLY,
        [FV_PORT_OPEN_WRITE] = LFS2_O_RDWR | LFS2_O_CREAT,
        [FV_PORT_OPEN_NEW] = LFS2_O_RDWR | LFS2_O_CREAT | LFS2_O_EXCL,
        [FV_PORT_OPEN_CREATE] = LFS2_O_RDWR | LFS2_O_CREAT | LFS2_O_TRUNC,
    };
    struct fv_littlefs *l = ctx;
    int i = 0;
    enum fv_err err = fv_littlefs_path(l, path, false);
    while (i < FV_LITTLEFS_FILES && l->files[i].used) {
        i++;
    }
    if (err == FV_OK && i == FV_LITTLEFS_FILES) {
        err = fv_littlefs_fail(l, LFS2_ERR_NOMEM);
    }
    if (err != FV_OK) {
        return err;
    }
    struct fv_littlefs_file *f = &l->files[i];
    memset(f, 0, sizeof *f);
    put_time(f, INT64_MIN);
    f->attribute = (struct lfs2_attr){FV_LITTLEFS_TIME, f->time, sizeof f->time};
    f->config.buffer = l->caches + (size_t)i * l->config.cache_size;
    f->config.attrs = &f->attribute;
    f->config.attr_count = 1;
    err = fv_littlefs_fail(l, lfs2_file_opencfg(&l->fs, &f->file, path, modes[mode], &f->config));
    if (err == FV_OK) {
        f->used = true;
        *file = i;
    }
    return err;
}

static enum fv_err seek(struct fv_littlefs *l, struct fv_littlefs_file *f, uint64_t offset)
{
    enum fv_err err = check_flash(l);
    if (err != FV_OK || (uint64_t)lfs2_file_tell(&l->fs, &f->file) == offset) {
        return err;
    }
    return fv_littlefs_fail(l,
                            lfs2_file_seek(&l->fs, &f->file, (lfs2_soff_t)offset, LFS2_SEEK_SET));
}

static enum fv_err storage_read(void *ctx, int file, uint64_t offset, void *p, size_t n,
                                size_t *got)
{
    struct fv_littlefs *l = ctx;
    struct fv_littlefs_file *f = file_of(ctx, file);
    uint64_t size = (uint64_t)lfs2_file_size(&l->fs, &f->file);
    if (offset >= size) {
        *got = 0;
        return FV_OK;
    }
    lfs2_size_t want = n < size - offset ? (lfs2_size_t)n : (lfs2_size_t)(size - offset);
    enum fv_err err = seek(l, f, offset);
    if (err != FV_OK) {
        return err;
    }
    lfs2_ssize_t have = lfs2_file_read(&l->fs, &f->file, p, want);
    if (have >= 0) {
        *got = (size_t)have;
    }
    return fv_littlefs_fail(l, have);
}

static enum fv_err storage_write(void *ctx, int file, uint64_t offset, const void *p, size_t n)
{
    struct fv_littlefs *l = ctx;
    struct fv_littlefs_file *f = file_of(ctx, file);
    if (offset > LFS2_FILE_MAX || n > LFS2_FILE_MAX - offset) {
        return fv_littlefs_fail(l, LFS2_ERR_FBIG);
    }
    if (n == 0) {
        return FV_OK;
    }
    put_time(f, l->clock != NULL ? l->clock->wall(l->clock->ctx) : INT64_MIN);
    enum fv_err err = seek(l, f, offset);
    if (err == FV_OK) {
        err = fv_littlefs_fail(l, lfs2_file_write(&l->fs, &f->file, p, (lfs2_size_t)n));
    }
    return err;
}

static enum fv_err storage_size(void *ctx, int file, uint64_t *size)
{
    struct fv_littlefs *l = ctx;
    *size = (uint64_t)lfs2_file_size(&l->fs, &file_of(ctx, file)->file);
    return FV_OK;
}

static enum fv_err storage_truncate(void *ctx, int file, uint64_t size)
{
    struct fv_littlefs *l = ctx;
    struct fv_littlefs_file *f = file_of(ctx, file);
    if (size > (uint64_t)lfs2_file_size(&l->fs, &f->file)) {
        return fv_littlefs_fail(l, LFS2_ERR_FBIG);
    }
    enum fv_err err = check_flash(l);
    if (err == FV_OK) {
        err = fv_littlefs_fail(l, lfs2_file_truncate(&l->fs, &f->file, (lfs2_off_t)size));
    }
    return err;
}

static enum fv_err storage_reserve(void *ctx, int file, uint64_t size)
{
    struct fv_littlefs *l = ctx;
    uint64_t all = (uint64_t)l->config.block_size * l->config.block_count;
    (void)file;
    return size > all || size > LFS2_FILE_MAX ? fv_littlefs_fail(l, LFS2_ERR_FBIG) : FV_OK;
}

/* littlefs does not write a file after a failed write, but reports success. */
static enum fv_err check_written(struct fv_littlefs *l, const struct fv_littlefs_file *f)
{
    return (f->file.flags & LFS2_F_ERRED) != 0 ? fv_littlefs_fail(l, LFS2_ERR_NOSPC) : FV_OK;
}

static enum fv_err storage_sync(void *ctx, int file)
{
    struct fv_littlefs *l = ctx;
    struct fv_littlefs_file *f = file_of(ctx, file);
    enum fv_err err = check_flash(l);
    if (err == FV_OK) {
        err = fv_littlefs_fail(l, lfs2_file_sync(&l->fs, &f->file));
    }
    return err == FV_OK ? check_written(l, f) : err;
}

static enum fv_err storage_set_time(void *ctx, int file, int64_t modified_us)
{
    struct fv_littlefs_file *f = file_of(ctx, file);
    put_time(f, modified_us);
    f->file.flags |= LFS2_F_DIRTY; /* the attribute is written with the file */
    return FV_OK;
}

static enum fv_err storage_close(void *ctx, int file)
{
    struct fv_littlefs *l = ctx;
    struct fv_littlefs_file *f = file_of(ctx, file);
    enum fv_err written = check_flash(l);
    if (written != FV_OK) {
        f->file.flags |= LFS2_F_ERRED; /* closed without writing */
    } else {
        written = check_written(l, f);
    }
    enum fv_err err = fv_littlefs_fail(l, lfs2_file_close(&l->fs, &f->file));
    f->used = false;
    return err == FV_OK ? written : err;
}

/* --- The whole --- */

static int32_t storage_last_error(void *ctx)
{
    return ((const struct fv_littlefs *)ctx)->last;
}

static void fill_table(struct fv_littlefs *l)
{
    l->port.ctx = l;
    l->port.time_step_us = 1;
    l->port.fat_names = false;
    l->port.open = storage_open;
    l->port.read = storage_read;
    l->port.write = storage_write;
    l->port.size = storage_size;
    l->port.truncate = storage_truncate;
    l->port.reserve = storage_reserve;
    l->port.sync = storage_sync;
    l->port.set_time = storage_set_time;
    l->port.close = storage_close;
    l->port.last_error = storage_last_error;
    fv_littlefs_names_init(l);
}

static void configure(struct fv_littlefs *l, const struct fv_flash *flash,
                      const struct fv_littlefs_room *room)
{
    uint8_t *p = room->buffer;
    memset(l, 0, sizeof *l);
    l->flash = flash;
    l->config.context = l;
    l->config.read = flash_read;
    l->config.prog = flash_program;
    l->config.erase = flash_erase;
    l->config.sync = flash_sync;
    l->config.read_size = flash->read_size;
    l->config.prog_size = flash->prog_size;
    l->config.block_size = flash->block_size;
    l->config.block_count = flash->blocks;
    l->config.block_cycles = 500;
    l->config.cache_size = room->cache;
    l->config.lookahead_size = room->lookahead;
    l->config.lookahead_buffer = p;
    l->config.read_buffer = p + room->lookahead;
    l->config.prog_buffer = p + room->lookahead + room->cache;
    l->caches = p + room->lookahead + (size_t)2 * room->cache;
}

enum fv_err fv_littlefs_open(struct fv_littlefs *l, const struct fv_flash *flash,
                             const struct fv_littlefs_room *room, const struct fv_port_clock *clock)
{
    configure(l, flash, room);
    l->clock = clock;
    fill_table(l);
    return fv_littlefs_fail(l, lfs2_mount(&l->fs, &l->config));
}

enum fv_err fv_littlefs_format(struct fv_littlefs *l, const struct fv_flash *flash,
                               const struct fv_littlefs_room *room)
{
    configure(l, flash, room);
    return fv_littlefs_fail(l, lfs2_format(&l->fs, &l->config));
}

void fv_littlefs_close(struct fv_littlefs *l)
{
    (void)lfs2_unmount(&l->fs);
}
