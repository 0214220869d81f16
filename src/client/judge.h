/* SPDX-License-Identifier: MIT */
/*
 * Decides what to do about an entry of the listing: nothing, or fetch it, and for which reason.
 */
#ifndef FV_CLIENT_JUDGE_H
#define FV_CLIENT_JUDGE_H

#include "client/client.h"

/* Return why a file is fetched. known: the ledger has a record of its path. same: that record has
 * the listing's URL and date. there: a local file exists. */
enum fv_reason fv_judge_reason(bool known, bool same, bool there);

/* Compare a record of the plan with ledger and storage. *fetch: the file must be fetched. Otherwise
 * its result has been reported, and its hook has run if that was pending. In a dry run, a file that
 * would be fetched is reported too, and *fetch is false. Errors of ledger and port, FV_E_CANCELLED,
 * FV_E_HOOK. */
enum fv_err fv_judge(struct fv_client *c, const struct fv_plan_record *record,
                     bool *fetch) FV_MUSTUSE;

#endif
