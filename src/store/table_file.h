/* SPDX-License-Identifier: MIT */
/*
 * The file under a table: its header, and its name. Only for table.c. Which bytes a file has is told in store/table.h.
 */
#ifndef FV_STORE_TABLE_FILE_H
#define FV_STORE_TABLE_FILE_H

#include "store/table.h"

#define FV_TABLE_HEADER 512u /* bytes */
#define FV_TABLE_SLOT 16u    /* bytes */
#define FV_TABLE_LEAST 256u  /* slots */
#define FV_TABLE_MOST (UINT32_C(1) << 31)
#define FV_TABLE_PATH 64 /* of a file beside t->path, with its NUL */

/* Write the header. FV_OK or an error of the port. */
enum fv_err fv_table_write_header(struct fv_table *t) FV_MUSTUSE;
/* Read it: tags, capacity and used. FV_OK; FV_E_CORRUPT: not a table's, or the file has another size; errors of the port. */
enum fv_err fv_table_read_header(struct fv_table *t) FV_MUSTUSE;

/* Write the path of a file that may take the place of the one at t->path: one of two, which is 1 or 2. FV_OK or FV_E_CAPACITY. */
enum fv_err fv_table_name_beside(const struct fv_table *t, uint8_t which,
                                 char path[FV_TABLE_PATH]) FV_MUSTUSE;
/* Remove the file there; which 0: nothing is done. */
void fv_table_remove_beside(const struct fv_table *t, uint8_t which);
/* Let the file there, which is closed, have t's path, and open it as t's. FV_OK, or an error of the port: it is removed where it could not be renamed. */
enum fv_err fv_table_take_place(struct fv_table *t, uint8_t which) FV_MUSTUSE;

#endif
