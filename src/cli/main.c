#include "base/num.h"
#include "cli/ask.h"
#include "cli/conclude.h"
#include "cli/doctor_command.h"
#include "cli/environment.h"
#include "cli/help.h"
#include "cli/message.h"
#include "cli/parent.h"
#include "cli/session.h"
#include "cli/status.h"
#include "cli/stopped.h"
#include "cli/table.h"
#include "parse/quantity.h"
#include "port/posix/confine.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int usage(struct fv_session *s, const char *what, struct fv_slice value)
{
    const struct fv_message m = {.value = value,
                                 .what = what,
                                 .usage = true,
                                 .command = s->given.command};
    fv_message_say(&s->err, &m);
    return 2;
}

/* An operand or value as a path in buf. */
static const char *path_of(struct fv_slice s, char *buf, size_t size)
{
    if (s.len == 0 || s.len >= size) {
        return NULL;
    }
    memcpy(buf, s.ptr, s.len);
    buf[s.len] = '\0';
    return buf;
}

/* Whether fault is the one that was printed first as a file's. */
static bool was_printed(const struct fv_session *s, const struct fv_fault *fault)
{
    return s->failure.err != FV_OK && fault->err == s->failure.err &&
           fv_slice_eq(fv_slice_of(fault->subject), fv_slice_of(s->failure.subject));
}

/* Print the first error of a command, unless it was printed as a file's. */
static int finish(struct fv_session *s, enum fv_err err)
{
    const struct fv_sink *to = s->stream.fd >= 0 ? &s->stream : &s->out.sink;
    bool syncs = s->given.command == FV_CMD_SYNC;
    fv_meter_clear(&s->meter);
    (void)fv_out_flush(&s->out);
    bool unwritten = to->err != FV_OK && to->err != FV_E_CANCELLED;
    if (unwritten && !syncs) {
        return fv_session_unwritten(s, to);
    }
    if (err == FV_E_CANCELLED || to->err == FV_E_CANCELLED) {
        fv_stopped_tell(s);
        return fv_session_ended(FV_E_CANCELLED);
    }
    const struct fv_fault *fault = fv_client_fault(s->client);
    if (err < FV_OK && was_printed(s, fault)) {
        fv_message_note(&s->err, fault);
    } else if (err < FV_OK) {
        const struct fv_slice dir = fv_slice_of(s->dir);
        bool in_dir = dir.len > 0 && (fv_err_exit(err) == 7 || err == FV_E_BUSY);
        fv_session_complain(s, in_dir ? &dir : NULL, fault);
    }
    int status = fv_session_exit(s, err);
    int untold = unwritten ? fv_session_unwritten(s, to) : 0;
    return status != 0 ? status : untold;
}

/* Say which filters have left nothing, so that a mistake in one is not taken for an empty portal. */
static void tell_unmatched(struct fv_session *s, uint64_t matched)
{
    const struct fv_given *g = &s->given;
    bool given[] = {false, false, g->value[FV_OPT_SINCE].ptr != NULL,
                    g->value[FV_OPT_UNTIL].ptr != NULL};
    static const char *const names[] = {"--include", "--exclude", "--since", "--until"};
    const char *before = " files listed, all left out by ";
    uint64_t listed = fv_client_summary(s->client)->listed;
    for (size_t i = 0; i < g->patterns; i++) {
        given[g->pattern_include[i] ? 0 : 1] = true;
    }
    for (size_t i = 0; i < 4 && matched == 0 && listed > 0 && !s->quiet; i++) {
        if (!given[i]) {
            continue;
        }
        if (before[0] == ' ') {
            fv_out_text(&s->err, "fluxvision: warning: nothing matches: ");
            fv_out_u64(&s->err, listed);
        }
        fv_out_text(&s->err, before);
        fv_out_text(&s->err, names[i]);
        before = ", ";
    }
    if (before[0] == ',') {
        fv_out_text(&s->err, "\n");
        (void)fv_out_flush(&s->err);
    }
}

static void start_meter(struct fv_session *s)
{
    fv_meter_init(&s->meter, &s->err, &s->posix.clock);
    if (!s->quiet && !fv_given_flag(&s->given, FV_OPT_NO_PROGRESS) &&
        (s->meter.terminal || fv_given_flag(&s->given, FV_OPT_PROGRESS))) {
        fv_meter_begin(&s->meter, &s->out);
    }
}

