/* SPDX-License-Identifier: MIT */
/*
 * The splitter, for streams of any length: by induction over one byte, from any state for which
 * fv_splitter_holds(). STATE is the state of the module.
 *
 * PROOF joined; STATE 40; unwind 10; core;
 *     bound one escape and one character, of a string that is not kept;
 *     characters that follow another byte lie inside of p, too
 * PROOF byte; STATE 0-26; unwind 10;
 *     bound any length if given byte by byte, two names of at most 3 bytes (compared: one of 2);
 *     a finished object begins with {, ends with } and fits
 * PROOF run; STATE 30-35; unwind 20; core; bound any length, and the text of runs of 2 characters;
 *     characters that are taken at once stay inside the buffers, and leave what they leave one by
 *     one, so the objects are the same for any split
 * PROOF reset; STATE 8; unwind 10; core; bound any names of 3 bytes;
 *     the invariant holds after reset
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* NEXT_CHARACTER is four cases: the byte that ends or interrupts a value or a name, and PLAIN, a
 * character of any string. */
#define PLAIN 24
#define KEY 25
#define MEMBER 26
/* A run of characters in the name of a member, in another name, in a value: of any length, without
 * its text; then of 2, with it. */
#define RUN 30
#define RUN_TEXT 33
/* The second byte of an escape and what follows it, in one call. */
#define JOINED 40

/* Whether n bytes at that place are inside one buffer of the splitter. */
static bool inside(const void *to, size_t n);

/* memcpy() as a loop: CBMC's own one makes all of the structure unknown. */
static void *copy(void *to, const void *from, size_t n)
{
    if (STATE >= RUN && STATE < JOINED) {
        __CPROVER_assert(inside(to, n), "inside a buffer");
    }
    if (STATE >= RUN && STATE < RUN_TEXT) {
        return to;
    }
    if (STATE == PLAIN) {
        return memcpy(to, from, n);
    }
    for (size_t i = 0; i < n; i++) {
        ((char *)to)[i] = ((const char *)from)[i];
    }
    return to;
}

#define fv_slice_bare bare
#define memcpy copy
#include "parse/splitter.c"
#include "parse/splitter_holds.c"
#undef memcpy
#undef fv_slice_bare

#include "base/num.c"
#include "proof.h"

/* What fv_slice_bare() returns for one byte. A concrete value, so that CBMC knows which byte is
 * the next one. */
size_t bare(struct fv_slice s, bool ascii)
{
    if (STATE == JOINED) {
        proof(!ascii && s.len > 0 && __CPROVER_r_ok(s.ptr, s.len), "inside of p");
        return s.len;
    }
    if (STATE >= RUN) {
        return s.len;
    }
    unsigned char c = (unsigned char)s.ptr[0];
    bool plain = c >= ' ' && c != '"' && c != '\\';
    proof(s.len == 1 && !ascii, "a byte at a time");
    proof_assume(plain == (STATE == PLAIN));
    return STATE == PLAIN ? 1 : 0;
}

#define NAMES 2
#define NAME 3 /* bytes at most */

static char name_text[NAMES][NAME];
static struct fv_slice names[NAMES];

/* Any state in which the splitter may be between two calls. */
static void begin(struct fv_splitter *s)
{
    static const char *const rest[] = {"rue", "ue", "e", "alse", "lse", "se", "ull", "ll", "l"};
    size_t word = proof_length(sizeof rest / sizeof rest[0] - 1);
    for (size_t i = 0; i < NAMES; i++) {
        names[i].len = STATE == MEMBER ? 2 : proof_length(NAME);
        /* The first one ends where their memory ends. */
        names[i].ptr = name_text[NAMES - 1 - i] + NAME - names[i].len;
        for (size_t j = 0; j < NAME; j++) {
            name_text[i][j] = nondet_char();
        }
    }
    s->state = STATE >= PLAIN ? NEXT_CHARACTER : STATE;
    if (STATE == NEXT_CHARACTER || STATE > PLAIN) {
        s->role = STATE == MEMBER ? ROLE_MEMBER : STATE == KEY ? ROLE_KEY : ROLE_VALUE;
    }
    s->literal = rest[word];
    s->wanted = names;
    s->wanted_count = STATE == MEMBER ? 1 : proof_length(NAMES);
    proof_assume(s->member < NAMES);
    proof_assume(fv_splitter_holds(s));
    proof_assume(s->offset < UINT64_MAX);
}

