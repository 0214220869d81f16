/* SPDX-License-Identifier: MIT */
/*
 * The end of a run of sync or verify: what it came to is worked out here and nowhere else, and told.
 */
#ifndef FV_CLI_CONCLUDE_H
#define FV_CLI_CONCLUDE_H

#include "cli/session.h"

/* The run has ended with status, and why has been said on s->err. Fills in s->outcome, prints it with --json, and writes it to DIR's
 * `.fluxvision/last.json`, unless the run was a dry one or another process is at work there. Returns the exit status, which is another one
 * where the output failed only now. Other commands: returns status. */
int fv_conclude(struct fv_session *s, int status);

/* With --metrics: write s->outcome there. Call where the process is not confined. */
void fv_conclude_metrics(struct fv_session *s);

#endif
