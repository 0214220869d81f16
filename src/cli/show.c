#include "cli/ask.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/session.h"
#include "cli/table.h"

#include <signal.h>

/* Without its output a list, a get and a verify have no use: they end, and main says why. A sync has. */
static enum fv_err written(struct fv_session *s, enum fv_err err)
{
    if (err == FV_OK || s->given.command == FV_CMD_SYNC) {
        return FV_OK;
    }
    fv_posix_stop(SIGPIPE);
    return FV_E_CANCELLED;
}

static enum fv_err listed(void *ctx, const struct fv_listed *entry)
{
    struct fv_session *s = ctx;
    s->shown++;
    if (s->json) {
        fv_json_listed(&s->out, entry);
    } else {
        fv_table_listed(&s->out, entry);
    }
    return written(s, s->out.sink.err);
}

static void note_failure(struct fv_session *s, const struct fv_file *file)
{
    if (s->failure.err == FV_OK) {
        s->failure = *file->fault;
    }
    fv_session_complain(s, file->path.len > 0 ? &file->path : NULL, file->fault);
}

static void show_file(void *ctx, const struct fv_file *file)
{
    struct fv_session *s = ctx;
    if (file->status == FV_FAILED) {
        note_failure(s, file);
    }
    if (file->foreign && !s->quiet) {
        fv_meter_clear(&s->meter);
        fv_out_text(&s->err, "fluxvision: warning: ");
        fv_out_visible(&s->err, file->path);
        fv_out_text(&s->err,
                    ": took the place of a file that the ledger did not know (see --adopt)\n");
        (void)fv_out_flush(&s->err);
    }
    if (s->parent.lines >= 0) {
        fv_json_file(&s->lines, file);
    }
    if (s->given.command == FV_CMD_LIST ||
        (file->sha256 == NULL && fv_given_flag(&s->given, FV_OPT_PRINT))) {
        return; /* standard output holds entries, or the list for sha256sum */
    }
    if (fv_given_flag(&s->given, FV_OPT_PRINT)) {
        fv_table_checksum(&s->out, file);
    } else if (s->json) {
        fv_meter_clear(&s->meter);
        fv_json_file(&s->out, file);
        (void)fv_out_flush(
            &s->out); /* a reader follows line by line; a failure is seen at the end */
    } else if (!s->quiet && s->given.command != FV_CMD_GET) {
        fv_meter_clear(&s->meter);
        fv_table_file(&s->out, file, s->verbose);
        (void)fv_out_flush(&s->out);
    }
    (void)written(s, s->out.sink.err);
}

static enum fv_err content(void *ctx, const void *p, size_t n)
{
    struct fv_session *s = ctx;
    return written(s, fv_sink_write(s->stream.fd >= 0 ? &s->stream : &s->out.sink, p, n));
}

static enum fv_err hook(void *ctx, const struct fv_file *file)
{
    struct fv_session *s = ctx;
    int status = 0;
    fv_meter_clear(&s->meter);
    enum fv_err err = fv_ask_hook(s->ask, file, s->until_us, &status);
    fv_posix_forget(&s->storage); /* the command may have moved directories away */
    if (err == FV_E_HOOK || err == FV_E_TIMEOUT) {
        fv_out_text(&s->err, "fluxvision: --exec for ");
        fv_out_visible(&s->err, file->path);
        if (err == FV_E_TIMEOUT) {
            fv_out_text(&s->err, " was ended, as --max-time is over");
        } else {
            fv_out_text(&s->err, " ended with status ");
            fv_out_u64(&s->err, (uint64_t)status);
        }
        fv_out_text(&s->err, "; it will be run again\n");
        (void)fv_out_flush(&s->err);
        s->failure.err = s->failure.err == FV_OK ? FV_E_HOOK : s->failure.err;
    }
    return err == FV_E_TIMEOUT ? FV_E_HOOK : err;
}

static void progress(void *ctx, const struct fv_progress *p)
{
    struct fv_session *s = ctx;
    fv_meter_show(&s->meter, p);
}

static void warning(void *ctx, const struct fv_fault *fault)
{
    const struct fv_slice what = FV_SLICE("warning");
    fv_session_complain(ctx, &what, fault);
}

static void retry(void *ctx, const struct fv_fault *fault, uint32_t attempt, uint32_t delay_ms)
{
    struct fv_session *s = ctx;
    if (!s->verbose) {
        return;
    }
    fv_session_complain(s, NULL, fault);
    fv_out_text(&s->err, "fluxvision: attempt ");
    fv_out_u64(&s->err, attempt + 1);
    fv_out_text(&s->err, " in ");
    fv_out_seconds(&s->err, (int64_t)delay_ms * 1000);
    fv_out_text(&s->err, "\n");
    (void)fv_out_flush(&s->err);
}

static void log_line(void *ctx, enum fv_port_level level, const char *text)
{
    struct fv_session *s = ctx;
    (void)level;
    fv_meter_clear(&s->meter);
    fv_out_visible(&s->err, fv_slice_of(text));
    fv_out_text(&s->err, "\n");
    (void)fv_out_flush(&s->err);
}

void fv_session_events(struct fv_session *s)
{
    s->log = (struct fv_port_log){.ctx = s, .line = s->verbose ? log_line : NULL};
    s->events = (struct fv_events){
        .ctx = s,
        .listed = listed,
        .file = show_file,
        .content = content,
        .hook = s->ask >= 0 && s->exec[0] != '\0' ? hook : NULL,
        .progress = progress,
        .warning = warning,
        .retry = retry,
    };
}
