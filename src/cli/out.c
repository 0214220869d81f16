/* SPDX-License-Identifier: MIT */
#include "cli/out.h"

#include "base/writer.h"
#include "cli/visible.h"
#include "parse/timestamp.h"

#include <string.h>

void fv_out_init(struct fv_out *o, int fd, const char *name)
{
    fv_sink_init(&o->sink, fd, name);
    o->len = 0;
    o->said = NULL;
}

/* Write the text of o. If the progress line is shown, it is removed; if the text ends with a
 * line end, the progress line is shown after it. */
static enum fv_err put(struct fv_out *o)
{
    struct fv_below *below = o->below;
    char *text = o->buf + FV_OUT_BEFORE;
    size_t len = o->len;
    o->len = 0;
    if (below != NULL && len > 0) {
        bool ends = text[len - 1] == '\n';
        size_t more = ends ? below->len : 0;
        memcpy(text + len, below->text, more);
        len += more;
        if (below->shown) {
            text = o->buf;
            memcpy(text, FV_OUT_CLEAR, FV_OUT_BEFORE);
            len += FV_OUT_BEFORE;
        }
        below->shown = more > 0;
        below->apart = !ends;
    }
    o->busy = true;
    enum fv_err err = fv_sink_write(&o->sink, text, len);
    o->busy = false;
    return err;
}

enum fv_err fv_out_flush(struct fv_out *o)
{
    struct fv_out *results = o->below != NULL ? o->below->results : NULL;
    if (results != NULL && results != o && !results->busy && results->len > 0) {
        (void)put(results); /* its owner checks for errors */
    }
    return put(o);
}

void fv_out_show_below(struct fv_out *o)
{
    struct fv_below *below = o->below;
    struct fv_out *results = below->results;
    if (o->busy || o->len > 0 || (results != NULL && results->busy)) {
        return;
    }
    if (results != NULL && results->len > 0) {
        (void)put(results);
    } else if (!below->apart && below->len > 0 && fv_sink_takes(&o->sink)) {
        below->shown = true;
        o->busy = true;
        (void)fv_sink_write(&o->sink, below->text, below->len);
        o->busy = false;
    }
}

void fv_out_drop_below(struct fv_out *o)
{
    struct fv_below *below = o->below;
    if (below == NULL) {
        return;
    }
    below->len = 0;
    if (below->shown) {
        below->shown = false;
        (void)fv_sink_write(&o->sink, FV_OUT_CLEAR, FV_OUT_BEFORE);
    }
}

void fv_out_slice(struct fv_out *o, struct fv_slice s)
{
    if (s.len > 0 && s.len < FV_OUT_MOST - o->len) {
        memcpy(o->buf + FV_OUT_BEFORE + o->len, s.ptr, s.len);
        o->len += s.len;
        return;
    }
    while (s.len > 0) {
        size_t n = FV_OUT_MOST - o->len;
        n = n < s.len ? n : s.len;
        memcpy(o->buf + FV_OUT_BEFORE + o->len, s.ptr, n);
        o->len += n;
        s = fv_slice_from(s, n);
        if (o->len == FV_OUT_MOST) {
            (void)fv_out_flush(o); /* the caller checks for errors at the end */
        }
    }
}

void fv_out_text(struct fv_out *o, const char *text)
{
    fv_out_slice(o, fv_slice_of(text));
}

void fv_out_u64(struct fv_out *o, uint64_t v)
{
    char text[24];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_writer_u64(&w, v);
    fv_out_slice(o, fv_writer_done(&w));
}

void fv_out_visible(struct fv_out *o, struct fv_slice s)
{
    while (s.len > 0) {
        struct fv_visible v;
        fv_visible_next(s, &v);
        fv_out_slice(o, (struct fv_slice){v.text, v.len});
        s = fv_slice_from(s, v.used);
    }
}

void fv_out_size(struct fv_out *o, uint64_t bytes)
{
    char text[32];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_writer_size(&w, bytes);
    fv_out_slice(o, fv_writer_done(&w));
}

bool fv_out_time(struct fv_out *o, int64_t us, bool spaced)
{
    char text[32];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    if (spaced) {
        fv_timestamp_write_table(us, &w);
        fv_writer_text(&w, w.len > 0 ? "Z" : "");
    } else {
        fv_timestamp_write(us - us % 1000000, &w);
    }
    fv_out_slice(o, fv_writer_done(&w));
    return w.len > 0;
}

void fv_out_seconds(struct fv_out *o, int64_t us)
{
    uint64_t tenths = us > 0 ? (uint64_t)us / 100000 : 0;
    fv_out_u64(o, tenths / 10);
    fv_out_text(o, ".");
    fv_out_u64(o, tenths % 10);
    fv_out_text(o, " s");
}
