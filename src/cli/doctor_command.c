/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "cli/doctor_command.h"

#include "cli/doctor_show.h"
#include "cli/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

struct command {
    struct fv_session *s;
    struct fv_doctor_show show;
    struct fv_doctor doctor;
    const char *user_from, *password_from; /* of struct fv_secret, which is wiped early */
    struct fv_fault dir;                   /* why DIR cannot be opened */
    bool busy;                             /* another run holds the lock, so nothing was written */
    bool missing;                          /* DIR does not exist, and sync can create it */
    struct stat root, own; /* DIR and .fluxvision before the checks; st_mode 0: not there */
    char path[4096];
};

/* --- Messages about settings --- */

static struct fv_sink stderr_sink; /* standard error, while a pipe replaces it */
static int said = -1;

FV_COLD void fv_doctor_command_listen(struct fv_session *s)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0) {
        stderr_sink = s->err.sink;
        said = ends[0];
        fv_sink_init(&s->err.sink, ends[1], stderr_sink.name);
        s->err.sink.lossy = true;
    }
}

/* Print on standard error again. Append the messages that were collected to out, without their
 * prefix. */
static void stop_listening(struct fv_session *s, struct fv_out *out)
{
    char text[4096];
    if (said < 0) {
        return;
    }
    (void)fv_out_flush(&s->err);
    ssize_t n = read(said, text, sizeof text);
    stderr_sink.until_us = s->err.sink.until_us;
    (void)close(s->err.sink.fd);
    (void)close(said);
    said = -1;
    s->err.sink = stderr_sink;
    struct fv_slice rest = {text, n > 0 ? (size_t)n : 0};
    struct fv_slice line;
    while (fv_slice_cut(rest, '\n', &line, &rest)) {
        if (fv_slice_starts(line, FV_SLICE("fluxvision: "))) {
            line = fv_slice_from(line, sizeof "fluxvision: " - 1);
            fv_doctor_show_put(out, out->len > 0 ? "\n%v" : "%v", &line);
        }
    }
}

/* --- Settings --- */

/* bytes of a step's text that are kept free for what follows a value, which may be a path */
#define ROOM 4400

static void put_from(const struct fv_session *s, struct fv_out *o, enum fv_option i, uint32_t from)
{
    char name[64];
    if (s->given.value[i].ptr == NULL && i != FV_OPT_INCLUDE && i != FV_OPT_EXCLUDE) {
        fv_doctor_show_put(o, " (default)");
    } else if (from == FV_FROM_COMMAND_LINE) {
        fv_doctor_show_put(o, " (command line)");
    } else if (from == FV_FROM_ENVIRONMENT) {
        fv_doctor_show_put(o, " (environment, %s)",
                           fv_environment_name(fv_options[i].name, name, sizeof name));
    } else {
        fv_doctor_show_put(o, " (%s, line %u)", s->given.file, (uint64_t)from);
    }
}

/* Append an option, unless there is no room for it. */
static void put_option(const struct fv_session *s, struct fv_out *o, enum fv_option i,
                       struct fv_slice value, uint32_t from)
{
    if (o->len + value.len > FV_OUT_MOST - ROOM) {
        fv_doctor_show_put(o, o->len < FV_OUT_MOST - ROOM / 2 ? "\n%s ..." : "",
                           fv_options[i].name);
        return;
    }
    fv_doctor_show_put(o, o->len > 0 ? "\n%s %v" : "%s %v", fv_options[i].name, &value);
    put_from(s, o, i, from);
}

/* Return the part of a value that may be shown: a command may hold a secret, and so does a
 * proxy's URL. */
static struct fv_slice shown(const struct fv_session *s, unsigned i)
{
    struct fv_slice value = s->given.value[i];
    if (fv_options[i].value == NULL) {
        return fv_slice_eq(value, FV_SLICE("1")) ? FV_SLICE("on") : FV_SLICE("off");
    }
    return i == FV_OPT_EXEC || i == FV_OPT_EXEC_END ? FV_SLICE("set")
           : i == FV_OPT_PROXY                      ? s->settings.proxy
                                                    : value;
}

static void put_credentials(const struct command *c, struct fv_out *o)
{
    const struct fv_session *s = c->s;
    if (c->user_from != NULL) {
        fv_doctor_show_put(o, "\nuser set (%s)", c->user_from);
    } else if (s->given.value[FV_OPT_USER].ptr != NULL) {
        put_option(s, o, FV_OPT_USER, s->given.value[FV_OPT_USER], s->given.from[FV_OPT_USER]);
    } else {
        fv_doctor_show_put(o, "\nuser not set");
    }
    fv_doctor_show_put(o,
                       c->password_from != NULL ? "\npassword set, from %s" : "\npassword not set",
                       c->password_from);
}

