#include "cli/hook.h"

#include "base/writer.h"
#include "parse/timestamp.h"
#include "port/posix/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 100
#define PATIENCE 5 /* ticks between asking a command to stop and ending it */

/* What the command sees: ours, then what this process was given, but for what is ours already. */
#define OWN_VARIABLES 5
#define VARIABLES 1024
struct environment {
    char text[4096 + FV_CAP_PATH + FV_CAP_URL + 256];
    char *list[VARIABLES];
    size_t count;
    struct fv_writer w;
};

/* End the variable before, and begin one; its value follows. */
static void begin(struct environment *e, const char *name)
{
    fv_writer_char(&e->w, '\0');
    e->list[e->count++] = e->text + e->w.len;
    fv_writer_text(&e->w, name);
}

static bool is_own(const struct environment *e, const char *variable)
{
    for (size_t i = 0; i < OWN_VARIABLES; i++) {
        size_t name = fv_slice_find(fv_slice_of(e->list[i]), '=') + 1;
        if (strncmp(e->list[i], variable, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool make_environment(struct environment *e, const char *dir, const struct fv_file *file)
{
    fv_writer_init(&e->w, e->text, sizeof e->text);
    e->count = 0;
    begin(e, "FLUXVISION_PATH=");
    fv_writer_text(&e->w, dir);
    fv_writer_char(&e->w, '/');
    fv_writer_slice(&e->w, file->path);
    begin(e, "FLUXVISION_URL=");
    fv_writer_slice(&e->w, file->url);
    begin(e, "FLUXVISION_SHA256=");
    fv_writer_hex(&e->w, file->sha256, FV_SHA256_SIZE);
    begin(e, "FLUXVISION_MODIFIED=");
    fv_timestamp_write(file->modified_us, &e->w);
    begin(e, "FLUXVISION_SIZE=");
    fv_writer_u64(&e->w, file->size);
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

/* A group of its own, so that what the command has started can be ended with it; such a group may not read a terminal. */
static void run_child(const char *command, const char *dir, const struct fv_file *file)
{
    const char *const arguments[] = {"sh", "-c", command, NULL};
    struct environment env;
    (void)setpgid(0, 0);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGXFSZ, SIG_DFL);
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ||
        !make_environment(&env, dir, file)) {
        _exit(126);
    }
    if (nothing != STDIN_FILENO) {
        (void)close(nothing);
    }
    (void)execve("/bin/sh", (char *const *)(uintptr_t)arguments,
                 env.list); /* changes none of them */
    _exit(127);
}

/* Wait for the end of the command; a signal that comes over asked is passed on to it. SIGCHLD is blocked. */
static bool wait_for(pid_t child, const sigset_t *ended, int asked, int *result)
{
    const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
    unsigned ticks = 0;
    bool told = false;
    for (;;) {
        unsigned char number = 0;
        pid_t done = waitpid(child, result, WNOHANG);
        if (done == child) {
            return true;
        }
        if (done < 0 && errno != EINTR) {
            return false;
        }
        if (!told && recv(asked, &number, 1, MSG_DONTWAIT) == 1) {
            (void)kill(-child, number);
            told = true;
            ticks = 0;
        }
        if (told && ticks >= PATIENCE) {
            (void)kill(-child, SIGKILL);
        }
        if (sigtimedwait(ended, NULL, &tick) < 0 && errno == EAGAIN) {
            ticks++;
        }
    }
}

/* Run the command and return its status; 126 where that cannot be. */
static int run(const char *command, const char *dir, const struct fv_file *file, int asked)
{
    int result = 0;
    sigset_t ended;
    sigset_t before;
    (void)sigemptyset(&ended);
    (void)sigaddset(&ended, SIGCHLD);
    (void)signal(SIGCHLD, SIG_DFL); /* a parent may have left it ignored */
    (void)sigprocmask(SIG_BLOCK, &ended, &before);
    pid_t child = fork();
    if (child == 0) {
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
        run_child(command, dir, file);
    }
    if (child > 0) {
        (void)setpgid(child, child); /* whoever of the two comes first */
    }
    bool known = child > 0 && wait_for(child, &ended, asked, &result);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return !known ? 126 : WIFEXITED(result) ? WEXITSTATUS(result) : 128 + WTERMSIG(result);
}

/* --- Between the two processes --- */

/* What is asked, before the path and the URL; then, at any time, the number of a signal in one byte. The answer is the status,
 * an int. */
struct request {
    int64_t modified_us;
    uint64_t size;
    size_t path_len, url_len;
    uint8_t sha256[FV_SHA256_SIZE];
};

static bool put(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0) {
        ssize_t done = send(fd, p, n, MSG_NOSIGNAL);
        if (done < 0 && errno != EINTR) {
            return false;
        }
        if (done > 0) {
            p += done;
            n -= (size_t)done;
        }
    }
    return true;
}

static bool take(int fd, void *bytes, size_t n)
{
    char *p = bytes;
    while (n > 0) {
        ssize_t done = read(fd, p, n);
        if (done == 0 || (done < 0 && errno != EINTR)) {
            return false;
        }
        if (done > 0) {
            p += done;
            n -= (size_t)done;
        }
    }
    return true;
}

/* The helper's life: until the other end is closed. */
static void serve(int fd, const char *command, const char *dir)
{
    char path[FV_CAP_PATH];
    char url[FV_CAP_URL];
    struct request request;
    while (take(fd, &request, sizeof request) && request.path_len <= sizeof path &&
           request.url_len <= sizeof url && take(fd, path, request.path_len) &&
           take(fd, url, request.url_len)) {
        struct fv_file file = {
            .path = {path, request.path_len},
            .url = {url, request.url_len},
            .modified_us = request.modified_us,
            .size = request.size,
            .sha256 = request.sha256,
        };
        int status = run(command, dir, &file, fd);
        if (!put(fd, &status, sizeof status)) {
            break;
        }
    }
    _exit(0);
}

bool fv_hook_start(struct fv_hook *h, const char *command, const char *dir,
                   void (*forget)(void *ctx), void *ctx)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return false;
    }
    h->pid = fork();
    if (h->pid == 0) {
        (void)close(ends[0]);
        (void)signal(SIGINT, SIG_IGN); /* the command is stopped, this waits for it */
        (void)signal(SIGTERM, SIG_IGN);
        forget(ctx);
        serve(ends[1], command, dir);
    }
    (void)close(ends[1]);
    h->fd = ends[0];
    if (h->pid < 0) {
        (void)close(h->fd);
        h->fd = -1;
    }
    return h->pid > 0;
}

