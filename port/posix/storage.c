/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#include "port/posix/inside.h"
#include "port/posix/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RENAME_NEW 1u /* RENAME_NOREPLACE of linux/fs.h */

/* flags of every open below the root: do not follow a symbolic link, do not wait for a FIFO, do
 * not pass on to other programs */
#define SAFELY (O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)

/* --- Files --- */

static enum fv_err open_any(struct fv_posix_storage *s, const struct fv_posix_place *at, int flags,
                            int *file)
{
    int fd;

    do
        fd = openat(at->dir, at->name, flags | SAFELY, 0666);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return fv_posix_fail(s, errno == ENXIO || errno == ENODEV ? EEXIST : errno);
    *file = fd;
    return FV_OK;
}

/* Open a regular file; *st is its status. */
static enum fv_err open_at(struct fv_posix_storage *s, const struct fv_posix_place *at, int flags,
                           int *file, struct stat *st)
{
    int fd = -1;
    enum fv_err err = open_any(s, at, flags, &fd);

    if (err != FV_OK)
        return err;
    if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode)) {
        close(fd);
        return fv_posix_fail(s, EEXIST);
    }
    *file = fd;
    return FV_OK;
}

static enum fv_err storage_truncate(void *ctx, int file, uint64_t size)
{
    int done;

    if (size > (uint64_t)INT64_MAX)
        return fv_posix_fail(ctx, EFBIG);
    do
        done = ftruncate(file, (off_t)size);
    while (done < 0 && errno == EINTR);
    return done < 0 ? fv_posix_fail(ctx, errno) : FV_OK;
}

/* Open an empty file for writing. An existing file is emptied only if it has no second name and
 * may be written; otherwise it is replaced. */
static enum fv_err create_at(struct fv_posix_storage *s, const char *path,
                             const struct fv_posix_place *at, int *file)
{
    struct fv_posix_place again;
    struct stat st;
    int code;
    enum fv_err err = open_at(s, at, O_RDWR | O_CREAT, file, &st);

    if (err == FV_OK && st.st_nlink <= 1)
        return st.st_size > 0 ? storage_truncate(s, *file, 0) : FV_OK;
    if (err == FV_OK)
        close(*file);
    else if (s->error != EACCES && s->error != EPERM)
        return err;
    code = err == FV_OK ? ENOENT : s->error;
    err = fv_posix_walk(s, path, &again); /* the failure before has closed directories */
    /* if there is no file, the directory is not writable */
    if (err == FV_OK && unlinkat(again.dir, again.name, 0) < 0)
        err = fv_posix_fail(s, errno == ENOENT ? code : errno);
    return err == FV_OK ? open_any(s, &again, O_RDWR | O_CREAT | O_EXCL, file) : err;
}

static enum fv_err storage_open(void *ctx, const char *path, enum fv_port_mode mode, int *file)
{
    struct fv_posix_place at;
    struct stat st;
    enum fv_err err = fv_posix_walk(ctx, path, &at);

    if (err != FV_OK)
        return err;
    if (mode == FV_PORT_OPEN_NEW)
        return open_any(ctx, &at, O_RDWR | O_CREAT | O_EXCL, file);
    if (mode == FV_PORT_OPEN_CREATE)
        return create_at(ctx, path, &at, file);
    err = open_at(ctx, &at, mode == FV_PORT_OPEN_READ ? O_RDONLY : O_RDWR | O_CREAT, file, &st);
    if (err == FV_OK && mode == FV_PORT_OPEN_WRITE && st.st_nlink > 1) {
        close(*file);
        err = fv_posix_fail(ctx, EEXIST);
    }
    return err;
}

static enum fv_err storage_read(void *ctx, int file, uint64_t offset, void *p, size_t n,
                                size_t *got)
{
    uint8_t *to = p;
    size_t have = 0;

    fv_posix_idle();
    while (have < n && offset + have <= (uint64_t)INT64_MAX) {
        ssize_t done = pread(file, to + have, n - have, (off_t)(offset + have));

        if (done < 0 && errno != EINTR)
            return fv_posix_fail(ctx, errno);
        if (done == 0)
            break;
        if (done > 0)
            have += (size_t)done;
    }
    *got = have;
    return FV_OK;
}

