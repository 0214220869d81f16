/* SPDX-License-Identifier: MIT */
/*
 * PROOF parse; STATE 0-4; unwind 13; bound http:// and 0 to 4 bytes;
 *     the parts lie in the text, a host and a port are there, and no part has a control byte
 * PROOF encoded; STATE 0-4; unwind 6; bound texts of 0 to 4 bytes;
 *     a target has no space, control byte or byte above 0x7E
 * PROOF authority; STATE 0-5; unwind 10; bound hosts of 0 to 5 bytes; nor has an authority
 */
#include "base/num.c"
#include "base/slice.c"
#include "parse/url.c"

#include "proof.h"

const bool fv_ip6_linked = true;

/* What ip6.c and ip4.c promise. */
bool fv_ip6_parse(struct fv_slice s, uint8_t out[16])
{
    (void)out;
    return s.len > 1 && nondet_bool();
}

bool fv_ip4_parse(struct fv_slice s, uint8_t out[4])
{
    (void)out;
    return s.len > 6 && nondet_bool();
}

/* The writer is a model that looks at what is written, and has room for any length. */
static bool is_visible(char c)
{
    return c > ' ' && c <= '~';
}

void fv_writer_char(struct fv_writer *w, char c)
{
    proof(is_visible(c), "no space, control byte or byte above 0x7E");
    w->len++;
}

void fv_writer_slice(struct fv_writer *w, struct fv_slice s)
{
    for (size_t i = 0; i < STATE; i++) {
        proof(i >= s.len || is_visible(s.ptr[i]), "no space, control byte or byte above 0x7E");
    }
    w->len += s.len;
}

void fv_writer_text(struct fv_writer *w, const char *text)
{
    w->len += strlen(text);
}

void fv_writer_percent(struct fv_writer *w, uint8_t byte)
{
    (void)byte;
    w->len += 3;
}

void fv_writer_u64(struct fv_writer *w, uint64_t v)
{
    (void)v;
    w->len++;
}

struct fv_slice fv_writer_done(const struct fv_writer *w)
{
    return (struct fv_slice){w->buf, w->len};
}

enum fv_err fv_writer_check(const struct fv_writer *w)
{
    return w->full ? FV_E_CAPACITY : FV_OK;
}

void prove_encoded(void)
{
    char bytes[STATE + 1];
    char *text = bytes + 1; /* so that it ends where they end */
    char also[] = {nondet_char(), nondet_char(), '\0'};
    struct fv_writer w = {0};
    proof_assume(is_visible(also[0]) && is_visible(also[1]));
    put_encoded((struct fv_slice){text, STATE}, also, &w);
    proof(w.len >= STATE && w.len <= 3 * STATE, "each byte, or three for one");
    proof_reached();
}

void prove_authority(void)
{
    char bytes[STATE + 1];
    char *text = bytes + 1; /* so that it ends where they end */
    struct fv_url url = {.https = nondet_bool(), .port = nondet_uint16()};
    struct fv_writer w = {0};
    if (parse_host((struct fv_slice){text, STATE}, &url) == FV_OK) {
        proof(url.host.len > 0 && url.host.len <= FV_CAP_HOST, "a host");
        proof(url.host.ptr >= text && url.host.ptr + url.host.len <= text + STATE, "in the text");
        if (!url.ipv6) {
            fv_url_write_authority(&url, nondet_bool(), &w);
        }
    }
    proof_reached();
}

void prove_parse(void)
{
    char text[sizeof "http://" - 1 + STATE];
    struct fv_slice all = {text, sizeof text};
    struct fv_url url = {.port = 7};
    memcpy(text, "http://", sizeof "http://" - 1);
    enum fv_err err = fv_url_parse(all, &url);
    proof(err == FV_OK || err == FV_E_URL || err == FV_E_CAPACITY, "a code of the header");
    if (err == FV_OK) {
        proof(url.port > 0 && url.host.len > 0 && url.host.len <= FV_CAP_HOST, "host and port");
        proof(url.host.len + url.path.len + url.query.len <= STATE, "no more than the text");
        proof(url.path.len == 0 || url.path.ptr[0] == '/', "a path begins with a slash");
        proof(!fv_slice_has_control(url.path) && !fv_slice_has_control(url.query), "no control");
    } else {
        proof(url.port == 7, "nothing is written on failure");
    }
    proof_reached();
}
