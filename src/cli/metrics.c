/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* mkostemp */
#include "cli/metrics.h"

#include "base/utf8.h"
#include "base/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { NUMBER, SHORT, SECONDS, INSTANT, FILES };

static const struct {
    const char *name, *help;
    uint8_t kind;
    uint16_t at; /* offset of the value in struct fv_outcome */
} rows[] = {
    {"last_run_timestamp_seconds", "When the last run ended.", INSTANT,
     offsetof(struct fv_outcome, ended_us)},
    {"last_success_timestamp_seconds", "When the last run that did all ended.", INSTANT,
     offsetof(struct fv_outcome, success_us)},
    {"last_run_exit_status", "Exit status of the last run; 0 is success.", NUMBER,
     offsetof(struct fv_outcome, exit)},
    {"last_run_duration_seconds", "How long the last run took.", SECONDS,
     offsetof(struct fv_outcome, summary.elapsed_us)},
    {"last_run_files", "Files of the last run by what became of them.", FILES, 0},
    {"last_run_content_bytes", "Content of files that the last run received.", NUMBER,
     offsetof(struct fv_outcome, summary.bytes)},
    {"last_run_listing_bytes", "Listings that the last run received.", NUMBER,
     offsetof(struct fv_outcome, summary.listing_bytes)},
    {"last_run_requests", "Requests of the last run.", SHORT,
     offsetof(struct fv_outcome, summary.requests)},
    {"last_run_retries", "Attempts of the last run after the first.", SHORT,
     offsetof(struct fv_outcome, summary.retries)},
    {"certificate_end_timestamp_seconds", "When the portal's certificate ends, as seen last.",
     INSTANT, offsetof(struct fv_outcome, certificate_end_us)},
};

static const struct {
    const char *status;
    uint16_t at;
} files[] = {
    {"downloaded", offsetof(struct fv_outcome, summary.downloaded)},
    {"resumed", offsetof(struct fv_outcome, summary.resumed)},
    {"adopted", offsetof(struct fv_outcome, summary.adopted)},
    {"unchanged", offsetof(struct fv_outcome, summary.unchanged)},
    {"skipped", offsetof(struct fv_outcome, summary.skipped)},
    {"removed", offsetof(struct fv_outcome, summary.removed)},
    {"failed", offsetof(struct fv_outcome, summary.failed)},
    {"unattempted", offsetof(struct fv_outcome, summary.unattempted)},
};

/* The arguments of a sample. */
struct printing {
    struct fv_out *o;
    const uint8_t *outcome;
    struct fv_slice dir;
};

/* Write the value of a label: UTF-8, with quote, backslash and line feed escaped. */
static void label(struct fv_out *o, struct fv_slice s)
{
    while (s.len > 0) {
        uint32_t code = 0;
        size_t n = fv_utf8_next(s, &code);
        if (n == 0) {
            fv_out_text(o, "\xEF\xBF\xBD");
            n = 1;
        } else if (code == '\n') {
            fv_out_text(o, "\\n");
        } else {
            fv_out_text(o, code == '"' || code == '\\' ? "\\" : "");
            fv_out_slice(o, fv_slice_head(s, n));
        }
        s = fv_slice_from(s, n);
    }
}

/* Return the number at an offset in the outcome. */
static uint64_t number_at(const struct printing *p, size_t at, bool is_short)
{
    uint64_t number = 0;
    uint32_t small = 0;
    if (is_short) {
        memcpy(&small, p->outcome + at, sizeof small);
        return small;
    }
    memcpy(&number, p->outcome + at, sizeof number);
    return number;
}

/* Write a sample. fraction: number is in microseconds, and is written in seconds. */
static void sample(const struct printing *p, const char *name, const char *status, uint64_t number,
                   bool fraction)
{
    struct fv_out *o = p->o;
    char text[32];
    struct fv_writer w;
    fv_out_text(o, "fluxvision_");
    fv_out_text(o, name);
    fv_out_text(o, "{dir=\"");
    label(o, p->dir);
    fv_out_text(o, status != NULL ? "\",status=\"" : "");
    fv_out_text(o, status != NULL ? status : "");
    fv_writer_init(&w, text, sizeof text);
    fv_writer_text(&w, "\"} ");
    fv_writer_u64(&w, fraction ? number / 1000000 : number);
    if (fraction) {
        fv_writer_char(&w, '.');
        fv_writer_u64_padded(&w, number % 1000000, 6);
    }
    fv_writer_char(&w, '\n');
    fv_out_slice(o, fv_writer_done(&w));
}

static void head(struct fv_out *o, const char *what, const char *name, const char *text)
{
    fv_out_text(o, what);
    fv_out_text(o, name);
    fv_out_text(o, text);
}

FV_COLD void fv_metrics_print(struct fv_out *o, const struct fv_outcome *outcome,
                              struct fv_slice dir)
{
    const struct printing p = {o, (const uint8_t *)outcome, dir};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *name = rows[i].name;
        unsigned kind = rows[i].kind;
        uint64_t number = number_at(&p, rows[i].at, kind == SHORT);
        if (kind == INSTANT && number > INT64_MAX) {
            continue; /* the instant is not known */
        }
        head(o, "# HELP fluxvision_", name, " ");
        fv_out_text(o, rows[i].help);
        head(o, "\n# TYPE fluxvision_", name, " gauge\n");
        if (kind != FILES) {
            sample(&p, name, NULL, number, kind == SECONDS || kind == INSTANT);
            continue;
        }
        for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) {
            sample(&p, name, files[k].status, number_at(&p, files[k].at, false), false);
        }
    }
}

FV_COLD int fv_metrics_write(const char *path, const struct fv_outcome *outcome,
                             struct fv_slice dir)
{
    static struct fv_out out; /* too large for some stacks */
    char name[PATH_MAX];
    struct fv_writer w;
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        return S_ISDIR(st.st_mode) ? EISDIR : FV_METRICS_SPECIAL;
    }
    fv_writer_init(&w, name, sizeof name);
    fv_writer_text(&w, path);
    fv_writer_char(&w, '.'); /* the collector reads only *.prom */
    for (int i = 0; i < 6; i++) {
        fv_writer_char(&w, 'X'); /* the suffix that mkstemp(3) requires */
    }
    int fd = fv_writer_check(&w) == FV_OK ? mkostemp(name, O_CLOEXEC) : -1;
    if (fd < 0) {
        return w.full ? ENAMETOOLONG : errno;
    }
    fv_out_init(&out, fd, path);
    fv_metrics_print(&out, outcome, dir);
    int error = fv_out_flush(&out) != FV_OK ? out.sink.error : fchmod(fd, 0644) != 0 ? errno : 0;
    if (close(fd) != 0 && error == 0) {
        error = errno;
    }
    if (error == 0 && rename(name, path) != 0) {
        error = errno;
    }
    if (error != 0) {
        (void)unlink(name);
    }
    return error;
}
