/*
 * --metrics: how a run ended, in Prometheus's text format, as node_exporter's textfile collector reads it. All are gauges with the label
 * dir, as DIR was given, so that several syncs may each have a file in one directory.
 */
#ifndef FV_CLI_METRICS_H
#define FV_CLI_METRICS_H

#include "cli/outcome.h"

/* Write it to o. */
void fv_metrics_print(struct fv_out *o, const struct fv_outcome *outcome, struct fv_slice dir);

/* Write it to path: to a new file beside it, which all may read, and is renamed. Nothing is synced: what a power cut takes, the next run
 * writes anew. Returns 0 or an errno. */
int fv_metrics_write(const char *path, const struct fv_outcome *outcome, struct fv_slice dir);

#endif
