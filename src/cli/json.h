/* SPDX-License-Identifier: MIT */
/*
 * Output for programs: JSON values (RFC 8259), one object a line.
 */
#ifndef FV_CLI_JSON_H
#define FV_CLI_JSON_H

#include "cli/out.h"
#include "fluxvision.h"

/* Write a string. Control bytes and U+007F are escaped. A lone surrogate is written as the \u
 * escape that it came from, other bytes that are not UTF-8 as U+FFFD. If ptr is NULL, write
 * null. */
void fv_json_string(struct fv_out *o, struct fv_slice s);

/* The name of a reason; ptr NULL for FV_REASON_NONE. */
struct fv_slice fv_json_reason(enum fv_reason reason);

/* Write one line of list --json; one line of sync --json or verify --json for a file. The last
 * line is written by cli/outcome.h. */
void fv_json_listed(struct fv_out *o, const struct fv_listed *entry);
void fv_json_file(struct fv_out *o, const struct fv_file *file);

#endif