static enum fv_err storage_write(void *ctx, int file, uint64_t offset, const void *p, size_t n)
{
    const uint8_t *from = p;
    size_t have = 0;

    fv_posix_idle();
    if (offset > (uint64_t)INT64_MAX || n > (uint64_t)INT64_MAX - offset)
        return fv_posix_fail(ctx, EFBIG);
    while (have < n) {
        ssize_t done = pwrite(file, from + have, n - have, (off_t)(offset + have));

        if (done < 0 && errno != EINTR)
            return fv_posix_fail(ctx, errno);
        if (done > 0)
            have += (size_t)done;
    }
    fv_posix_written(ctx, file, offset, offset + n);
    return FV_OK;
}

static enum fv_err storage_size(void *ctx, int file, uint64_t *size)
{
    struct stat st;

    if (fstat(file, &st) < 0)
        return fv_posix_fail(ctx, errno);
    *size = (uint64_t)st.st_size;
    return FV_OK;
}

static enum fv_err sync_fd(struct fv_posix_storage *s, int fd, enum fv_port_lack lack)
{
    int done;

    do
        done = fsync(fd);
    while (done < 0 && errno == EINTR);
    if (done == 0)
        return FV_OK;
    /* a directory is opened for reading, so some file systems refuse to sync it */
    if (errno != EINVAL && !fv_posix_is_unknown(errno) &&
        !(lack == FV_PORT_NO_DIR_SYNC && (errno == EBADF || errno == EACCES || errno == EPERM)))
        return fv_posix_fail(s, errno);
    s->port.lacks |= (uint8_t)lack;
    return FV_OK;
}

static enum fv_err storage_sync(void *ctx, int file)
{
    return sync_fd(ctx, file, FV_PORT_NO_FILE_SYNC);
}

static enum fv_err storage_set_time(void *ctx, int file, int64_t modified_us)
{
    /* with UTIME_OMIT for the other time, libfuse 2 ignores both */
    struct timespec times[2] = {{.tv_nsec = UTIME_NOW}};
    int64_t seconds = modified_us / 1000000;
    int64_t rest = modified_us % 1000000;
    int done;

    if (rest < 0) {
        rest += 1000000;
        seconds--;
    }
    times[1].tv_sec = (time_t)seconds;
    times[1].tv_nsec = (long)rest * 1000;
    do
        done = futimens(file, times);
    while (done < 0 && errno == EINTR);
    /* A refusal is not an error: the mount may belong to another user, or may not store this
     * date. */
    if (done == 0 || (errno != EIO && errno != ENOSPC && errno != EDQUOT && errno != EROFS))
        return FV_OK;
    return fv_posix_fail(ctx, errno);
}

static enum fv_err storage_close(void *ctx, int file)
{
    fv_posix_forget_large(ctx, file);
    /* Linux releases the descriptor even if close() is interrupted */
    return close(file) < 0 && errno != EINTR ? fv_posix_fail(ctx, errno) : FV_OK;
}

/* --- Names --- */

static int64_t modified(const struct stat *st)
{
    int64_t seconds = st->st_mtim.tv_sec;

    if (seconds > INT64_MAX / 1000000 - 1 || seconds < INT64_MIN / 1000000 + 1)
        return INT64_MIN;
    return seconds * 1000000 + st->st_mtim.tv_nsec / 1000;
}

static enum fv_err storage_stat(void *ctx, const char *path, struct fv_port_stat *out)
{
    struct fv_posix_storage *s = ctx;
    struct fv_port_stat found = {FV_PORT_NONE, 0, INT64_MIN};
    struct fv_posix_place at;
    struct stat st;
    enum fv_err err = fv_posix_walk(s, path, &at);

    if (err == FV_OK)
        err = fv_posix_look(s, &at, &st);
    /* a file is where a directory must be, so nothing can be at path */
    if (err == FV_E_NOT_FOUND || (err == FV_E_EXISTS && s->error == ENOTDIR)) {
        *out = found;
        return FV_OK;
    }
    if (err != FV_OK)
        return err;
    found.kind = S_ISREG(st.st_mode)   ? FV_PORT_FILE
                 : S_ISDIR(st.st_mode) ? FV_PORT_DIR
                                       : FV_PORT_OTHER;
    found.size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    found.modified_us = modified(&st);
    *out = found;
    return FV_OK;
}

