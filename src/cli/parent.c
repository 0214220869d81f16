#define _GNU_SOURCE /* explicit_bzero */
#include "cli/parent.h"

#include "base/num.h"
#include "cli/ask.h"
#include "cli/hook.h"
#include "cli/message.h"
#include "port/path.h"
#include "port/posix/posix.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_US 500000 /* between telling a command to end and killing it */

/* A run under way. */
struct run {
    const struct fv_parent *p;
    int children;    /* descriptor: readable when one has ended */
    int ask;         /* to the worker */
    pid_t worker;    /* 0: ended */
    int status;      /* of the worker, once it has ended */
    pid_t hook;      /* 0: none */
    int64_t kill_us; /* when the hook is killed; INT64_MAX: not told to end */
    bool told;       /* the user's wish was passed on */
};

static void end_hook(struct run *r, int number)
{
    if (r->hook > 0 && r->kill_us == INT64_MAX) {
        fv_hook_signal(r->hook, number);
        r->kill_us = fv_num_add_clamped(fv_posix_now(), PATIENCE_US);
    }
}

/* A worker that was taken over could name any file of the machine. */
static bool is_below(struct fv_slice path)
{
    char text[FV_CAP_PATH + 1];
    if (path.len > FV_CAP_PATH || fv_slice_has_control(path)) {
        return false;
    }
    memcpy(text, path.ptr, path.len);
    text[path.len] = '\0';
    return fv_port_path_check(text, NULL) == FV_OK;
}

static void start_hook(struct run *r, const struct fv_ask *ask)
{
    const struct fv_file file = {
        .path = {ask->text, ask->first_len},
        .url = {ask->text + ask->first_len, ask->second_len},
        .modified_us = ask->modified_us,
        .size = ask->size,
        .sha256 = ask->sha256,
    };
    bool fit = r->p->exec[0] != '\0' && r->hook == 0 && is_below(file.path);
    pid_t hook = fit ? fv_hook_start(r->p->exec, r->p->dir, &file) : -1;
    if (hook < 0) {
        fv_ask_answer(r->ask, 126);
        return;
    }
    r->hook = hook;
    r->kill_us = INT64_MAX;
    if (r->told) {
        end_hook(r, fv_posix_signal());
    }
}

static void hear(struct run *r)
{
    struct fv_ask ask;
    if (!fv_ask_take(r->ask, &ask)) {
        return;
    }
    switch (ask.kind) {
    case FV_ASK_HOOK:
        start_hook(r, &ask);
        break;
    case FV_ASK_STOP:
        end_hook(r, SIGTERM);
        break;
    case FV_ASK_KEEP:
        r->p->keep(r->p->ctx, (struct fv_slice){ask.text, ask.first_len},
                   (struct fv_slice){ask.text + ask.first_len, ask.second_len});
        break;
    }
    explicit_bzero(&ask, sizeof ask);
}

/* Children that others have left to us, as process 1, are buried too. */
static void bury(struct run *r)
{
    char bytes[64];
    int result = 0;
    while (read(r->children, bytes, sizeof bytes) > 0) {
    }
    for (pid_t pid; (pid = waitpid(-1, &result, WNOHANG)) > 0;) {
        if (pid == r->worker) {
            r->worker = 0;
            r->status = result;
            end_hook(r, SIGTERM); /* nobody is left to hear of it */
        } else if (pid == r->hook) {
            r->hook = 0;
            fv_ask_answer(r->ask, fv_hook_status(result));
        }
    }
}

/* Pass the user's wish to stop on. */
static void pass_on(struct run *r)
{
    r->told = true;
    end_hook(r, fv_posix_signal());
    if (r->worker > 0) {
        (void)kill(r->worker, fv_posix_signal());
    }
}

static int patience_ms(const struct run *r)
{
    if (r->hook == 0 || r->kill_us == INT64_MAX) {
        return -1;
    }
    int64_t left_us = r->kill_us - fv_posix_now();
    return left_us > 0 ? (int)(left_us / 1000) + 1 : 0;
}

/* Until the worker and a command of its have ended. */
static void watch(struct run *r)
{
    while (r->worker > 0 || r->hook > 0) {
        struct pollfd fds[] = {
            {.fd = r->told ? -1 : fv_posix_signal_fd(), .events = POLLIN},
            {.fd = r->children, .events = POLLIN},
            {.fd = r->worker > 0 ? r->ask : -1, .events = POLLIN},
        };
        int wait_ms = patience_ms(r);
        int ready = poll(fds, sizeof fds / sizeof fds[0], wait_ms);
        if (fv_posix_signal() != 0 && !r->told) {
            pass_on(r);
        }
        if (ready == 0 && wait_ms >= 0 && r->hook > 0) {
            fv_hook_signal(r->hook, SIGKILL);
            r->kill_us = fv_num_add_clamped(fv_posix_now(), PATIENCE_US);
        }
        if (ready > 0 && fds[2].revents != 0) {
            hear(r);
        }
        if (ready > 0 && fds[1].revents != 0) {
            bury(r);
        }
    }
}

static _Noreturn void be_worker(const struct fv_parent *p, pid_t parent, int ask)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(126); /* it has ended already */
    }
    exit(p->work(p->ctx, ask));
}

static void told_of_death(const struct fv_parent *p, int number)
{
    fv_out_text(p->err, "fluxvision: this run was ended by signal ");
    fv_out_u64(p->err, (uint64_t)number);
    fv_out_text(p->err, " (");
    fv_out_text(p->err, strsignal(number));
    fv_out_text(p->err, ")\n");
    (void)fv_out_flush(p->err);
}

static int no_process(const struct fv_parent *p)
{
    fv_message_usage(p->err, "no process can be started:", fv_slice_of(strerror(errno)));
    return fv_err_exit(FV_E_MEMORY);
}

static int run_once(const struct fv_parent *p, int children)
{
    struct run r = {.p = p, .children = children, .kill_us = INT64_MAX};
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        return no_process(p);
    }
    pid_t self = getpid();
    r.ask = ends[0];
    r.worker = fv_posix_fork();
    if (r.worker == 0) {
        (void)close(ends[0]);
        be_worker(p, self, ends[1]);
    }
    (void)close(ends[1]);
    int status;
    if (r.worker < 0) {
        status = no_process(p);
    } else {
        p->forget(p->ctx);
        watch(&r);
        status = fv_hook_status(r.status);
        if (WIFSIGNALED(r.status)) {
            told_of_death(p, WTERMSIG(r.status));
        }
    }
    (void)close(ends[0]);
    return status;
}

static int stopped_between(const struct fv_parent *p)
{
    int number = fv_posix_signal();
    if (!p->quiet) {
        fv_message_stopped(p->err, number);
        fv_out_text(p->err, " between two runs\n");
        (void)fv_out_flush(p->err);
    }
    return 128 + number;
}

int fv_parent_run(const struct fv_parent *p)
{
    int children = -1;
    if (fv_posix_children_watch(&children) != FV_OK) {
        return no_process(p);
    }
    int64_t begun_us = fv_posix_now();
    int status = run_once(p, children);
    if (p->every_us == 0 || status == fv_err_exit(FV_E_USAGE)) {
        return status;
    }
    while (fv_posix_signal() == 0) {
        if (fv_posix_await(-1, 0, fv_num_add_clamped(begun_us, p->every_us)) == FV_E_CANCELLED) {
            return stopped_between(p);
        }
        begun_us = fv_posix_now();
        if (p->prepare(p->ctx)) {
            status = run_once(p, children);
        }
    }
    return status >= 128 ? status : 128 + fv_posix_signal();
}
