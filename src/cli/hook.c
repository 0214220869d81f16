/* SPDX-License-Identifier: MIT */
#include "cli/hook.h"

#include "base/num.h"
#include "base/writer.h"
#include "cli/environment.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/outcome.h"
#include "parse/timestamp.h"
#include "port/posix/posix.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The environment of the command: first the variables of --exec or --exec-end, then those of
 * this process without these names. */
#define VARIABLES 1024
struct environment {
    char text[4096 + FV_CAP_PATH + FV_CAP_URL + 256];
    char *list[VARIABLES];
    size_t count, own;
    struct fv_writer w;
};

/* End the last variable, and begin another one; its value follows. */
static void begin(struct environment *e, const char *name)
{
    fv_writer_char(&e->w, '\0');
    e->list[e->count++] = e->text + e->w.len;
    fv_writer_text(&e->w, name);
}

/* Return whether a variable is not passed on: it is set for the command, or is a setting that a
 * fluxvision started by the command must not repeat for ever. */
static bool is_own(const struct environment *e, const char *variable)
{
    const struct fv_slice text = fv_slice_of(variable);
    if (fv_slice_starts(text, FV_SLICE("FLUXVISION_EVERY=")) ||
        fv_slice_starts(text, FV_SLICE("FLUXVISION_METRICS=")) ||
        fv_slice_starts(text, FV_SLICE("FLUXVISION_EXEC=")) ||
        fv_slice_starts(text, FV_SLICE("FLUXVISION_EXEC_END="))) {
        return true;
    }
    for (size_t i = 0; i < e->own; i++) {
        size_t name = fv_slice_find(fv_slice_of(e->list[i]), '=') + 1;
        if (strncmp(e->list[i], variable, name) == 0) {
            return true;
        }
    }
    return false;
}

static void add(struct environment *e, const char *name, struct fv_slice value)
{
    begin(e, name);
    fv_writer_slice(&e->w, value);
}

static void add_file(struct environment *e, const char *dir, const struct fv_file *f)
{
    static const char *const parts[] = {"FLUXVISION_ORG=", "FLUXVISION_STUDY=",
                                        "FLUXVISION_DELIVERY="};
    struct fv_slice rest = f->path;
    add(e, "FLUXVISION_PATH=", fv_slice_of(dir));
    fv_writer_char(&e->w, '/');
    fv_writer_slice(&e->w, f->path);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct fv_slice part;
        (void)fv_slice_cut(rest, '/', &part, &rest);
        add(e, parts[i], part);
    }
    add(e, "FLUXVISION_URL=", f->url);
    begin(e, "FLUXVISION_SHA256=");
    fv_writer_hex(&e->w, f->sha256, FV_SHA256_SIZE);
    begin(e, "FLUXVISION_MODIFIED=");
    fv_timestamp_write(f->modified_us, &e->w);
    begin(e, "FLUXVISION_SIZE=");
    fv_writer_u64(&e->w, f->size);
    add(e, "FLUXVISION_REASON=", fv_json_reason(f->reason));
}

static void add_summary(struct environment *e, const struct fv_hook *h)
{
    char text[64];
    const char *name = NULL;
    uint64_t value = 0;
    struct fv_outcome o;
    fv_outcome_init(&o);
    fv_outcome_count(&o, h->summary);
    o.exit = (uint64_t)h->exit;
    add(e, "FLUXVISION_DIR=", fv_slice_of(h->dir));
    begin(e, "FLUXVISION_SECONDS=");
    fv_outcome_seconds(&e->w, h->summary->elapsed_us);
    for (size_t i = 0; fv_outcome_number(&o, i, &name, &value); i++) {
        if (fv_options_find(fv_slice_of(name)) != FV_OPT_COUNT) {
            continue; /* a fluxvision started by the command would take it for a setting */
        }
        begin(e, fv_environment_name(name, text, sizeof text));
        fv_writer_char(&e->w, '=');
        fv_writer_u64(&e->w, value);
    }
}