/* Wait for the helper's answer; a wish to stop is passed on. */
static bool await(int fd, int *status)
{
    bool told = false;
    struct pollfd answer = {.fd = fd, .events = POLLIN};
    while (poll(&answer, 1, TICK_MS) <= 0) {
        unsigned char number = (unsigned char)fv_posix_signal();
        if (!told && number != 0) {
            told = true;
            if (!put(fd, &number, 1)) {
                return false;
            }
        }
    }
    return take(fd, status, sizeof *status);
}

enum fv_err fv_hook_run(struct fv_hook *h, const struct fv_file *file, int *status)
{
    struct request request = {
        .modified_us = file->modified_us,
        .size = file->size,
        .path_len = file->path.len,
        .url_len = file->url.len,
    };
    if (file->sha256 != NULL) {
        memcpy(request.sha256, file->sha256, sizeof request.sha256);
    }
    if (!put(h->fd, &request, sizeof request) || !put(h->fd, file->path.ptr, file->path.len) ||
        !put(h->fd, file->url.ptr, file->url.len) || !await(h->fd, status)) {
        *status = 126;
    }
    if (*status != 0 && fv_posix_signal() != 0) {
        return FV_E_CANCELLED;
    }
    return *status == 0 ? FV_OK : FV_E_HOOK;
}

void fv_hook_stop(struct fv_hook *h)
{
    if (h->fd < 0) {
        return;
    }
    (void)close(h->fd);
    h->fd = -1;
    while (waitpid(h->pid, NULL, 0) < 0 && errno == EINTR) {
    }
}
