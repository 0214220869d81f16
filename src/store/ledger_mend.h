/*
 * Inside of the ledger: its file as a whole, where that can't be used as it is. Only for ledger.c and ledger_index.c.
 */
#ifndef FV_STORE_LEDGER_MEND_H
#define FV_STORE_LEDGER_MEND_H

#include "store/ledger.h"

#define FV_LEDGER_LOG FV_STORE_DIR "/ledger"
#define FV_LEDGER_NEW FV_STORE_DIR "/ledger.new"
#define FV_LEDGER_BAD FV_STORE_DIR "/ledger.bad"

/* Put a copy of the log, which can be read, in its place: the file is another user's, or has a name elsewhere that must not be written
 * to. FV_OK or an error of the port. */
enum fv_err fv_ledger_take_over(struct fv_store *s) FV_MUSTUSE;

#endif
