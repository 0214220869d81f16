/* SPDX-License-Identifier: MIT */
/*
 * The capacities of a line and of the texts that are kept are small here (caps/base/cap.h), so that
 * a loop over a whole line ends. What "any state" means is fv_head_holds() and clean().
 *
 * PROOF reset; unwind 42; core; bound any memory; the invariant holds at the start
 * PROOF text; STATE 0-1; unwind 42; core; bound any length, an octet at a time;
 *     a line and a head keep their limits, and only octets of a field value or reason are kept
 * PROOF fold; STATE 0-1; unwind 42; bound any length, an octet at a time; the same for a line fold
 * PROOF line_end; STATE 0-2; unwind 42; core; bound any length, an octet at a time;
 *     a status is 100 to 999, framing is what RFC 9112 6.3 says, and the seconds to wait do not wrap
 * PROOF body; unwind 26; core; bound any length; no octet of the body is used
 * PROOF name; unwind 42; bound any line; the field is found by its whole name
 * PROOF field; STATE 0-7; unwind 26; bound any length, a field of 25 octets at a time;
 *     what is kept ends inside its array and holds no control byte
 * PROOF list; STATE 0-1; unwind 7; bound lists of 5 octets;
 *     a length that is not a number, or that differs from another one, is not accepted
 * PROOF validator; unwind 26; core; bound any response; the age of a version does not wrap
 */
#define is_blank slice_is_blank
#include "base/slice.c"
#undef is_blank
#include "parse/head.c"
#include "parse/head_holds.c"
#include "parse/range.c"

#include "proof.h"

/* CBMC gives an uninitialised union two values, one for each way to read it; not this. */
struct fv_head nondet_head(void);

/* What timestamp.c promises, for any text. */
enum fv_err fv_timestamp_parse_http(struct fv_slice text, int64_t now_us, int64_t *out)
{
    (void)now_us;
    proof(text.len == 0 || __CPROVER_r_ok(text.ptr, text.len), "a date is in the line");
    int64_t us = nondet_int64();
    if (nondet_bool()) {
        return FV_E_HTTP_SYNTAX;
    }
    proof_assume(us != FV_TIMESTAMP_NONE && date_holds(us));
    *out = us;
    return FV_OK;
}

static bool no_number; /* a text that was refused */

/* What num.c promises, for any text. */
bool fv_num_decimal(struct fv_slice text, uint64_t max, uint64_t *out)
{
    proof(text.len == 0 || __CPROVER_r_ok(text.ptr, text.len), "a number is in the line");
    uint64_t value = nondet_uint64();
    if (text.len == 0 || value > max || nondet_bool()) {
        no_number = true;
        return false;
    }
    *out = value;
    return true;
}

static bool is_clean(const char *text, size_t cap)
{
    for (size_t i = 0; i < cap && text[i] != '\0'; i++) {
        if (!fv_octet_text((uint8_t)text[i])) {
            return false;
        }
    }
    return true;
}

static bool is_clean_slice(struct fv_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!fv_octet_text((uint8_t)s.ptr[i])) {
            return false;
        }
    }
    return true;
}

static bool clean_texts(const struct fv_head *h)
{
    return fv_head_redirects(h) ? is_clean(h->location, FV_CAP_URL)
                                : is_clean(h->etag, FV_CAP_VALIDATOR) &&
                                      is_clean(h->last_modified, FV_CAP_VALIDATOR);
}

/* Return whether what is kept holds no control byte. */
static bool clean(const struct fv_head *h)
{
    return is_clean_slice((struct fv_slice){h->line, h->line_len}) && clean_texts(h);
}

static enum fv_err push(struct fv_head *h, uint8_t c)
{
    size_t used = 2;
    proof_assume(fv_head_holds(h) && clean(h));
    enum fv_err err = fv_head_push(h, &c, 1, &used);
    proof(used == (err >= FV_OK ? 1 : 2), "an octet is used, or nothing is written");
    proof(h->line_len <= FV_CAP_LINE && h->total <= FV_CAP_HEAD + 1, "limits of line and head");
    proof(err < FV_OK || (fv_head_holds(h) && clean(h)), "the invariant holds again");
    proof_reached();
    return err;
}

void prove_reset(void)
{
    struct fv_head h;
    fv_head_reset(&h, nondet_bool());
    proof(fv_head_holds(&h) && clean(&h), "holds at the start");
    proof_reached();
}

void prove_text(void)
{
    struct fv_head h = nondet_head();
    h.state = STATE == 0 ? FV_HEAD_TEXT : FV_HEAD_VALUE;
    size_t before = h.line_len;
    uint8_t c = nondet_uint8();
    enum fv_err err = push(&h, c);
    proof(err != FV_OK, "a head ends with a line feed");
    proof(err < FV_OK || before < FV_CAP_LINE || !fv_octet_text(c) || h.cut ||
              h.state == FV_HEAD_VALUE,
          "a longer line is cut only if the field is not used");
}

