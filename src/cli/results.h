/* SPDX-License-Identifier: MIT */
/*
 * Output for people: the list, the results of sync and verify, and their summaries.
 */
#ifndef FV_CLI_RESULTS_H
#define FV_CLI_RESULTS_H

#include "cli/out.h"
#include "fluxvision.h"

void fv_results_listed(struct fv_out *o, const struct fv_listed *entry);
/* Write a line for a file. Unchanged and skipped files are shown only if verbose. Failures are not
 * shown here: they are printed on standard error. */
void fv_results_file(struct fv_out *o, const struct fv_file *file, bool verbose);
void fv_results_sync(struct fv_out *o, const struct fv_summary *summary, bool dry_run);
void fv_results_verify(struct fv_out *o, const struct fv_summary *summary);
/* Write a line for sha256sum -c. */
void fv_results_checksum(struct fv_out *o, const struct fv_file *file);

#endif
