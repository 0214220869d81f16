/*
 * Globs for --include and --exclude, as gitignore(5) has them: "*" any run inside a segment; "**" alone between slashes any
 * number of whole segments, none too; "?" one character but "/"; "[abc]", "[a-z]", "[!x]" or "[^x]", "[[:digit:]]" (the
 * classes of POSIX, for ASCII) one character of a set, but "/"; "\" takes the next one literally. Other than there, "**"
 * beside other characters is any run across "/". Bytes that begin a UTF-8 character count as that character.
 * Time is linear in pattern times text (no exponential backtracking), no recursion.
 */
#ifndef FV_PARSE_GLOB_H
#define FV_PARSE_GLOB_H

#include "base/err.h"
#include "base/slice.h"

/* FV_OK, or FV_E_USAGE for an unfinished "[" or "\", an unknown class, or an empty pattern. */
enum fv_err fv_glob_check(struct fv_slice pattern) FV_MUSTUSE;

/* Whether a pattern that passed the check matches all of text. */
bool fv_glob_match(struct fv_slice pattern, struct fv_slice text);

#endif
