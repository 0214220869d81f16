/* SPDX-License-Identifier: MIT */
/*
 * One line of a settings file: `name = value`, a `#` comment, or blank. The text is UTF-8 with LF
 * or CRLF. The caller skips a byte order mark at the start of the file.
 *
 * The name is that of a long option without "--". Spaces around name and value are dropped. A value
 * in double quotes keeps the text inside; the escapes are \" and \\. A `#` begins a comment at the
 * start of a line, or after a space outside quotes; elsewhere it is part of the value, as in a URL.
 * Control bytes are refused (FV_E_USAGE).
 */
#ifndef FV_PARSE_CONFIG_H
#define FV_PARSE_CONFIG_H

#include "base/err.h"
#include "base/slice.h"

/* Read one line, without its line end. The slices borrow from line, which is changed where a quoted
 * value has escapes. FV_OK: *name and *value are set. FV_NOTHING: a comment or a blank line.
 * FV_E_USAGE: the line is not valid. */
enum fv_err fv_config_line(char *line, size_t len, struct fv_slice *name,
                           struct fv_slice *value) FV_MUSTUSE;

#endif
