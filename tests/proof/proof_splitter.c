/* SPDX-License-Identifier: MIT */
/*
 * The splitter, for streams of any length: by induction over one byte, from any state for which
 * fv_splitter_holds(). STATE is the state of the module.
 *
 * PROOF byte; STATE 0-26; unwind 10;
 *     bound any length if given byte by byte, two names of at most 3 bytes (compared: one of 2);
 *     a finished object begins with {, ends with } and fits
 * PROOF reset; STATE 8; unwind 10; core; bound any names of 3 bytes;
 *     the invariant holds after reset
 */
#include <stddef.h>
#include <string.h>

/* NEXT_CHARACTER is four cases: the byte that ends or interrupts a value or a name, and PLAIN, a
 * character of any string. */
#define PLAIN 24
#define KEY 25
#define MEMBER 26

/* memcpy() as a loop: CBMC's own one makes all of the structure unknown. */
static void *copy(void *to, const void *from, size_t n)
{
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
        names[i].ptr = name_text[i] + NAME - names[i].len;
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

void prove_reset(void)
{
    struct fv_splitter s;
    begin(&s);
    fv_splitter_reset(&s, names, proof_length(NAMES));
    proof(fv_splitter_holds(&s) && fv_splitter_finish(&s) == FV_E_JSON, "the invariant holds");
    proof_reached();
}
