/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#include "port/posix/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* landlock(7). Repeated here because a system's headers are often older than its kernel. */
#define FS_EXECUTE (1u << 0)
#define FS_WRITE_FILE (1u << 1)
#define FS_READ_FILE (1u << 2)
#define FS_READ_DIR (1u << 3)
#define FS_REMOVE_DIR (1u << 4)
#define FS_REMOVE_FILE (1u << 5)
#define FS_MAKE_DIR (1u << 7)
#define FS_MAKE_REG (1u << 8)
#define FS_OF_ABI_1 ((1u << 13) - 1)
#define FS_REFER (1u << 13)     /* ABI 2 */
#define FS_TRUNCATE (1u << 14)  /* ABI 3 */
#define FS_IOCTL_DEV (1u << 15) /* ABI 5 */
#define NET_BIND_TCP (1u << 0)  /* ABI 4 */
#define SCOPE_ALL 3u            /* ABI 6: abstract sockets, signals */
#define CREATE_VERSION 1u
#define RULE_PATH_BENEATH 1

#define LINK_SIZE 512 /* bytes of the path of a symbolic link or its target */

#define READ (FS_READ_FILE | FS_READ_DIR)
#define STORE                                                                                      \
    (READ | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG |           \
     FS_REFER | FS_TRUNCATE)

struct ruleset {
    uint64_t fs, net, scoped; /* what is forbidden unless a rule allows it */
};

struct rule {
    uint64_t allowed;
    int32_t below; /* descriptor */
} __attribute__((packed));

#ifdef __NR_landlock_create_ruleset

static int create(const struct ruleset *set, size_t size, unsigned flags)
{
    return (int)syscall(__NR_landlock_create_ruleset, set, size, flags);
}

static int restrict_self(int rules)
{
    return (int)syscall(__NR_landlock_restrict_self, rules, 0);
}

static bool allow(int rules, const struct ruleset *set, int below, uint64_t what)
{
    struct rule rule = {what & set->fs, below};

    return syscall(__NR_landlock_add_rule, rules, RULE_PATH_BENEATH, &rule, 0) == 0;
}

#else

static int create(const struct ruleset *set, size_t size, unsigned flags)
{
    (void)set;
    (void)size;
    (void)flags;
    return -1;
}

static int restrict_self(int rules)
{
    (void)rules;
    return -1;
}

static bool allow(int rules, const struct ruleset *set, int below, uint64_t what)
{
    (void)rules;
    (void)set;
    (void)below;
    (void)what;
    return false;
}

#endif

/* Return the rights that this ABI can restrict. */
static struct ruleset of_abi(int abi)
{
    struct ruleset set = {FS_OF_ABI_1, 0, 0};

    if (abi >= 2)
        set.fs |= FS_REFER;
    if (abi >= 3)
        set.fs |= FS_TRUNCATE;
    if (abi >= 4)
        set.net = NET_BIND_TCP;
    if (abi >= 5)
        set.fs |= FS_IOCTL_DEV;
    if (abi >= 6)
        set.scoped = SCOPE_ALL;
    return set;
}

/* A path that does not exist needs no rule. */
static bool allow_path(int rules, const struct ruleset *set, const char *path, uint64_t what)
{
    int fd = open(path, O_PATH | O_CLOEXEC | (what == FS_READ_FILE ? 0 : O_DIRECTORY));
    bool done = fd < 0 || allow(rules, set, fd, what);

    if (fd >= 0)
        close(fd);
    return done;
}

/* Remove the last component of path and the slashes before it; of "/x", "/" is left. Return
 * false if there is no other component. */
static bool cut_last(char *path)
{
    char *slash = strrchr(path, '/');

    while (slash && slash > path && slash[-1] == '/')
        slash--;
    if (!slash || slash == path)
        return false;
    *slash = '\0';
    return true;
}

/* Return whether dir is the root directory, also under a name such as "/etc/..". */
static bool is_root(int dir)
{
    struct stat here, root;

    return fstat(dir, &here) < 0 || stat("/", &root) < 0 ||
           (here.st_ino == root.st_ino && here.st_dev == root.st_dev);
}

static bool allow_file(int rules, const struct ruleset *set, const char *path)
{
    struct stat st;
    int fd = open(path, O_PATH | O_CLOEXEC);
    bool there = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    bool done = !there || allow(rules, set, fd, FS_READ_FILE);

    if (fd >= 0)
        close(fd);
    return done;
}

