/* SPDX-License-Identifier: MIT */
/*
 * --metrics: how a run ended, in Prometheus's text format, as node_exporter's textfile collector reads it. All are gauges with the label
 * dir, as DIR was given, so that several syncs may each have a file in one directory.
 */
#ifndef FV_CLI_METRICS_H
#define FV_CLI_METRICS_H

#include "cli/outcome.h"

#define FV_METRICS_SPECIAL (-1)

/* Write it to o. */
void fv_metrics_print(struct fv_out *o, const struct fv_outcome *outcome, struct fv_slice dir);

/* Write it to path: to a new file beside it, which all may read, and is renamed. Nothing is synced: what a power cut takes, the next run
 * writes anew. A device, a pipe or a link to one is left alone: replacing /dev/null would harm the machine. Returns 0, an errno, or
 * FV_METRICS_SPECIAL for these. */
int fv_metrics_write(const char *path, const struct fv_outcome *outcome, struct fv_slice dir);

#endif
