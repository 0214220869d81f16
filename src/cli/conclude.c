/* SPDX-License-Identifier: MIT */
#include "cli/conclude.h"

#include "cli/message.h"
#include "cli/metrics.h"
#include "cli/stopped.h"

#include <string.h>

/* Set the exit status, and the reason for it. */
static void set_exit(struct fv_session *s, int status)
{
    struct fv_outcome *o = s->outcome;
    struct fv_writer w;
    o->exit = (uint64_t)status;
    fv_writer_init(&w, o->error, sizeof o->error);
    if (status == 0) {
        return;
    }
    if (fv_posix_signal() != 0 && status == 128 + fv_posix_signal()) {
        fv_writer_text(&w, "stopped by ");
        fv_writer_text(&w, fv_message_signal(fv_posix_signal()));
    } else if (status > 128) {
        fv_writer_text(&w, "ended by signal ");
        fv_writer_u64(&w, (uint64_t)status - 128);
    } else {
        fv_writer_slice(&w, fv_writer_done(&s->said));
    }
}

static void fill(struct fv_session *s, int status)
{
    const struct fv_port_clock *clock = &s->posix.clock;
    struct fv_outcome *o = s->outcome;
    fv_outcome_init(o);
    o->dry_run = fv_options_flag(&s->given, FV_OPT_DRY_RUN);
    o->began_us = s->began_us;
    o->ended_us = clock->wall(clock->ctx);
    if (s->client != NULL) {
        fv_outcome_count(o, fv_client_summary(s->client));
    }
    set_exit(s, status);
}

/* Print the outcome. If that fails, the exit status says so, unless the run had another error. */
static void print(struct fv_session *s)
{
    const struct fv_sink *to = &s->out.sink;
    bool lost = to->err != FV_OK;
    fv_outcome_write(&s->out, s->outcome, ",");
    fv_out_text(&s->out, "\n");
    if (fv_out_flush(&s->out) != FV_OK && !lost) {
        int status = fv_session_unwritten(s, to);
        if (s->outcome->exit == 0 || to->err == FV_E_CANCELLED) {
            set_exit(s, status);
        }
        if (to->err == FV_E_CANCELLED) {
            fv_stopped_tell(s);
        }
    }
}

/* Write last.json, with the buffer of s->out, which is empty. A failure is not a failure of the
 * run, because the storage may be full of files. It is reported if nothing else was, because
 * `status` then still shows the run before. */
static void record(struct fv_session *s)
{
    (void)fv_out_flush(&s->out);
    s->out.len = 0;
    fv_outcome_write(&s->out, s->outcome, ",\n");
    fv_out_text(&s->out, "\n");
    enum fv_err err = fv_last_write(&s->storage.port, fv_out_waiting(&s->out));
    s->out.len = 0;
    /* the other run writes its own state */
    bool untold = s->outcome->exit == 0 && err != FV_E_BUSY;
    if (err != FV_OK && (s->verbose || (untold && !s->quiet))) {
        char text[FV_MESSAGE_MOST];
        struct fv_fault fault = {.err = FV_OK};
        struct fv_writer w;
        fv_writer_init(&w, text, sizeof text);
        (void)fv_fault_set(&fault, err, s->storage.error, FV_LAST_NAME);
        fv_message_fault(&fault, &w);
        fv_message_about(&s->err, "warning", 0, text, FV_SLICE_NONE);
    }
}

int fv_conclude(struct fv_session *s, int status)
{
    bool syncs = s->given.command == FV_CMD_SYNC;
    bool lists = fv_options_flag(&s->given, FV_OPT_PRINT);
    bool opened = false;
    if (!syncs && (s->given.command != FV_CMD_VERIFY || lists)) {
        return status;
    }
    struct fv_outcome last;
    fv_outcome_init(&last);
    fill(s, status);
    /* it ended before the directory was opened */
    if (syncs && !s->storage_open && s->dir != NULL) {
        opened = fv_posix_storage_open(&s->storage, s->dir, false) == FV_OK;
    }
    bool stores = syncs && (s->storage_open || opened);
    if (stores) {
        enum fv_err err = fv_outcome_last(&s->storage.port, &last);
        (void)err; /* then nothing is known of the run before */
    }
    fv_outcome_follow(s->outcome, &last);
    if (s->json) {
        print(s);
        fv_outcome_follow(s->outcome, &last);
    }
    if (stores && !s->outcome->dry_run && status != fv_err_exit(FV_E_BUSY)) {
        record(s);
    }
    if (opened) {
        fv_posix_storage_close(&s->storage);
    }
    s->outcome->complete = true;
    return (int)s->outcome->exit;
}

void fv_conclude_metrics(struct fv_session *s)
{
    if (s->metrics[0] == '\0' || s->outcome->dry_run) {
        return;
    }
    int error = fv_metrics_write(s->metrics, s->outcome, fv_slice_of(s->dir));
    if (error != 0) {
        fv_out_text(&s->err, "fluxvision: warning: --metrics ");
        fv_out_visible(&s->err, fv_slice_of(s->metrics));
        fv_out_text(&s->err, ": ");
        fv_out_text(&s->err, error == FV_METRICS_SPECIAL
                                 ? "this is not a file, and only a file is replaced"
                                 : strerror(error));
        fv_out_text(&s->err, "\n");
        (void)fv_out_flush(&s->err);
    }
}
