/*
 * Inside of the ledger: all that it knows, read without an index, in the memory of a table's page. The log is read once for each
 * page of keys; 8,000 records are sixteen of these where a page has 4 KiB. Only for ledger.c.
 */
#ifndef FV_STORE_LEDGER_EACH_H
#define FV_STORE_LEDGER_EACH_H

#include "store/ledger.h"

struct fv_ledger_visitor {
    enum fv_err (*visit)(void *arg, const struct fv_ledger_record *record);
    void *arg;
};

/* Call visit for each path's record, in the log's order, from where s stands; s then tells what was found between them. l->page is written
 * to, and is no table's at that time. FV_OK, what visit returned, or an error of the port. */
enum fv_err fv_ledger_each_unindexed(struct fv_ledger *l, const struct fv_ledger_visitor *visitor,
                                     struct fv_log_scan *s) FV_MUSTUSE;

#endif
