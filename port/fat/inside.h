/* SPDX-License-Identifier: MIT */
/*
 * Shared by the files of this port.
 */
#ifndef FV_PORT_FAT_INSIDE_H
#define FV_PORT_FAT_INSIDE_H

#include "port/fat/fat.h"

/* ff.c's own flag in a FIL: its directory entry must be written. */
#define FV_FAT_MODIFIED 0x40

/* --- disk.c --- */

/* Write ooFatFs's sector buffer if it is dirty, and sync the device. */
FRESULT fv_fat_flush(struct fv_fat *f);
/* Load a block into that buffer; what was in it is written first. */
FRESULT fv_fat_window(struct fv_fat *f, uint32_t block);
/* Write a block that is not in the buffer, after all that was written before. */
FRESULT fv_fat_put(struct fv_fat *f, const void *p, uint32_t block);
/* Set the time that ooFatFs writes. */
void fv_fat_stamp(uint32_t time);
/* Convert a time to FAT's format, 0 if that is not possible; and back, INT64_MIN for 0. */
uint32_t fv_fat_time(int64_t us);
int64_t fv_fat_us(uint32_t time);

/* --- chain.c --- */

/* Give the entry of fil another chain and size, durably, with one write. */
FRESULT fv_fat_set_chain(struct fv_fat *f, FIL *fil, uint32_t cluster, uint32_t size);
/* Free the clusters after the end of the file, in pieces; the rest stays the file's. f->piece
 * limits what a power cut loses. The entry never points to a chain that is free. */
FRESULT fv_fat_trim(struct fv_fat *f, FIL *fil);
/* Before that many bytes are taken: count the free clusters, once a mount, if the count that was
 * found is too small. ooFatFs takes no cluster if that count is 0. */
void fv_fat_expect(struct fv_fat *f, uint32_t bytes);

/* --- volume.c --- */

/* Return what the device holds instead of a supported volume. */
const char *fv_fat_look(struct fv_fat *f);

/* --- fat.c --- */

/* Keep res for last_error, and return the error that it means. */
enum fv_err fv_fat_fail(struct fv_fat *f, FRESULT res);
/* Check a path; with root set, the root is allowed. */
enum fv_err fv_fat_path(struct fv_fat *f, const char *path, bool root) FV_MUSTUSE;
/* Set the current time to the wall clock's. */
void fv_fat_stamp_now(struct fv_fat *f);
/* Begin a call of ooFatFs; makes: it may create a name. Set f->naming to false afterwards. */
void fv_fat_begin_name(struct fv_fat *f, bool makes);
/* Open a file. The result says what a refusal means. */
enum fv_err fv_fat_open_file(struct fv_fat *f, FIL *fil, const char *path, BYTE mode) FV_MUSTUSE;
/* Find what is at path. FV_OK and *kind, which may be FV_PORT_NONE; errors of fv_fat_fail(). */
enum fv_err fv_fat_kind(struct fv_fat *f, const char *path, enum fv_port_kind *kind) FV_MUSTUSE;

/* --- names.c --- */

/* Fill in the table entries for names. */
void fv_fat_names_init(struct fv_fat *f);

#endif