/* Find the place of path, which must be a regular file. */
static enum fv_err walk_to_file(struct fv_posix_storage *s, const char *path,
                                struct fv_posix_place *at)
{
    struct stat st;
    enum fv_err err = fv_posix_walk(s, path, at);

    if (err == FV_OK)
        err = fv_posix_look(s, at, &st);
    if (err == FV_OK && !S_ISREG(st.st_mode))
        err = fv_posix_fail(s, EISDIR);
    return err;
}

/* Sync a renamed file on Linux's vfat, which writes the new entry with size 0 and start 0, and
 * fills them in with the next write of the inode (fs/fat/namei_vfat.c: vfat_add_entry,
 * mark_inode_dirty). A sync of the directory does not write it. */
static enum fv_err sync_renamed(struct fv_posix_storage *s, const struct fv_posix_place *at)
{
    enum fv_err err;
    int fd = openat(at->dir, at->name, O_RDONLY | SAFELY);

    if (fd < 0)
        return fv_posix_fail(s, errno);
    err = sync_fd(s, fd, FV_PORT_NO_FILE_SYNC);
    close(fd);
    return err;
}

static enum fv_err storage_rename(void *ctx, const char *from, const char *to)
{
    struct fv_posix_storage *s = ctx;
    struct fv_posix_place source, target;
    struct stat st;
    enum fv_err err = walk_to_file(s, from, &source);

    /* the second walk leaves the directory of the first one open */
    if (err == FV_OK)
        err = fv_posix_walk(s, to, &target);
    if (err != FV_OK)
        return err;
    /* Most names are new, and need no further call. EINVAL and others: the file system has no
     * such operation, or a filter of system calls does not know it; EPERM comes from such
     * filters too. */
    if (fv_posix_rename(&source, &target, RENAME_NEW) < 0) {
        if (errno != EEXIST && errno != EINVAL && errno != EPERM && !fv_posix_is_unknown(errno))
            return fv_posix_fail(s, errno);
        err = fv_posix_look(s, &target, &st);
        if (err == FV_OK && !S_ISREG(st.st_mode))
            err = fv_posix_fail(s, EISDIR);
        if (err != FV_OK && err != FV_E_NOT_FOUND)
            return err;
        if (fv_posix_rename(&source, &target, 0) < 0)
            return fv_posix_fail(s, errno);
    }
    return s->port.fat_names ? sync_renamed(s, &target) : FV_OK;
}

static enum fv_err storage_remove(void *ctx, const char *path)
{
    struct fv_posix_place at;
    enum fv_err err = walk_to_file(ctx, path, &at);

    if (err != FV_OK)
        return err;
    return fv_posix_remove(&at, 0) < 0 ? fv_posix_fail(ctx, errno) : FV_OK;
}

/* Create the directory at path (*made), unless something is there. *at is its place. */
static enum fv_err make_at(struct fv_posix_storage *s, const char *path, struct fv_posix_place *at,
                           bool *made)
{
    enum fv_err err = fv_posix_walk(s, path, at);
    int done;

    *made = false;
    if (err != FV_OK)
        return err;
    do
        done = mkdirat(at->dir, at->name, 0777);
    while (done < 0 && errno == EINTR);
    if (done < 0 && errno != EEXIST)
        return fv_posix_fail(s, errno);
    *made = done == 0;
    return FV_OK;
}

static enum fv_err storage_make_dir(void *ctx, const char *path)
{
    struct fv_posix_storage *s = ctx;
    struct fv_posix_place at;
    struct stat st;
    bool made;
    enum fv_err err = make_at(s, path, &at, &made);

    /* another process may have removed a directory that was kept open, and created another one */
    if (err == FV_E_NOT_FOUND) {
        fv_posix_forget(s);
        err = make_at(s, path, &at, &made);
    }
    if (err != FV_OK)
        return err;
    if (made) {
        fv_posix_forget_below(s, path);
        return FV_OK;
    }
    err = fv_posix_look(ctx, &at, &st);
    if (err == FV_OK && !S_ISDIR(st.st_mode))
        err = fv_posix_fail(ctx, EEXIST);
    return err;
}

