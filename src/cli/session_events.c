/* SPDX-License-Identifier: MIT */
#include "base/writer.h"
#include "cli/ask.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/results.h"
#include "cli/session.h"

#include <signal.h>

#define RETRY_US 60000000 /* microseconds between two lines about retries */

/* If the output fails, list, get and verify end, and main reports the reason. A sync goes on. */
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
        fv_results_listed(&s->out, entry);
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

/* Write the line at once, so that a reader can follow. On a terminal with progress, write it at
 * the next redraw. A failure is detected at the end. */
static void line_ended(struct fv_session *s)
{
    if (!fv_meter_holds(&s->meter)) {
        (void)fv_out_flush(&s->out);
    }
}

static void show_file(void *ctx, const struct fv_file *file)
{
    struct fv_session *s = ctx;
    if (file->status == FV_FAILED) {
        note_failure(s, file);
    }
    if (file->foreign && !s->quiet) {
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
        (file->sha256 == NULL && fv_options_flag(&s->given, FV_OPT_PRINT))) {
        return; /* standard output is for entries, or for sha256sum */
    }
    if (fv_options_flag(&s->given, FV_OPT_PRINT)) {
        fv_results_checksum(&s->out, file);
    } else if (s->json) {
        fv_json_file(&s->out, file);
        line_ended(s);
    } else if (!s->quiet && s->given.command != FV_CMD_GET) {
        fv_results_file(&s->out, file, s->verbose);
        line_ended(s);
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
    bool on = s->meter.on;
    (void)fv_out_flush(&s->out);
    fv_meter_clear(&s->meter);
    s->meter.on = false; /* the command may use the terminal */
    enum fv_err err = fv_ask_hook(s->ask, file, s->until_us, &status);
    s->meter.on = on;
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

/* Return whether a retry gets a line. Without -v: only before the third attempt, and at most
 * once a minute, because a bad connection has many. A terminal shows progress instead. */
static bool is_worth_a_line(struct fv_session *s, uint32_t attempt)
{
    int64_t now_us = fv_posix_now();
    bool seen = s->meter.on && s->meter.terminal;
    if (s->verbose || s->quiet || seen || attempt != 2 || now_us < s->retry_us) {
        return s->verbose;
    }
    s->retry_us = now_us + RETRY_US;
    return true;
}

static void retry(void *ctx, const struct fv_fault *fault, uint32_t attempt, uint32_t delay_ms)
{
    struct fv_session *s = ctx;
    char text[80];
    struct fv_writer w;
    if (!is_worth_a_line(s, attempt)) {
        return;
    }
    fv_writer_init(&w, text, sizeof text);
    fv_writer_text(&w, "warning: attempt ");
    fv_writer_u64(&w, (uint64_t)attempt + 1);
    fv_writer_text(&w, " of ");
    fv_writer_u64(&w, (uint64_t)s->settings.retries + 1);
    fv_writer_text(&w, " in ");
    fv_writer_u64(&w, delay_ms / 1000);
    fv_writer_char(&w, '.');
    fv_writer_u64(&w, delay_ms / 100 % 10);
    fv_writer_text(&w, " s");
    const struct fv_slice what = fv_writer_done(&w);
    fv_session_complain(s, &what, fault);
}

static void kept(void *ctx, struct fv_slice path, uint64_t bytes)
{
    struct fv_session *s = ctx;
    struct fv_writer w;
    fv_writer_init(&w, s->kept_path, sizeof s->kept_path);
    fv_writer_slice(&w, path);
    s->kept_files++;
    s->kept_bytes += bytes;
}

static void log_line(void *ctx, enum fv_port_level level, const char *text)
{
    struct fv_session *s = ctx;
    (void)level;
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
        .progress = s->meter.on ? progress : NULL,
        .kept = kept,
        .warning = warning,
        .retry = retry,
    };
}
