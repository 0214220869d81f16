/* SPDX-License-Identifier: MIT */
/*
 * The command status: what DIR alone tells of the last run (cli/outcome.h), of files under way, and of whether a process is at work there. It
 * needs no settings and no network, waits for nothing and writes nothing.
 */
#ifndef FV_CLI_STATUS_H
#define FV_CLI_STATUS_H

#include "cli/session.h"

/* The command. Returns the exit status: 0; with --max-age 1 unless the last success is younger, which it is not where it, or what time it is,
 * is not known, or it lies in the future; that of what went wrong. */
int fv_status_run(struct fv_session *s);

#endif
