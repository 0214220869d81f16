/* SPDX-License-Identifier: MIT */
/*
 * The writer is a model here: it takes any length, and looks at what is written. fv_writer_text()
 * gets literals of the program alone, which may hold CR LF; all else comes from outside.
 *
 * PROOF get; STATE 0-9; unwind 40; core; bound values of 0 to 9 bytes;
 *     no value brings a CR, LF or other control byte into a GET
 * PROOF connect; STATE 0-9; unwind 40; core; bound values of 0 to 9 bytes; nor into a CONNECT
 */
#include "base/slice.c"
#include "parse/request.c"

#include "proof.h"

/* proof_url.c shows that they write no control byte and no space. */
void fv_url_write_target(const struct fv_url *url, struct fv_writer *w)
{
    w->len += url->path.len;
}

void fv_url_write_authority(const struct fv_url *url, bool with_port, struct fv_writer *w)
{
    w->len += url->host.len + with_port;
}

void fv_writer_text(struct fv_writer *w, const char *text)
{
    w->len += strlen(text);
}

void fv_writer_slice(struct fv_writer *w, struct fv_slice s)
{
    proof(!fv_slice_has_control(s), "no control byte");
    w->len += s.len;
}

void fv_writer_u64(struct fv_writer *w, uint64_t v)
{
    (void)v;
    w->len++;
}

enum fv_err fv_writer_check(const struct fv_writer *w)
{
    return w->full ? FV_E_CAPACITY : FV_OK;
}

static void make(enum fv_err (*write)(const struct fv_request *r, struct fv_writer *w))
{
    char fields[3][STATE + 1];
    struct fv_url url = {.host = {"h", 1}, .path = {"/", 1}};
    struct fv_request r = {.url = &url,
                           .authorization = {fields[0], STATE},
                           .accept = {fields[1], STATE},
                           .range_from = nondet_uint64(),
                           .if_range = {fields[2], STATE}};
    struct fv_writer w = {.full = nondet_bool()};
    enum fv_err err = write(&r, &w);
    proof(err == FV_OK || err == FV_E_URL || err == FV_E_CAPACITY, "a code of the header");
    proof_reached();
}

void prove_get(void)
{
    make(fv_request_get);
}

void prove_connect(void)
{
    make(fv_request_connect);
}
