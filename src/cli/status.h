/* SPDX-License-Identifier: MIT */
/*
 * The command status: reports, from DIR alone, the last run (cli/outcome.h), the partial files, and
 * whether a process works there. It needs no settings and no network, waits for nothing and writes
 * nothing.
 */
#ifndef FV_CLI_STATUS_H
#define FV_CLI_STATUS_H

#include "cli/session.h"

/* Run the command. Return the exit status: 0; with --max-age: 1, unless the last success is
 * known, not in the future and younger than that; otherwise that of the error. */
int fv_status_run(struct fv_session *s);

#endif
