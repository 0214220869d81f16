/*
 * What has to be done about an entry of the listing: nothing, or to fetch it, and why.
 */
#ifndef FV_CLIENT_JUDGE_H
#define FV_CLIENT_JUDGE_H

#include "client/client.h"

/* Why a file is fetched: known: the ledger has a record of its path; same: with the listing's URL and date; there: a file is there. */
enum fv_reason fv_judge_reason(bool known, bool same, bool there);

/* Look at what ledger and storage have of a record of the plan. *fetch: it has to be fetched; otherwise what became of it has been told,
 * and its hook has run if that was due. In a dry run what would be fetched is told as well, and *fetch is false. Errors of ledger and
 * port, FV_E_CANCELLED, FV_E_HOOK. */
enum fv_err fv_judge(struct fv_client *c, const struct fv_plan_record *record,
                     bool *fetch) FV_MUSTUSE;

#endif
