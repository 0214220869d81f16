/* SPDX-License-Identifier: MIT */
/*
 * The file of a table: its header and its name. Only for table.c. The format is described in
 * store/table.h.
 */
#ifndef FV_STORE_TABLE_FILE_H
#define FV_STORE_TABLE_FILE_H

#include "store/table.h"

#define FV_TABLE_HEADER 512u /* bytes */
#define FV_TABLE_SLOT 16u    /* bytes */
#define FV_TABLE_LEAST 256u  /* slots */
#define FV_TABLE_MOST (UINT32_C(1) << 31)
#define FV_TABLE_PATH 64 /* bytes of the path of a file beside t->path, with NUL */

/* Write the header. FV_OK or an error of the port. */
enum fv_err fv_table_write_header(struct fv_table *t) FV_MUSTUSE;
/* Read the header: tags, capacity and used. FV_OK; FV_E_CORRUPT: not a table, or the file has
 * another size; errors of the port. */
enum fv_err fv_table_read_header(struct fv_table *t) FV_MUSTUSE;

/* Write the path of a file that may replace the one at t->path. which: 1 or 2, for two different
 * names. FV_OK or FV_E_CAPACITY. */
enum fv_err fv_table_name_beside(const struct fv_table *t, uint8_t which,
                                 char path[FV_TABLE_PATH]) FV_MUSTUSE;
/* Remove that file. Does nothing if which is 0. */
void fv_table_remove_beside(const struct fv_table *t, uint8_t which);
/* Rename that file, which is closed, to t's path, and open it as t's file. FV_OK or an error of
 * the port; a file that could not be renamed is removed. */
enum fv_err fv_table_take_place(struct fv_table *t, uint8_t which) FV_MUSTUSE;

#endif
