/* SPDX-License-Identifier: MIT */
#include "cli/run.h"

#include "cli/ask.h"
#include "cli/conclude.h"
#include "cli/doctor_command.h"
#include "cli/message.h"
#include "cli/results.h"
#include "cli/status.h"
#include "cli/stopped.h"

#include <signal.h>
#include <string.h>
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

/* Copy an operand or value to buf as a path; NULL: it is empty or too long. */
static const char *path_of(struct fv_slice s, char *buf, size_t size)
{
    if (s.len == 0 || s.len >= size) {
        return NULL;
    }
    memcpy(buf, s.ptr, s.len);
    buf[s.len] = '\0';
    return buf;
}

int fv_run_directory(struct fv_session *s, struct fv_slice operand, char dir[FV_RUN_PATH])
{
    s->dir = path_of(operand, dir, FV_RUN_PATH);
    return s->dir != NULL ? 0 : usage(s, "not the name of a directory", operand);
}

/* Return whether fault is the first one that was printed for a file. */
static bool was_printed(const struct fv_session *s, const struct fv_fault *fault)
{
    return s->failure.err != FV_OK && fault->err == s->failure.err &&
           fv_slice_eq(fv_slice_of(fault->subject), fv_slice_of(s->failure.subject));
}

/* Print the first error of a command, unless it was printed for a file. Return the exit status. */
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

/* Print which filters have excluded all files, so that a mistake in one is noticed. */
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

void fv_run_meter(struct fv_session *s)
{
    fv_meter_init(&s->meter, &s->err, &s->posix.clock);
    if (!s->quiet && !fv_options_flag(&s->given, FV_OPT_NO_PROGRESS) &&
        (s->meter.terminal || fv_options_flag(&s->given, FV_OPT_PROGRESS))) {
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

/* Run --exec-end if files have changed and the user has not asked to stop. Return FV_E_CANCELLED
 * if it was stopped, otherwise err. */
static enum fv_err run_end(struct fv_session *s, enum fv_err err)
{
    const struct fv_summary *sum = fv_client_summary(s->client);
    bool changed = sum->downloaded + sum->resumed + sum->removed > 0;
    int status = 0;
    char what[64];
    struct fv_writer w;
    const struct fv_message m = {.what = what};
    fv_writer_init(&w, what, sizeof what);
    if (s->parent.lines < 0 || !changed || fv_posix_signal() != 0) {
        return err;
    }
    if (fv_out_flush(&s->lines) != FV_OK) {
        (void)fv_session_unwritten(s, &s->lines.sink);
        s->end_failed = true;
        return err;
    }
    fv_meter_clear(&s->meter);
    bool on = s->meter.on;
    s->meter.on = false; /* the command may use the terminal */
    enum fv_err ended = fv_ask_end(s->ask, sum, fv_session_exit(s, err), s->until_us, &status);
    s->meter.on = on;
    s->end_failed = ended != FV_OK;
    if (ended == FV_E_HOOK) {
        fv_writer_text(&w, "--exec-end ended with status ");
        fv_writer_u64(&w, (uint64_t)status);
    } else if (ended == FV_E_TIMEOUT) {
        fv_writer_text(&w, "--exec-end was ended, as --max-time is over");
    }
    if (w.len > 0) {
        fv_message_say(&s->err, &m);
    }
    return ended == FV_E_CANCELLED ? ended : err;
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
    err = run_end(s, err);
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
        fv_results_sync(&s->out, sum, s->settings.dry_run);
    }
    return finish(s, err);
}

static FV_COLD int run_verify(struct fv_session *s)
{
    char dir[FV_RUN_PATH];
    bool print = fv_options_flag(&s->given, FV_OPT_PRINT);
    int status = fv_run_directory(s, s->given.operand[0], dir);
    if (status == 0) {
        status = fv_session_open(s, s->dir, false);
    }
    if (status != 0) {
        return status;
    }
    enum fv_err err = fv_verify(s->client, print);
    if (!print && !s->json && !s->quiet && (err == FV_OK || s->failure.err != FV_OK)) {
        fv_results_verify(&s->out, fv_client_summary(s->client));
    }
    return finish(s, err);
}

/* Get to standard output or s->stream. A terminal that shows the content shows no progress. */
static int get_stream(struct fv_session *s)
{
    int fd = s->stream.fd >= 0 ? s->stream.fd : s->out.sink.fd;
    s->meter.on = s->meter.on && isatty(fd) == 0;
    int status = fv_session_open(s, NULL, false);
    return status != 0 ? status : finish(s, fv_get_stream(s->client, s->given.operand[0]));
}

/* Return whether path is a device or a pipe, which is written directly: there is nothing to
 * rename. */
static bool is_special(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* Return whether path is a directory, or ends with a slash and so must be one. */
static bool is_directory(const char *path)
{
    struct stat st;
    return path[strlen(path) - 1] == '/' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
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
        if (is_directory(path)) {
            dir = path;
        } else if (slash < output.len) {
            name = fv_slice_from(output, slash + 1);
            path[slash > 0 ? slash : 1] = '\0';
            dir = path;
        } else {
            name = output;
        }
    }
    int status = fv_session_open(s, dir, false);
    return status != 0 ? status : finish(s, fv_get_file(s->client, s->given.operand[0], name));
}

static void prepare_output(struct fv_session *s)
{
    fv_run_meter(s);
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

int fv_run(struct fv_session *s)
{
    int status = run_command(s);
    /* stopped before there was a client, or in the last wait */
    if (status >= 128 && fv_posix_signal() != SIGPIPE) {
        fv_stopped_tell(s);
    }
    return fv_conclude(s, status);
}

int fv_run_doctor(struct fv_session *s, int prepared)
{
    prepare_output(s);
    int status = fv_doctor_command_run(s, prepared);
    if (status >= 128) {
        fv_stopped_tell(s);
    }
    return status;
}
