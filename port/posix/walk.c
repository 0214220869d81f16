/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#include "port/posix/walk.h"
#include "port/posix/inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

enum fv_err fv_posix_storage_err(int code)
{
    switch (code) {
    case ENOSPC:
    case EDQUOT:
        return FV_E_FULL;
    case EFBIG:
        return FV_E_LARGE;
    case EACCES:
    case EPERM:
    case ELOOP:
        return FV_E_DENIED;
    case EROFS:
        return FV_E_READONLY;
    case ENOENT:
        return FV_E_NOT_FOUND;
    case ENOTDIR:
    case EISDIR:
    case EEXIST:
    case ENOTEMPTY:
        return FV_E_EXISTS;
    default:
        return FV_E_STORAGE;
    }
}

void fv_posix_forget(struct fv_posix_storage *s)
{
    for (size_t i = 0; i < FV_POSIX_DIRS; i++) {
        if (s->dirs[i].fd >= 0)
            close(s->dirs[i].fd);
        s->dirs[i].fd = -1;
    }
}

void fv_posix_forget_below(struct fv_posix_storage *s, const char *path)
{
    size_t n = strlen(path);

    for (size_t i = 0; i < FV_POSIX_DIRS; i++) {
        struct fv_posix_dir *d = &s->dirs[i];

        if (d->fd >= 0 && strncmp(d->path, path, n) == 0 &&
            (d->path[n] == '\0' || d->path[n] == '/')) {
            close(d->fd);
            d->fd = -1;
        }
    }
}

enum fv_err fv_posix_fail(struct fv_posix_storage *s, int code)
{
    s->error = code;
    fv_posix_forget(s);
    return fv_posix_storage_err(code);
}

enum fv_err fv_posix_look(struct fv_posix_storage *s, const struct fv_posix_place *at,
                          struct stat *st)
{
    if (fstatat(at->dir, at->name, st, AT_SYMLINK_NOFOLLOW) == 0)
        return S_ISLNK(st->st_mode) ? fv_posix_fail(s, ELOOP) : FV_OK;
    if (errno != ENOENT)
        return fv_posix_fail(s, errno);
    /* the open directories are kept: most files do not exist before they are created */
    s->error = ENOENT;
    return FV_E_NOT_FOUND;
}

/* Open the directory `name` in dir. Linux returns ENOTDIR for a symbolic link too. */
static enum fv_err enter(struct fv_posix_storage *s, int dir, const char *name, int *out)
{
    struct fv_posix_place at = {dir, name};
    struct stat st;
    int code;
    int fd = openat(dir, name, DIRECTORY);

    if (fd >= 0) {
        *out = fd;
        return FV_OK;
    }
    code = errno;
    if (code == ENOTDIR && fv_posix_look(s, &at, &st) == FV_E_DENIED)
        return FV_E_DENIED;
    if (code != ENOENT)
        return fv_posix_fail(s, code);
    /* the open directories are kept: files are looked up before their directory is created */
    s->error = ENOENT;
    return FV_E_NOT_FOUND;
}

static bool good_component(const char *name, size_t n)
{
    return n > 0 && n <= FV_CAP_COMPONENT && !(n == 1 && name[0] == '.') &&
           !(n == 2 && memcmp(name, "..", 2) == 0);
}

/* Find the deepest open directory that is the one with the first n bytes of path, or above it:
 * *dir; the root if there is none. Return the length of its path plus 1; 0 for the root. */
static size_t find_open(struct fv_posix_storage *s, const char *path, size_t n, int *dir)
{
    struct fv_posix_dir *deepest = NULL;
    size_t best = 0;

    for (unsigned i = 0; i < FV_POSIX_DIRS; i++) {
        struct fv_posix_dir *d = &s->dirs[i];
        size_t length = d->fd >= 0 ? strlen(d->path) : 0;

        if (length > 0 && length <= n && length >= best && memcmp(d->path, path, length) == 0 &&
            (length == n || path[length] == '/')) {
            best = length + 1;
            deepest = d;
        }
    }
    *dir = deepest ? deepest->fd : s->root;
    if (deepest)
        deepest->used = ++s->uses;
    return best;
}

/* Keep a directory open, whose path is the first n bytes of path, in place of the one used
 * longest ago. */
static void keep_open(struct fv_posix_storage *s, const char *path, size_t n, int fd)
{
    struct fv_posix_dir *oldest = &s->dirs[0];

    for (unsigned i = 1; i < FV_POSIX_DIRS; i++) {
        if (s->dirs[i].used < oldest->used)
            oldest = &s->dirs[i];
    }
    if (oldest->fd >= 0)
        close(oldest->fd);
    oldest->fd = fd;
    oldest->used = ++s->uses;
    memcpy(oldest->path, path, n);
    oldest->path[n] = '\0';
}

