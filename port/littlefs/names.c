/* SPDX-License-Identifier: MIT */
#include "base/num.h"
#include "port/littlefs/inside.h"

#include <string.h>

/* --- Looking --- */

static enum fv_err storage_stat(void *ctx, const char *path, struct fv_port_stat *out)
{
    struct fv_littlefs *l = ctx;
    struct fv_port_stat found = {FV_PORT_NONE, 0, INT64_MIN};
    struct lfs2_info info;
    uint8_t time[8];
    enum fv_err err = fv_littlefs_path(l, path, false);
    if (err != FV_OK) {
        return err;
    }
    int code = lfs2_stat(&l->fs, path, &info);
    if (code == 0) {
        found.kind = info.type == LFS2_TYPE_DIR ? FV_PORT_DIR : FV_PORT_FILE;
        found.size = found.kind == FV_PORT_FILE ? info.size : 0;
        code = lfs2_getattr(&l->fs, path, FV_LITTLEFS_TIME, time, sizeof time);
        if (code == (int)sizeof time) {
            found.modified_us = (int64_t)fv_num_get64(time);
        }
    }
    if (code < 0 && code != LFS2_ERR_NOENT && code != LFS2_ERR_NOTDIR && code != LFS2_ERR_NOATTR) {
        return fv_littlefs_fail(l, code);
    }
    *out = found;
    return FV_OK;
}

/* Check that path has the type: file or directory. */
static enum fv_err find(struct fv_littlefs *l, const char *path, uint8_t type)
{
    struct lfs2_info info;
    enum fv_err err = fv_littlefs_path(l, path, type == LFS2_TYPE_DIR);
    if (err == FV_OK) {
        err = fv_littlefs_fail(l, lfs2_stat(&l->fs, *path != '\0' ? path : "/", &info));
    }
    if (err == FV_OK && info.type != type) {
        err = fv_littlefs_fail(l, LFS2_ERR_EXIST);
    }
    return err;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static enum fv_err storage_list_dir(void *ctx, const char *path,
                                    enum fv_err (*visit)(void *arg, const char *name), void *arg)
{
    struct fv_littlefs *l = ctx;
    lfs2_dir_t dir;
    struct lfs2_info info;
    enum fv_err err = find(l, path, LFS2_TYPE_DIR);
    if (err == FV_OK) {
        err = fv_littlefs_fail(l, lfs2_dir_open(&l->fs, &dir, *path != '\0' ? path : "/"));
    }
    if (err != FV_OK) {
        return err;
    }
    while (err == FV_OK) {
        int more = lfs2_dir_read(&l->fs, &dir, &info);
        err = fv_littlefs_fail(l, more);
        if (more <= 0) {
            break;
        }
        if (!is_dots(info.name)) {
            err = visit(arg, info.name);
        }
    }
    enum fv_err closed = fv_littlefs_fail(l, lfs2_dir_close(&l->fs, &dir));
    return err == FV_OK ? closed : err;
}

/* --- Changing --- */

static enum fv_err storage_rename(void *ctx, const char *from, const char *to)
{
    struct fv_littlefs *l = ctx;
    enum fv_err err = find(l, from, LFS2_TYPE_REG);
    if (err != FV_OK) {
        return err;
    }
    err = find(l, to, LFS2_TYPE_REG);
    if (err != FV_OK && err != FV_E_NOT_FOUND) {
        return err;
    }
    return strcmp(from, to) == 0 ? FV_OK : fv_littlefs_fail(l, lfs2_rename(&l->fs, from, to));
}

static enum fv_err storage_remove(void *ctx, const char *path)
{
    struct fv_littlefs *l = ctx;
    enum fv_err err = find(l, path, LFS2_TYPE_REG);
    return err == FV_OK ? fv_littlefs_fail(l, lfs2_remove(&l->fs, path)) : err;
}

static enum fv_err storage_make_dir(void *ctx, const char *path)
{
    struct fv_littlefs *l = ctx;
    enum fv_err err = fv_littlefs_path(l, path, false);
    if (err != FV_OK) {
        return err;
    }
    int code = lfs2_mkdir(&l->fs, path);
    return code == LFS2_ERR_EXIST ? find(l, path, LFS2_TYPE_DIR) : fv_littlefs_fail(l, code);
}

static enum fv_err storage_remove_dir(void *ctx, const char *path)
{
    struct fv_littlefs *l = ctx;
    enum fv_err err = fv_littlefs_path(l, path, false);
    if (err == FV_OK) {
        err = find(l, path, LFS2_TYPE_DIR);
    }
    return err == FV_OK ? fv_littlefs_fail(l, lfs2_remove(&l->fs, path)) : err;
}

/* Changes of names are durable at once. */
static enum fv_err storage_sync_dir(void *ctx, const char *path)
{
    return find(ctx, path, LFS2_TYPE_DIR);
}

/* --- The whole --- */

static enum fv_err storage_free_space(void *ctx, uint64_t *bytes)
{
    struct fv_littlefs *l = ctx;
    lfs2_ssize_t used = lfs2_fs_size(&l->fs);
    if (used >= 0) {
        *bytes = (uint64_t)(l->config.block_count - (lfs2_size_t)used) * l->config.block_size;
    }
    return fv_littlefs_fail(l, used);
}

static enum fv_err storage_lock(void *ctx, const char *path, int *lock)
{
    struct fv_littlefs *l = ctx;
    int file = -1;
    enum fv_err err = l->port.open(ctx, path, FV_PORT_OPEN_WRITE, &file);
    if (err == FV_OK) {
        err = l->port.close(ctx, file);
    }
    if (err == FV_OK) {
        *lock = 0;
    }
    return err;
}

static void storage_unlock(void *ctx, int lock)
{
    (void)ctx;
    (void)lock;
}

void fv_littlefs_names_init(struct fv_littlefs *l)
{
    l->port.stat = storage_stat;
    l->port.rename = storage_rename;
    l->port.remove = storage_remove;
    l->port.make_dir = storage_make_dir;
    l->port.remove_dir = storage_remove_dir;
    l->port.sync_dir = storage_sync_dir;
    l->port.list_dir = storage_list_dir;
    l->port.free_space = storage_free_space;
    l->port.lock = storage_lock;
    l->port.unlock = storage_unlock;
}
