#include "base/num.h"
#include "cli/help.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/session.h"
#include "cli/table.h"
#include "parse/quantity.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int usage(struct fv_session *s, const char *text, struct fv_slice subject)
{
    fv_message_usage(&s->err, text, subject);
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
    return s->failure_exit != 0 && fault->err == s->failure.err &&
           fv_slice_eq(fv_slice_of(fault->subject), fv_slice_of(s->failure.subject));
}

/* Print the first error of a command, unless it was printed as a file's. */
static int finish(struct fv_session *s, enum fv_err err)
{
    const struct fv_fault *fault = fv_client_fault(s->client);
    fv_meter_clear(&s->meter);
    if (err < FV_OK && err != FV_E_CANCELLED && !was_printed(s, fault)) {
        const struct fv_slice dir = fv_slice_of(s->dir);
        bool in_dir = dir.len > 0 && (fv_err_exit(err) == 7 || err == FV_E_BUSY);
        fv_session_complain(s, in_dir ? &dir : NULL, fault);
    }
    int status = fv_session_exit(s, err);
    enum fv_err written = fv_out_flush(&s->out);
    if (written != FV_OK && status == 0) {
        fv_message_usage(&s->err, "standard output:", fv_slice_of(strerror(s->out.error)));
        return fv_err_exit(written);
    }
    return status;
}

static int run_list(struct fv_session *s)
{
    int status = fv_session_open(s, NULL, false);
    return status != 0 ? status : finish(s, fv_list(s->client, s->given.operand[0]));
}

static int sync_once(struct fv_session *s)
{
    s->failure_exit = 0;
    enum fv_err err = fv_sync(s->client, s->given.operand[0]);
    if (s->json) {
        fv_json_summary(&s->out, fv_client_summary(s->client));
    } else if (!s->quiet && (err == FV_OK || s->failure_exit != 0)) {
        fv_meter_clear(&s->meter);
        fv_table_sync(&s->out, fv_client_summary(s->client), s->settings.dry_run);
    }
    return finish(s, err);
}

/* --every: the next run begins a span after this one began, or at once if that has passed. The client stays, and with it TLS's
 * session. Returns only when the user asked to stop, or standard output is gone. */
static int sync_for_ever(struct fv_session *s)
{
    const struct fv_port_clock *clock = &s->posix.clock;
    for (;;) {
        int64_t next_us = fv_num_add_clamped(clock->now(clock->ctx), s->every_us);
        int status = sync_once(s);
        if (s->out.failed) {
            return status;
        }
        if (fv_posix_signal() != 0 || clock->sleep(clock->ctx, next_us) != FV_OK) {
            return fv_session_exit(s, FV_E_CANCELLED);
        }
    }
}

static int run_sync(struct fv_session *s)
{
    char dir[4096];
    s->dir = path_of(s->given.operand[1], dir, sizeof dir);
    if (s->dir == NULL) {
        return usage(s, "not usable as a directory:", s->given.operand[1]);
    }
    struct fv_slice every = s->given.value[FV_OPT_EVERY];
    if (every.ptr != NULL && (fv_quantity_span(every, &s->every_us) != FV_OK || s->every_us == 0)) {
        return usage(s, "not usable as --every:", every);
    }
    int status = fv_session_open(s, s->dir, !s->settings.dry_run);
    if (status != 0) {
        return status;
    }
    return s->every_us > 0 ? sync_for_ever(s) : sync_once(s);
}

static int run_verify(struct fv_session *s)
{
    char dir[4096];
    bool print = fv_given_flag(&s->given, FV_OPT_PRINT);
    s->dir = path_of(s->given.operand[0], dir, sizeof dir);
    if (s->dir == NULL) {
        return usage(s, "not usable as a directory:", s->given.operand[0]);
    }
    int status = fv_session_open(s, s->dir, false);
    if (status != 0) {
        return status;
    }
    enum fv_err err = fv_verify(s->client, print);
    if (s->json && !print) {
        fv_json_summary(&s->out, fv_client_summary(s->client));
    } else if (!print && !s->quiet && (err == FV_OK || s->failure_exit != 0)) {
        fv_table_verify(&s->out, fv_client_summary(s->client));
    }
    return finish(s, err);
}

