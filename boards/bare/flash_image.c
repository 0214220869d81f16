/* SPDX-License-Identifier: MIT */
/*
 * flash-image: reads and writes the image of a flash with littlefs on a host, with the firmware's
 * own port/littlefs.
 */
#define _GNU_SOURCE
#include "port/littlefs/littlefs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "flash-image reads and writes the image of a flash that holds a littlefs volume.\n"
    "\n"
    "  flash-image [-b BYTES] format IMAGE SIZE     make an empty volume; SIZE in bytes, or as "
    "32M\n"
    "  flash-image [-b BYTES] list IMAGE            print size, time (seconds since 1970) and path "
    "of each file\n"
    "  flash-image [-b BYTES] put IMAGE FILE [PATH] copy FILE into the volume, as PATH (its "
    "directories are made) or under its own name\n"
    "  flash-image [-b BYTES] get IMAGE PATH [FILE] copy a file out, to FILE or to standard "
    "output\n"
    "  flash-image [-b BYTES] all IMAGE DIRECTORY   copy all files out, with their times, into a "
    "new DIRECTORY\n"
    "  flash-image [-b BYTES] remove IMAGE PATH     remove a file\n"
    "\n"
    "-b: bytes of a block, 4096 if not given. The image is what the chip holds, byte for byte: "
    "write it to the chip with the\n"
    "programmer of your board.\n";

#define CACHE 256u
#define LOOKAHEAD 1024u
#define BLOCK_MOST (1u << 30)

static int image;
static uint32_t block_size = 4096;
static struct fv_flash flash;
static struct fv_littlefs volume;
static _Alignas(8) uint8_t room[FV_LITTLEFS_ROOM(CACHE, LOOKAHEAD)];
static const struct fv_littlefs_room rooms = {room, CACHE, LOOKAHEAD};

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "flash-image: %s: %s\n", what, why);
    exit(1);
}

static void check(enum fv_err err, const char *what)
{
    if (err != FV_OK) {
        fail(what, fv_err_text(err));
    }
}

/* --- The image file as the flash --- */

static off_t place(uint32_t block, uint32_t offset)
{
    return (off_t)block * (off_t)flash.block_size + (off_t)offset;
}

static enum fv_err image_read(void *ctx, uint32_t block, uint32_t offset, void *p, uint32_t n)
{
    (void)ctx;
    return pread(image, p, n, place(block, offset)) == (ssize_t)n ? FV_OK : FV_E_STORAGE;
}

static enum fv_err image_program(void *ctx, uint32_t block, uint32_t offset, const void *p,
                                 uint32_t n)
{
    (void)ctx;
    return pwrite(image, p, n, place(block, offset)) == (ssize_t)n ? FV_OK : FV_E_STORAGE;
}

static enum fv_err image_erase(void *ctx, uint32_t block)
{
    uint8_t erased[CACHE];
    enum fv_err err = FV_OK;
    memset(erased, 0xFF, sizeof erased);
    for (uint32_t at = 0; at < flash.block_size && err == FV_OK; at += sizeof erased) {
        err = image_program(ctx, block, at, erased, sizeof erased);
    }
    return err;
}

static enum fv_err image_sync(void *ctx)
{
    (void)ctx;
    return FV_OK;
}

static void open_image(const char *name, int flags)
{
    struct stat s;
    image = open(name, flags | O_CLOEXEC, 0666);
    if (image < 0 || fstat(image, &s) != 0) {
        fail(name, strerror(errno));
    }
    if (s.st_size / (off_t)block_size > (off_t)UINT32_MAX) {
        fail(name, "too large");
    }
    flash = (struct fv_flash){
        .block_size = block_size,
        .blocks = (uint32_t)(s.st_size / (off_t)block_size),
        .read_size = 1,
        .prog_size = 16,
        .read = image_read,
        .program = image_program,
        .erase = image_erase,
        .sync = image_sync,
    };
}

static const struct fv_port_storage *mount(const char *name, int flags)
{
    open_image(name, flags);
    if (flash.blocks == 0 || fv_littlefs_open(&volume, &flash, &rooms, NULL) != FV_OK) {
        fail(name, "no littlefs volume of that size of blocks and of the whole image");
    }
    return &volume.port;
}

/* --- Commands --- */

/* Read a number of bytes, which may end with K, M or G. Return 0 if text is not a number, not a
 * multiple of unit, or 2^32 units or more. */
static uint64_t size_given(const char *text, uint32_t unit)
{
    char *end = NULL;
    uint64_t v = *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
    if (end == NULL || v > UINT32_MAX) {
        return 0;
    }
    unsigned shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    v <<= shift;
    return end[shift != 0] == '\0' && v % unit == 0 && v / unit <= UINT32_MAX ? v : 0;
}