/* Open the directory whose path is the first n bytes of path, starting at dir, whose path is the
 * first from - 1 bytes. If a component is missing, the directory above it stays open, because it
 * will probably be created. */
static enum fv_err descend(struct fv_posix_storage *s, const char *path, size_t n, size_t from,
                           int dir)
{
    char name[FV_CAP_COMPONENT + 1];
    bool own = false;

    while (from <= n) {
        const char *slash = memchr(path + from, '/', n - from);
        size_t length = slash ? (size_t)(slash - path) - from : n - from;
        enum fv_err err;
        int next = -1;

        if (good_component(path + from, length)) {
            memcpy(name, path + from, length);
            name[length] = '\0';
            err = enter(s, dir, name, &next);
        } else {
            err = fv_posix_fail(s, EPERM);
        }
        if (own && err == FV_E_NOT_FOUND)
            keep_open(s, path, from - 1, dir);
        else if (own)
            close(dir);
        if (err != FV_OK)
            return err;
        dir = next;
        own = true;
        from += length + 1;
    }
    keep_open(s, path, n, dir);
    return FV_OK;
}

/* Find or open the directory whose path is the first n bytes of path. */
static enum fv_err directory(struct fv_posix_storage *s, const char *path, size_t n, int *out)
{
    size_t from;
    enum fv_err err = FV_OK;

    if (n == 0) {
        *out = s->root;
        return FV_OK;
    }
    if (n > FV_CAP_PATH)
        return fv_posix_fail(s, ENAMETOOLONG);
    if (path[n - 1] == '/')
        return fv_posix_fail(s, EPERM);
    from = find_open(s, path, n, out);
    if (from <= n) {
        err = descend(s, path, n, from, *out);
        if (err == FV_OK)
            (void)find_open(s, path, n, out);
    }
    return err;
}

static int rename_once(const struct fv_posix_place *from, const struct fv_posix_place *to,
                       unsigned flags)
{
    if (flags == 0)
        return renameat(from->dir, from->name, to->dir, to->name);
#ifdef __NR_renameat2
    return (int)syscall(__NR_renameat2, from->dir, from->name, to->dir, to->name, flags);
#else
    errno = ENOSYS;
    return -1;
#endif
}

int fv_posix_rename(const struct fv_posix_place *from, const struct fv_posix_place *to,
                    unsigned flags)
{
    bool again = false;

    while (rename_once(from, to, flags) < 0) {
        if (errno != EINTR)
            return again && errno == ENOENT ? 0 : -1;
        again = true;
    }
    return 0;
}

int fv_posix_remove(const struct fv_posix_place *at, int flags)
{
    bool again = false;

    while (unlinkat(at->dir, at->name, flags) < 0) {
        if (errno != EINTR)
            return again && errno == ENOENT ? 0 : -1;
        again = true;
    }
    return 0;
}

enum fv_err fv_posix_walk_dir(struct fv_posix_storage *s, const char *path, int *dir)
{
    return directory(s, path, strlen(path), dir);
}

enum fv_err fv_posix_walk(struct fv_posix_storage *s, const char *path, struct fv_posix_place *out)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;

    if (strlen(path) > FV_CAP_PATH || strlen(name) > FV_CAP_COMPONENT)
        return fv_posix_fail(s, ENAMETOOLONG);
    if (slash == path || !good_component(name, strlen(name)))
        return fv_posix_fail(s, EPERM);
    out->name = name;
    return directory(s, path, slash ? (size_t)(slash - path) : 0, &out->dir);
}

enum fv_err fv_posix_list_dir(void *ctx, const char *path,
                              enum fv_err (*visit)(void *arg, const char *name), void *arg)
{
    struct fv_posix_storage *s = ctx;
    enum fv_err err;
    int at, fd;
    DIR *stream;

    err = fv_posix_walk_dir(s, path, &at);
    if (err != FV_OK)
        return err;
    /* an open file description of its own, because its position is changed */
    fd = openat(at, ".", DIRECTORY);
    stream = fd < 0 ? NULL : fdopendir(fd);
    if (!stream) {
        err = fv_posix_fail(s, errno);
        if (fd >= 0)
            close(fd);
        return err;
    }
    while (err == FV_OK) {
        const struct dirent *entry;

        errno = 0;
        entry = readdir(stream);
        if (!entry) {
            err = errno ? fv_posix_fail(s, errno) : FV_OK;
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            err = visit(arg, entry->d_name);
    }
    closedir(stream);
    return err;
}
