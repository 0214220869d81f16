/* SPDX-License-Identifier: MIT */
/*
 * PROOF escape; STATE 2-13; unwind 7; core; bound any escape that jsmn lets through;
 *     an escape is read inside its string, and what is written is never longer
 *
 * PROOF members; STATE 1-5; unwind 10; bound 1 to 5 tokens of any kind, no escapes;
 *     values are inside the object, a refusal names its field, and no token after the last is read
 */
#include "parse/entry.c"

#include "proof.h"

/* What entry.c uses of base. Words are equal or not, whatever they are. */

int fv_num_hexdigit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c - 'A' + 10;
}

size_t fv_utf8_encode(uint32_t code, char out[4])
{
    proof(code <= 0x10FFFF, "a character of Unicode");
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = 0; i < n; i++) {
        out[i] = nondet_char();
    }
    return n;
}

bool fv_slice_eq(struct fv_slice a, struct fv_slice b)
{
    (void)b;
    proof(a.len == 0 || __CPROVER_r_ok(a.ptr, a.len), "what is compared can be read");
    return nondet_bool();
}

static bool is_hex(const char *p)
{
    for (int i = 0; i < 4; i++) {
        if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'a' && p[i] <= 'f') ||
              (p[i] >= 'A' && p[i] <= 'F'))) {
            return false;
        }
    }
    return true;
}

void prove_escape(void)
{
    char text[STATE];
    size_t written;
    proof_assume(text[0] == '\\');
    proof_assume(text[1] != 'u' || (STATE >= 6 && is_hex(text + 2)));
    if (STATE > 7 && text[1] == 'u' && text[6] == '\\' && text[7] == 'u') {
        proof_assume(STATE >= 12 && is_hex(text + 8));
    }
    size_t used = unescape(text, text + STATE, text, &written);
    proof(used <= STATE && written <= used && written > 0, "inside its string");
    proof_reached();
}

/* As jsmn leaves them: inside the object; a name with a value has it as its next token. */
static bool is_of_jsmn(const jsmntok_t *t, int i, int len)
{
    if (t->type != JSMN_STRING && t->type != JSMN_PRIMITIVE) {
        return t->type == JSMN_OBJECT || t->type == JSMN_ARRAY;
    }
    return t->start >= 0 && t->start <= t->end && t->end <= len &&
           (t->type != JSMN_STRING || t->size != 1 || i + 1 < STATE);
}

void prove_members(void)
{
    char object[6];
    jsmntok_t tokens[STATE];
    struct fv_slice values[FIELDS] = {FV_SLICE_NONE};
    size_t field = FIELDS;
    for (int i = 0; i < 6; i++) {
        proof_assume(object[i] != '\\');
    }
    for (int i = 0; i < STATE; i++) {
        proof_assume(is_of_jsmn(&tokens[i], i, 6));
    }
    enum fv_err err = read_members(object, tokens, STATE, values, &field);
    proof((err == FV_E_ENTRY) == (field < FIELDS), "a refusal names its field");
    proof(err == FV_OK || err == FV_E_ENTRY || err == FV_E_JSON, "its codes");
    for (int i = 0; i < FIELDS; i++) {
        proof(values[i].len == 0 || __CPROVER_r_ok(values[i].ptr, values[i].len), "inside");
    }
    proof_reached();
}