static void format(const char *name, const char *size)
{
    uint64_t bytes = size_given(size, block_size);
    if (bytes == 0) {
        fail(size, "not a size of whole blocks");
    }
    open_image(name, O_RDWR | O_CREAT | O_TRUNC);
    if (ftruncate(image, (off_t)bytes) != 0) {
        fail(name, strerror(errno));
    }
    flash.blocks = (uint32_t)(bytes / block_size);
    for (uint32_t block = 0; block < flash.blocks; block++) {
        check(image_erase(NULL, block), name);
    }
    check(fv_littlefs_format(&volume, &flash, &rooms), name);
}

/* Called for each file and directory of the volume. */
typedef void each(const char *path, const struct fv_port_stat *s, const char *arg);

struct walk {
    const char *directory; /* "" or with a slash at its end */
    each *call;
    const char *arg;
};

static void walk(const char *directory, each *call, const char *arg);

static enum fv_err visit(void *arg, const char *name)
{
    const struct walk *w = arg;
    const struct fv_port_storage *io = &volume.port;
    struct fv_port_stat s;
    char *path = NULL;
    if (asprintf(&path, "%s%s", w->directory, name) < 0) {
        fail(name, strerror(ENOMEM));
    }
    check(io->stat(io->ctx, path, &s), path);
    w->call(path, &s, w->arg);
    if (s.kind == FV_PORT_DIR) {
        walk(path, w->call, w->arg);
    }
    free(path);
    return FV_OK;
}

static void walk(const char *directory, each *call, const char *arg)
{
    const struct fv_port_storage *io = &volume.port;
    struct walk w = {.call = call, .arg = arg};
    char *prefix = NULL;
    if (asprintf(&prefix, "%s%s", directory, *directory != '\0' ? "/" : "") < 0) {
        fail(directory, strerror(ENOMEM));
    }
    w.directory = prefix;
    check(io->list_dir(io->ctx, directory, visit, &w), directory);
    free(prefix);
}

static int64_t seconds(int64_t us)
{
    return us >= 0 ? us / 1000000 : -1;
}

static void print(const char *path, const struct fv_port_stat *s, const char *arg)
{
    (void)arg;
    if (s->kind == FV_PORT_FILE) {
        printf("%12" PRIu64 " %12" PRId64 " %s\n", s->size, seconds(s->modified_us), path);
    }
}

static int open_inside(const char *path)
{
    int file = -1;
    check(volume.port.open(volume.port.ctx, path, FV_PORT_OPEN_READ, &file), path);
    return file;
}

static void copy_out(const char *path, int file, int to, const char *name)
{
    const struct fv_port_storage *io = &volume.port;
    static uint8_t buffer[65536];
    uint64_t at = 0;
    size_t got = 0;
    do {
        check(io->read(io->ctx, file, at, buffer, sizeof buffer, &got), path);
        at += got;
        for (size_t done = 0; done < got;) {
            ssize_t n = write(to, buffer + done, got - done);
            if (n < 0) {
                fail(name, strerror(errno));
            }
            done += (size_t)n;
        }
    } while (got > 0);
    check(io->close(io->ctx, file), path);
}

static int create(const char *name)
{
    int file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) {
        fail(name, strerror(errno));
    }
    return file;
}

/* Copy one file or directory out. Nothing is written outside of the directory: it is new, and
 * names in the volume cannot be "..". */
static void take(const char *path, const struct fv_port_stat *s, const char *directory)
{
    char *name = NULL;
    if (asprintf(&name, "%s/%s", directory, path) < 0) {
        fail(path, strerror(ENOMEM));
    }
    if (s->kind == FV_PORT_DIR) {
        if (mkdir(name, 0777) != 0) {
            fail(name, strerror(errno));
        }
    } else {
        struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_OMIT}};
        int file = create(name);
        copy_out(path, open_inside(path), file, name);
        if (s->modified_us >= 0) {
            times[1].tv_sec = s->modified_us / 1000000;
            times[1].tv_nsec = s->modified_us % 1000000 * 1000;
        }
        if (futimens(file, times) != 0 || close(file) != 0) {
            fail(name, strerror(errno));
        }
    }
    free(name);
}

/* The file in the volume is opened first: if it does not exist, nothing is created. */
static void get(const char *path, const char *to)
{
    int file = open_inside(path);
    int out = to != NULL ? create(to) : STDOUT_FILENO;
    to = to != NULL ? to : "standard output";
    copy_out(path, file, out, to);
    if (close(out) != 0) {
        fail(to, strerror(errno));
    }
}

