/* SPDX-License-Identifier: MIT */
/*
 * Buffered text output to a file descriptor, without stdio. Output is made of slices and numbers,
 * and a name from the portal never reaches a terminal with its control bytes.
 *
 * On a terminal, a progress line may be shown below the output. It is removed before output is
 * printed, and shown again below it, in one write.
 */
#ifndef FV_CLI_OUT_H
#define FV_CLI_OUT_H

#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"
#include "cli/sink.h"

#define FV_OUT_CLEAR "\r\033[K"
#define FV_OUT_BEFORE (sizeof FV_OUT_CLEAR - 1)
#define FV_OUT_MOST 12288 /* bytes of text */
#define FV_OUT_BELOW 1536 /* bytes of the line below it */

/* The progress line at the bottom of a terminal. Zero: none. */
struct fv_below {
    /* standard output, if it is on the same terminal; otherwise NULL */
    struct fv_out *results;
    bool shown; /* the line is shown */
    bool apart; /* the last output has not ended its line */
    size_t len; /* bytes of text; 0: there is no line to show */
    char text[FV_OUT_BELOW];
};

struct fv_out {
    struct fv_sink sink;
    /* gets the text of the last message (cli/message.h); NULL: not kept */
    struct fv_writer *said;
    struct fv_below *below; /* of the terminal that this is written to; NULL: none */
    bool busy;              /* a write is under way: nothing may be added */
    size_t len;
    /* the text follows after room for FV_OUT_CLEAR */
    char buf[FV_OUT_BEFORE + FV_OUT_MOST + FV_OUT_BELOW];
};

/* Call before the process is confined; name is borrowed. */
void fv_out_init(struct fv_out *o, int fd, const char *name);
void fv_out_slice(struct fv_out *o, struct fv_slice s);
static inline void fv_out_char(struct fv_out *o, char c)
{
    /* fv_out_slice() writes the buffer when its last byte is used */
    if (FV_OUT_MOST - o->len > 1) {
        o->buf[FV_OUT_BEFORE + o->len++] = c;
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
/* Write a time in whole seconds: 2021-04-02T15:44:37Z, or spaced: 2021-04-02 15:44:37Z. Return
 * false if it is not known: nothing is written. */
bool fv_out_time(struct fv_out *o, int64_t us, bool spaced);
/* Write seconds with one decimal. */
void fv_out_seconds(struct fv_out *o, int64_t us);
/* Write the buffer; before it, the buffer of the results on the same terminal. FV_OK, or
 * o->sink.err once a write has failed. */
enum fv_err fv_out_flush(struct fv_out *o);

/* Return the content of the buffer; valid until more is written. */
static inline struct fv_slice fv_out_waiting(const struct fv_out *o)
{
    return (struct fv_slice){o->buf + FV_OUT_BEFORE, o->len};
}

/* Show o->below as it is now. Does nothing during a write, in the middle of a line, or while the
 * terminal takes no bytes: a run does not wait for that. */
void fv_out_show_below(struct fv_out *o);
/* Remove the line, and show none until its text is set again. */
void fv_out_drop_below(struct fv_out *o);

#endif
