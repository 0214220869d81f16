/*
 * One line of a settings file: `name = value`, `#` comment, or blank. UTF-8, LF or CRLF, a byte order mark at the start of
 * the file is skipped by the caller's first line.
 *
 * name: a long option's name without "--". Space around name and value is dropped; a value in double quotes keeps what is
 * inside ("\"" and "\\" are the escapes). A `#` begins a comment at the start of a line, or behind a blank that is not in
 * quotes; elsewhere it is part of the value, as in a URL. Refuses control bytes (FV_E_USAGE).
 */
#ifndef FV_PARSE_CONFIG_H
#define FV_PARSE_CONFIG_H

#include "base/err.h"
#include "base/slice.h"

/* Read line, without its line end. FV_OK: *name and *value are set; FV_MORE: nothing on it; FV_E_USAGE. Slices borrow from line,
 * which is changed where a quoted value has escapes. */
enum fv_err fv_config_line(char *line, size_t len, struct fv_slice *name,
                           struct fv_slice *value) FV_MUSTUSE;

#endif
