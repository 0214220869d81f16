/* SPDX-License-Identifier: MIT */
/*
 * PROOF words; STATE 0-18; unwind 20; core; bound each length up to 18 bytes;
 *     tests of a word at a time stop at the same byte as a test of each byte, and read no byte
 *     outside the slice
 * PROOF equal; unwind 14; bound two slices of at most 12 bytes;
 *     equal, and equal without case, mean that all bytes are
 * PROOF starts; unwind 14; bound at most 12 bytes;
 *     a slice starts with its own beginnings, and with nothing else
 * PROOF find; STATE 0-12; unwind 14; bound each length up to 12 bytes;
 *     find and find_last return the first and the last such byte
 * PROOF parts; unwind 18; bound at most 16 bytes, any index;
 *     a part of a slice lies inside it, and trim leaves no blank at an end and drops nothing else
 * PROOF hash; STATE 0-18; unwind 20; bound each length up to 18 bytes;
 *     hash reads no byte outside the slice
 * PROOF clear; unwind 6; bound at most four words;
 *     all bytes are zero afterwards, and no byte outside is written
 */
#include "base/slice.c"

#include "proof.h"

#define LENGTH 16
#define SHORT 12
/* The size of an array with nothing behind the text, which has STATE bytes. */
#define EXACT (STATE > 0 ? STATE : 1)

static bool plainly_unreserved(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static bool plainly_bare(char c, bool ascii)
{
    unsigned char byte = (unsigned char)c;
    return byte >= 0x20 && c != '"' && c != '\\' && (!ascii || byte < 0x7F);
}

void prove_words(void)
{
    char text[EXACT];
    struct fv_slice s = {text, STATE};
    bool ascii = nondet_bool();
    bool control = false;
    size_t bare = STATE, unreserved = STATE;
    for (size_t i = STATE; i > 0; i--) {
        control = control || (unsigned char)text[i - 1] < 0x20 || text[i - 1] == 0x7F;
        bare = plainly_bare(text[i - 1], ascii) ? bare : i - 1;
        unreserved = plainly_unreserved(text[i - 1]) ? unreserved : i - 1;
    }
    proof(fv_slice_has_control(s) == control, "has_control finds each control byte");
    proof(fv_slice_bare(s, ascii) == bare, "bare stops at the first byte that needs an escape");
    proof(fv_slice_unreserved(s) == unreserved, "unreserved stops at the first other byte");
    proof_reached();
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

void prove_equal(void)
{
    char first[SHORT], second[SHORT];
    struct fv_slice a = {first, proof_length(SHORT)}, b = {second, proof_length(SHORT)};
    a.ptr = a.len > 0 ? a.ptr : NULL;
    b.ptr = b.len > 0 ? b.ptr : NULL;
    bool same = a.len == b.len, nocase = same;
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        same = same && first[i] == second[i];
        nocase = nocase && lower(first[i]) == lower(second[i]);
    }
    proof(fv_slice_eq(a, b) == same, "all bytes are equal");
    proof(fv_slice_eq_nocase(a, b) == nocase, "all bytes are equal but for the case of letters");
    proof_reached();
}

void prove_starts(void)
{
    char first[SHORT], second[SHORT];
    struct fv_slice a = {first, proof_length(SHORT)}, b = {second, proof_length(SHORT)};
    bool same = a.len >= b.len, nocase = same;
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        same = same && first[i] == second[i];
        nocase = nocase && lower(first[i]) == lower(second[i]);
    }
    proof(fv_slice_starts(a, b) == same, "all bytes of the prefix are equal");
    proof(fv_slice_starts_nocase(a, b) == nocase, "the same but for the case of letters");
    proof_reached();
}

void prove_find(void)
{
    char text[EXACT];
    const size_t n = STATE;
    size_t i = nondet_size();
    char c = nondet_char();
    struct fv_slice s = {n > 0 ? text : NULL, n};
    size_t first = fv_slice_find(s, c), last = fv_slice_find_last(s, c);
    proof(first <= n && last <= n && (first == n) == (last == n), "both find it, or none does");
    proof(first == n || (text[first] == c && text[last] == c && first <= last), "it is there");
    proof(i >= n || text[i] != c || (first <= i && i <= last), "none is outside of them");
    struct fv_slice head, rest;
    bool cut = fv_slice_cut(s, c, &head, &rest);
    proof(cut == (first < n), "cut says whether it is there");
    proof(head.len == first && rest.len == (cut ? n - first - 1 : 0), "all other bytes are kept");
    proof(head.ptr == s.ptr, "the head is at the beginning");
    proof(rest.len == 0 || rest.ptr == text + first + 1, "the rest follows");
    proof_reached();
}

void prove_parts(void)
{
    char text[LENGTH];
    size_t n = proof_length(LENGTH), at = nondet_size(), i = nondet_size();
    struct fv_slice s = {n > 0 ? text : NULL, n};
    struct fv_slice from = fv_slice_from(s, at), head = fv_slice_head(s, at);
    proof(from.len == (at < n ? n - at : 0), "the length of what follows");
    proof(from.len == 0 || from.ptr == text + at, "where it begins");
    proof(head.len == (at < n ? at : n) && head.ptr == s.ptr, "the first bytes");
    struct fv_slice inner = fv_slice_trim(s);
    size_t begin = inner.len > 0 ? (size_t)(inner.ptr - text) : 0;
    proof(begin <= n && inner.len <= n - begin, "trim stays inside");
    proof(inner.len == 0 || (!is_blank(inner.ptr[0]) && !is_blank(inner.ptr[inner.len - 1])),
          "no blank at an end");
    proof_assume(i < n && i < LENGTH);
    proof((inner.len > 0 && i >= begin && i - begin < inner.len) || text[i] == ' ' ||
              text[i] == '\t',
          "only blanks are dropped");
    proof_reached();
}

void prove_hash(void)
{
    char text[EXACT];
    (void)fv_slice_hash(nondet_uint64(), (struct fv_slice){text, STATE});
    proof_reached();
}

void prove_clear(void)
{
    uint8_t memory[6 * sizeof(size_t)];
    size_t words = proof_length(4), i = nondet_size();
    proof_assume(i < sizeof memory);
    uint8_t before = memory[i];
    fv_slice_clear(memory + sizeof(size_t), words * sizeof(size_t));
    bool inside = i >= sizeof(size_t) && i < (1 + words) * sizeof(size_t);
    proof(memory[i] == (inside ? 0 : before), "zero inside, unchanged outside");
    proof_reached();
}
