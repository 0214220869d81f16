#define _GNU_SOURCE
#include "port/posix/confine.h"

#include "base/writer.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* landlock(7). Written down here because a system's headers are often older than its kernel. */
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

/* What this ABI knows of. */
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

/* What is not there need not be allowed. */
static bool allow_path(int rules, const struct ruleset *set, const char *path, uint64_t what)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool done = fd < 0 || allow(rules, set, fd, what);

    if (fd >= 0)
        close(fd);
    return done;
}

/* Find the directory that an open file lies in: where links of any number led to. False without /proc. */
static bool directory_of(int fd, char *path, size_t cap)
{
    char link[32];
    struct fv_writer w;
    ssize_t n;
    char *slash;

    fv_writer_init(&w, link, sizeof link);
    fv_writer_text(&w, "/proc/self/fd/");
    fv_writer_u64(&w, (uint64_t)fd);
    fv_writer_char(&w, '\0');
    n = readlink(link, path, cap - 1);
    if (n <= 0)
        return false;
    path[n] = '\0';
    slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    return slash != NULL && slash != path;
}

/* A file that may be a link to elsewhere, /run or /tmp mostly: the whole directory there, since whoever writes the file anew makes
 * another one. Not the root directory for its sake. */
static bool allow_target(int rules, const struct ruleset *set, const char *file)
{
    char path[PATH_MAX];
    int fd = open(file, O_PATH | O_CLOEXEC);
    bool done;

    if (fd < 0)
        return true;
    done = directory_of(fd, path, sizeof path) ? allow_path(rules, set, path, READ)
                                               : allow(rules, set, fd, FS_READ_FILE);
    close(fd);
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

/* Below its root everything; a temporary one is itself removed from its parent. */
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
    /* Older kernels take the longer structure as long as what they do not know is zero. */
    rules = create(&set, sizeof set, 0);
    if (rules < 0)
        return 0;
    done = allow_storage(rules, &set, storage) && allow_storage(rules, &set, scratch) &&
           allow_names(rules, &set) && restrict_self(rules) == 0;
    close(rules);
    return done ? (unsigned)abi : 0;
}
