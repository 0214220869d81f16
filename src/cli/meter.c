/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "cli/meter.h"

#include "cli/visible.h"

#include <limits.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TERMINAL_STEP_US 200000
/* bytes of results that wait: a pseudo-terminal takes 4,096 at once, or nothing */
#define HELD_MOST 2048
#define LINE_STEP_US 60000000
#define SPEED_US 5000000 /* between two marks; the speed is measured since the earlier one */
#define SPEED_FIRST_US 1000000

/* columns left free: two for the echo of Ctrl-C, and the last one, after which some terminals
 * begin a new line */
#define SPARE 3
#define COLUMNS 80       /* if the terminal does not tell its width */
#define COLUMNS_MOST 240 /* FV_OUT_BELOW has room for more, with four bytes each */
#define NARROW 60
/* bytes of a file that takes long enough to show how much of it has arrived */
#define SMALL (1u << 20)

/* A line being written. */
struct line {
    struct fv_writer *w;
    unsigned columns, width; /* at most; so far */
};

/* --- Parts of a line --- */

static unsigned room(const struct line *l)
{
    return l->columns > l->width ? l->columns - l->width : 0;
}

/* Append an ASCII text. */
static void put(struct line *l, const char *text)
{
    l->width += fv_visible_fit(l->w, fv_slice_of(text), room(l), true);
}

/* Append a part after two spaces, unless there is no room for it and `name` more columns. Return
 * whether it was appended. */
static bool add(struct line *l, const struct fv_writer *part, unsigned name)
{
    struct fv_slice text = fv_writer_done(part);
    unsigned gap = l->width > 0 ? 2 : 0;
    if (text.len == 0 || room(l) < text.len + gap + name) {
        return false;
    }
    put(l, gap > 0 ? "  " : "");
    fv_writer_slice(l->w, text);
    l->width += (unsigned)text.len;
    return true;
}

static void add_name(struct line *l, struct fv_slice name, bool head)
{
    unsigned gap = l->width > 0 && !head ? 2 : 0;
    if (name.len > 0 && room(l) > gap) {
        put(l, gap > 0 ? "  " : "");
        l->width += fv_visible_fit(l->w, name, room(l), head);
    }
}

static void write_count(struct fv_writer *w, const struct fv_progress *p, bool narrow)
{
    uint64_t at = p->files_done < p->files_total ? p->files_done + 1 : p->files_total;
    if (p->files_total < 2) {
        return;
    }
    fv_writer_text(w, narrow ? "" : "file ");
    fv_writer_u64(w, at);
    fv_writer_text(w, narrow ? "/" : " of ");
    fv_writer_u64(w, p->files_total);
}

static void write_percent(struct fv_writer *w, const struct fv_progress *p)
{
    bool one = p->files_total == 1 && p->file_size != UINT64_MAX;
    uint64_t done = one ? p->file_done : p->bytes;
    uint64_t left = one ? p->file_size - p->file_done : p->bytes_left;
    if (left == UINT64_MAX || done > UINT64_MAX / 100 || done + left < left || done + left == 0) {
        return;
    }
    fv_writer_u64(w, done * 100 / (done + left));
    fv_writer_char(w, '%');
}

/* Bytes a second; 0: not known yet. */
static uint64_t speed(const struct fv_meter *m, const struct fv_progress *p)
{
    int64_t us = m->clock->now(m->clock->ctx) - m->mark_us[0];
    uint64_t ms = us >= SPEED_FIRST_US ? (uint64_t)us / 1000 : 0;
    return ms > 0 ? (p->bytes - m->mark_bytes[0]) * 1000 / ms : 0;
}

/* --- What is shown --- */

static void show_wait(struct line *l, const struct fv_progress *p)
{
    static const char *const texts[] = {[FV_WAIT_NAME] = "looking up ",
                                        [FV_WAIT_CONNECT] = "connecting to ",
                                        [FV_WAIT_PROXY] = "asking the proxy ",
                                        [FV_WAIT_TLS] = "TLS handshake with "};
    char text[64];
    struct fv_writer part;
    fv_writer_init(&part, text, sizeof text);
    if (p->wait != FV_WAIT_RETRY) {
        put(l, texts[p->wait]);
        add_name(l, p->host, true);
        return;
    }
    fv_writer_text(&part, "attempt ");
    fv_writer_u64(&part, p->attempt);
    fv_writer_text(&part, " of ");
    fv_writer_u64(&part, p->attempts);
    fv_writer_text(&part, " in ");
    fv_writer_u64(&part, (p->delay_ms + 999) / 1000);
    fv_writer_text(&part, " s: ");
    put(l, text);
    put(l, fv_err_text(p->why));
}