/* Allow the files in the directory of path or, if that does not exist yet, in the nearest one
 * above. In the root directory allow only the file itself. */
static bool allow_around(int rules, const struct ruleset *set, const char *path)
{
    char dir[LINK_SIZE];
    int fd = -1;
    bool done;

    memcpy(dir, path, sizeof dir);
    while (fd < 0 && cut_last(dir))
        fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return allow_file(rules, set, path);
    done = is_root(fd) ? allow_file(rules, set, path) : allow(rules, set, fd, FS_READ_FILE);
    close(fd);
    return done;
}

/* Replace path by the target of the symbolic link at path. Return false if it is not a link, or
 * the target is too long. */
static bool follow(char path[LINK_SIZE])
{
    char target[LINK_SIZE];
    ssize_t n = readlink(path, target, sizeof target);
    size_t dir = (size_t)(strrchr(path, '/') - path) + 1;

    if (n <= 0 || (size_t)n >= sizeof target)
        return false;
    if (target[0] == '/')
        dir = 0;
    if (dir + (size_t)n >= LINK_SIZE)
        return false;
    memcpy(path + dir, target, (size_t)n);
    path[dir + (size_t)n] = '\0';
    return true;
}

/* Allow a file below /etc that may be a symbolic link to another place, usually /run or /tmp,
 * possibly through other links. Programs that change it create a new file, and it may be missing
 * until the network is up. So its directories are allowed. */
static bool allow_target(int rules, const struct ruleset *set, const char *file)
{
    char path[LINK_SIZE] = "";
    bool done = true;

    memcpy(path, file, strlen(file));
    for (int links = 0; done && links < 40 && follow(path); links++)
        done = allow_around(rules, set, path);
    return done;
}

static bool allow_names(int rules, const struct ruleset *set)
{
    static const char *const modules[] = {"/lib", "/lib64", "/usr/lib", "/usr/lib64"};
    bool done = allow_path(rules, set, "/etc", READ) &&
                allow_target(rules, set, "/etc/resolv.conf") &&
                allow_target(rules, set, "/etc/hosts");

#ifdef __GLIBC__
    for (size_t i = 0; done && i < sizeof modules / sizeof modules[0]; i++)
        done = allow_path(rules, set, modules[i], READ);
#else
    (void)modules;
#endif
    return done;
}

/* Allow the random devices, which are used if getrandom() is refused (entropy.c). */
static bool allow_random(int rules, const struct ruleset *set)
{
    char byte;

    return getrandom(&byte, 1, GRND_NONBLOCK) == 1 || errno == EAGAIN ||
           (allow_path(rules, set, "/dev/random", FS_READ_FILE) &&
            allow_path(rules, set, "/dev/urandom", FS_READ_FILE));
}

/* Allow everything below the root of a storage, and to remove a temporary root from its parent. */
static bool allow_storage(int rules, const struct ruleset *set, const struct fv_posix_storage *s)
{
    char parent[sizeof s->temporary];
    char *slash;

    if (!s || s->root < 0)
        return true;
    if (!allow(rules, set, s->root, STORE))
        return false;
    memcpy(parent, s->temporary, sizeof parent);
    slash = strrchr(parent, '/');
    if (!slash)
        return true;
    slash[slash == parent] = '\0';
    return allow_path(rules, set, parent, FS_REMOVE_DIR);
}

unsigned fv_posix_landlock(const struct fv_posix_storage *storage,
                           const struct fv_posix_storage *scratch)
{
    int abi = create(NULL, 0, CREATE_VERSION);
    bool stores = (storage && storage->root >= 0) || (scratch && scratch->root >= 0);
    struct ruleset set = of_abi(abi);
    bool done;
    int rules;

    if (abi < 1 || (abi < 2 && stores))
        return 0;
    /* older kernels accept the longer structure if the part that they do not know is zero */
    rules = create(&set, sizeof set, 0);
    if (rules < 0)
        return 0;
    done = allow_storage(rules, &set, storage) && allow_storage(rules, &set, scratch) &&
           allow_names(rules, &set) && allow_random(rules, &set) && restrict_self(rules) == 0;
    close(rules);
    return done ? (unsigned)abi : 0;
}
