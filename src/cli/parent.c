/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "cli/parent.h"

#include "base/num.h"
#include "base/writer.h"
#include "cli/ask.h"
#include "cli/hook.h"
#include "cli/message.h"
#include "port/path.h"
#include "port/posix/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Time from the request to stop; everything together has one second. */
#define HOOK_US 500000   /* until a command is killed */
#define TICK_US 20000    /* time between two checks of what the command has started */
#define WORKER_US 800000 /* until the worker is killed */
/* until both are given up: a storage that hangs keeps even a killed process */
#define ALL_US 950000

#define MKSTEMP_MARKS 6 /* so many X at the end are replaced by mkostemp(3) */

#define SECOND_US 1000000

#define UNBORN 126 /* exit status of a worker that could not start; also of fv_posix_fork() */

/* A run under way, or the time between two. */
struct run {
    struct fv_parent *p;
    int children; /* descriptor: readable when one has ended */
    int ask;      /* socket to the worker; -1: none */
    pid_t worker; /* 0: none */
    int status;   /* of the worker after it has ended, as from waitpid() */
    int lost;     /* an errno: it is not known whether the worker has ended */
    pid_t hook;   /* 0: none */
    /* instants at which waiting ends; INT64_MAX: it was not told to end */
    int64_t hook_us, worker_us, all_us;
};

static int64_t after(int64_t us)
{
    return fv_num_add_clamped(fv_posix_now(), us);
}

/* --- The command --- */

static void end_hook(struct run *r, int number)
{
    if (r->hook > 0 && r->hook_us == INT64_MAX) {
        fv_hook_signal(r->hook, number);
        r->hook_us = after(HOOK_US);
    }
}

/* Return whether path is below DIR and not in `.fluxvision`. A worker that an attacker controls
 * could name any file of the machine. */
static bool is_below(struct fv_slice path)
{
    char text[FV_CAP_PATH + 1];
    struct fv_slice rest = path;
    struct fv_slice name;
    bool more = true;
    if (path.len > FV_CAP_PATH || fv_slice_has_control(path)) {
        return false;
    }
    while (more) {
        more = fv_slice_cut(rest, '/', &name, &rest);
        if (fv_slice_eq(name, FV_SLICE(".fluxvision"))) {
            return false;
        }
    }
    memcpy(text, path.ptr, path.len);
    text[path.len] = '\0';
    return fv_port_path_check(text, NULL) == FV_OK;
}

static void tell(const struct fv_parent *p, const char *text, const char *more)
{
    char what[160];
    struct fv_writer w;
    const struct fv_message m = {.what = what};
    fv_writer_init(&w, what, sizeof what);
    fv_writer_text(&w, text);
    fv_writer_text(&w, more);
    fv_message_say(p->err, &m);
}

/* Fill in the command that the worker requests. Return whether it is allowed. */
static bool take_ask(const struct run *r, const struct fv_ask *ask, struct fv_file *file,
                     struct fv_hook *hook)
{
    hook->dir = r->p->dir;
    if (ask->kind == FV_ASK_END) {
        hook->command = r->p->exec_end;
        hook->summary = &ask->summary;
        hook->exit = ask->exit & UINT8_MAX;
        hook->input = r->p->lines;
        return hook->input >= 0 && lseek(hook->input, 0, SEEK_SET) == 0;
    }
    *file = (struct fv_file){
        .path = {ask->text, ask->path_len},
        .url = {ask->text + ask->path_len, ask->url_len},
        .reason = ask->reason,
        .modified_us = ask->modified_us,
        .size = ask->size,
        .sha256 = ask->sha256,
    };
    hook->command = r->p->exec;
    hook->file = file;
    return is_below(file->path) && !fv_slice_has_control(file->url);
}

static void start_hook(struct run *r, const struct fv_ask *ask)
{
    struct fv_file file;
    struct fv_hook command = {.input = -1};
    bool fit = take_ask(r, ask, &file, &command) && command.command[0] != '\0' && r->hook == 0;
    pid_t hook = fit ? fv_hook_start(&command) : 0;
    if (hook < 0) {
        tell(r->p,
             ask->kind == FV_ASK_END ? "no process for --exec-end: " : "no process for --exec: ",
             strerror(errno));
    }
    if (hook <= 0) {
        fv_ask_reply(r->ask, 126);
        return;
    }
    r->hook = hook;
    r->hook_us = INT64_MAX;
    if (r->all_us != INT64_MAX) {
        end_hook(r, fv_posix_signal());
    }
}

/* --- The worker --- */

static void deaf(struct run *r)
{
    (void)close(r->ask);
    r->ask = -1;
}

static void hear(struct run *r)
{
    struct fv_ask ask;
    switch (fv_ask_take(r->ask, &ask)) {
    case FV_OK:
        if (ask.kind == FV_ASK_STOP) {
            end_hook(r, SIGTERM);
        } else {
            start_hook(r, &ask);
        }
        break;
    case FV_AGAIN:
        break;
    default:                 /* our own worker neither closes the socket nor sends anything else */
        if (r->worker > 0) { /* 0 would mean the whole process group */
            (void)kill(r->worker, SIGKILL);
        }
        deaf(r);
    }
}

