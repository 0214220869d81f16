/* SPDX-License-Identifier: MIT */
/*
 * --metrics: the outcome of a run in Prometheus's text format, for node_exporter's textfile
 * collector. All are gauges with the label dir, which is DIR as it was given, so that several syncs
 * may each have a file in one directory.
 */
#ifndef FV_CLI_METRICS_H
#define FV_CLI_METRICS_H

#include "cli/outcome.h"

#define FV_METRICS_SPECIAL (-1)

/* Write it to o. */
void fv_metrics_print(struct fv_out *o, const struct fv_outcome *outcome, struct fv_slice dir);

/* Write it to a new file beside path that all users may read, and rename that to path. Nothing
 * is synced: the next run writes it again. A device, a pipe, or a link to one is not replaced,
 * because replacing /dev/null would harm the machine. Return 0, an errno, or FV_METRICS_SPECIAL
 * for these. */
int fv_metrics_write(const char *path, const struct fv_outcome *outcome, struct fv_slice dir);

#endif
