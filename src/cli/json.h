/*
 * Machine output: JSON values (RFC 8259), one object a line.
 */
#ifndef FV_CLI_JSON_H
#define FV_CLI_JSON_H

#include "cli/out.h"
#include "fluxvision.h"

/* A string: control bytes and U+007F escaped, a lone surrogate as the \u escape it came from, other bytes that are not UTF-8
 * as U+FFFD. ptr NULL: null. */
void fv_json_string(struct fv_out *o, struct fv_slice s);

/* One line of list --json, of sync --json and verify --json for a file. The last line is
 * cli/outcome.h's. */
void fv_json_listed(struct fv_out *o, const struct fv_listed *entry);
void fv_json_file(struct fv_out *o, const struct fv_file *file);

#endif