void prove_fold(void)
{
    struct fv_head h = nondet_head();
    h.state = FV_HEAD_LINE;
    (void)push(&h, STATE == 0 ? ' ' : '\t');
}

/* RFC 9112 6.3, in its order. */
static enum fv_framing framing_of(const struct fv_head *h)
{
    if (h->status == 204 || h->status == 205 || h->status == 304 || opens_tunnel(h)) {
        return FV_FRAMING_NONE;
    }
    return h->chunked ? FV_FRAMING_CHUNKED : h->have_length ? FV_FRAMING_LENGTH : FV_FRAMING_CLOSE;
}

/* STATE 0: of the status line; 1: of a field line; 2: of the head */
void prove_line_end(void)
{
    struct fv_head h = nondet_head();
    h.state = FV_HEAD_LF;
    if (STATE == 0) {
        h.status = 0;
    } else {
        proof_assume(h.status != 0);
    }
    if (STATE == 2) {
        h.line_len = 0;
    } else {
        proof_assume(STATE == 0 || h.line_len > 0);
    }
    bool bad = h.bad_framing || (h.chunked && h.have_length);
    enum fv_err err = push(&h, '\n');
    proof(err != FV_OK || STATE == 2, "an empty line ends a head");
    proof(err < FV_OK || h.status != 0 || STATE == 2, "a status line has a status");
    if (err == FV_OK) {
        proof(h.status >= 200 && h.status <= 999, "the status of a final response");
        proof(!bad || opens_tunnel(&h), "no response with doubtful framing");
        proof(h.framing == framing_of(&h), "framing");
        proof(!h.keep_alive || (h.framing != FV_FRAMING_CLOSE && !h.close_seen), "keep-alive");
        proof(h.retry_at_us == FV_TIMESTAMP_NONE || h.date_us == FV_TIMESTAMP_NONE, "retry");
    }
}

void prove_body(void)
{
    struct fv_head h = nondet_head();
    uint8_t octets[2];
    size_t used = 9;
    h.state = FV_HEAD_BODY;
    proof_assume(fv_head_holds(&h));
    proof(fv_head_push(&h, octets, proof_length(2), &used) == FV_OK && used == 0, "used");
    proof_reached();
}

void prove_name(void)
{
    struct fv_head h = nondet_head();
    struct fv_slice name;
    struct fv_slice value;
    proof_assume(h.line_len <= FV_CAP_LINE);
    if (split_field(&h, &name, &value)) {
        const struct field *field = taker(&h, name);
        proof(name.ptr == h.line && name.len > 0 && name.len < h.line_len, "a name in the line");
        proof(value.len == h.line_len - name.len - 1, "the rest is the value");
        proof(field == NULL || strlen(field->name) == name.len, "a whole name");
        proof(field == NULL || h.status >= 200 || field - fields < FRAMING_FIELDS, "interim");
        proof_reached();
    }
}

/* Of field_line() and what follows it, this is the part that prove_name() and prove_text() leave. */
void prove_field(void)
{
    struct fv_head h = nondet_head();
    char text[FV_CAP_URL + 1];
    struct fv_slice value = {text, proof_length(sizeof text)};
    static const size_t which[] = {1, 3, 5, 6, 7, 8, 9, 10}; /* without lists */
    h.state = FV_HEAD_LINE;
    proof_assume(is_clean_slice(value) && fv_head_holds(&h) && clean_texts(&h));
    proof_assume(which[STATE] < FRAMING_FIELDS || h.status >= 200);
    const bool doubtful = h.chunked || h.minor == 0;
    fields[which[STATE]].take(&h, value);
    proof(STATE != 0 || !doubtful || h.bad_framing, "chunked once, and not in HTTP/1.0");
    proof(fv_head_holds(&h) && clean_texts(&h), "the invariant holds again");
    proof_reached();
}

/* STATE 0: Content-Length; 1: Connection */
void prove_list(void)
{
    struct fv_head h = nondet_head();
    char text[5];
    struct fv_slice value = {text, proof_length(sizeof text)};
    bool bad = h.bad_framing;
    uint64_t length = h.length;
    bool again = h.have_length;
    proof_assume(framing_holds(&h) && h.status != 0);
    if (STATE == 0) {
        take_length(&h, value);
        proof(framing_holds(&h) && h.have_length && (!bad || h.bad_framing), "framing");
        proof(!again || h.length == length || h.bad_framing, "one length, or none");
        proof(!no_number || h.bad_framing, "a number");
    } else {
        take_connection(&h, value);
    }
    proof_reached();
}

void prove_validator(void)
{
    struct fv_head h = nondet_head();
    h.state = FV_HEAD_BODY;
    proof_assume(fv_head_holds(&h) && !fv_head_redirects(&h));
    struct fv_slice s = fv_head_validator(&h);
    proof(s.len <= FV_CAP_VALIDATOR && (s.len == 0 || s.ptr == h.etag || s.ptr == h.last_modified),
          "a text of the response");
    proof_reached();
}
