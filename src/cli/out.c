#include "cli/out.h"

#include "base/utf8.h"
#include "base/writer.h"

#include <string.h>

void fv_out_init(struct fv_out *o, int fd, const char *name)
{
    fv_sink_init(&o->sink, fd, name);
    o->len = 0;
    o->said = NULL;
}

enum fv_err fv_out_flush(struct fv_out *o)
{
    size_t len = o->len;
    o->len = 0;
    return fv_sink_write(&o->sink, o->buf, len);
}

void fv_out_slice(struct fv_out *o, struct fv_slice s)
{
    if (s.len > 0 && s.len < sizeof o->buf - o->len) {
        memcpy(o->buf + o->len, s.ptr, s.len);
        o->len += s.len;
        return;
    }
    while (s.len > 0) {
        size_t n = sizeof o->buf - o->len;
        n = n < s.len ? n : s.len;
        memcpy(o->buf + o->len, s.ptr, n);
        o->len += n;
        s = fv_slice_from(s, n);
        if (o->len == sizeof o->buf) {
            (void)fv_out_flush(o); /* the caller asks at the end */
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

static bool shows(uint32_t code)
{
    /* C0 and C1 controls, and the marks that turn the direction of text around. */
    return code >= 0x20 && code != 0x7F && !(code >= 0x80 && code <= 0x9F) &&
           !(code >= 0x202A && code <= 0x202E) && !(code >= 0x2066 && code <= 0x2069);
}

void fv_out_visible(struct fv_out *o, struct fv_slice s)
{
    while (s.len > 0) {
        uint32_t code = 0;
        size_t n = fv_utf8_next(s, &code);
        if (n > 0 && shows(code)) {
            fv_out_slice(o, fv_slice_head(s, n));
        } else {
            n = n > 0 ? n : 1;
            for (size_t i = 0; i < n; i++) {
                uint8_t byte = (uint8_t)s.ptr[i];
                char text[8];
                struct fv_writer w;
                fv_writer_init(&w, text, sizeof text);
                fv_writer_text(&w, "\\x");
                fv_writer_hex(&w, &byte, 1);
                fv_out_slice(o, fv_writer_done(&w));
            }
        }
        s = fv_slice_from(s, n);
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

void fv_out_seconds(struct fv_out *o, int64_t us)
{
    uint64_t tenths = us > 0 ? (uint64_t)us / 100000 : 0;
    fv_out_u64(o, tenths / 10);
    fv_out_text(o, ".");
    fv_out_u64(o, tenths % 10);
    fv_out_text(o, " s");
}
