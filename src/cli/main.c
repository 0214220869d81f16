/* SPDX-License-Identifier: MIT */
#include "base/num.h"
#include "cli/conclude.h"
#include "cli/doctor_command.h"
#include "cli/environment.h"
#include "cli/help.h"
#include "cli/message.h"
#include "cli/parent.h"
#include "cli/run.h"
#include "cli/session.h"
#include "cli/stopped.h"
#include "parse/quantity.h"
#include "port/posix/confine.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- A run, in this process or in a worker --- */

static bool take_command(const struct fv_session *s, enum fv_option option,
                         char text[FV_CLI_COMMAND])
{
    text[0] = '\0';
    return s->given.value[option].ptr == NULL ||
           fv_options_text(&s->given, option, text, FV_CLI_COMMAND) != NULL;
}

static int value_too_long(struct fv_session *s, enum fv_option option)
{
    return fv_err_exit(fv_message_value(&s->err, &s->given, option, s->given.from[option],
                                        FV_SLICE_NONE, FV_E_CAPACITY));
}

/* Prepare what only sync has: the time between runs, and commands. */
static int prepare_sync(struct fv_session *s)
{
    struct fv_slice every = s->given.value[FV_OPT_EVERY];
    int64_t every_us = 0;
    if (every.ptr != NULL && (fv_quantity_span(every, &every_us) != FV_OK || every_us == 0)) {
        return fv_err_exit(fv_message_value(&s->err, &s->given, FV_OPT_EVERY,
                                            s->given.from[FV_OPT_EVERY], every, FV_E_USAGE));
    }
    /* a repeated sync does not become a single run */
    if (s->parent.runs == 0 || every_us > 0) {
        s->parent.every_us = every_us;
    }
    if (!take_command(s, FV_OPT_EXEC, s->exec)) {
        return value_too_long(s, FV_OPT_EXEC);
    }
    if (!take_command(s, FV_OPT_EXEC_END, s->exec_end)) {
        return value_too_long(s, FV_OPT_EXEC_END);
    }
    if (s->given.value[FV_OPT_METRICS].ptr == NULL) {
        s->metrics[0] = '\0'; /* an earlier run may have had one */
    } else if (fv_options_text(&s->given, FV_OPT_METRICS, s->metrics, sizeof s->metrics) == NULL) {
        return value_too_long(s, FV_OPT_METRICS);
    }
    return every_us > 0 ? fv_session_need_files(s) : 0;
}

/* Read settings and credentials for the next run from command line, environment and files, as
 * they are now. last: the exit status of the run before. */
static int gather(struct fv_session *s, int last)
{
    const struct fv_port_clock *clock = &s->posix.clock;
    if (last == fv_err_exit(FV_E_AUTH)) {
        fv_secret_untype(&s->kept);
    }
    s->began_us = clock->wall(clock->ctx);
    (void)fv_options_text(&s->arguments, FV_OPT_METRICS, s->metrics, sizeof s->metrics);
    s->given = s->arguments;
    s->secret = s->kept;
    fv_writer_init(&s->said, s->said_text, sizeof s->said_text);
    enum fv_err err = fv_gather(&s->given, &s->config, &s->secret, &s->err);
    if (err != FV_OK) {
        return fv_session_ended(err);
    }
    s->json = fv_options_flag(&s->given, FV_OPT_JSON);
    s->quiet = s->parent.quiet = fv_options_flag(&s->given, FV_OPT_QUIET);
    s->verbose = fv_options_flag(&s->given, FV_OPT_VERBOSE);
    int status = s->given.command == FV_CMD_SYNC ? prepare_sync(s) : 0;
    if (status != 0) {
        return status;
    }
    fv_settings_init(&s->settings);
    err = fv_settings_apply(&s->given, clock->wall(clock->ctx), &s->settings, &s->err);
    if (err != FV_OK) {
        return fv_err_exit(err);
    }
    int64_t begun_us = s->err.sink.until_us; /* set by fv_gather() before it waited for files */
    int64_t until_us = fv_settings_until(&s->given);
    s->until_us = until_us < begun_us ? until_us : begun_us;
    s->out.sink.until_us = s->err.sink.until_us = s->until_us;
    return fv_session_credentials(s);
}

static int prepare(void *ctx, int last)
{
    struct fv_session *s = ctx;
    int status = gather(s, last);
    if (status >= 128) { /* usually while it asks for a password */
        fv_stopped_tell(s);
    }
    return status;
}

static void forget(void *ctx)
{
    struct fv_session *s = ctx;
    fv_session_forget(s);
    fv_run_meter(s);
    s->meter.below.shown = s->meter.on && s->meter.terminal; /* the worker may have drawn it */
    if (s->parent.every_us == 0) {
        fv_secret_reset(&s->kept); /* there is no further run */
    }
}

static void await_next(void *ctx, int64_t until_us)
{
    struct fv_session *s = ctx;
    if (s->meter.clock == NULL) { /* before the first run */
        fv_run_meter(s);
    }
    fv_meter_await(&s->meter, until_us);
}

static int work(void *ctx, int ask)
{
    struct fv_session *s = ctx;
    s->ask = ask;
    if (s->parent.lines >= 0) {
        fv_out_init(&s->lines, s->parent.lines, "the list for --exec-end");
        s->lines.sink.until_us = s->until_us;
    }
    fv_secret_reset(&s->kept);
    int status = fv_run(s);
    fv_session_close(s);
    return status;
}