static void put_settings(const struct command *c, struct fv_out *o)
{
    const struct fv_session *s = c->s;
    const struct fv_given *g = &s->given;
    put_option(s, o, FV_OPT_ENDPOINT, s->settings.endpoint, g->from[FV_OPT_ENDPOINT]);
    put_credentials(c, o);
    put_option(s, o, FV_OPT_CACERT, s->settings.ca_name, g->from[FV_OPT_CACERT]);
    if (s->settings.proxy.len > 0 && g->value[FV_OPT_PROXY].ptr == NULL) {
        fv_doctor_show_put(o, "\nproxy %v (environment, HTTPS_PROXY)", &s->settings.proxy);
    }
    for (unsigned i = FV_OPT_PASSWORD_FILE; i < FV_OPT_COUNT; i++) {
        if (i != FV_OPT_CACERT && i != FV_OPT_JSON && g->value[i].ptr != NULL) {
            put_option(s, o, (enum fv_option)i, shown(s, i), g->from[i]);
        }
    }
    for (size_t i = 0; i < g->patterns; i++) {
        put_option(s, o, g->pattern_include[i] ? FV_OPT_INCLUDE : FV_OPT_EXCLUDE, g->pattern[i],
                   g->pattern_from[i]);
    }
}

static void tell_settings(struct command *c, int status)
{
    struct fv_out *o = &c->show.text;
    stop_listening(c->s, o);
    bool warned = o->len > 0;
    if (status == 0) {
        put_settings(c, o);
    }
    fv_doctor_show_step(&c->show, FV_DOCTOR_SETTINGS,
                        status != 0 ? FV_DOCTOR_FAIL
                        : warned    ? FV_DOCTOR_WARN
                                    : FV_DOCTOR_OK,
                        status != 0 ? "change that setting: fluxvision doctor -h"
                        : warned    ? "see the first lines"
                                    : NULL,
                        status);
}

/* --- DIR --- */

/* Return the name of a file system by its magic number (statfs(2)); NULL: not known. */
static const char *file_system(int fd)
{
    static const char names[][10] = {"ext4, ",    "Btrfs, ", "XFS, ",  "FAT, ",   "tmpfs, ",
                                     "overlay, ", "NFS, ",   "F2FS, ", "UBIFS, ", "FUSE, "};
    static const uint32_t magic[] = {EXT4_SUPER_MAGIC,  BTRFS_SUPER_MAGIC, 0x58465342,
                                     MSDOS_SUPER_MAGIC, TMPFS_MAGIC,       OVERLAYFS_SUPER_MAGIC,
                                     NFS_SUPER_MAGIC,   F2FS_SUPER_MAGIC,  0x24051905,
                                     FUSE_SUPER_MAGIC};
    struct statfs st;
    bool known = fstatfs(fd, &st) == 0;
    for (size_t i = 0; known && i < sizeof magic / sizeof magic[0]; i++) {
        if ((uint32_t)st.f_type == magic[i]) {
            return names[i];
        }
    }
    return NULL;
}

/* Remove slashes at the end: lstat() would follow a symbolic link. */
static void cut_slashes(char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') {
        path[--len] = '\0';
    }
}

/* Remove the last component; at the end, "." or "/" is left. */
static void go_up(char *path)
{
    size_t len = strlen(path);
    while (len > 0 && path[len - 1] != '/') {
        len--;
    }
    if (len == 0) {
        path[len++] = '.';
    }
    path[len] = '\0';
    cut_slashes(path);
}

/* Return whether sync could create the missing directory: the nearest directory above it must be
 * writable. */
static enum fv_err look_above(struct command *c)
{
    struct stat st;
    char above[sizeof c->path];
    memcpy(above, c->path, strlen(c->path) + 1);
    cut_slashes(above);
    do {
        if (lstat(above, &st) == 0) { /* a symbolic link without a target */
            return FV_E_EXISTS;
        }
        go_up(above);
    } while (access(above, F_OK) != 0 && errno == ENOENT);
    if (access(above, W_OK | X_OK) == 0) {
        return FV_OK;
    }
    return errno == ENOTDIR ? FV_E_EXISTS : errno == EROFS ? FV_E_READONLY : FV_E_DENIED;
}

static void open_dir(struct command *c)
{
    struct fv_session *s = c->s;
    const struct fv_slice dir = s->given.operand[1];
    if (dir.len == 0 || dir.len >= sizeof c->path) {
        (void)fv_fault_slice(&c->dir, FV_E_NOT_FOUND, 0, dir);
        return;
    }
    memcpy(c->path, dir.ptr, dir.len);
    c->path[dir.len] = '\0';
    enum fv_err err = fv_posix_storage_open(&s->storage, c->path, false);
    int32_t native = err != FV_OK ? s->storage.error : 0;
    if (err == FV_OK) {
        s->storage_open = true;
        s->port.storage = &s->storage.port;
        c->show.file_system = file_system(s->storage.root);
        c->root.st_mode = fstat(s->storage.root, &c->root) == 0 ? c->root.st_mode : 0;
        bool own = fstatat(s->storage.root, ".fluxvision", &c->own, AT_SYMLINK_NOFOLLOW) == 0;
        c->own.st_mode = own ? c->own.st_mode : 0;
        if (faccessat(s->storage.root, ".", W_OK | X_OK, 0) != 0) {
            err = errno == EROFS ? FV_E_READONLY : FV_E_DENIED;
            native = errno;
        }
    } else if (err == FV_E_NOT_FOUND) {
        err = look_above(c);
        c->missing = err == FV_OK;
    }
    (void)fv_fault_set(&c->dir, err, native, c->path);
}

