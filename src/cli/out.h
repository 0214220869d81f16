/*
 * Buffered text output to a file descriptor, without stdio: what is printed is made of slices and numbers, and a name from
 * the portal never reaches a terminal with its control bytes.
 */
#ifndef FV_CLI_OUT_H
#define FV_CLI_OUT_H

#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"
#include "cli/sink.h"

struct fv_out {
    struct fv_sink sink;
    struct fv_writer
        *said; /* gets the text of the last complaint (cli/message.h); NULL: nobody wants it */
    size_t len;
    char buf[16384];
};

/* Call before the process is confined; name is borrowed. */
void fv_out_init(struct fv_out *o, int fd, const char *name);
void fv_out_slice(struct fv_out *o, struct fv_slice s);
static inline void fv_out_char(struct fv_out *o, char c)
{
    if (sizeof o->buf - o->len > 1) { /* the last place is for what is written with the rest */
        o->buf[o->len++] = c;
    } else {
        fv_out_slice(o, (struct fv_slice){&c, 1});
    }
}
void fv_out_text(struct fv_out *o, const char *text);
void fv_out_u64(struct fv_out *o, uint64_t v);
/* Write text for people: control bytes and bytes that are not UTF-8 become \xHH. */
void fv_out_visible(struct fv_out *o, struct fv_slice s);
/* Write a size: 12 B, 3.4 KiB, 1.2 GiB. */
void fv_out_size(struct fv_out *o, uint64_t bytes);
/* Write seconds with one decimal. */
void fv_out_seconds(struct fv_out *o, int64_t us);
/* Write what is buffered. FV_OK, or o->sink.err once a write failed. */
enum fv_err fv_out_flush(struct fv_out *o);

#endif