/* A run has ended, in a worker or before there was one. Return the exit status. */
static int over(void *ctx, int status)
{
    struct fv_session *s = ctx;
    if (!s->outcome->complete) {
        status = fv_conclude(s, status);
    } else if (s->parent.every_us == 0) {
        status = (int)s->outcome->exit; /* the outcome was already reported */
    }
    fv_conclude_metrics(s);
    s->outcome->complete = false;
    return status;
}

/* Run sync: in workers, if it is repeated, runs commands, or writes a file outside DIR. */
static int run_sync_somewhere(struct fv_session *s, int prepared)
{
    char dir[FV_RUN_PATH];
    bool hooks = (s->exec[0] != '\0' || s->exec_end[0] != '\0') && !s->settings.dry_run;
    int status = fv_run_directory(s, s->given.operand[s->given.operands - 1], dir);
    if (status != 0) {
        return fv_conclude(s, status);
    }
    if (s->parent.every_us == 0 && !hooks && s->metrics[0] == '\0') {
        fv_secret_reset(&s->kept);
        return prepared != 0 ? fv_conclude(s, prepared) : fv_run(s);
    }
    s->outcome =
        mmap(NULL, sizeof *s->outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s->outcome == MAP_FAILED) {
        return fv_session_fail(s, FV_E_MEMORY, 0, "worker");
    }
    s->parent.ctx = s;
    s->parent.exec = s->exec;
    s->parent.exec_end = s->settings.dry_run ? "" : s->exec_end;
    s->parent.dir = s->dir;
    s->parent.err = &s->err;
    s->parent.prepare = prepare;
    s->parent.forget = forget;
    s->parent.work = work;
    s->parent.over = over;
    s->parent.waits = await_next;
    return fv_parent_run(&s->parent, prepared);
}

/* Return the command of a program name such as fluxvision-list; 0: none. */
static unsigned command_of(const char *program)
{
    struct fv_slice name = fv_slice_of(program);
    size_t slash = fv_slice_find_last(name, '/');
    if (slash < name.len) {
        name = fv_slice_from(name, slash + 1);
    }
    const struct fv_slice prefix = FV_SLICE("fluxvision-");
    return fv_slice_starts(name, prefix) ? fv_options_command(fv_slice_from(name, prefix.len)) : 0;
}

static FV_COLD int print_help(struct fv_session *s)
{
    if (fv_options_flag(&s->arguments, FV_OPT_HELP)) {
        fv_help_print(&s->out, s->arguments.command);
    } else {
        fv_help_version(&s->out);
    }
    return fv_out_flush(&s->out) == FV_OK ? 0 : fv_session_unwritten(s, &s->out.sink);
}

int main(int argc, char **argv)
{
    static struct fv_session session; /* zero, and too large for some stacks */
    static struct fv_outcome outcome;
    struct fv_session *s = &session;
    struct fv_given *g = &s->arguments;
    fv_posix_relro();
    fv_secret_protect();
    fv_posix_init(&s->posix);
    fv_out_init(&s->out, STDOUT_FILENO, "standard output");
    fv_out_init(&s->err, STDERR_FILENO, "standard error");
    s->err.sink.lossy = true;
    s->err.said = &s->said;
    s->outcome = &outcome;
    fv_writer_init(&s->said, s->said_text, sizeof s->said_text);
    s->ca.fd = -1;
    s->ask = -1;
    s->parent.lines = -1;
    g->operand = s->operand;
    s->stream.fd = -1;
    s->until_us = INT64_MAX;
    g->command = argc > 0 ? command_of(argv[0]) : 0;
    if (fv_posix_signals_install() != FV_OK) {
        fv_message_about(&s->err, "no pipe for signals", 0, strerror(errno), FV_SLICE_NONE);
        return fv_err_exit(FV_E_STORAGE);
    }
    if (!fv_options_argv(g, argc, argv, &s->err)) {
        return 2;
    }
    s->err.sink.until_us = fv_settings_until(g);
    if (fv_options_flag(g, FV_OPT_HELP) || fv_options_flag(g, FV_OPT_VERSION)) {
        return print_help(s);
    }
    s->given = *g; /* complete only after prepare() */
    s->json = fv_options_flag(g, FV_OPT_JSON);
    s->began_us = s->posix.clock.wall(s->posix.clock.ctx);
    bool doctor = g->command == FV_CMD_DOCTOR;
    if (doctor) {
        fv_doctor_command_listen(s);
    }
    int status = fv_err_exit(fv_gather_password(g, &s->kept, &s->err));
    if (status == 0) {
        status = prepare(s, 0);
    }
    if (!s->quiet) {
        fv_environment_warn(&s->err);
    }
    if (doctor) {
        fv_secret_reset(&s->kept);
        status = fv_run_doctor(s, status);
    } else if (s->given.command == FV_CMD_SYNC) {
        status = run_sync_somewhere(s, status);
    } else {
        fv_secret_reset(&s->kept);
        status = status == 0 ? fv_run(s) : fv_conclude(s, status);
    }
    fv_session_close(s);
    fv_secret_reset(&s->kept);
    return status;
}
