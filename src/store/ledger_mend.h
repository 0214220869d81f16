/* SPDX-License-Identifier: MIT */
/*
 * Part of the ledger: repairs its file as a whole, if it cannot be used as it is. Only for ledger.c
 * and ledger_index.c.
 */
#ifndef FV_STORE_LEDGER_MEND_H
#define FV_STORE_LEDGER_MEND_H

#include "store/ledger.h"

#define FV_LEDGER_NEW FV_STORE_DIR "/ledger.new"
#define FV_LEDGER_BAD FV_STORE_DIR "/ledger.bad"

/* Replace the log, which can be read, by a copy: the file belongs to another user, has a second
 * name that must not be written to, or a sync of it has failed. FV_OK or an error of the port. */
enum fv_err fv_ledger_take_over(struct fv_store *s) FV_MUSTUSE;

/* Write to the medium what can be read of the log: a system may show data that it has failed to
 * write. A copy replaces the log. Without space for a copy, the log is written again in place, and
 * a power cut during that may damage it. The log is closed meanwhile, because not every medium can
 * rename over an open file. FV_OK, FV_E_CANCELLED, FV_E_TIMEOUT, or an error of the port. */
enum fv_err fv_ledger_renew(struct fv_ledger *l) FV_MUSTUSE;

/* The log is of another version: record that as the fault. Returns FV_E_CORRUPT. */
enum fv_err fv_ledger_refuse_version(struct fv_ledger *l) FV_MUSTUSE;

/* Return a scan of the whole log. */
struct fv_log_scan fv_ledger_scan(const struct fv_ledger *l);

/* If a scan of the whole log has found damage, count it, and let a writer keep the file and rebuild
 * the index. FV_OK or an error of the port. */
enum fv_err fv_ledger_found_damage(struct fv_ledger *l, const struct fv_log_scan *s) FV_MUSTUSE;

/* Record what a scan of the whole log has found, before any of it is lost. */
void fv_ledger_note_damage(struct fv_ledger *l, const struct fv_log_scan *s);

#endif