static enum fv_err storage_remove_dir(void *ctx, const char *path)
{
    struct fv_posix_place at;
    struct stat st;
    enum fv_err err = fv_posix_walk(ctx, path, &at);

    if (err == FV_OK)
        err = fv_posix_look(ctx, &at, &st);
    if (err != FV_OK)
        return err;
    if (fv_posix_remove(&at, AT_REMOVEDIR) < 0)
        return fv_posix_fail(ctx, errno);
    fv_posix_forget(ctx);
    return FV_OK;
}

static enum fv_err storage_sync_dir(void *ctx, const char *path)
{
    int dir;
    enum fv_err err = fv_posix_walk_dir(ctx, path, &dir);

    return err == FV_OK ? sync_fd(ctx, dir, FV_PORT_NO_DIR_SYNC) : err;
}

/* --- The lock --- */

/* Open the lock file. One that belongs to another user is opened for reading, and can be locked
 * too. */
static enum fv_err open_lock(struct fv_posix_storage *s, const char *path, int *fd)
{
    struct fv_posix_place at;
    struct stat st;
    enum fv_err err = fv_posix_walk(s, path, &at);

    if (err == FV_OK)
        err = open_at(s, &at, O_RDWR | O_CREAT, fd, &st);
    if (err != FV_E_DENIED || s->error != EACCES)
        return err;
    err = fv_posix_walk(s, path, &at);
    return err == FV_OK ? open_at(s, &at, O_RDONLY, fd, &st) : err;
}

/* how long to wait for a lock: a process that was killed may hold it a little longer than its
 * parent exists */
#define LOCK_PATIENCE_US 200000
#define LOCK_STEP_US 10000

static enum fv_err storage_lock(void *ctx, const char *path, int *lock)
{
    struct stat st;
    int fd = -1;
    int64_t until_us = 0;
    enum fv_err err = open_lock(ctx, path, &fd);

    while (err == FV_OK && flock(fd, LOCK_EX | LOCK_NB) < 0) {
        int code = errno;

        if (code == EINTR)
            continue;
        until_us = until_us == 0 ? fv_posix_now() + LOCK_PATIENCE_US : until_us;
        if (code == EWOULDBLOCK && fv_posix_now() < until_us) {
            err = fv_posix_await(-1, false, fv_posix_now() + LOCK_STEP_US);
            err = err == FV_E_TIMEOUT ? FV_OK : err;
            continue;
        }
        err = code == EWOULDBLOCK ? FV_E_BUSY : FV_E_STORAGE;
        fv_posix_fail(ctx, code);
    }
    /* The last holder may have removed the file between open and flock. The next process would
     * then lock another file. */
    if (err == FV_OK && (fstat(fd, &st) < 0 || st.st_nlink == 0)) {
        err = FV_E_BUSY;
        fv_posix_fail(ctx, EWOULDBLOCK);
    }
    if (err == FV_OK)
        *lock = fd;
    else if (fd >= 0)
        close(fd);
    return err;
}

static void storage_unlock(void *ctx, int lock)
{
    (void)ctx;
    close(lock);
}

static int32_t storage_last_error(void *ctx)
{
    const struct fv_posix_storage *s = ctx;

    return s->error;
}

void fv_posix_storage_table(struct fv_posix_storage *s)
{
    s->port = (struct fv_port_storage){
        .ctx = s,
        .time_step_us = 1,
        .open = storage_open,
        .read = storage_read,
        .write = storage_write,
        .size = storage_size,
        .truncate = storage_truncate,
        .reserve = fv_posix_reserve,
        .sync = storage_sync,
        .set_time = storage_set_time,
        .close = storage_close,
        .stat = storage_stat,
        .rename = storage_rename,
        .remove = storage_remove,
        .make_dir = storage_make_dir,
        .remove_dir = storage_remove_dir,
        .sync_dir = storage_sync_dir,
        .list_dir = fv_posix_list_dir,
        .free_space = fv_posix_free_space,
        .identity = fv_posix_identity,
        .lock = storage_lock,
        .unlock = storage_unlock,
        .last_error = storage_last_error,
    };
}
