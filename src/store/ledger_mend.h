/*
 * Inside of the ledger: its file as a whole, where that can't be used as it is. Only for ledger.c and ledger_index.c.
 */
#ifndef FV_STORE_LEDGER_MEND_H
#define FV_STORE_LEDGER_MEND_H

#include "store/ledger.h"

#define FV_LEDGER_NEW FV_STORE_DIR "/ledger.new"
#define FV_LEDGER_BAD FV_STORE_DIR "/ledger.bad"

/* Put a copy of the log, which can be read, in its place: the file is another user's, or has a name elsewhere that must not be written
 * to, or a sync of it has failed. FV_OK or an error of the port. */
enum fv_err fv_ledger_take_over(struct fv_store *s) FV_MUSTUSE;

/* Have on the medium what of the log can be read: a system may show what it has failed to write. A copy takes the log's place; where there
 * is no space for it, the log is written again where it is, and a power cut meanwhile may tear it. Closed for that, since not every medium
 * renames over open files. FV_OK, FV_E_CANCELLED, FV_E_TIMEOUT, or an error of the port. */
enum fv_err fv_ledger_renew(struct fv_ledger *l) FV_MUSTUSE;

/* Return a scan of the whole log. */
struct fv_log_scan fv_ledger_scan(const struct fv_ledger *l);

/* Count what a scan of the whole log has found that is no record, if that is damage, and let a writer keep the file and build the index
 * anew. FV_OK or an error of the port. */
enum fv_err fv_ledger_found_damage(struct fv_ledger *l, const struct fv_log_scan *s) FV_MUSTUSE;

/* Note what a scan of the whole log has found, before anything of it is lost. */
void fv_ledger_note_damage(struct fv_ledger *l, const struct fv_log_scan *s);

#endif
