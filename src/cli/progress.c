#include "cli/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#define TERMINAL_STEP_US 200000
#define LINE_STEP_US 5000000

void fv_meter_init(struct fv_meter *m, struct fv_out *out, const struct fv_port_clock *clock)
{
    struct winsize size;
    *m = (struct fv_meter){.out = out, .clock = clock, .columns = 80};
    m->terminal = isatty(out->sink.fd) != 0;
    m->start_us = clock->now(clock->ctx);
    m->next_us = m->start_us + TERMINAL_STEP_US;
    if (m->terminal && ioctl(out->sink.fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) {
        m->columns = size.ws_col;
    }
}

void fv_meter_clear(struct fv_meter *m)
{
    if (m->drawn) {
        fv_out_text(m->out, "\r\033[K");
        (void)fv_out_flush(m->out);
        m->drawn = false;
    }
}

/* The end of path that fits, cut at a character. */
static struct fv_slice tail(struct fv_slice path, size_t room)
{
    if (path.len <= room) {
        return path;
    }
    path = fv_slice_from(path, path.len - room);
    while (path.len > 0 && ((uint8_t)path.ptr[0] & 0xC0u) == 0x80u) {
        path = fv_slice_from(path, 1);
    }
    return path;
}

static void numbers(struct fv_out *o, const struct fv_progress *p, int64_t elapsed_us)
{
    if (p->files_total > 0) {
        fv_out_u64(o, p->files_done + 1);
        fv_out_text(o, "/");
        fv_out_u64(o, p->files_total);
        fv_out_text(o, "  ");
    }
    fv_out_size(o, p->file_done);
    if (p->file_size != UINT64_MAX && p->file_size > 0) {
        fv_out_text(o, " of ");
        fv_out_size(o, p->file_size);
    }
    fv_out_text(o, "  ");
    fv_out_size(o, elapsed_us > 0 ? p->bytes / ((uint64_t)elapsed_us / 1000000 + 1) : 0);
    fv_out_text(o, "/s  ");
}

void fv_meter_show(struct fv_meter *m, const struct fv_progress *p)
{
    if (!m->on) {
        return;
    }
    int64_t now = m->clock->now(m->clock->ctx);
    if (now < m->next_us) {
        return;
    }
    m->next_us = now + (m->terminal ? TERMINAL_STEP_US : LINE_STEP_US);
    if (m->terminal) {
        fv_out_text(m->out, "\r");
    }
    numbers(m->out, p, now - m->start_us);
    fv_out_visible(m->out, tail(p->path, m->columns > 60 ? m->columns - 56 : 8));
    fv_out_text(m->out, m->terminal ? "\033[K" : "\n");
    m->drawn = m->terminal;
    (void)fv_out_flush(m->out);
}
