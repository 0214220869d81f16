/*
 * A slice: text or bytes that somebody else owns, with a length and no terminator.
 *
 * ptr may be NULL only when len is 0. A slice is valid as long as what it points into; every function that returns one
 * says what that is.
 */
#ifndef FV_BASE_SLICE_H
#define FV_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fv_slice {
    const char *ptr;
    size_t len; /* bytes */
};

#define FV_SLICE_NONE ((struct fv_slice){NULL, 0})
/* A slice of a string literal. */
#define FV_SLICE(literal) ((struct fv_slice){("" literal), sizeof(literal) - 1})

/* Return a slice of a NUL-terminated string, or the empty slice for NULL. Borrows text. */
struct fv_slice fv_slice_of(const char *text);

bool fv_slice_eq(struct fv_slice a, struct fv_slice b);
/* Return a hash of s that goes on from seed: of this machine and run alone, and no secret. Not SHA-256, which would cost more than
 * reading what is hashed. */
uint64_t fv_slice_hash(uint64_t seed, struct fv_slice s);
/* Compare with ASCII letters folded; other bytes as they are. */
bool fv_slice_eq_nocase(struct fv_slice a, struct fv_slice b);
bool fv_slice_starts(struct fv_slice s, struct fv_slice prefix);
bool fv_slice_starts_nocase(struct fv_slice s, struct fv_slice prefix);

/* Say whether s holds a control byte: below 0x20, or DEL. One could end a line, or steer a terminal. */
bool fv_slice_has_control(struct fv_slice s);

/* Return how many bytes at the start of s a JSON string holds as they are: neither control bytes nor quote nor backslash; ascii: nor
 * anything from DEL on. */
size_t fv_slice_bare(struct fv_slice s, bool ascii);
/* Return how many bytes at the start of s are unreserved (RFC 3986 2.3): letters, digits, "-", ".", "_", "~". */
size_t fv_slice_unreserved(struct fv_slice s);

/* Return the index of the first (last) c in s, or s.len if there is none. */
size_t fv_slice_find(struct fv_slice s, char c);
size_t fv_slice_find_last(struct fv_slice s, char c);

/* Return what is left of s from index from on (empty if from >= len). */
struct fv_slice fv_slice_from(struct fv_slice s, size_t from);
/* Return the first len bytes of s (all if len >= s.len). */
struct fv_slice fv_slice_head(struct fv_slice s, size_t len);
/* Return s without spaces and tabs at both ends (OWS of RFC 9110 5.6.3). */
struct fv_slice fv_slice_trim(struct fv_slice s);

/* Split s at the first c: *head is what is before it, *rest what is behind (empty if there is no c).
 * Returns whether c was found. */
bool fv_slice_cut(struct fv_slice s, char c, struct fv_slice *head, struct fv_slice *rest);

#endif
