/* SPDX-License-Identifier: MIT */
#include "fw/say.h"

#include "base/writer.h"
#include "fw/words.h"
#include "port/bare/bare.h"

void fv_say_slice(struct fv_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        char shown = c < 0x20 || c == 0x7F ? '?' : text.ptr[i];
        fv_board_write(&shown, 1);
    }
}

void fv_say_text(const char *text)
{
    fv_say_slice(fv_slice_of(text));
}

static void number(uint64_t v, unsigned width)
{
    char text[24];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_writer_u64_padded(&w, v, width);
    fv_say_slice(fv_writer_done(&w));
}

void fv_say_u64(uint64_t v)
{
    number(v, 1);
}

void fv_say_begin(void)
{
    uint64_t ms = (uint64_t)fv_bare_now() / 1000;
    number(ms / 1000, 1);
    fv_say_text(".");
    number(ms % 1000, 3);
    fv_say_text(" ");
}

void fv_say_end(void)
{
    fv_board_write("\r\n", 2);
}

void fv_say(const char *text)
{
    fv_say_begin();
    fv_say_text(text);
    fv_say_end();
}

void fv_say_fault(const struct fv_fault *fault)
{
    fv_say_begin();
    fv_say_text("error: ");
    if (fault->subject[0] != '\0') {
        fv_say_text(fault->subject);
        fv_say_text(": ");
    }
    fv_say_text(fv_words_of(fault->err));
    if (fault->detail[0] != '\0') {
        fv_say_text(": ");
        fv_say_text(fault->detail);
    }
    if (fault->native != 0) {
        fv_say_text(fault->native < 0 ? " [code -" : " [code ");
        fv_say_u64((uint64_t)(fault->native < 0 ? -(int64_t)fault->native : fault->native));
        fv_say_text("]");
    }
    fv_say_end();
}
