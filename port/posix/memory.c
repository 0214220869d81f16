/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "port/posix/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Files in memory, without a directory, for a run that may not write anywhere: a few, each with
 * a name. They are created before the process is confined. Opening one duplicates its
 * descriptor. */

static struct fv_posix_file *find(struct fv_posix_storage *s, const char *path)
{
    for (size_t i = 0; i < FV_POSIX_FILES; i++) {
        if (strcmp(s->files[i].name, path) == 0)
            return &s->files[i];
    }
    return NULL;
}

/* Not recorded as in fv_posix_fail(): there are no directories to close. */
static enum fv_err fail(struct fv_posix_storage *s, int code, enum fv_err err)
{
    s->error = code;
    return err;
}

static enum fv_err memory_remove(void *ctx, const char *path)
{
    struct fv_posix_storage *s = ctx;
    struct fv_posix_file *f = find(s, path);

    if (!f)
        return fail(s, ENOENT, FV_E_NOT_FOUND);
    f->name[0] = '\0';
    /* The memory is released. A handle that is still open would see an empty file, but there is
     * none. */
    return ftruncate(f->fd, 0) < 0 ? fail(s, errno, FV_E_STORAGE) : FV_OK;
}

static enum fv_err memory_open(void *ctx, const char *path, enum fv_port_mode mode, int *file)
{
    struct fv_posix_storage *s = ctx;
    struct fv_posix_file *f = find(s, path);
    int fd;

    if (!f && mode == FV_PORT_OPEN_READ)
        return fail(s, ENOENT, FV_E_NOT_FOUND);
    if (f && mode == FV_PORT_OPEN_NEW)
        return fail(s, EEXIST, FV_E_EXISTS);
    if (!f)
        f = find(s, "");
    if (!f || strlen(path) >= sizeof f->name)
        return fail(s, ENFILE, FV_E_STORAGE);
    fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0 || (mode == FV_PORT_OPEN_CREATE && ftruncate(fd, 0) < 0)) {
        int code = errno;

        if (fd >= 0)
            close(fd);
        return fail(s, code, FV_E_STORAGE);
    }
    memcpy(f->name, path, strlen(path) + 1);
    *file = fd;
    return FV_OK;
}

static enum fv_err memory_stat(void *ctx, const char *path, struct fv_port_stat *out)
{
    struct fv_posix_storage *s = ctx;
    struct fv_posix_file *f = find(s, path);
    struct stat st;

    *out = (struct fv_port_stat){FV_PORT_NONE, 0, INT64_MIN};
    if (!f)
        return FV_OK;
    if (fstat(f->fd, &st) < 0)
        return fail(s, errno, FV_E_STORAGE);
    out->kind = FV_PORT_FILE;
    out->size = (uint64_t)st.st_size;
    return FV_OK;
}

static enum fv_err memory_rename(void *ctx, const char *from, const char *to)
{
    struct fv_posix_storage *s = ctx;
    struct fv_posix_file *f = find(s, from);

    if (!f || strlen(to) >= sizeof f->name)
        return fail(s, ENOENT, FV_E_NOT_FOUND);
    if (find(s, to) && memory_remove(s, to) != FV_OK)
        return FV_E_STORAGE;
    memcpy(f->name, to, strlen(to) + 1);
    return FV_OK;
}

/* Directories need not be created. */
static enum fv_err memory_directory(void *ctx, const char *path)
{
    (void)ctx;
    (void)path;
    return FV_OK;
}

static enum fv_err memory_list_dir(void *ctx, const char *path,
                                   enum fv_err (*visit)(void *arg, const char *name), void *arg)
{
    (void)path;
    (void)visit;
    (void)arg;
    return fail(ctx, ENOENT, FV_E_NOT_FOUND);
}

static enum fv_err memory_free_space(void *ctx, uint64_t *bytes)
{
    (void)ctx;
    *bytes = UINT64_MAX;
    return FV_OK;
}

enum fv_err fv_posix_memory_open(struct fv_posix_storage *s)
{
    fv_posix_storage_reset(s);
    for (size_t i = 0; i < FV_POSIX_FILES; i++) {
        /* by its number, because not every libc has this function */
        s->files[i].fd = (int)syscall(SYS_memfd_create, "fluxvision", 1u);
        if (s->files[i].fd < 0) {
            int code = errno;

            fv_posix_storage_close(s);
            return fv_posix_fail(s, code);
        }
    }
    s->port.open = memory_open;
    s->port.stat = memory_stat;
    s->port.rename = memory_rename;
    s->port.remove = memory_remove;
    s->port.make_dir = memory_directory;
    s->port.remove_dir = memory_directory;
    s->port.sync_dir = memory_directory;
    s->port.list_dir = memory_list_dir;
    s->port.free_space = memory_free_space;
    s->port.identity = NULL;
    s->port.lock = NULL; /* not shared with other processes */
    return FV_OK;
}
