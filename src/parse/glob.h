/* SPDX-License-Identifier: MIT */
/*
 * Globs for --include and --exclude, as in gitignore(5).
 *
 *   *       any characters of one segment
 *   **      alone between slashes: any number of whole segments, or none; beside other characters:
 *           any characters, "/" included
 *   ?       one character except "/"
 *   [abc]   one character of a set, except "/": also [a-z], [!x] or [^x], and [[:digit:]] (the
 *           classes of POSIX, for ASCII)
 *   \       takes the next character literally
 * A UTF-8 character counts as one character. The time grows linearly with pattern times text (no
 * exponential backtracking). There is no recursion.
 */
#ifndef FV_PARSE_GLOB_H
#define FV_PARSE_GLOB_H

#include "base/err.h"
#include "base/slice.h"

/* Check a pattern. FV_OK; FV_E_USAGE: an unfinished "[" or "\", an unknown class, or an empty
 * pattern. */
enum fv_err fv_glob_check(struct fv_slice pattern) FV_MUSTUSE;

/* Return whether a pattern that passed the check matches all of text. */
bool fv_glob_match(struct fv_slice pattern, struct fv_slice text);

#endif