/* Check whether the command has ended; and if it was told to end, also all that it has started.
 * Until then the leader stays a zombie, which keeps its process number in use. */
static void look_at_hook(struct run *r)
{
    siginfo_t info = {0};
    int result = 0;
    bool told = r->hook_us != INT64_MAX;
    if (r->hook == 0) {
        return;
    }
    bool refused = waitid(P_PID, (id_t)r->hook, &info, WEXITED | WNOHANG | WNOWAIT) != 0;
    if (!refused && info.si_pid == 0) {
        return;
    }
    if (told && !refused && fv_posix_now() < r->hook_us && fv_hook_works(r->hook)) {
        return;
    }
    if (told || refused) {
        fv_hook_signal(r->hook, SIGKILL);
    }
    bool known = waitpid(r->hook, &result, 0) == r->hook;
    r->hook = 0;
    r->hook_us = INT64_MAX;
    if (r->ask >= 0) {
        fv_ask_reply(r->ask, known ? fv_hook_status(result) : 126);
    }
}

/* Collect processes that have ended. As process 1, this process also inherits the children of
 * others. */
static void bury(struct run *r)
{
    char bytes[64];
    int result = 0;
    while (read(r->children, bytes, sizeof bytes) > 0) {
    }
    pid_t ended = r->worker > 0 ? waitpid(r->worker, &result, WNOHANG) : 0;
    if (ended < 0 && errno != EINTR) {
        r->lost = errno;
        (void)kill(r->worker, SIGKILL);
    }
    if (ended > 0 || r->lost != 0) {
        r->worker = 0;
        r->status = result;
        end_hook(r, SIGTERM); /* no worker is left to receive the reply */
    }
    look_at_hook(r);
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0 ||
            info.si_pid == r->worker || info.si_pid == r->hook ||
            waitpid(info.si_pid, &result, WNOHANG) <= 0) {
            return;
        }
    }
}

/* --- Waiting --- */

/* Pass a request to stop on to the worker and the command, once. */
static void pass_on(struct run *r)
{
    if (fv_posix_signal() == 0 || r->all_us != INT64_MAX) {
        return;
    }
    end_hook(r, fv_posix_signal());
    if (r->worker > 0) {
        (void)kill(r->worker, fv_posix_signal());
    }
    r->worker_us = after(WORKER_US);
    r->all_us = after(ALL_US);
}

static void lose_patience(struct run *r)
{
    if (r->hook > 0 && fv_posix_now() >= r->hook_us) {
        fv_hook_signal(r->hook, SIGKILL);
        r->hook_us = after(HOOK_US);
    }
    if (r->worker > 0 && fv_posix_now() >= r->worker_us) {
        (void)kill(r->worker, SIGKILL);
        r->worker_us = after(WORKER_US);
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Wait for an event, until until_us at most, and handle it. */
static void wait_once(struct run *r, int64_t until_us)
{
    struct pollfd fds[] = {
        {.fd = r->all_us == INT64_MAX ? fv_posix_signal_fd() : -1, .events = POLLIN},
        {.fd = r->children, .events = POLLIN},
        {.fd = r->ask, .events = POLLIN},
    };
    /* A worker that has closed its socket is ending; its SIGCHLD may be lost. */
    bool ending = (r->hook > 0 && r->hook_us != INT64_MAX) || (r->worker > 0 && r->ask < 0);
    int64_t next_us = earlier(earlier(r->hook_us, r->worker_us), earlier(r->all_us, until_us));
    next_us = ending ? earlier(next_us, after(TICK_US)) : next_us;
    int64_t left_us = next_us - fv_posix_now();
    int wait_ms = next_us == INT64_MAX         ? -1
                  : left_us <= 0               ? 0
                  : left_us / 1000 < INT32_MAX ? (int)(left_us / 1000) + 1
                                               : INT32_MAX;
    int ready = poll(fds, sizeof fds / sizeof fds[0], wait_ms);
    if (ready < 0 && errno != EINTR) {
        (void)usleep(TICK_US); /* check everything */
    }
    pass_on(r);
    lose_patience(r);
    if (r->ask >= 0 && (ready < 0 || fds[2].revents != 0)) {
        hear(r);
    }
    if (ready != 0 || ending) {
        bury(r);
    }
}

/* Wait until the worker and its command have ended, or until their time is over. */
static void watch(struct run *r)
{
    while ((r->worker > 0 || r->hook > 0) && fv_posix_now() < r->all_us) {
        wait_once(r, INT64_MAX);
    }
}

/* --- Runs --- */

static _Noreturn void be_worker(const struct fv_parent *p, pid_t parent, int ask)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(UNBORN); /* the parent has ended already */
    }
    exit(p->work(p->ctx, ask));
}

/* No process could be created. FV_E_MEMORY is not used, because its exit status also means wrong
 * usage, and the next run may succeed. */