static void show_listing(struct line *l, const struct fv_progress *p)
{
    char text[96];
    struct fv_writer part;
    fv_writer_init(&part, text, sizeof text);
    fv_writer_text(&part, "listing: ");
    fv_writer_u64(&part, p->entries);
    fv_writer_text(&part, p->entries == 1 ? " entry, " : " entries, ");
    fv_writer_size(&part, p->listing_bytes);
    put(l, p->listing_bytes > 0 ? text : "waiting for the listing");
}

/* The file being fetched. Parts that do not fit are left out, the last ones first. */
static void show_file(struct line *l, const struct fv_meter *m, const struct fv_progress *p)
{
    char text[5][64];
    struct fv_writer part[5];
    uint64_t rate = speed(m, p);
    unsigned name = l->columns == UINT_MAX ? 0 : l->columns / 3;
    for (size_t i = 0; i < 5; i++) {
        fv_writer_init(&part[i], text[i], sizeof text[i]);
    }
    write_count(&part[0], p, l->columns < NARROW);
    write_percent(&part[1], p);
    if (rate > 0) {
        fv_writer_size(&part[2], rate);
        fv_writer_text(&part[2], "/s");
    }
    if (rate > 0 && p->bytes_left != UINT64_MAX) {
        fv_visible_span(&part[3], p->bytes_left / rate + 1);
        fv_writer_text(&part[3], " left");
    }
    bool known = p->file_size != UINT64_MAX;
    if (p->file_size >= SMALL && p->path.len > 0 && (known || p->file_done > 0)) {
        fv_writer_size(&part[4], p->file_done);
        fv_writer_text(&part[4], known ? " of " : "");
        if (known) {
            fv_writer_size(&part[4], p->file_size);
        }
    }
    for (size_t i = 0; i < 5; i++) {
        (void)add(l, &part[i], name);
    }
    add_name(l, p->path, false);
}

/* Work on files that are on storage. */
static void show_local(struct line *l, const struct fv_progress *p)
{
    char text[96];
    struct fv_writer part;
    fv_writer_init(&part, text, sizeof text);
    if (p->phase == FV_PHASE_PRUNE) {
        fv_writer_text(&part, "removing what is no longer listed");
    } else if (p->phase == FV_PHASE_VERIFY) {
        fv_writer_text(&part, "verifying file ");
        fv_writer_u64(&part, p->files_done + 1);
    } else {
        fv_writer_text(&part, p->hashing ? "reading " : "comparing ");
        write_count(&part, p, l->columns < NARROW);
        fv_writer_text(&part, p->files_total < 2 ? "files" : "");
    }
    put(l, text);
    if (p->hashing) {
        fv_writer_init(&part, text, sizeof text);
        fv_writer_size(&part, p->file_done);
        (void)add(l, &part, l->columns == UINT_MAX ? 0 : l->columns / 3);
        add_name(l, p->path, false);
    }
}

void fv_meter_write(const struct fv_meter *m, const struct fv_progress *p, unsigned columns,
                    struct fv_writer *w)
{
    struct line l = {.w = w, .columns = columns};
    char text[64];
    struct fv_writer part;
    if (p->wait != FV_WAIT_NONE) {
        fv_writer_init(&part, text, sizeof text);
        write_count(&part, p, columns < NARROW);
        if (columns >= NARROW && add(&l, &part, 0)) {
            put(&l, ": ");
        }
        show_wait(&l, p);
    } else if (p->phase == FV_PHASE_BEGIN) {
        put(&l, "opening the directory");
    } else if (p->phase == FV_PHASE_LISTING) {
        show_listing(&l, p);
    } else if (p->phase == FV_PHASE_FILES && (p->path.len > 0 || p->bytes > 0) && !p->hashing) {
        show_file(&l, m, p);
    } else {
        show_local(&l, p);
    }
}

/* --- When --- */

void fv_meter_init(struct fv_meter *m, struct fv_out *out, const struct fv_port_clock *clock)
{
    *m = (struct fv_meter){.out = out, .clock = clock};
    m->terminal = isatty(out->sink.fd) != 0;
}

