/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#include "base/num.h"
#include "base/writer.h"
#include "port/posix/inside.h"
#include "port/posix/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

/* statfs(2). exFAT has a resolution of 10 ms, but kernels before 5.7 rounded to 2 s. */
#define MAGIC_FAT 0x4d44u
#define MAGIC_EXFAT 0x2011bab0u
#define FAT_STEP_US 2000000
#define MAGIC_EXT 0xef53u
#define MAGIC_BTRFS 0x9123683eu
#define MAGIC_F2FS 0xf2f52010u
#define MAGIC_TMPFS 0x01021994u
#define MAGIC_UBIFS 0x24051905u
#define MAGIC_XFS 0x58465342u

/* depth of the directories that are removed when a scratch storage is closed */
#define DEPTH 8

/* so many X at the end are replaced by mkdtemp(3) */
#define MKDTEMP_MARKS 6

/* bytes of a path below /sys */
#define PATH_CAP 256

/* Return whether syncfs(2) reports errors, as it does since Linux 5.8. */
static bool tells_errors(void)
{
    struct utsname name;
    struct fv_slice major, minor, rest;
    uint64_t version[2];

    return uname(&name) == 0 && fv_slice_cut(fv_slice_of(name.release), '.', &major, &rest) &&
           fv_slice_cut(rest, '.', &minor, &rest) && fv_num_decimal(major, 1000, &version[0]) &&
           fv_num_decimal(minor, 1000, &version[1]) &&
           (version[0] > 5 || (version[0] == 5 && version[1] >= 8));
}

/* Return whether the ext4 driver serves that device, with a journal: the number of the journal's
 * process is shown (ext4/sysfs.c). */
static bool has_journal(dev_t device)
{
    char path[PATH_CAP];
    char target[PATH_CAP];
    struct fv_writer w;
    char task = '\0';

    fv_writer_init(&w, path, sizeof path);
    fv_writer_text(&w, "/sys/dev/block/");
    fv_writer_u64(&w, major(device));
    fv_writer_char(&w, ':');
    fv_writer_u64(&w, minor(device));
    ssize_t n = readlink(path, target, sizeof target);
    if (n < 0)
        return false;
    struct fv_slice name = {target, (size_t)n};
    name = fv_slice_from(name, fv_slice_find_last(name, '/') + 1);
    fv_writer_init(&w, path, sizeof path);
    fv_writer_text(&w, "/sys/fs/ext4/");
    fv_writer_slice(&w, name);
    fv_writer_text(&w, "/journal_task");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool has =
        fv_writer_check(&w) == FV_OK && read(fd, &task, 1) == 1 && task >= '0' && task <= '9';
    close(fd);
    return has;
}

/* Return whether syncfs(2) does for all files what fsync does for one: the drivers of these file
 * systems flush the device's cache (or there is none), as their sync_fs shows. Other drivers do
 * not (vfat, exfat) or do nothing (FUSE), and no call tells the difference. ext2, and ext4
 * without a journal, write inodes and directories after that. So an fsync of the root must
 * follow, which flushes the cache once more (fs/sync.c). */
static bool syncs_all(struct fv_posix_storage *s, const struct statfs *fs)
{
    struct stat st;

    switch ((uint32_t)fs->f_type) {
    case MAGIC_EXT:
        s->flushes = fstat(s->root, &st) < 0 || !has_journal(st.st_dev);
        return tells_errors();
    case MAGIC_BTRFS:
    case MAGIC_F2FS:
    case MAGIC_TMPFS:
    case MAGIC_UBIFS:
    case MAGIC_XFS:
        return tells_errors();
    default:
        return false;
    }
}

static enum fv_err storage_sync_all(void *ctx)
{
    struct fv_posix_storage *s = ctx;
    int done;

    do
        done = syncfs(s->root);
    while (done < 0 && errno == EINTR);
    if (done == 0 && s->flushes)
        done = fsync(s->root);
    return done < 0 ? fv_posix_fail(s, errno) : FV_OK;
}

/* Device and number of the file, and the file system type of statfs. Device numbers without a
 * device (major 0: FUSE, NFS, CIFS) change at each mount and are left out. Otherwise the medium
 * would be a new one each time, and lost times would never be noticed. */
