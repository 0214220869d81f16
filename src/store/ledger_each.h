/* SPDX-License-Identifier: MIT */
/*
 * Part of the ledger: reads all its records without an index, in the memory of a table page. The
 * log is read once for each page of keys: 16 times for 8,000 records with pages of 4 KiB. Only for
 * ledger.c.
 */
#ifndef FV_STORE_LEDGER_EACH_H
#define FV_STORE_LEDGER_EACH_H

#include "store/ledger.h"

struct fv_ledger_visitor {
    enum fv_err (*visit)(void *arg, const struct fv_ledger_record *record);
    void *arg;
};

/* Call visit for the record of each path, in the order of the log, from the position of s. s then
 * says what was found between records. l->page is overwritten and must not belong to a table
 * meanwhile. FV_OK, the code that visit returned, or an error of the port. */
enum fv_err fv_ledger_each_unindexed(struct fv_ledger *l, const struct fv_ledger_visitor *visitor,
                                     struct fv_log_scan *s) FV_MUSTUSE;

#endif
