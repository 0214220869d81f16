/* SPDX-License-Identifier: MIT */
/*
 * Finds the directory of the last component of a path, without following a symbolic link below the
 * root.
 *
 * The directories used last stay open between calls: a file is written, renamed and synced in two
 * of them, and the parent of the second is read.
 */
#ifndef FV_PORT_POSIX_WALK_H
#define FV_PORT_POSIX_WALK_H

#include "port/posix/posix.h"

struct stat;

/* Where the last component of a path is. */
struct fv_posix_place {
    int dir; /* descriptor, owned by the storage; open at least until the second walk from now */
    const char *name; /* last component; points into the path */
};

/* Find the place of path. FV_OK; FV_E_DENIED, FV_E_NOT_FOUND, FV_E_STORAGE; FV_E_EXISTS: a file is
 * where a directory should be (s->error is ENOTDIR). */
enum fv_err fv_posix_walk(struct fv_posix_storage *s, const char *path,
                          struct fv_posix_place *out) FV_MUSTUSE;
/* Find the directory path itself; "" is the root. */
enum fv_err fv_posix_walk_dir(struct fv_posix_storage *s, const char *path, int *dir) FV_MUSTUSE;
/* Get the status of what is at a place. FV_OK; FV_E_DENIED: a link; FV_E_NOT_FOUND: nothing
 * (s->error is ENOENT). */
enum fv_err fv_posix_look(struct fv_posix_storage *s, const struct fv_posix_place *at,
                          struct stat *st) FV_MUSTUSE;

/* Record an errno, and return the error that it means. Close the directories that are kept open,
 * because one of them may be gone; not if the errno only says that nothing is there. */
enum fv_err fv_posix_fail(struct fv_posix_storage *s, int code);

/* The directory path was just created: close it and those below it, if they are kept open. They are
 * old directories of these names that were removed or renamed. */
void fv_posix_forget_below(struct fv_posix_storage *s, const char *path);

/* The entries of the same names in struct fv_port_storage. */
enum fv_err fv_posix_list_dir(void *ctx, const char *path,
                              enum fv_err (*visit)(void *arg, const char *name), void *arg);
enum fv_err fv_posix_identity(void *ctx, const char *path, uint64_t *id);
enum fv_err fv_posix_free_space(void *ctx, uint64_t *bytes);
enum fv_err fv_posix_reserve(void *ctx, int file, uint64_t size);
/* The bytes from offset to end of a file were written. If much space was reserved for the file,
 * begin to write them to the medium in large pieces. The next sync reports errors. */
void fv_posix_written(const struct fv_posix_storage *s, int file, uint64_t offset, uint64_t end);
/* The file is closed: forget that much space was reserved for it. */
void fv_posix_forget_large(struct fv_posix_storage *s, int file);
/* Fill in the table s->port. */
void fv_posix_storage_table(struct fv_posix_storage *s);
/* Initialise a storage that has no root yet. */
void fv_posix_storage_reset(struct fv_posix_storage *s);
/* Open a storage of a few files in memory. After an error s->error is set, and nothing has to be
 * closed. */
enum fv_err fv_posix_memory_open(struct fv_posix_storage *s) FV_MUSTUSE;

/* renameat2 (renameat if flags is 0) and unlinkat. A call that was interrupted is repeated; it is
 * then no error if the first one had done it already. */
int fv_posix_rename(const struct fv_posix_place *from, const struct fv_posix_place *to,
                    unsigned flags);
int fv_posix_remove(const struct fv_posix_place *at, int flags);

#endif
