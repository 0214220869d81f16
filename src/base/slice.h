/* SPDX-License-Identifier: MIT */
/*
 * A slice is text or bytes that somebody else owns, with a length and without a terminator.
 *
 * ptr may be NULL only if len is 0. A slice is valid as long as the memory it points into. A
 * function that returns a slice says what that memory is.
 */
#ifndef FV_BASE_SLICE_H
#define FV_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct fv_slice {
    const char *ptr;
    size_t len; /* bytes */
};

/* A value of that type, before {...}: C++ has no compound literals. */
#ifdef __cplusplus
#define FV_SLICE_VALUE fv_slice
#else
#define FV_SLICE_VALUE (struct fv_slice)
#endif

#define FV_SLICE_NONE (FV_SLICE_VALUE{NULL, 0})
/* A slice of a string literal. */
#define FV_SLICE(literal) (FV_SLICE_VALUE{("" literal), sizeof(literal) - 1})

/* Return a slice of a NUL-terminated string, or the empty slice for NULL. Borrows text. */
struct fv_slice fv_slice_of(const char *text);

bool fv_slice_eq(struct fv_slice a, struct fv_slice b);
/* Return a hash of s, continued from seed. The value is only used on this machine during this run,
 * and protects no secret. SHA-256 is not used here, because it would take longer than reading the
 * data. */
uint64_t fv_slice_hash(uint64_t seed, struct fv_slice s);
/* Compare without regard to the case of ASCII letters. Other bytes must be equal. */
bool fv_slice_eq_nocase(struct fv_slice a, struct fv_slice b);
bool fv_slice_starts(struct fv_slice s, struct fv_slice prefix);
bool fv_slice_starts_nocase(struct fv_slice s, struct fv_slice prefix);

/* Return whether s holds a control byte: below 0x20, or DEL. A control byte could end a line or
 * control a terminal. */
bool fv_slice_has_control(struct fv_slice s);

/* Return how many bytes at the start of s need no escape in a JSON string: no control byte, quote
 * or backslash. With ascii, stop at DEL and every byte above it too. */
size_t fv_slice_bare(struct fv_slice s, bool ascii);
/* Return how many bytes at the start of s are unreserved characters (RFC 3986 2.3): letters,
 * digits, "-", ".", "_", "~". */
size_t fv_slice_unreserved(struct fv_slice s);

/* Return the index of the first (find) or last (find_last) c in s, or s.len if there is none. */
size_t fv_slice_find(struct fv_slice s, char c);
size_t fv_slice_find_last(struct fv_slice s, char c);

/* Return the part of s that begins at index from. It is empty if from >= s.len. */
struct fv_slice fv_slice_from(struct fv_slice s, size_t from);
/* Return the first len bytes of s, or all of s if len >= s.len. */
struct fv_slice fv_slice_head(struct fv_slice s, size_t len);
/* Return s without spaces and tabs at both ends (OWS of RFC 9110 5.6.3). */
struct fv_slice fv_slice_trim(struct fv_slice s);

/* Split s at the first c: *head is the part before it, *rest the part after it. If there is no c,
 * *head is s and *rest is empty. Return whether c was found. */
bool fv_slice_cut(struct fv_slice s, char c, struct fv_slice *head, struct fv_slice *rest);

/* Fill memory with zero bytes. Only words that are not zero are written: a fresh page of the
 * operating system takes no memory until it is written to. size is a multiple of sizeof(size_t). */
void fv_slice_clear(void *memory, size_t size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
