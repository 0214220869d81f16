/* SPDX-License-Identifier: MIT */
/*
 * Shared by the files of this port.
 */
#ifndef FV_PORT_LITTLEFS_INSIDE_H
#define FV_PORT_LITTLEFS_INSIDE_H

#include "port/littlefs/littlefs.h"

#define FV_LITTLEFS_TIME 't' /* type of the attribute that holds the time */

/* If code is an error, keep it for last_error. Return the error that it means, FV_OK for 0 and
 * above. */
enum fv_err fv_littlefs_fail(struct fv_littlefs *l, int code);
/* Check a path; with root set, the root is allowed. */
enum fv_err fv_littlefs_path(struct fv_littlefs *l, const char *path, bool root) FV_MUSTUSE;
/* Fill in the table entries for names. */
void fv_littlefs_names_init(struct fv_littlefs *l);

#endif