static int run_list(struct fv_session *s)
{
    int status = fv_session_open(s, NULL, false);
    if (status != 0) {
        return status;
    }
    enum fv_err err = fv_list_scopes(s->client, s->given.operand, s->given.operands);
    if (err == FV_OK) {
        tell_unmatched(s, s->shown);
    }
    return finish(s, err);
}

/* --exec-end: where files have changed, and nobody has asked to stop. */
static void run_end(struct fv_session *s, enum fv_err err)
{
    const struct fv_summary *sum = fv_client_summary(s->client);
    bool changed = sum->downloaded + sum->resumed + sum->removed > 0;
    int status = 0;
    if (s->parent.lines < 0 || !changed || fv_posix_signal() != 0) {
        return;
    }
    if (fv_out_flush(&s->lines) != FV_OK) {
        (void)fv_session_unwritten(s, &s->lines.sink);
        s->end_failed = true;
        return;
    }
    fv_meter_clear(&s->meter);
    bool on = s->meter.on;
    s->meter.on = false; /* the terminal is the command's */
    enum fv_err ended = fv_ask_end(s->ask, sum, fv_session_exit(s, err), s->until_us, &status);
    s->meter.on = on;
    s->end_failed = ended != FV_OK;
    if (ended == FV_E_HOOK) {
        fv_out_text(&s->err, "fluxvision: --exec-end ended with status ");
        fv_out_u64(&s->err, (uint64_t)status);
        fv_out_text(&s->err, "\n");
    } else if (ended == FV_E_TIMEOUT) {
        fv_out_text(&s->err, "fluxvision: --exec-end was ended, as --max-time is over\n");
    }
    (void)fv_out_flush(&s->err);
}

static int run_sync(struct fv_session *s)
{
    int status = fv_session_open(s, s->dir, !s->settings.dry_run);
    if (status != 0) {
        return status;
    }
    s->failure = (struct fv_fault){.err = FV_OK};
    const struct fv_summary *sum = fv_client_summary(s->client);
    enum fv_err err = fv_sync_scopes(s->client, s->given.operand, s->given.operands - 1);
    run_end(s, err);
    if (err == FV_OK) {
        tell_unmatched(s, sum->downloaded + sum->resumed + sum->unchanged + sum->skipped +
                              sum->adopted + sum->failed);
    }
    if (s->settings.dry_run && s->settings.max_size > 0 && !s->quiet) {
        fv_out_text(&s->err, "fluxvision: warning: a dry run asks for no file and so knows no "
                             "sizes: --max-size is not applied\n");
        (void)fv_out_flush(&s->err);
    }
    if (!s->json && !s->quiet && (err == FV_OK || s->failure.err != FV_OK)) {
        fv_table_sync(&s->out, sum, s->settings.dry_run);
    }
    return finish(s, err);
}

static int run_verify(struct fv_session *s)
{
    char dir[4096];
    bool print = fv_given_flag(&s->given, FV_OPT_PRINT);
    s->dir = path_of(s->given.operand[0], dir, sizeof dir);
    if (s->dir == NULL) {
        return usage(s, "not the name of a directory", s->given.operand[0]);
    }
    int status = fv_session_open(s, s->dir, false);
    if (status != 0) {
        return status;
    }
    enum fv_err err = fv_verify(s->client, print);
    if (!print && !s->json && !s->quiet && (err == FV_OK || s->failure.err != FV_OK)) {
        fv_table_verify(&s->out, fv_client_summary(s->client));
    }
    return finish(s, err);
}

/* To standard output, or to s->stream. A terminal that shows content shows nothing else. */
static int get_stream(struct fv_session *s)
{
    int fd = s->stream.fd >= 0 ? s->stream.fd : s->out.sink.fd;
    s->meter.on = s->meter.on && isatty(fd) == 0;
    int status = fv_session_open(s, NULL, false);
    return status != 0 ? status : finish(s, fv_get_stream(s->client, s->given.operand[0]));
}

