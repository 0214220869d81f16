/*
 * Output for people: the list, what sync and verify did, and their summaries.
 */
#ifndef FV_CLI_TABLE_H
#define FV_CLI_TABLE_H

#include "cli/out.h"
#include "fluxvision.h"

void fv_table_listed(struct fv_out *o, const struct fv_listed *entry);
/* A line for a file; unchanged and skipped ones only when verbose. Failures are not printed: they go to standard error. */
void fv_table_file(struct fv_out *o, const struct fv_file *file, bool verbose);
void fv_table_sync(struct fv_out *o, const struct fv_summary *summary, bool dry_run);
void fv_table_verify(struct fv_out *o, const struct fv_summary *summary);
/* A line that sha256sum -c reads. */
void fv_table_checksum(struct fv_out *o, const struct fv_file *file);

#endif