enum fv_err fv_posix_identity(void *ctx, const char *path, uint64_t *id)
{
    struct fv_posix_storage *s = ctx;
    struct fv_posix_place at;
    struct statfs fs;
    struct stat st;
    struct {
        uint64_t device, number, type;
        uint8_t id[sizeof fs.f_fsid];
    } all;
    enum fv_err err = fv_posix_walk(s, path, &at);

    if (err == FV_OK)
        err = fv_posix_look(s, &at, &st);
    if (err != FV_OK)
        return err;
    if (fstatfs(s->root, &fs) < 0)
        return fv_posix_fail(s, errno);
    memset(&all, 0, sizeof all);
    all.device = major(st.st_dev) != 0 ? st.st_dev : 0;
    all.number = st.st_ino;
    all.type = (uint64_t)fs.f_type;
    memcpy(all.id, &fs.f_fsid, sizeof all.id);
    /* Another version may use another hash; the medium is then measured again. */
    *id = fv_slice_hash(0, (struct fv_slice){(const char *)&all, sizeof all});
    return FV_OK;
}

enum fv_err fv_posix_free_space(void *ctx, uint64_t *bytes)
{
    const struct fv_posix_storage *s = ctx;
    struct statvfs fs;

    if (fstatvfs(s->root, &fs) < 0)
        return fv_posix_fail(ctx, errno);
    /* No blocks at all: a file system without a limit of its own (tmpfs), or one that does not
     * report it. */
    if (fs.f_blocks == 0 || (fs.f_frsize > 0 && fs.f_bavail > UINT64_MAX / fs.f_frsize))
        *bytes = UINT64_MAX;
    else
        *bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    return FV_OK;
}

/* flock(2) has no query, and /proc/locks does not show other containers. A shared lock for a
 * moment disturbs no other process: a process that wants the lock tries again. */
bool fv_posix_is_locked(struct fv_posix_storage *s, const char *path)
{
    struct fv_posix_place at;
    int fd = -1;

    if (fv_posix_walk(s, path, &at) == FV_OK)
        fd = openat(at.dir, at.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool locked = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    close(fd);
    return locked;
}

static void know_medium(struct fv_posix_storage *s)
{
    struct statfs fs;

    if (fstatfs(s->root, &fs) < 0)
        return;
    s->port.sync_all = syncs_all(s, &fs) ? storage_sync_all : NULL;
    if ((uint32_t)fs.f_type == MAGIC_FAT || (uint32_t)fs.f_type == MAGIC_EXFAT) {
        s->port.time_step_us = FAT_STEP_US;
        s->port.fat_names = true;
        s->port.max_file = (uint32_t)fs.f_type == MAGIC_FAT ? UINT32_MAX : 0;
    }
}

void fv_posix_storage_reset(struct fv_posix_storage *s)
{
    memset(s, 0, sizeof *s);
    s->root = -1;
    for (size_t i = 0; i < FV_POSIX_DIRS; i++)
        s->dirs[i].fd = -1;
    for (size_t i = 0; i < FV_POSIX_FILES; i++)
        s->files[i].fd = -1;
    fv_posix_storage_table(s);
}

enum fv_err fv_posix_storage_over(struct fv_posix_storage *s, int dir_fd)
{
    struct stat st;

    fv_posix_storage_reset(s);
    if (fstat(dir_fd, &st) < 0 || !S_ISDIR(st.st_mode)) {
        close(dir_fd);
        return fv_posix_fail(s, ENOTDIR);
    }
    s->root = dir_fd;
    know_medium(s);
    return FV_OK;
}

/* Make the name of a new directory durable, which needs a sync of its parent. If the parent
 * cannot be opened, nothing can be done. */
static void sync_parent(int dir)
{
    int parent = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (parent >= 0) {
        (void)!fsync(parent);
        close(parent);
    }
}

/* Create a directory whose parent exists. Return whether that was done. */
static bool make_one(const char *path)
{
    int fd;

    if (mkdir(path, 0777) < 0)
        return false;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        sync_parent(fd);
        close(fd);
    }
    return true;
}

/* Create the directory root with its parents. Return 0; otherwise errno is set, and the result
 * is the length of the part of root that could not be created. */
