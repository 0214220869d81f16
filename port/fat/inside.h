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
/* Have a block in that buffer; what was in it is written. */
FRESULT fv_fat_window(struct fv_fat *f, uint32_t block);
/* Write a block that is not in the buffer, behind all that was written before. */
FRESULT fv_fat_put(struct fv_fat *f, const void *p, uint32_t block);
/* Set what ooFatFs writes as the current time. */
void fv_fat_stamp(uint32_t time);
/* A time as FAT keeps it, 0 if it can't; and back, INT64_MIN for 0. */
uint32_t fv_fat_time(int64_t us);
int64_t fv_fat_us(uint32_t time);

/* --- chain.c --- */

/* Let the entry of fil have another chain and size, durably, by one write. */
FRESULT fv_fat_set_chain(struct fv_fat *f, FIL *fil, uint32_t cluster, uint32_t size);
/* Free what the chain has behind the end of the file, in pieces: the rest of it stays the file's. f->piece bounds what a cut loses. The
 * entry is never left with a chain that is free. */
FRESULT fv_fat_trim(struct fv_fat *f, FIL *fil);
/* Before so many bytes are taken: count the free clusters, once a mount, if the count that was found is for less. ooFatFs takes none
 * where it is 0. */
void fv_fat_expect(struct fv_fat *f, uint32_t bytes);

/* --- volume.c --- */

/* Say what the device has in the place of a volume that is used here. */
const char *fv_fat_look(struct fv_fat *f);

/* --- fat.c --- */

/* Keep res for last_error; the error that it stands for. */
enum fv_err fv_fat_fail(struct fv_fat *f, FRESULT res);
/* Check a path, the root's too if root is set. */
enum fv_err fv_fat_path(struct fv_fat *f, const char *path, bool root) FV_MUSTUSE;
/* Set the current time to the wall clock's. */
void fv_fat_stamp_now(struct fv_fat *f);
/* Begin a call of ooFatFs that may make a name, if makes is set; end it by f->naming = false. */
void fv_fat_begin_name(struct fv_fat *f, bool makes);
/* Open a file; err says what a refusal means. */
enum fv_err fv_fat_open_file(struct fv_fat *f, FIL *fil, const char *path, BYTE mode) FV_MUSTUSE;
/* What is at path: FV_OK and *kind, FV_PORT_NONE too; fv_fat_fail()'s errors. */
enum fv_err fv_fat_kind(struct fv_fat *f, const char *path, enum fv_port_kind *kind) FV_MUSTUSE;

/* --- names.c --- */

/* Fill in the entries for names. */
void fv_fat_names_init(struct fv_fat *f);

#endif