static int get_stream(struct fv_session *s)
{
    int status = fv_session_open(s, NULL, false);
    return status != 0 ? status : finish(s, fv_get_stream(s->client, s->given.operand[0]));
}

/* Devices and pipes are written to as they are: there is nothing to rename. */
static bool is_special(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int get_special(struct fv_session *s, const char *path)
{
    s->stream = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (s->stream < 0) {
        return usage(s, strerror(errno), fv_slice_of(path));
    }
    int status = get_stream(s);
    (void)close(s->stream);
    return status;
}

static int run_get(struct fv_session *s)
{
    char path[4096];
    struct fv_slice output = s->given.value[FV_OPT_OUTPUT];
    struct fv_slice name = FV_SLICE_NONE;
    const char *dir = ".";
    if (fv_slice_eq(output, FV_SLICE("-"))) {
        s->stream = STDOUT_FILENO;
        return get_stream(s);
    }
    if (output.ptr != NULL) {
        if (path_of(output, path, sizeof path) == NULL) {
            return usage(s, "not usable as a file:", output);
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
            return usage(s, "not usable as a file:", output);
        }
    }
    int status = fv_session_open(s, dir, false);
    return status != 0 ? status : finish(s, fv_get_file(s->client, s->given.operand[0], name));
}

static int run(struct fv_session *s)
{
    const struct fv_port_clock *clock = &s->posix.clock;
    s->json = fv_given_flag(&s->given, FV_OPT_JSON);
    s->quiet = fv_given_flag(&s->given, FV_OPT_QUIET);
    s->verbose = fv_given_flag(&s->given, FV_OPT_VERBOSE);
    if (s->given.value[FV_OPT_EXEC].ptr != NULL &&
        fv_given_text(&s->given, FV_OPT_EXEC, s->exec, sizeof s->exec) == NULL) {
        return usage(s, "the command of --exec is too long", FV_SLICE_NONE);
    }
    fv_settings_init(&s->settings);
    if (!fv_settings_apply(&s->given, clock->wall(clock->ctx), &s->settings, &s->err)) {
        return 2;
    }
    fv_meter_init(&s->meter, &s->err, clock);
    s->meter.on = !s->quiet && !fv_given_flag(&s->given, FV_OPT_NO_PROGRESS) &&
                  (s->meter.terminal || fv_given_flag(&s->given, FV_OPT_PROGRESS));
    fv_session_events(s);
    switch (s->given.command) {
    case FV_CMD_LIST:
        return run_list(s);
    case FV_CMD_GET:
        return run_get(s);
    case FV_CMD_SYNC:
        return run_sync(s);
    default:
        return run_verify(s);
    }
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

int main(int argc, char **argv)
{
    static struct fv_session session; /* zero, and too large for some stacks */
    struct fv_session *s = &session;
    fv_secret_protect();
    fv_posix_init(&s->posix);
    fv_out_init(&s->out, STDOUT_FILENO);
    fv_out_init(&s->err, STDERR_FILENO);
    s->ca.fd = -1;
    s->hook.fd = -1;
    s->stream = -1;
    s->given.command = argc > 0 ? command_of(argv[0]) : 0;
    if (!fv_options_argv(&s->given, argc, argv, &s->err)) {
        return 2;
    }
    if (fv_given_flag(&s->given, FV_OPT_HELP)) {
        fv_help_print(&s->out, s->given.command);
        return fv_out_flush(&s->out) == FV_OK ? 0 : 7;
    }
    if (fv_given_flag(&s->given, FV_OPT_VERSION)) {
        fv_help_version(&s->out);
        return fv_out_flush(&s->out) == FV_OK ? 0 : 7;
    }
    if (!fv_settings_gather(&s->given, &s->config, &s->secret, &s->err)) {
        return 2;
    }
    if (fv_posix_signals_install() != FV_OK) {
        return usage(s, "no pipe for signals:", fv_slice_of(strerror(errno)));
    }
    int status = run(s);
    fv_session_close(s);
    return status;
}