static bool make_environment(struct environment *e, const struct fv_hook *h)
{
    fv_writer_init(&e->w, e->text, sizeof e->text);
    e->count = 0;
    if (h->file != NULL) {
        add_file(e, h->dir, h->file);
    } else {
        add_summary(e, h);
    }
    e->own = e->count;
    if (fv_writer_check(&e->w) != FV_OK) {
        return false;
    }
    for (char **given = environ; *given != NULL; given++) {
        if (is_own(e, *given)) {
            continue;
        }
        if (e->count == VARIABLES - 1) {
            return false;
        }
        e->list[e->count++] = *given;
    }
    e->list[e->count] = NULL;
    return true;
}

/* A session of its own, so that everything the command has started can be ended, whatever
 * process groups it creates. */
static void run_child(const struct fv_hook *h)
{
    const char *const arguments[] = {"sh", "-c", h->command, NULL};
    struct environment env;
    (void)setsid();
    fv_posix_signals_restore();
    int input = h->input >= 0 ? h->input : open("/dev/null", O_RDONLY);
    if (input < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        _exit(126);
    }
    if (!make_environment(&env, h)) {
        static const char why[] =
            "fluxvision: more environment variables than --exec can pass on\n";
        (void)!write(STDERR_FILENO, why, sizeof why - 1);
        _exit(126);
    }
    if (input != STDIN_FILENO) {
        (void)close(input);
    }
    (void)execve("/bin/sh", (char *const *)(uintptr_t)arguments,
                 env.list); /* execve() does not change them */
    _exit(127);
}

pid_t fv_hook_start(const struct fv_hook *hook)
{
    pid_t child = fv_posix_fork();
    if (child == 0) {
        run_child(hook);
    }
    return child;
}

/* Return whether the process is in that session and running. text: /proc/PID/stat, in which the
 * name, in parentheses, may hold any bytes. */
static bool is_of(struct fv_slice text, uint64_t session)
{
    struct fv_slice rest = fv_slice_from(text, fv_slice_find_last(text, ')') + 2);
    struct fv_slice field[4]; /* state, parent, group, session */
    uint64_t number = 0;
    for (size_t i = 0; i < 4; i++) {
        (void)fv_slice_cut(rest, ' ', &field[i], &rest);
    }
    return fv_num_decimal(field[3], INT32_MAX, &number) && number == session &&
           !fv_slice_eq(field[0], FV_SLICE("Z"));
}

/* Send a signal, unless number is 0, to each process of a session. Return how many there are. */
static size_t each_of(pid_t session, int number)
{
    DIR *all = opendir("/proc");
    const struct dirent *entry;
    size_t count = 0;
    while (all != NULL && (entry = readdir(all)) != NULL) {
        char path[32];
        char text[512];
        struct fv_writer w;
        uint64_t pid = 0;
        if (!fv_num_decimal(fv_slice_of(entry->d_name), INT32_MAX, &pid)) {
            continue;
        }
        fv_writer_init(&w, path, sizeof path);
        fv_writer_text(&w, "/proc/");
        fv_writer_u64(&w, pid);
        fv_writer_text(&w, "/stat");
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t got = fd >= 0 ? read(fd, text, sizeof text) : 0;
        if (fd >= 0) {
            (void)close(fd);
        }
        if (got > 0 && is_of((struct fv_slice){text, (size_t)got}, (uint64_t)session)) {
            count++;
            (void)kill((pid_t)pid, number);
        }
    }
    if (all != NULL) {
        (void)closedir(all);
    }
    return count;
}

void fv_hook_signal(pid_t hook, int number)
{
    (void)kill(-hook, number);
    (void)kill(hook, number); /* it may have left its process group, or has none yet */
    (void)each_of(hook, number);
}

bool fv_hook_works(pid_t hook)
{
    return each_of(hook, 0) > 0;
}

int fv_hook_status(int result)
{
    return WIFEXITED(result) ? WEXITSTATUS(result) : 128 + WTERMSIG(result);
}
