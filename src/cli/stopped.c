/* SPDX-License-Identifier: MIT */
#include "cli/stopped.h"

#include "cli/message.h"

static void count(struct fv_out *o, uint64_t n, const char *what)
{
    fv_out_u64(o, n);
    fv_out_text(o, what);
}

static void tell_sync(struct fv_session *s)
{
    const struct fv_summary *done = fv_client_summary(s->client);
    if (s->settings.dry_run) {
        fv_out_text(&s->err, ": nothing was changed");
        return;
    }
    fv_out_text(&s->err, ": ");
    count(&s->err, done->downloaded + done->resumed, " fetched");
    if (done->removed > 0) {
        fv_out_text(&s->err, ", ");
        count(&s->err, done->removed, " removed");
    }
    if (done->failed > 0) {
        fv_out_text(&s->err, ", ");
        count(&s->err, done->failed, " failed");
    }
    if (s->kept_files > 0) {
        fv_out_text(&s->err, ", ");
        fv_out_size(&s->err, s->kept_bytes);
        fv_out_text(&s->err, " of ");
        if (s->kept_files == 1) {
            fv_out_visible(&s->err, fv_slice_of(s->kept_path));
        } else {
            count(&s->err, s->kept_files, " files");
        }
        fv_out_text(&s->err, " kept");
    }
    fv_out_text(&s->err, "; run again to go on");
}

static void tell_verify(struct fv_session *s)
{
    const struct fv_summary *done = fv_client_summary(s->client);
    fv_out_text(&s->err, ": ");
    count(&s->err, done->unchanged, done->unchanged == 1 ? " file is" : " files are");
    fv_out_text(&s->err, " as fetched, ");
    count(&s->err, done->failed, done->failed == 1 ? " is not" : " are not");
    fv_out_text(&s->err, "; the others were not read");
}

FV_COLD void fv_stopped_tell(struct fv_session *s)
{
    if (s->quiet || s->told_stopped) {
        return;
    }
    s->told_stopped = true;
    fv_meter_clear(&s->meter);
    fv_message_stopped(&s->err, fv_posix_signal());
    if (s->client == NULL) {
        fv_out_text(&s->err, ": nothing was done");
    } else if (s->given.command == FV_CMD_SYNC) {
        tell_sync(s);
    } else if (s->given.command == FV_CMD_VERIFY) {
        tell_verify(s);
    } else if (s->given.command == FV_CMD_LIST) {
        fv_out_text(&s->err, ": the list is not whole");
    } else {
        fv_out_text(&s->err,
                    s->storage_open ? ": no file was written" : ": the output is not whole");
    }
    fv_out_text(&s->err, "\n");
    (void)fv_out_flush(&s->err);
}
