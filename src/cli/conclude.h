/* SPDX-License-Identifier: MIT */
/*
 * The end of a run of sync or verify: its outcome is computed here and nowhere else, and reported.
 */
#ifndef FV_CLI_CONCLUDE_H
#define FV_CLI_CONCLUDE_H

#include "cli/session.h"

/* The run has ended with status, and the reason was printed on s->err. Fill in s->outcome, print
 * it with --json, and write it to `.fluxvision/last.json`, unless the run was a dry run or
 * another process works in DIR. Return the exit status, which differs from status if the output
 * failed only now. For other commands, return status. */
int fv_conclude(struct fv_session *s, int status);

/* With --metrics: write s->outcome to that file. Call this where the process is not confined. */
void fv_conclude_metrics(struct fv_session *s);

#endif