static int no_process(const struct fv_parent *p)
{
    tell(p, "no process for a run: ", strerror(errno));
    return fv_err_exit(FV_E_STORAGE);
}

static int stopped(const struct fv_parent *p, const char *more)
{
    if (!p->quiet) {
        fv_message_stopped(p->err, fv_posix_signal());
        fv_out_text(p->err, more);
        (void)fv_out_flush(p->err);
    }
    return 128 + fv_posix_signal();
}

static int ended(const struct run *r)
{
    bool killed = r->worker > 0 || WIFSIGNALED(r->status);
    if (r->lost != 0 || (!killed && WEXITSTATUS(r->status) == UNBORN)) {
        errno = r->lost != 0 ? r->lost : EPERM;
        return no_process(r->p);
    }
    /* the worker has printed the line, unless it had ended or could not */
    if (fv_posix_signal() != 0) {
        int status = killed ? 0 : WEXITSTATUS(r->status);
        /* the worker had ended by itself */
        bool told = status == 128 + fv_posix_signal() || (!killed && r->p->every_us == 0);
        return told ? status : stopped(r->p, "; run again to go on\n");
    }
    if (killed) {
        fv_out_text(r->p->err, "fluxvision: this run was ended by signal ");
        fv_out_u64(r->p->err, (uint64_t)WTERMSIG(r->status));
        fv_out_text(r->p->err, "\n");
        (void)fv_out_flush(r->p->err);
    }
    return fv_hook_status(r->status);
}

/* Open an unnamed file, below $TMPDIR or /tmp, or else in memory. */
static int open_lines(void)
{
    char path[4096];
    struct fv_writer w;
    const char *base = getenv("TMPDIR");
    fv_writer_init(&w, path, sizeof path);
    fv_writer_text(&w, base != NULL && base[0] == '/' ? base : "/tmp");
    fv_writer_text(&w, "/fluxvision.");
    for (size_t i = 0; i < MKSTEMP_MARKS; i++) {
        fv_writer_char(&w, 'X');
    }
    int fd = fv_writer_check(&w) == FV_OK ? mkostemp(path, O_CLOEXEC) : -1;
    if (fd >= 0) {
        (void)unlink(path);
        return fd;
    }
    return (int)syscall(SYS_memfd_create, "fluxvision", 1u);
}

static void close_lines(struct fv_parent *p)
{
    if (p->lines >= 0) {
        (void)close(p->lines);
    }
    p->lines = -1;
}

static int run_once(struct fv_parent *p, int children)
{
    struct run r = {
        .p = p,
        .children = children,
        .hook_us = INT64_MAX,
        .worker_us = INT64_MAX,
        .all_us = INT64_MAX,
    };
    int ends[2];
    p->lines = p->exec_end[0] != '\0' ? open_lines() : -1;
    if ((p->exec_end[0] != '\0' && p->lines < 0) ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        int status = no_process(p);
        close_lines(p);
        return status;
    }
    pid_t self = getpid();
    r.ask = ends[0];
    r.worker = fv_posix_fork();
    if (r.worker == 0) {
        (void)close(ends[0]);
        be_worker(p, self, ends[1]);
    }
    int status = r.worker < 0 ? no_process(p) : 0;
    (void)close(ends[1]);
    p->forget(p->ctx);
    if (r.worker > 0) {
        watch(&r);
        status = ended(&r);
    }
    if (r.ask >= 0) {
        (void)close(r.ask);
    }
    close_lines(p);
    return status;
}

/* Wait until the next run is due. Return false if the user asked to stop. */
static bool wait_between(struct fv_parent *p, int children, int64_t until_us)
{
    struct run none = {
        .p = p,
        .children = children,
        .ask = -1,
        .hook_us = INT64_MAX,
        .worker_us = INT64_MAX,
        .all_us = INT64_MAX,
    };
    while (fv_posix_signal() == 0 && fv_posix_now() < until_us) {
        p->waits(p->ctx, until_us);
        wait_once(&none, earlier(until_us, after(SECOND_US)));
    }
    p->waits(p->ctx, 0);
    return fv_posix_signal() == 0;
}

FV_COLD int fv_parent_run(struct fv_parent *p, int prepared)
{
    int children = -1;
    int status = prepared;
    if (fv_posix_children_watch(&children) != FV_OK) {
        return p->over(p->ctx, no_process(p));
    }
    for (;;) {
        int64_t begun_us = fv_posix_now();
        if (p->runs++ > 0) {
            status = p->prepare(p->ctx, status);
        }
        if (status == 0) {
            status = run_once(p, children);
        }
        status = p->over(p->ctx, status);
        bool useless = p->runs == 1 && status == fv_err_exit(FV_E_USAGE);
        if (p->every_us == 0 || useless || (fv_posix_signal() != 0 && status >= 128)) {
            return status;
        }
        if (!wait_between(p, children, fv_num_add_clamped(begun_us, p->every_us))) {
            return stopped(p, " between two runs\n");
        }
    }
}