void prove_byte(void)
{
    struct fv_splitter s;
    begin(&s);
    const struct fv_splitter before = s;
    uint8_t c = nondet_uint8();
    size_t used = SIZE_MAX;
    size_t len = SIZE_MAX;
    char *object = NULL;
    enum fv_err err = fv_splitter_push(&s, &c, 1, &used, &object, &len);
    proof(err == FV_OK || err == FV_MORE || err == FV_E_JSON, "one of its codes");
    proof(fv_splitter_holds(&s), "the invariant holds again");
    if (err == FV_OK) {
        proof(used <= 1 && object == s.object && len <= FV_CAP_OBJECT, "an object fits");
        proof(len == 0 || (len >= 2 && object[0] == '{' && object[len - 1] == '}'), "in braces");
        proof(s.objects == before.objects + 1, "it is counted");
    }
    uint64_t level = nondet_uint64();
    if (err >= FV_OK && level < before.depth && level < s.depth && level < FV_SPLITTER_DEPTH) {
        proof((s.kinds >> level & 1) == (before.kinds >> level & 1), "open brackets stay");
    }
    proof(s.depth - before.depth + 1 <= 2, "one bracket a byte");
    if (err == FV_MORE) {
        proof(used == 1 && s.objects == before.objects, "the byte is used");
    }
    if (err < FV_OK) {
        proof(used == SIZE_MAX && object == NULL && len == SIZE_MAX, "nothing is given");
        proof(s.state == REFUSED, "refused");
    }
    proof_reached();
}

static struct fv_splitter once;
static struct fv_splitter twice;

static bool inside(const void *to, size_t n)
{
    const struct fv_splitter *s = __CPROVER_same_object(to, &once) ? &once : &twice;
    size_t at = (size_t)((const char *)to - (const char *)s);
    size_t key = offsetof(struct fv_splitter, key);
    size_t object = offsetof(struct fv_splitter, object);
    return (at >= key && at - key <= sizeof s->key && n <= sizeof s->key - (at - key)) ||
           (at >= object && at - object <= sizeof s->object &&
            n <= sizeof s->object - (at - object));
}

void prove_run(void)
{
    struct fv_splitter any;
    static const uint8_t roles[] = {ROLE_MEMBER, ROLE_KEY, ROLE_VALUE};
    uint8_t p[2] = {nondet_uint8(), nondet_uint8()};
    size_t n = STATE >= RUN_TEXT ? sizeof p : nondet_size();
    proof_assume(n >= 2);
    any.state = NEXT_CHARACTER;
    any.role = roles[STATE % 3];
    any.literal = "";
    any.wanted = NULL;
    any.wanted_count = 0;
    proof_assume(fv_splitter_holds(&any));
    once = any;
    twice = any;
    size_t taken = plain_run(&once, p, n);
    proof(taken == n && plain_run(&twice, p, 1) == 1, "all are taken");
    proof(plain_run(&twice, p + 1, n - 1) == n - 1, "all are taken");
    proof(once.keep == twice.keep && once.len == twice.len, "the same length");
    proof(once.key_len == twice.key_len, "the same name");
    proof(fv_splitter_holds(&once) && fv_splitter_holds(&twice), "the invariant holds again");
    size_t at = nondet_size();
    if (STATE >= RUN_TEXT && once.depth >= LISTED && at < once.len) {
        proof(once.object[at] == twice.object[at], "the same text");
    }
    if (STATE >= RUN_TEXT && once.key_len != UINT8_MAX && at < once.key_len) {
        proof(once.key[at] == twice.key[at], "the same name");
    }
    proof_reached();
}

void prove_joined(void)
{
    static struct fv_splitter s = {.depth = LISTED, .kinds = 2, .offset = LISTED};
    const uint8_t p[2] = {'n', 'x'};
    size_t used = SIZE_MAX;
    size_t len = SIZE_MAX;
    char *object = NULL;
    s.state = NEXT_ESCAPED;
    s.role = ROLE_VALUE;
    const uint64_t before = s.offset;
    enum fv_err err = fv_splitter_push(&s, p, sizeof p, &used, &object, &len);
    proof(err == FV_MORE || err == FV_E_JSON, "an object does not end in or after an escape");
    proof(err < FV_OK || (used == sizeof p && s.offset == before + sizeof p), "both are used");
    proof(fv_splitter_holds(&s), "the invariant holds again");
    proof_reached();
}

void prove_reset(void)
{
    struct fv_splitter s;
    begin(&s);
    fv_splitter_reset(&s, names, proof_length(NAMES));
    proof(fv_splitter_holds(&s) && fv_splitter_finish(&s) == FV_E_JSON, "the invariant holds");
    proof_reached();
}