/* Devices and pipes are written directly: there is nothing to rename. */
static bool is_special(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int get_special(struct fv_session *s, const char *path)
{
    if (fv_sink_open(&s->stream, path, s->until_us) != FV_OK) {
        return fv_session_unwritten(s, &s->stream);
    }
    int status = get_stream(s);
    fv_sink_close(&s->stream);
    return status;
}

static int run_get(struct fv_session *s)
{
    char path[4096];
    struct fv_slice output = s->given.value[FV_OPT_OUTPUT];
    struct fv_slice name = FV_SLICE_NONE;
    const char *dir = ".";
    if (fv_slice_eq(output, FV_SLICE("-"))) {
        return get_stream(s);
    }
    if (output.ptr != NULL) {
        if (path_of(output, path, sizeof path) == NULL) {
            return usage(s, "not the name of a file", output);
        }
        if (is_special(path)) {
            return get_special(s, path);
        }
        size_t slash = fv_slice_find_last(output, '/');
        name = slash < output.len ? fv_slice_from(output, slash + 1) : output;
        if (slash < output.len) {
            path[slash > 0 ? slash : 1] = '\0';
            dir = path;
        }
        if (name.len == 0 || fv_slice_eq(name, FV_SLICE(".")) ||
            fv_slice_eq(name, FV_SLICE(".."))) {
            return usage(s, "not the name of a file", output);
        }
    }
    int status = fv_session_open(s, dir, false);
    return status != 0 ? status : finish(s, fv_get_file(s->client, s->given.operand[0], name));
}

static void prepare_output(struct fv_session *s)
{
    start_meter(s);
    fv_session_events(s);
}

static int run_command(struct fv_session *s)
{
    prepare_output(s);
    switch (s->given.command) {
    case FV_CMD_LIST:
        return run_list(s);
    case FV_CMD_GET:
        return run_get(s);
    case FV_CMD_SYNC:
        return run_sync(s);
    case FV_CMD_VERIFY:
        return run_verify(s);
    default:
        return fv_status_run(s);
    }
}

static int run(struct fv_session *s)
{
    int status = run_command(s);
    if (status >= 128 &&
        fv_posix_signal() != SIGPIPE) { /* before the client was there, or in a last wait */
        fv_stopped_tell(s);
    }
    return fv_conclude(s, status);
}

static int run_doctor(struct fv_session *s, int prepared)
{
    prepare_output(s);
    int status = fv_doctor_command_run(s, prepared);
    if (status >= 128) {
        fv_stopped_tell(s);
    }
    return status;
}

/* --- A run, in this process or in a worker --- */

static bool take_command(const struct fv_session *s, enum fv_option option,
                         char text[FV_CLI_COMMAND])
{
    text[0] = '\0';
    return s->given.value[option].ptr == NULL ||
           fv_given_text(&s->given, option, text, FV_CLI_COMMAND) != NULL;
}

static int value_too_long(struct fv_session *s, enum fv_option option)
{
    return fv_err_exit(fv_message_value(&s->err, &s->given, option, s->given.from[option],
                                        FV_SLICE_NONE, FV_E_CAPACITY));
}

/* What only sync has: how often, and commands. */
static int prepare_sync(struct fv_session *s)
{
    struct fv_slice every = s->given.value[FV_OPT_EVERY];
    int64_t every_us = 0;
    if (every.ptr != NULL && (fv_quantity_span(every, &every_us) != FV_OK || every_us == 0)) {
        return fv_err_exit(fv_message_value(&s->err, &s->given, FV_OPT_EVERY,
                                            s->given.from[FV_OPT_EVERY], every, FV_E_USAGE));
    }
    /* a sync that is repeated does not become a single run */
    if (s->parent.runs == 0 || every_us > 0) {
        s->parent.every_us = every_us;
    }
    if (!take_command(s, FV_OPT_EXEC, s->exec)) {
        return value_too_long(s, FV_OPT_EXEC);
    }
    if (!take_command(s, FV_OPT_EXEC_END, s->exec_end)) {
        return value_too_long(s, FV_OPT_EXEC_END);
    }
    if (s->given.value[FV_OPT_METRICS].ptr != NULL &&
        fv_given_text(&s->given, FV_OPT_METRICS, s->metrics, sizeof s->metrics) == NULL) {
        return value_too_long(s, FV_OPT_METRICS);
    }
    return every_us > 0 ? fv_session_need_files(s) : 0;
}

/* Settings and credentials of the next run, as command line, environment and files have them now. last: the exit status of the
 * run before. */
static int gather(struct fv_session *s, int last)
{
    const struct fv_port_clock *clock = &s->posix.clock;
    if (last == fv_err_exit(FV_E_AUTH)) {
        fv_secret_untype(&s->kept);
    }
    s->began_us = clock->wall(clock->ctx);
    (void)fv_given_text(&s->arguments, FV_OPT_METRICS, s->metrics, sizeof s->metrics);
    s->given = s->arguments;
    s->secret = s->kept;
    fv_writer_init(&s->said, s->said_text, sizeof s->said_text);
    enum fv_err err = fv_gather(&s->given, &s->config, &s->secret, &s->err);
    if (err != FV_OK) {
        return fv_session_ended(err);
    }
    s->json = fv_given_flag(&s->given, FV_OPT_JSON);
    s->quiet = s->parent.quiet = fv_given_flag(&s->given, FV_OPT_QUIET);
    s->verbose = fv_given_flag(&s->given, FV_OPT_VERBOSE);
    int status = s->given.command == FV_CMD_SYNC ? prepare_sync(s) : 0;
    if (status != 0) {
        return status;
    }
    fv_settings_init(&s->settings);
    err = fv_settings_apply(&s->given, clock->wall(clock->ctx), &s->settings, &s->err);
    if (err != FV_OK) {
        return fv_err_exit(err);
    }
    int64_t begun_us = s->err.sink.until_us; /* fv_gather()'s, which may have waited */
    int64_t until_us = fv_settings_until(&s->given);
    s->until_us = until_us < begun_us ? until_us : begun_us;
    s->out.sink.until_us = s->err.sink.until_us = s->until_us;
    return fv_session_credentials(s);
}

static int prepare(void *ctx, int last)
{
    struct fv_session *s = ctx;
    int status = gather(s, last);
    if (status >= 128) { /* at a question, mostly */
        fv_stopped_tell(s);
    }
    return status;
}

static void forget(void *ctx)
{
    struct fv_session *s = ctx;
    fv_session_forget(s);
    start_meter(s);
    s->meter.below.shown = s->meter.on && s->meter.terminal; /* by the worker, perhaps */
    if (s->parent.every_us == 0) {
        fv_secret_reset(&s->kept); /* there is no further run */
    }
}

static void await_next(void *ctx, int64_t until_us)
{
    struct fv_session *s = ctx;
    if (s->meter.clock == NULL) { /* no run has begun yet */
        start_meter(s);
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
    int status = run(s);
    fv_session_close(s);
    return status;
}

/* A run of a worker, or one that did not come to that, is over. Returns the exit status. */
static int over(void *ctx, int status)
{
    struct fv_session *s = ctx;
    if (!s->outcome->complete) {
        status = fv_conclude(s, status);
    } else if (s->parent.every_us == 0) {
        status = (int)s->outcome->exit; /* what came later comes too late */
    }
    fv_conclude_metrics(s);
    s->outcome->complete = false;
    return status;
}

/* A sync that is repeated, that runs commands, or that writes beside DIR, is done by workers. */
static int run_sync_somewhere(struct fv_session *s, int prepared)
{
    char dir[4096];
    bool hooks = (s->exec[0] != '\0' || s->exec_end[0] != '\0') && !s->settings.dry_run;
    struct fv_slice last = s->given.operand[s->given.operands - 1];
    s->dir = path_of(last, dir, sizeof dir);
    if (s->dir == NULL) {
        return usage(s, "not the name of a directory", last);
    }
    if (s->parent.every_us == 0 && !hooks && s->metrics[0] == '\0') {
        fv_secret_reset(&s->kept);
        return prepared != 0 ? fv_conclude(s, prepared) : run(s);
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

/* Called as fluxvision-list and the like, the program is that command. */
static unsigned command_of(const char *program)
{
    struct fv_slice name = fv_slice_of(program);
    size_t slash = fv_slice_find_last(name, '/');
    if (slash < name.len) {
        name = fv_slice_from(name, slash + 1);
    }
    const struct fv_slice prefix = FV_SLICE("fluxvision-");
    return fv_slice_starts(name, prefix) ? fv_command_find(fv_slice_from(name, prefix.len)) : 0;
}

static int print_help(struct fv_session *s)
{
    if (fv_given_flag(&s->arguments, FV_OPT_HELP)) {
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
    if (fv_given_flag(g, FV_OPT_HELP) || fv_given_flag(g, FV_OPT_VERSION)) {
        return print_help(s);
    }
    s->given = *g; /* what there is of it, where it comes to no more */
    s->json = fv_given_flag(g, FV_OPT_JSON);
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
        status = run_doctor(s, status);
    } else if (s->given.command == FV_CMD_SYNC) {
        status = run_sync_somewhere(s, status);
    } else {
        fv_secret_reset(&s->kept);
        status = status == 0 ? run(s) : fv_conclude(s, status);
    }
    fv_session_close(s);
    fv_secret_reset(&s->kept);
    return status;
}