/* Restore the times of directories that the checks have changed. */
static void restore_times(const struct command *c)
{
    const struct stat *st[] = {&c->own, &c->root};
    const char *const names[] = {".fluxvision", "."};
    for (size_t i = 0; c->s->storage_open && !c->busy && i < 2; i++) {
        const struct timespec times[] = {{.tv_nsec = UTIME_OMIT}, st[i]->st_mtim};
        if (S_ISDIR(st[i]->st_mode)) {
            (void)utimensat(c->s->storage.root, names[i], times, AT_SYMLINK_NOFOLLOW);
        }
    }
}

/* Show a step. A directory that could not be opened is reported as the directory step. */
static void told(void *ctx, const struct fv_doctor *d)
{
    struct command *c = ctx;
    c->busy = c->busy || d->fault.err == FV_E_BUSY;
    /* .fluxvision may be writable although DIR is not. */
    bool refused = c->dir.err != FV_OK && !c->missing && d->result != FV_DOCTOR_FAIL;
    if (d->step != FV_DOCTOR_DIR || (!d->unchecked && !refused) || c->s->given.operands < 2) {
        fv_doctor_show_told(&c->show, d);
    } else if (c->missing) {
        fv_doctor_show_put(&c->show.text, "%s: not there yet; sync makes it", c->path);
        fv_doctor_show_step(&c->show, FV_DOCTOR_DIR, FV_DOCTOR_OK, NULL, 0);
    } else {
        struct fv_doctor failed = *d;
        failed.unchecked = false;
        failed.result = FV_DOCTOR_FAIL;
        failed.fault = c->dir;
        fv_doctor_show_told(&c->show, &failed);
    }
}

/* --- The whole --- */

static void tell_confinement(struct command *c)
{
    const struct fv_posix_confined *done = &c->s->confined;
    bool off = fv_options_flag(&c->s->given, FV_OPT_NO_CONFINE);
    bool full = done->no_new_privs && done->landlock > 0 && done->seccomp;
    fv_doctor_show_put(&c->show.text, "%s, files %s (Landlock ABI %u), system calls %s (seccomp)",
                       done->no_new_privs ? "no new privileges" : "new privileges are possible",
                       done->landlock > 0 ? "restricted" : "not restricted",
                       (uint64_t)done->landlock, done->seccomp ? "restricted" : "not restricted");
    fv_doctor_show_step(&c->show, FV_DOCTOR_CONFINEMENT, full ? FV_DOCTOR_OK : FV_DOCTOR_WARN,
                        full  ? NULL
                        : off ? "leave out --no-confine"
                              : "a kernel with Landlock (5.13) and seccomp restricts it further",
                        0);
}

static int run(struct command *c)
{
    struct fv_session *s = c->s;
    c->user_from = s->secret.user_from;
    c->password_from = s->secret.password_from;
    if (s->given.operands > 1) {
        open_dir(c);
    }
    s->settings.retries = 0; /* transient errors must be shown too */
    int status = fv_session_open(s, NULL, false);
    tell_settings(c, status);
    if (status != 0) {
        return status;
    }
    c->doctor.ctx = c;
    c->doctor.told = told;
    enum fv_err err = fv_doctor_run(&c->doctor, s->client, s->given.operand[0]);
    restore_times(c);
    if (err == FV_E_CANCELLED) {
        return fv_session_ended(err);
    }
    tell_confinement(c);
    return c->show.exit;
}

FV_COLD int fv_doctor_command_run(struct fv_session *s, int prepared)
{
    static struct command command; /* too large for some stacks */
    struct command *c = &command;
    const struct fv_port_clock *clock = &s->posix.clock;
    *c = (struct command){.s = s};
    c->show.out = &s->out;
    /* the text is never written to a descriptor, however long it gets */
    c->show.text.sink.err = FV_E_CAPACITY;
    /* also if the settings could not be read */
    c->show.json = s->json || fv_options_flag(&s->arguments, FV_OPT_JSON);
    c->show.quiet = s->quiet;
    c->show.dir = c->path;
    int status = prepared;
    if (prepared >= 128) { /* the caller prints again that it was stopped */
        stop_listening(s, &c->show.text);
        s->told_stopped = false;
    } else if (prepared != 0) {
        tell_settings(c, prepared);
    } else {
        status = run(c);
    }
    if (status < 128) {
        fv_doctor_show_end(&c->show, clock->wall(clock->ctx));
    }
    bool unwritten = s->out.sink.err != FV_OK;
    return status == 0 && unwritten ? fv_session_unwritten(s, &s->out.sink) : status;
}
