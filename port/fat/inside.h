/*
 * What the files of this port have for each other.
 */
#ifndef FV_PORT_FAT_INSIDE_H
#define FV_PORT_FAT_INSIDE_H

#include "port/fat/fat.h"

/* ff.c's own flag of a FIL: its directory entry is to be written. */
#define FV_FAT_MODIFIED 0x40

/* --- disk.c --- */

/* Write ooFatFs's sector buffer if it is dirty, and sync the device. */
FRESULT fv_fat_flush(struct fv_fat *f);
/* Set what ooFatFs writes as the current time. */
void fv_fat_stamp(uint32_t time);
/* A time as FAT keeps it, 0 if it can't; and back, INT64_MIN for 0. */
uint32_t fv_fat_time(int64_t us);
int64_t fv_fat_us(uint32_t time);

/* --- fat.c --- */

/* Keep res for last_error; the error that it stands for. */
enum fv_err fv_fat_fail(struct fv_fat *f, FRESULT res);
/* Check a path, the root's too if root is set. */
enum fv_err fv_fat_path(struct fv_fat *f, const char *path, bool root) FV_MUSTUSE;
/* Set the current time to the wall clock's. */
void fv_fat_stamp_now(struct fv_fat *f);
/* Open a file; err says what a refusal means. */
enum fv_err fv_fat_open_file(struct fv_fat *f, FIL *fil, const char *path, BYTE mode) FV_MUSTUSE;
/* Let the entry of fil have another chain and size, durably, by one write. */
FRESULT fv_fat_set_chain(struct fv_fat *f, FIL *fil, uint32_t cluster, uint32_t size);
/* Free a chain that no entry has. fil is a copy of the FIL that had it. */
FRESULT fv_fat_free_chain(FIL fil);
/* What is at path: FV_OK and *kind, FV_PORT_NONE too; fv_fat_fail()'s errors. */
enum fv_err fv_fat_kind(struct fv_fat *f, const char *path, enum fv_port_kind *kind) FV_MUSTUSE;

/* --- names.c --- */

/* Fill in the entries for names. */
void fv_fat_names_init(struct fv_fat *f);

#endif
