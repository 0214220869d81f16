/* SPDX-License-Identifier: MIT */
/*
 * The body of a response, of any framing and length: by induction over one octet of a line, or one
 * piece of content, from any state for which fv_body_holds(). STATE is the state of the module.
 *
 * PROOF init; STATE 0; unwind 1; core; bound any head;
 *     the invariant holds for the body that a head announces, and Content-Length is what is left
 * PROOF content; STATE 0-1; unwind 3; core; bound any length and piece;
 *     received never exceeds Content-Length or a chunk, and content lies inside of p
 * PROOF pieces; STATE 1; unwind 3; core; bound any length and two pieces;
 *     content in two pieces is what it is in one
 * PROOF joined; STATE 0-14; unwind 5; core; bound any length, each piece of up to 3 bytes;
 *     content that follows octets of a line lies inside of p, too
 * PROOF octet; STATE 2-14; unwind 3; core; bound any length, an octet at a time;
 *     chunk sizes are exact or refused, and no line or trailer section exceeds its limit
 * PROOF end; STATE 0; unwind 1; core; bound any state;
 *     a body of a known length is complete only if no byte of it is left
 */
#include "parse/body.c"

#include "base/num.c"
#include "proof.h"

/* Any state between two calls. */
static void begin(struct fv_body *b, uint8_t state)
{
    b->state = state;
    proof_assume(b->framing >= FV_FRAMING_NONE && b->framing <= FV_FRAMING_CLOSE);
    proof_assume(fv_body_holds(b));
}

void prove_init(void)
{
    static struct fv_head head;
    struct fv_body b;
    head.length = nondet_uint64();
    head.framing = (enum fv_framing)(nondet_uint8() % 4);
    fv_body_init(&b, &head);
    proof(fv_body_holds(&b) && b.received == 0, "the invariant holds");
    proof(head.framing != FV_FRAMING_LENGTH || b.left == head.length, "all of it is left");
    proof_reached();
}

void prove_content(void)
{
    static const uint8_t memory[1];
    struct fv_body b;
    begin(&b, STATE);
    const struct fv_body before = b;
    size_t n = nondet_size();
    size_t used = SIZE_MAX;
    struct fv_slice content = FV_SLICE_NONE;
    /* Content is not read: p[0..n) may be longer than its memory. */
    proof_assume(n <= PTRDIFF_MAX && b.received <= UINT64_MAX - n);
    enum fv_err err = fv_body_push(&b, memory, n, &used, &content);
    proof(err == FV_OK || err == FV_MORE, "no error");
    proof(used <= n && content.len == used, "content lies inside of p");
    proof(used == 0 || content.ptr == (const char *)memory, "content begins at p");
    proof((n > 0 && STATE == NEXT_CONTENT) == (used > 0), "it goes on");
    proof(b.received - before.received == used, "all of it is counted");
    if (b.framing == FV_FRAMING_CLOSE && STATE == NEXT_CONTENT) {
        proof(used == n && err == FV_MORE, "all is content until the connection ends");
    } else {
        proof(used <= before.left && b.left == before.left - used, "received + left is constant");
    }
    bool all = b.framing == FV_FRAMING_LENGTH && b.left == 0;
    proof((err == FV_OK) == (all || STATE == NEXT_RESPONSE), "complete");
    proof(fv_body_holds(&b), "the invariant holds again");
    proof_reached();
}

void prove_pieces(void)
{
    static const uint8_t memory[1];
    struct fv_body one;
    begin(&one, NEXT_CONTENT);
    struct fv_body two = one;
    size_t n = nondet_size();
    size_t first = proof_length(n);
    proof_assume(n <= PTRDIFF_MAX && one.received <= UINT64_MAX - n && first > 0);
    struct fv_slice all = take_content(&one, memory, n);
    struct fv_slice head = take_content(&two, memory, first);
    size_t rest = 0;
    if (first < n && two.state == NEXT_CONTENT) {
        rest = take_content(&two, memory, n - first).len;
    }
    proof(head.len + rest == all.len && head.ptr == all.ptr, "the same content");
    proof(one.received == two.received && one.left == two.left && one.state == two.state,
          "the same state");
    proof_reached();
}

void prove_joined(void)
{
    static uint8_t octets[3];
    struct fv_body b;
    begin(&b, STATE);
    const size_t n = proof_length(sizeof octets);
    const uint8_t *p = octets + sizeof octets - n; /* so that it ends where they end */
    size_t used = SIZE_MAX;
    struct fv_slice content = {NULL, SIZE_MAX};
    for (size_t i = 0; i < sizeof octets; i++) {
        octets[i] = nondet_uint8();
    }
    proof_assume(b.received <= UINT64_MAX - n);
    if (fv_body_push(&b, p, n, &used, &content) >= FV_OK) {
        proof(used <= n && content.len <= used, "inside of p");
        proof(content.len == 0 || content.ptr == (const char *)p + used - content.len,
              "content ends where the next piece begins");
        proof(used == n || content.len > 0 || b.state == NEXT_RESPONSE, "it goes on");
        proof(fv_body_holds(&b), "the invariant holds again");
    }
    proof_reached();
}

void prove_octet(void)
{
    struct fv_body b;
    begin(&b, STATE);
    const struct fv_body before = b;
    uint8_t c = nondet_uint8();
    size_t used = SIZE_MAX;
    struct fv_slice content = {NULL, SIZE_MAX};
    enum fv_err err = fv_body_push(&b, &c, 1, &used, &content);
    bool digit = STATE <= NEXT_SIZE_MORE && fv_num_hexdigit((char)c) >= 0;
    unsigned __int128 size =
        ((unsigned __int128)before.left << 4) + (unsigned)fv_num_hexdigit((char)c);
    proof(b.received == before.received && b.framing == before.framing, "no content");
    if (err < FV_OK) {
        proof(used == SIZE_MAX && content.len == SIZE_MAX, "nothing is given");
        proof(err == FV_E_HTTP_SYNTAX || err == FV_E_HTTP_LINE || err == FV_E_HTTP_HEAD ||
                  (err == FV_E_HTTP_FRAMING && (STATE == NEXT_SIZE_LF || digit)),
              "one of its codes");
        proof(err != FV_E_HTTP_FRAMING || !digit || size > UINT64_MAX, "too large");
        proof(err != FV_E_HTTP_LINE || before.line == FV_CAP_LINE, "the line is full");
        proof(err != FV_E_HTTP_HEAD || before.total == FV_CAP_HEAD, "the section is full");
    } else {
        proof(used == 1 && content.len == 0, "one octet is used");
        proof(!digit || b.left == size, "the size of a chunk is exact");
        proof(digit || b.left == before.left, "the size stays");
        proof(b.total == before.total + (STATE >= NEXT_TRAILER), "the section is counted");
        proof((err == FV_OK) == (STATE == NEXT_LAST_LF && c == '\n'), "complete");
        proof(fv_body_holds(&b), "the invariant holds again");
    }
    proof_reached();
}

void prove_end(void)
{
    struct fv_body b;
    begin(&b, nondet_uint8());
    enum fv_err err = fv_body_finish(&b, nondet_bool());
    proof(err == FV_OK || err == FV_E_TRUNCATED, "one of its codes");
    proof(b.framing != FV_FRAMING_LENGTH || (err == FV_OK) == (b.left == 0), "Content-Length");
    proof(b.framing != FV_FRAMING_CHUNKED || (err == FV_OK) == (b.state == NEXT_RESPONSE),
          "the last chunk and its trailer section");
    proof_reached();
}