void fv_meter_begin(struct fv_meter *m, struct fv_out *results)
{
    m->on = true;
    m->mark_us[0] = m->mark_us[1] = m->clock->now(m->clock->ctx);
    m->next_us = m->mark_us[0] + TERMINAL_STEP_US;
    if (m->terminal) {
        m->out->below = &m->below;
        if (isatty(results->sink.fd) != 0) {
            results->below = &m->below;
            m->below.results = results;
        }
    }
}

bool fv_meter_holds(const struct fv_meter *m)
{
    return m->on && m->below.results != NULL && m->below.results->len < HELD_MOST &&
           m->clock->now(m->clock->ctx) < m->next_us;
}

void fv_meter_clear(struct fv_meter *m)
{
    if (m->on) {
        fv_out_drop_below(m->out);
    }
}

/* Return the current width of the terminal. */
static unsigned columns_of(const struct fv_meter *m)
{
    struct winsize size;
    unsigned columns = COLUMNS;
    if (ioctl(m->out->sink.fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        columns = size.ws_col < COLUMNS_MOST ? size.ws_col : COLUMNS_MOST;
    }
    return columns > SPARE ? columns - SPARE : 0;
}

/* Begin the line of a terminal: a carriage return. At the end, the rest of the old line is
 * cleared. */
static void begin_line(struct fv_meter *m, struct fv_writer *w)
{
    fv_writer_init(w, m->below.text, sizeof m->below.text);
    fv_writer_char(w, '\r');
}

static void end_line(struct fv_meter *m, struct fv_writer *w)
{
    fv_writer_text(w, "\033[K");
    m->below.len = w->len;
    fv_out_show_below(m->out);
}

/* The speed of a listing is not used for files: each phase begins with new marks. */
static void measure(struct fv_meter *m, const struct fv_progress *p, int64_t now_us)
{
    bool other = m->phase != (uint8_t)p->phase;
    if (other || now_us - m->mark_us[1] >= SPEED_US) {
        m->mark_us[0] = other ? now_us : m->mark_us[1];
        m->mark_bytes[0] = other ? p->bytes : m->mark_bytes[1];
        m->mark_us[1] = now_us;
        m->mark_bytes[1] = p->bytes;
        m->phase = (uint8_t)p->phase;
    }
}

/* Print a line if there is no terminal. Names are complete. */
static void print(struct fv_meter *m, const struct fv_progress *p)
{
    char text[4 * FV_CAP_PATH + 256];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_meter_write(m, p, UINT_MAX, &w);
    fv_out_slice(m->out, fv_writer_done(&w));
    fv_out_text(m->out, "\n");
    (void)fv_out_flush(m->out);
}

/* Return whether p is the first progress of its phase to be printed. For files, the first one
 * with a name. */
static bool is_news(const struct fv_meter *m, const struct fv_progress *p)
{
    bool told = (m->told & 1u << p->phase) != 0;
    return m->told != 0 && !told && (p->phase != FV_PHASE_FILES || p->path.len > 0);
}

void fv_meter_show(struct fv_meter *m, const struct fv_progress *p)
{
    if (!m->on || m->out->busy) {
        return;
    }
    int64_t now_us = m->clock->now(m->clock->ctx);
    measure(m, p, now_us);
    if (now_us < m->next_us && (m->terminal || !is_news(m, p))) {
        return;
    }
    m->next_us = now_us + (m->terminal ? TERMINAL_STEP_US : LINE_STEP_US);
    m->told |= 1u << p->phase;
    if (m->terminal) {
        struct fv_writer w;
        begin_line(m, &w);
        fv_meter_write(m, p, columns_of(m), &w);
        end_line(m, &w);
    } else {
        print(m, p);
    }
}

void fv_meter_await(struct fv_meter *m, int64_t until_us)
{
    char text[64];
    struct fv_writer w;
    int64_t left_us = m->on ? until_us - m->clock->now(m->clock->ctx) : 0;
    if (left_us <= 0) {
        fv_meter_clear(m);
        return;
    }
    fv_writer_init(&w, text, sizeof text);
    fv_writer_text(&w, "next run in ");
    fv_visible_span(&w, ((uint64_t)left_us + 999999) / 1000000);
    if (m->terminal) {
        struct fv_writer line;
        begin_line(m, &line);
        (void)fv_visible_fit(&line, fv_writer_done(&w), columns_of(m), true);
        end_line(m, &line);
    } else if (m->told == 0) { /* only once */
        m->told = 1;
        fv_out_slice(m->out, fv_writer_done(&w));
        fv_out_text(m->out, "\n");
        (void)fv_out_flush(m->out);
    }
}