static enum fv_err copy_in(int source, const char *from, int file)
{
    const struct fv_port_storage *io = &volume.port;
    static uint8_t buffer[65536];
    enum fv_err err = FV_OK;
    uint64_t at = 0;
    ssize_t got = 0;
    while (err == FV_OK && (got = read(source, buffer, sizeof buffer)) > 0) {
        err = io->write(io->ctx, file, at, buffer, (size_t)got);
        at += (uint64_t)got;
    }
    if (got < 0) {
        fprintf(stderr, "flash-image: %s: %s\n", from, strerror(errno));
        err = FV_E_STORAGE;
    }
    return err;
}

/* Make the directories of path that are not there yet. */
static void make_dirs(const char *path)
{
    const struct fv_port_storage *io = &volume.port;
    char dir[FV_CAP_PATH + 1];
    for (size_t i = 0; path[i] != '\0' && i < sizeof dir; i++) {
        dir[i] = path[i];
        if (path[i] == '/') {
            dir[i] = '\0';
            check(io->make_dir(io->ctx, dir), path);
            dir[i] = '/';
        }
    }
}

/* Copy a file into the volume completely or not at all: on failure, an old file of that name
 * stays as it was, and a new one is removed. */
static void put(const char *from, const char *path)
{
    const struct fv_port_storage *io = &volume.port;
    struct fv_port_stat before;
    struct stat s;
    int file = -1;
    int source = open(from, O_RDONLY | O_CLOEXEC);
    if (source < 0 || fstat(source, &s) != 0) {
        fail(from, strerror(errno));
    }
    make_dirs(path);
    check(io->stat(io->ctx, path, &before), path);
    check(io->open(io->ctx, path, FV_PORT_OPEN_CREATE, &file), path);
    enum fv_err err = copy_in(source, from, file);
    if (err == FV_OK) {
        err = io->set_time(io->ctx, file, (int64_t)s.st_mtim.tv_sec * 1000000);
    }
    if (err == FV_OK) {
        err = io->close(io->ctx, file); /* commits the file, so only after success */
    }
    if (err != FV_OK && before.kind == FV_PORT_NONE) {
        (void)io->remove(io->ctx, path);
    }
    check(err, path);
    (void)close(source);
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* argv: COMMAND, IMAGE and two operands, of which the last may be NULL. */
static void run(char **argv)
{
    const char *command = argv[0], *name = argv[1], *first = argv[2], *second = argv[3];
    const struct fv_port_storage *io = NULL;
    if (strcmp(command, "format") == 0) {
        format(name, first);
        return;
    }
    io = mount(name,
               strcmp(command, "put") == 0 || strcmp(command, "remove") == 0 ? O_RDWR : O_RDONLY);
    if (strcmp(command, "list") == 0) {
        walk("", print, NULL);
    } else if (strcmp(command, "put") == 0) {
        put(first, second != NULL ? second : last_part(first));
    } else if (strcmp(command, "get") == 0) {
        get(first, second);
    } else if (strcmp(command, "all") == 0) {
        if (mkdir(first, 0777) != 0) {
            fail(first, strerror(errno));
        }
        walk("", take, first);
    } else {
        check(io->remove(io->ctx, first), first);
    }
    fv_littlefs_close(&volume);
}

/* Return whether a command takes that many operands after IMAGE. */
static bool fits(const char *command, int words)
{
    static const struct {
        const char *name;
        int least, most;
    } known[] = {{"format", 1, 1}, {"list", 0, 0}, {"put", 1, 2},
                 {"get", 1, 2},    {"all", 1, 1},  {"remove", 1, 1}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(command, known[i].name) == 0) {
            return words >= known[i].least && words <= known[i].most;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    char *words[4] = {NULL};
    int option;
    while ((option = getopt(argc, argv, "b:h")) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return 0;
        }
        uint64_t bytes = option == 'b' ? size_given(optarg, CACHE) : 0;
        if (bytes == 0 || bytes > BLOCK_MOST) {
            fputs(help, stderr);
            return 2;
        }
        block_size = (uint32_t)bytes;
    }
    argc -= optind;
    argv += optind;
    if (argc < 2 || argc > 4 || !fits(argv[0], argc - 2)) {
        fputs(help, stderr);
        return 2;
    }
    memcpy(words, argv, (size_t)argc * sizeof *words);
    run(words);
    if (fflush(stdout) != 0) {
        fail("standard output", strerror(errno));
    }
    return 0;
}
