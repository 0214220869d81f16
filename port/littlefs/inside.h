/*
 * What the files of this port have for each other.
 */
#ifndef FV_PORT_LITTLEFS_INSIDE_H
#define FV_PORT_LITTLEFS_INSIDE_H

#include "port/littlefs/littlefs.h"

#define FV_LITTLEFS_TIME 't' /* the attribute's type */

/* Keep code, if it is an error, for last_error; the error that it stands for, FV_OK for 0 and above. */
enum fv_err fv_littlefs_fail(struct fv_littlefs *l, int code);
/* Check a path, the root's too if root is set. */
enum fv_err fv_littlefs_path(struct fv_littlefs *l, const char *path, bool root) FV_MUSTUSE;
/* Fill in the entries for names. */
void fv_littlefs_names_init(struct fv_littlefs *l);

#endif