static size_t make_root(const char *root)
{
    char path[4096];
    size_t n = strlen(root);

    if (make_one(root))
        return 0;
    if ((errno != ENOENT && errno != ENOTDIR) || n >= sizeof path)
        return n;
    memcpy(path, root, n + 1);
    for (size_t i = 1; i < n; i++) {
        bool made;

        if (path[i] != '/')
            continue;
        path[i] = '\0';
        made = make_one(path) || errno == EEXIST;
        path[i] = '/';
        if (!made)
            return i;
    }
    return make_one(root) || errno == EEXIST ? 0 : n;
}

enum fv_err fv_posix_storage_open(struct fv_posix_storage *s, const char *root, bool create)
{
    size_t unmade = create ? make_root(root) : 0;
    int code = errno;
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        /* It is missing because it could not be created; that error is the reason. */
        if (unmade == 0 || errno != ENOENT)
            code = errno;
        fv_posix_storage_reset(s);
        s->part = unmade > 0 ? unmade : strlen(root);
        return fv_posix_fail(s, code);
    }
    return fv_posix_storage_over(s, fd);
}

static enum fv_err open_temporary(struct fv_posix_storage *s)
{
    static const char name[] = "/fluxvision-";
    const char *base = getenv("TMPDIR");
    char path[sizeof s->temporary] = {0};
    enum fv_err err;
    size_t n;

    if (!base || base[0] != '/')
        base = "/tmp";
    n = strlen(base);
    fv_posix_storage_reset(s);
    if (n + sizeof name + MKDTEMP_MARKS > sizeof path)
        return fv_posix_fail(s, ENAMETOOLONG);
    memcpy(path, base, n);
    memcpy(path + n, name, sizeof name);
    memset(path + n + sizeof name - 1, 'X', MKDTEMP_MARKS);
    if (!mkdtemp(path))
        return fv_posix_fail(s, errno);
    err = fv_posix_storage_open(s, path, false);
    if (err != FV_OK)
        rmdir(path);
    else
        memcpy(s->temporary, path, sizeof path);
    return err;
}

enum fv_err fv_posix_scratch_open(struct fv_posix_storage *s)
{
    enum fv_err err = open_temporary(s);
    int32_t code = s->error;

    if (err != FV_OK && fv_posix_memory_open(s) == FV_OK)
        return FV_OK;
    s->error = code;
    return err;
}

/* Remove the entries of a directory up to one that is not empty. Return that one, open, and its
 * name in *name, valid until the next call for stream. Return NULL at the end. */
static DIR *remove_entries(DIR *stream, const char **name)
{
    const struct dirent *entry;

    while ((entry = readdir(stream)) != NULL) {
        int at = dirfd(stream);
        DIR *below;
        int fd;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(at, entry->d_name, 0) == 0 || unlinkat(at, entry->d_name, AT_REMOVEDIR) == 0)
            continue;
        if (errno != ENOTEMPTY && errno != EEXIST)
            continue;
        fd = openat(at, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        below = fd < 0 ? NULL : fdopendir(fd);
        if (below) {
            *name = entry->d_name;
            return below;
        }
        if (fd >= 0)
            close(fd);
    }
    return NULL;
}

static void remove_tree(int dir)
{
    DIR *stack[DEPTH];
    const char *names[DEPTH];
    size_t depth = 0;

    stack[0] = fdopendir(dir);
    if (!stack[0])
        return;
    for (;;) {
        DIR *below = remove_entries(stack[depth], &names[depth]);

        if (below && depth + 1 < DEPTH) {
            stack[++depth] = below;
            continue;
        }
        /* no directory of this program is so deep */
        if (below)
            closedir(below);
        closedir(stack[depth]);
        if (depth == 0)
            break;
        depth--;
        unlinkat(dirfd(stack[depth]), names[depth], AT_REMOVEDIR);
    }
}

void fv_posix_storage_close(struct fv_posix_storage *s)
{
    fv_posix_forget(s);
    if (s->temporary[0]) {
        remove_tree(s->root);
        rmdir(s->temporary);
        s->temporary[0] = '\0';
    } else if (s->root >= 0) {
        close(s->root);
    }
    s->root = -1;
    for (size_t i = 0; i < FV_POSIX_FILES; i++) {
        if (s->files[i].fd >= 0)
            close(s->files[i].fd);
        s->files[i].fd = -1;
    }
}
