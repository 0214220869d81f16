/* SPDX-License-Identifier: MIT */
/*
 * Reports the result of a file to the front end, and counts it.
 */
#ifndef FV_CLIENT_REPORT_H
#define FV_CLIENT_REPORT_H

#include "client/client.h"

/* Count file in the summary and report it. */
void fv_report(struct fv_client *c, const struct fv_file *file);

/* Report a file that failed with err, with the fault of the call. That fault is then reset, so that
 * the next file has its own. *first keeps the first such fault until the end of the run. */
void fv_report_failure(struct fv_client *c, const struct fv_plan_record *record, enum fv_err err,
                       struct fv_fault *first);

/* The call has ended and l's partial file was closed. If the user asked to stop, report how much
 * of it the next run can resume. */
void fv_report_kept(const struct fv_client *c, const struct fv_lane *l);

/* Return the report for a file of the ledger. Its slices and digest borrow from record. */
struct fv_file fv_report_known(const struct fv_ledger_record *record, enum fv_status status);

#endif
